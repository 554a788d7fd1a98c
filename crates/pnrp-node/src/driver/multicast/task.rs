//! What is said and heard by SSDP, in time.

use std::{future::poll_fn, io, net::SocketAddrV6, time::Instant};

use tokio::sync::mpsc;

use super::{
    Counts, Heard, MulticastOptions, Order, Publication, SEARCH_INTERVAL, SEARCH_REPEATS,
    answers::Answers,
    sockets::{Sockets, Way},
};
use crate::{
    driver::clock,
    ssdp::{self, Presence, Request},
};

/// The task's state.
#[derive(Debug)]
pub(super) struct Task {
    /// What nodes of the cloud search for.
    target: &'static str,
    links: Vec<u32>,
    options: MulticastOptions,
    /// `None` before the first order.
    sockets: Option<Sockets>,
    search: Option<Search>,
    publication: Option<Publication>,
    answers: Answers,
    heard: mpsc::Sender<Heard>,
    counts: Counts,
}

/// A search that is being repeated.
#[derive(Clone, Copy, Debug)]
struct Search {
    target: &'static str,
    left: u32,
    next_at: Instant,
}

impl Task {
    pub(super) fn new(
        target: &'static str,
        links: Vec<u32>,
        options: MulticastOptions,
        heard: mpsc::Sender<Heard>,
        counts: Counts,
    ) -> Self {
        Self {
            target,
            links,
            options,
            sockets: None,
            search: None,
            publication: None,
            answers: Answers::default(),
            heard,
            counts,
        }
    }

    /// Runs until nobody can give orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            let now = clock::now().instant;
            self.repeat_search(now).await;
            self.send_answers(now).await;
            let deadline = self.next_deadline();
            let sockets = self.sockets.as_ref();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => break,
                },
                () = poll_fn(|context| match sockets {
                    Some(sockets) => sockets.poll_readable(context),
                    None => std::task::Poll::Pending,
                }) => self.receive(),
                () = sleep_until(deadline) => {}
            }
        }
        self.withdraw().await;
    }

    fn next_deadline(&self) -> Option<Instant> {
        let search = self.search.map(|search| search.next_at);
        search.into_iter().chain(self.answers.next_deadline()).min()
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Search(target) => {
                self.open();
                // What is being repeated serves whoever wants it anew.
                self.search.get_or_insert(Search {
                    target,
                    left: SEARCH_REPEATS,
                    next_at: clock::now().instant,
                });
            }
            Order::Publish(publication) => {
                self.open();
                self.publication = Some(publication);
                self.counts.lock().is_published = true;
                self.notify(publication, Presence::Alive).await;
            }
            Order::Withdraw => self.withdraw().await,
            Order::Links(links) => {
                self.links = links;
                if let Some(sockets) = &mut self.sockets {
                    sockets.leave();
                    self.open();
                }
            }
        }
    }

    async fn withdraw(&mut self) {
        self.answers.clear();
        self.counts.lock().is_published = false;
        if let Some(publication) = self.publication.take() {
            self.notify(publication, Presence::Leaving).await;
        }
    }

    /// Opens what is not open yet. What fails is told once, and tried again at the next order.
    fn open(&mut self) {
        if self.sockets.is_none() {
            match Sockets::new() {
                Ok(sockets) => self.sockets = Some(sockets),
                Err(error) => return self.fail("cannot search by multicast", &error),
            }
        }
        let Some(sockets) = &mut self.sockets else {
            return;
        };
        match sockets.listen(&self.links) {
            Ok(()) => self.counts.lock().failure = None,
            Err(error) => self.fail("cannot listen to searches on port 1900", &error),
        }
    }

    fn fail(&self, what: &str, error: &io::Error) {
        let failure = format!("{what}: {error}");
        let mut counts = self.counts.lock();
        if counts.failure.as_ref() != Some(&failure) {
            tracing::warn!("{failure}");
            counts.failure = Some(failure);
        }
    }

    async fn repeat_search(&mut self, now: Instant) {
        let Some(search) = self.search.filter(|search| search.next_at <= now) else {
            return;
        };
        self.say(&ssdp::search(search.target)).await;
        self.counts.lock().searches_sent += 1;
        self.search = (search.left > 1).then(|| Search {
            left: search.left - 1,
            next_at: now + SEARCH_INTERVAL,
            ..search
        });
    }

    async fn notify(&self, publication: Publication, presence: Presence) {
        if self.options.notifies {
            let Publication { target, endpoint } = publication;
            self.say(&ssdp::notification(target, endpoint, presence))
                .await;
        }
    }

    /// Sends to the group on every link.
    async fn say(&self, message: &[u8]) {
        let Some(sockets) = &self.sockets else {
            return;
        };
        for &link in &self.links {
            if let Err(error) = sockets.send_to_group(message, link).await {
                self.fail("cannot send by multicast", &error);
            }
        }
    }

    async fn send_answers(&mut self, now: Instant) {
        while let Some(to) = self.answers.take(now) {
            let (Some(sockets), Some(publication)) = (&self.sockets, self.publication) else {
                return;
            };
            let Publication { target, endpoint } = publication;
            match sockets.send(&ssdp::answer(target, endpoint), to).await {
                Ok(()) => self.counts.lock().answers_sent += 1,
                Err(error) => tracing::debug!(%to, %error, "not answered"),
            }
        }
    }

    fn receive(&mut self) {
        let mut buffer = [0; DATAGRAM];
        for _ in 0..BURST {
            let Some(sockets) = &mut self.sockets else {
                return;
            };
            let Some((length, way, from)) = sockets.try_receive(&mut buffer) else {
                return;
            };
            let message = buffer.get(..length).unwrap_or_default();
            self.hear(message, way, from);
        }
    }

    /// Only neighbours count, on a link of the cloud: a node is where its datagram came from, for the
    /// message names no zone.
    fn hear(&mut self, message: &[u8], way: Way, from: SocketAddrV6) {
        let link = match way {
            Way::Alone => from.scope_id(),
            Way::Group(link) => link,
        };
        let is_neighbour = from.ip().is_unicast_link_local() && from.scope_id() == link;
        if !is_neighbour || !self.links.contains(&link) {
            self.counts.lock().others_heard += 1;
            return;
        }
        match way {
            Way::Alone => {
                self.counts.lock().answers_heard += 1;
                self.tell(Heard::Response(message.to_vec()));
            }
            Way::Group(_) => self.hear_group(message, from),
        }
    }

    fn hear_group(&mut self, message: &[u8], from: SocketAddrV6) {
        match Request::parse(message) {
            Ok(request) if request.is_search_for(self.target) => {
                self.counts.lock().searches_heard += 1;
                if self.publication.is_some() {
                    self.answers.add(from, clock::now().instant);
                }
            }
            Ok(Request::Notify { target, .. }) if target == self.target => {
                self.counts.lock().notifications_heard += 1;
                self.tell(Heard::Notification(message.to_vec()));
            }
            // Other programs use the port, and say other things.
            Ok(_) | Err(_) => self.counts.lock().others_heard += 1,
        }
    }

    fn tell(&self, heard: Heard) {
        if self.heard.try_send(heard).is_err() {
            tracing::debug!("too much is heard at once");
        }
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Largest message understood; those of nodes are a quarter of it.
const DATAGRAM: usize = 2_048;
/// Messages taken before orders have their turn.
const BURST: usize = 64;
