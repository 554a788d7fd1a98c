//! The node that is measured, and the others that its cache is filled with.

use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

use pnrp_identity::PeerIdentity;
use pnrp_node::{
    cloud::{OwnerId, Registration, Scope},
    driver::{CachedEntry, CloudHandle, CloudSnapshot, CloudSpec, OpenOptions},
};
use pnrp_wire::{
    AppEndpoint, AuthorityBuffer, Body, Dialect, Endpoint, Lookup, Message, MessageId, PeerName,
    PnrpId, Reason, RouteEntry, SearchCriteria,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::runtime::{Builder, Runtime};

use crate::{load::Load, thread::RuntimeThread};

/// A node with one name, in a cloud of a thousand.
#[derive(Debug)]
pub(crate) struct NodeUnderTest {
    thread: RuntimeThread,
    handle: CloudHandle,
    id: PnrpId,
    cache: Vec<CachedEntry>,
    /// The others publish as long as this runs.
    _others: Runtime,
}

impl NodeUnderTest {
    /// Starts the node and four others with 250 names each, and tells it of every name by a LOOKUP.
    /// It asks the publishers itself, and takes proofs of those that become leaves.
    pub(crate) fn start() -> Self {
        let (thread, (handle, id)) = RuntimeThread::start("node", async || {
            let handle = open().await;
            let id = register(&handle, &new_identity(), 0).await;
            (handle, id)
        });
        let others = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let routes = others.block_on(publish());
        others.block_on(introduce(&handle, &routes));
        let cache = others.block_on(settled(&handle));
        Self {
            thread,
            handle,
            id,
            cache,
            _others: others,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        address(&self.handle).into()
    }

    pub(crate) fn thread(&self) -> &RuntimeThread {
        &self.thread
    }

    pub(crate) fn cached(&self) -> usize {
        self.cache.len()
    }

    pub(crate) fn leaves(&self) -> usize {
        self.cache.iter().filter(|entry| entry.leaf).count()
    }

    /// LOOKUPs for random IDs, as from a search that has come here after seven others and knows
    /// one of the cached entries.
    pub(crate) fn lookups(&self) -> Load {
        let mut rng = StdRng::seed_from_u64(7);
        let visited = (1..=7).map(|last| Endpoint {
            address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last),
            port: 3540,
        });
        let visited: Vec<_> = visited.collect();
        let lookup = |number: u32| Message {
            id: MessageId(number),
            body: Body::Lookup(Lookup {
                accept_not_closer: false,
                criteria: SearchCriteria::AnyPeerName,
                reason: Reason::AppRequest,
                target: PnrpId::from_bytes(rng.random()),
                validate: self.id,
                best_match: Some(route(&self.cache[rng.random_range(0..self.cache.len())])),
                visited: visited.clone(),
            }),
        };
        let encoded = (0..LOOKUPS)
            .map(lookup)
            .map(|message| message.encode(&Dialect::default()));
        Load::new(encoded.collect())
    }

    /// The bytes of an answer. All LOOKUPs are answered, almost all with a cached entry: for a few
    /// targets none is closer than the node itself.
    pub(crate) fn answer_len(&self, lookups: &Load) -> usize {
        let known: BTreeSet<_> = self.cache.iter().map(|entry| entry.pnrp_id).collect();
        let (mut longest, mut named) = (0, 0);
        lookups.ask_each(self.address(), |datagram| {
            longest = longest.max(datagram.len());
            let answer = answer(datagram);
            assert!(!answer.id_not_found, "the ID asked for is the node's");
            named += usize::from(
                answer
                    .route
                    .is_some_and(|route| known.contains(&route.id())),
            );
        });
        assert!(named * 10 >= LOOKUPS as usize * 9, "{named} of {LOOKUPS}");
        longest
    }
}

fn answer(datagram: &[u8]) -> AuthorityBuffer {
    let dialect = Dialect::default();
    let message = Message::decode(datagram, &dialect).expect("a message");
    let Body::Authority(fragment) = message.body else {
        panic!("not an answer: {message:?}");
    };
    assert_eq!(fragment.data.len(), usize::from(fragment.size));
    AuthorityBuffer::decode(&fragment.data, &dialect).expect("an answer")
}

/// The entries of a thousand names at four nodes.
async fn publish() -> Vec<RouteEntry> {
    let mut routes = Vec::new();
    for _ in 0..4 {
        let node = open().await;
        let identity = new_identity();
        for number in 0..250 {
            let id = register(&node, &identity, number).await;
            let at = address(&node);
            routes.push(RouteEntry::new(id, at.port(), vec![*at.ip()]).expect("one address"));
        }
        // A handle that is dropped closes its cloud.
        std::mem::forget(node);
    }
    routes
}

/// Names every entry to the node until it has all of them, no more at a time than it examines.
async fn introduce(node: &CloudHandle, routes: &[RouteEntry]) {
    let socket = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).expect("a socket");
    let began = Instant::now();
    loop {
        let known: BTreeSet<_> = cache(node).await.iter().map(|it| it.pnrp_id).collect();
        let missing = routes.iter().filter(|route| !known.contains(&route.id()));
        let batch: Vec<_> = missing.take(32).collect();
        if batch.is_empty() || began.elapsed() > Duration::from_secs(30) {
            return;
        }
        for route in batch {
            let lookup = Message {
                id: MessageId(0),
                body: Body::Lookup(Lookup {
                    accept_not_closer: true,
                    criteria: SearchCriteria::AnyPeerName,
                    reason: Reason::AppRequest,
                    target: route.id(),
                    validate: PnrpId::ZERO,
                    best_match: Some(route.clone()),
                    visited: vec![endpoint(&socket)],
                }),
            };
            let datagram = lookup.encode(&Dialect::default());
            socket
                .send_to(&datagram, address(node))
                .expect("a datagram");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The cache, once the nodes have told each other what they have to.
async fn settled(node: &CloudHandle) -> Vec<CachedEntry> {
    let mut before = None;
    for _ in 0..60 {
        let counters = snapshot(node).await.counters;
        if before.as_ref() == Some(&counters) {
            break;
        }
        before = Some(counters);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    cache(node).await
}

async fn open() -> CloudHandle {
    let zone = fs::read_to_string("/sys/class/net/lo/ifindex").expect("a loopback interface");
    let spec = CloudSpec {
        name: "LinkLocal_ff00::%lo/8".to_owned(),
        scope: Scope::LinkLocal,
        zone: zone.trim().parse().expect("a number"),
        interface: Some("lo".to_owned()),
        addresses: vec![Ipv6Addr::LOCALHOST],
        links: Vec::new(),
    };
    let options = OpenOptions {
        port: Some(0),
        ..OpenOptions::default()
    };
    CloudHandle::open(spec, options)
        .await
        .expect("a socket on ::1")
}

async fn register(node: &CloudHandle, identity: &Arc<PeerIdentity>, number: usize) -> PnrpId {
    let classifier = format!("name-{number}").parse().expect("a classifier");
    let registration = Registration {
        name: PeerName::new(identity.authority(), classifier),
        signer: Arc::clone(identity) as _,
        cert_chain: None,
        binds: false,
        endpoints: vec![AppEndpoint {
            address: Ipv6Addr::LOCALHOST,
            port: 8_080,
            protocol: 6,
        }],
        comment: None,
        payload: None,
        location_prefix: None,
        lifetime: Duration::from_secs(86_400),
        owner: OwnerId(1),
    };
    node.register(registration).await.expect("a name").pnrp_id
}

fn new_identity() -> Arc<PeerIdentity> {
    Arc::new(PeerIdentity::generate().expect("a key"))
}

fn route(entry: &CachedEntry) -> RouteEntry {
    let port = entry.endpoints[0].port;
    let addresses = entry.endpoints.iter().map(|at| at.address).collect();
    RouteEntry::new(entry.pnrp_id, port, addresses).expect("a cached entry")
}

fn endpoint(socket: &UdpSocket) -> Endpoint {
    Endpoint {
        address: Ipv6Addr::LOCALHOST,
        port: socket.local_addr().expect("an address").port(),
    }
}

fn address(node: &CloudHandle) -> SocketAddrV6 {
    node.local_addresses()[0]
}

async fn snapshot(node: &CloudHandle) -> CloudSnapshot {
    node.snapshot().await.expect("a node that runs")
}

async fn cache(node: &CloudHandle) -> Vec<CachedEntry> {
    node.cache().await.expect("a node that runs")
}

const LOOKUPS: u32 = 4_096;
