//! One socket that keeps so many datagrams on their way to a node or an echo.

use std::{
    io,
    net::{Ipv6Addr, SocketAddr},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use tokio::net::UdpSocket;

use crate::thread::RuntimeThread;

/// Datagrams to send, over and over.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    datagrams: Arc<[Vec<u8>]>,
}

/// What was answered in one turn.
#[derive(Debug)]
pub(crate) struct Turn {
    answers: u64,
    took: Duration,
    busy: Duration,
    /// Datagrams that nothing came back for in time.
    pub(crate) lost: u64,
}

impl Turn {
    /// Answers in a second.
    pub(crate) fn by_the_clock(&self) -> f64 {
        self.answers as f64 / self.took.as_secs_f64()
    }

    /// Answers in a second of the answering thread's processor time.
    pub(crate) fn by_processor_time(&self) -> f64 {
        self.answers as f64 / self.busy.as_secs_f64()
    }
}

impl Load {
    pub(crate) fn new(datagrams: Vec<Vec<u8>>) -> Self {
        Self {
            datagrams: datagrams.into(),
        }
    }

    /// The bytes of the longest.
    pub(crate) fn longest(&self) -> usize {
        self.datagrams.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Sends every datagram once, and hands over what came back for each.
    pub(crate) fn ask_each(&self, to: SocketAddr, mut check: impl FnMut(&[u8])) {
        let socket = socket_to(to);
        let mut buffer = [0; 2_048];
        for datagram in &*self.datagrams {
            socket.send(datagram).expect("a datagram sent");
            let length = socket.recv(&mut buffer).expect("an answer");
            check(&buffer[..length]);
        }
    }

    /// Keeps `in_flight` datagrams on their way for a while, from the runtime that answers them.
    pub(crate) fn on_the_same_thread(
        &self,
        to: SocketAddr,
        thread: &RuntimeThread,
        in_flight: usize,
        turn: Duration,
    ) -> Turn {
        let (sender, receiver) = mpsc::channel();
        let (load, at) = (self.clone(), thread.clone());
        thread.spawn(async move {
            let socket = socket_to(to);
            socket.set_nonblocking(true).expect("a mode");
            let socket = UdpSocket::from_std(socket).expect("a socket");
            let _ = sender.send(load.run(&socket, &at, in_flight, turn).await);
        });
        receiver.recv().expect("a turn")
    }

    async fn run(
        &self,
        socket: &UdpSocket,
        thread: &RuntimeThread,
        in_flight: usize,
        turn: Duration,
    ) -> Turn {
        let mut datagrams = self.datagrams.iter().cycle();
        let mut count = Count::start(thread);
        loop {
            while count.unanswered < in_flight {
                let datagram = datagrams.next().expect("a cycle");
                socket.send(datagram).await.expect("a datagram sent");
                count.unanswered += 1;
            }
            let mut buffer = [0; 2_048];
            // A timer for each answer would cost the runtime a tenth of its time.
            socket.recv(&mut buffer).await.expect("an answer");
            count.answered();
            if count.answers.is_multiple_of(16) && count.start.elapsed() >= turn {
                let finished = count.finish(thread);
                while let Ok(Ok(_)) = tokio::time::timeout(REST, socket.recv(&mut buffer)).await {}
                return finished;
            }
        }
    }

    /// The same from a thread that never waits in the system: then every answer would have to wake
    /// it up, and the slower of the two that are measured would be slowed down by that.
    pub(crate) fn on_another_thread(
        &self,
        to: SocketAddr,
        thread: &RuntimeThread,
        in_flight: usize,
        turn: Duration,
    ) -> Turn {
        let socket = socket_to(to);
        socket.set_nonblocking(true).expect("a mode");
        let mut datagrams = self.datagrams.iter().cycle();
        let mut buffer = [0; 2_048];
        let mut count = Count::start(thread);
        let mut heard = count.start;
        loop {
            while count.unanswered < in_flight {
                let datagram = datagrams.next().expect("a cycle");
                socket.send(datagram).expect("a datagram sent");
                count.unanswered += 1;
            }
            while count.unanswered > 0 && is_answered(&socket, &mut buffer) {
                count.answered();
            }
            let now = Instant::now();
            if count.unanswered < in_flight {
                heard = now;
            } else if now - heard > PATIENCE {
                count.give_up();
            }
            if now - count.start >= turn {
                let finished = count.finish(thread);
                thread::sleep(REST);
                return finished;
            }
        }
    }
}

/// A turn while it runs.
struct Count {
    start: Instant,
    busy_before: Duration,
    answers: u64,
    unanswered: usize,
    lost: u64,
}

impl Count {
    fn start(thread: &RuntimeThread) -> Self {
        Self {
            start: Instant::now(),
            busy_before: thread.processor_time(),
            answers: 0,
            unanswered: 0,
            lost: 0,
        }
    }

    fn answered(&mut self) {
        self.answers += 1;
        self.unanswered -= 1;
    }

    fn give_up(&mut self) {
        self.lost += self.unanswered as u64;
        self.unanswered = 0;
    }

    fn finish(self, thread: &RuntimeThread) -> Turn {
        Turn {
            answers: self.answers,
            took: self.start.elapsed(),
            busy: thread.processor_time() - self.busy_before,
            lost: self.lost,
        }
    }
}

fn is_answered(socket: &std::net::UdpSocket, buffer: &mut [u8]) -> bool {
    match socket.recv(buffer) {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
        Err(error) => panic!("no answer: {error}"),
    }
}

fn socket_to(to: SocketAddr) -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.connect(to).expect("an address");
    socket
}

/// When datagrams count as lost.
const PATIENCE: Duration = Duration::from_millis(100);
/// In which the last answers of a turn come.
const REST: Duration = Duration::from_millis(5);
