//! libp2p-kad over QUIC. Every node knows the address of every other from the start, and its
//! connections stay open.

use std::{collections::HashMap, time::Duration};

use futures_util::StreamExt;
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, swarm::SwarmEvent};
use libp2p_kad::{
    Behaviour, Event, GetRecordOk, Mode, QueryId, QueryResult, Quorum, Record, RecordKey,
    store::{MemoryStore, RecordStore},
};
use tokio::sync::{mpsc, oneshot};

use crate::turns::Directory;

type Kad = Behaviour<MemoryStore>;

/// Nodes, each driven by a task.
pub(crate) struct Swarms {
    commands: Vec<mpsc::UnboundedSender<Command>>,
}

enum Command {
    Add(PeerId, Multiaddr),
    Put(RecordKey, oneshot::Sender<bool>),
    Get(RecordKey, oneshot::Sender<bool>),
}

impl Swarms {
    /// They listen, and know each other.
    pub(crate) async fn start(count: usize) -> Self {
        let (mut commands, mut addresses) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let mut swarm = new_swarm();
            let address = listen(&mut swarm).await;
            addresses.push((*swarm.local_peer_id(), address));
            let (sender, receiver) = mpsc::unbounded_channel();
            commands.push(sender);
            tokio::spawn(Node::new(swarm).run(receiver));
        }
        for (at, sender) in commands.iter().enumerate() {
            for (peer, address) in addresses.iter().skip(at + 1).chain(&addresses[..at]) {
                let _ = sender.send(Command::Add(*peer, address.clone()));
            }
        }
        Self { commands }
    }

    /// Each puts a record of about as many bytes as a CPA and what is around it.
    pub(crate) async fn put(&self) {
        for node in 0..self.commands.len() {
            let key = key(node);
            assert!(self.ask(node, |reply| Command::Put(key, reply)).await);
        }
    }

    async fn ask(
        &self,
        node: usize,
        command: impl FnOnce(oneshot::Sender<bool>) -> Command,
    ) -> bool {
        let (reply, answer) = oneshot::channel();
        let _ = self.commands[node].send(command(reply));
        answer.await.unwrap_or(false)
    }
}

impl Directory for Swarms {
    fn count(&self) -> usize {
        self.commands.len()
    }

    async fn find(&self, from: usize, of: usize) -> bool {
        self.ask(from, |reply| Command::Get(key(of), reply)).await
    }
}

/// A node, and those that wait for its queries.
struct Node {
    swarm: Swarm<Kad>,
    waiting: HashMap<QueryId, Waiting>,
}

struct Waiting {
    reply: oneshot::Sender<bool>,
    /// The node's own copy of what it looks for, set aside so that it has to ask: it is one of
    /// twenty that store a record, and would find two records in five at once.
    own: Option<Record>,
}

impl Node {
    fn new(swarm: Swarm<Kad>) -> Self {
        let waiting = HashMap::new();
        Self { swarm, waiting }
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                event = self.swarm.select_next_some() => {
                    if let SwarmEvent::Behaviour(Event::OutboundQueryProgressed { id, result, .. }) = event {
                        self.progress(id, result);
                    }
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        let kad = self.swarm.behaviour_mut();
        match command {
            Command::Add(peer, address) => {
                kad.add_address(&peer, address);
            }
            Command::Put(key, reply) => {
                let record = Record::new(key, vec![7; VALUE]);
                let query = kad.put_record(record, Quorum::One).expect("a record");
                self.waiting.insert(query, Waiting { reply, own: None });
            }
            Command::Get(key, reply) => {
                let own = kad.store_mut().get(&key).map(|record| record.into_owned());
                kad.store_mut().remove(&key);
                let query = kad.get_record(key);
                self.waiting.insert(query, Waiting { reply, own });
            }
        }
    }

    /// A search ends with the first record.
    fn progress(&mut self, id: QueryId, result: QueryResult) {
        let is_done = match result {
            QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(_))) => true,
            QueryResult::GetRecord(_) => false,
            QueryResult::PutRecord(result) => result.is_ok(),
            _ => return,
        };
        let kad = self.swarm.behaviour_mut();
        let Some(Waiting { reply, own }) = self.waiting.remove(&id) else {
            return;
        };
        if let Some(mut query) = kad.query_mut(&id) {
            query.finish();
        }
        if let Some(own) = own {
            kad.store_mut().put(own).expect("it was there before");
        }
        let _ = reply.send(is_done);
    }
}

fn new_swarm() -> Swarm<Kad> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_quic()
        .with_behaviour(|key| {
            let id = key.public().to_peer_id();
            let mut kad = Kad::new(id, MemoryStore::new(id));
            kad.set_mode(Some(Mode::Server));
            kad
        })
        .expect("a behaviour")
        .with_swarm_config(|config| config.with_idle_connection_timeout(FOREVER))
        .build()
}

async fn listen(swarm: &mut Swarm<Kad>) -> Multiaddr {
    let any = "/ip6/::1/udp/0/quic-v1".parse().expect("an address");
    swarm.listen_on(any).expect("a socket");
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            return address;
        }
    }
}

fn key(node: usize) -> RecordKey {
    RecordKey::new(&format!("name-{node}"))
}

const VALUE: usize = 300;
const FOREVER: Duration = Duration::from_secs(86_400);
