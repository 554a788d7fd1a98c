//! Nodes with real sockets on `::1`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "fixtures of a test: a panic is its failure, and figures are printed"
)]

use std::{
    fs,
    net::{Ipv6Addr, SocketAddrV6, UdpSocket},
    sync::Arc,
    time::Duration,
};

use pnrp_identity::PeerIdentity;
use pnrp_node::{
    cloud::{
        Found, LocalNames, OwnerId, Proof, Registration, RegistrationId, RegistrationUpdate,
        ResolveRequest, Scope,
    },
    driver::{CloudHandle, CloudSpec, OpenOptions, ResolveUpdate},
};
use pnrp_tests::{clock, pcap, skip::skip};
use pnrp_wire::{AppEndpoint, Dialect, Message, SearchCriteria};

/// Datagrams thrown at a node, and how many of them have to get through to it.
const BAD: u64 = 10_000;
const BAD_ARRIVED: u64 = 9_000;
/// So many fit into the smallest receive buffer, and the node is given time to read them.
const BURST: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_nodes_resolves_while_one_is_fed_garbage() {
    if !has_ipv6_loopback() {
        return skip("::1 is not configured");
    }
    let nodes = chain().await;
    let identity = Arc::new(PeerIdentity::generate().unwrap());

    let started = clock::now();
    register(&nodes[0], &identity, "first").await;
    let found = resolve(&nodes[2], &identity, "first").await;
    println!("registered and resolved in {:?}", started.elapsed());
    assert_eq!(found.endpoints, [endpoint()]);
    assert!(is_proven(&found, &identity), "{:?}", found.proof);

    throw_garbage(&nodes[1]).await;

    let started = clock::now();
    let second = register(&nodes[0], &identity, "second").await;
    let found = resolve(&nodes[2], &identity, "second").await;
    println!("registered and resolved again in {:?}", started.elapsed());
    assert_eq!(found.endpoints, [endpoint()]);
    assert!(is_proven(&found, &identity), "{:?}", found.proof);

    let moved = AppEndpoint {
        port: 9_090,
        ..endpoint()
    };
    let update = RegistrationUpdate {
        endpoints: vec![moved],
        comment: None,
        payload: None,
    };
    nodes[0].update(second, update).await.unwrap();
    let found = resolve(&nodes[2], &identity, "second").await;
    assert_eq!(found.endpoints, [moved]);
    for node in &nodes {
        node.close().await;
    }
}

/// Three nodes; each knows the one before it.
async fn chain() -> Vec<CloudHandle> {
    let mut nodes: Vec<CloudHandle> = Vec::new();
    for _ in 0..3 {
        let spec = CloudSpec {
            name: "LinkLocal_ff00::%1/8".to_owned(),
            scope: Scope::LinkLocal,
            zone: loopback_index(),
            interface: Some("lo".to_owned()),
            addresses: vec![Ipv6Addr::LOCALHOST],
            links: Vec::new(),
        };
        let options = OpenOptions {
            port: Some(0),
            peers: nodes.last().map(address).into_iter().collect(),
            ..OpenOptions::default()
        };
        nodes.push(CloudHandle::open(spec, options).await.unwrap());
    }
    nodes
}

fn address(node: &CloudHandle) -> SocketAddrV6 {
    node.local_addresses()[0]
}

async fn register(
    node: &CloudHandle,
    identity: &Arc<PeerIdentity>,
    classifier: &str,
) -> RegistrationId {
    let registration = Registration {
        name: name(identity, classifier),
        signer: Arc::clone(identity) as _,
        cert_chain: None,
        binds: false,
        endpoints: vec![endpoint()],
        comment: None,
        payload: None,
        location_prefix: None,
        lifetime: Duration::from_secs(86_400),
        owner: OwnerId(1),
    };
    node.register(registration).await.unwrap().id
}

/// Resolves a name, again and again until a deadline: the first tries can come before the nodes
/// have heard of each other.
async fn resolve(node: &CloudHandle, identity: &PeerIdentity, classifier: &str) -> Box<Found> {
    let started = clock::now();
    loop {
        let request = ResolveRequest {
            name: name(identity, classifier),
            criteria: SearchCriteria::AnyPeerName,
            local: LocalNames::Exclude,
            location_prefix: None,
            max: 1,
            timeout: Duration::from_secs(10),
        };
        let mut resolution = node.resolve(request);
        let mut updates = Vec::new();
        while let Some(update) = resolution.next().await {
            match update {
                ResolveUpdate::Found(found) => return found,
                ResolveUpdate::Hop(_) | ResolveUpdate::Ended(_) => updates.push(update),
            }
        }
        let waited = started.elapsed();
        assert!(
            waited < RESOLVED_WITHIN,
            "{classifier} after {waited:?}: {updates:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const RESOLVED_WITHIN: Duration = Duration::from_secs(30);

fn name(identity: &PeerIdentity, classifier: &str) -> pnrp_wire::PeerName {
    pnrp_wire::PeerName::new(identity.authority(), classifier.parse().unwrap())
}

fn endpoint() -> AppEndpoint {
    AppEndpoint {
        address: Ipv6Addr::LOCALHOST,
        port: 8080,
        protocol: 6,
    }
}

/// Whether a signature of the identity stands behind the answer.
fn is_proven(found: &Found, identity: &PeerIdentity) -> bool {
    matches!(found.proof, Proof::Cpa { signer, .. } if signer == identity.authority())
}

/// Sends bad datagrams in bursts, and checks that the node has accounted for every one that the
/// system has not dropped on the way.
async fn throw_garbage(node: &CloudHandle) {
    let valid = valid_datagrams();
    let mut generator = Generator(0x9E37_79B9_7F4A_7C15);
    let socket = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let dropped_before = dropped(address(node).port());
    let before = discarded(node).await;
    let started = clock::now();
    let mut sent = 0;
    while sent < BAD {
        for _ in 0..BURST {
            let bad = generator.bad(&valid);
            socket.send_to(&bad, address(node)).unwrap();
            sent += 1;
        }
        await_discards(node, dropped_before, before, sent).await;
    }
    let (lost, counted) = (
        dropped(address(node).port()) - dropped_before,
        discarded(node).await - before,
    );
    println!(
        "{sent} sent, {lost} lost, {counted} discarded in {:?}",
        started.elapsed()
    );
    assert!(
        sent - lost >= BAD_ARRIVED,
        "{lost} of {sent} were lost on the way"
    );
    assert!(
        counted >= sent - lost,
        "{counted} discarded of {sent} sent and {lost} lost"
    );
}

/// Waits until what was sent is lost or discarded.
async fn await_discards(node: &CloudHandle, dropped_before: u64, before: u64, sent: u64) {
    let started = clock::now();
    loop {
        let lost = dropped(address(node).port()) - dropped_before;
        let counted = discarded(node).await - before;
        if lost + counted >= sent {
            return;
        }
        if started.elapsed() > Duration::from_secs(10) {
            panic!("of {sent} datagrams {counted} are discarded and {lost} lost");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The sum of what a node has discarded.
async fn discarded(node: &CloudHandle) -> u64 {
    let snapshot = node.snapshot().await.unwrap();
    let discards = snapshot.counters.iter();
    discards
        .filter(|(name, _)| name.starts_with("discarded_"))
        .map(|(_, count)| count)
        .sum()
}

/// Datagrams that the system dropped for want of room at the socket of a port, 0 where it does
/// not say.
fn dropped(port: u16) -> u64 {
    let table = fs::read_to_string("/proc/net/udp6").unwrap_or_default();
    let local = format!(":{port:04X}");
    table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|columns| columns.get(1).is_some_and(|at| at.ends_with(&local)))
        .filter_map(|columns| columns.last().and_then(|drops| drops.parse::<u64>().ok()))
        .sum()
}

/// The datagrams of the vectors.
fn valid_datagrams() -> Vec<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/hand-made.pcap");
    let datagrams = pcap::read(path.as_ref(), pcap::PNRP_PORT);
    datagrams
        .into_iter()
        .map(|datagram| datagram.payload)
        .collect()
}

/// xorshift64: the same datagrams each time.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Bytes that are no message, though some come close.
    fn bad(&mut self, valid: &[Vec<u8>]) -> Vec<u8> {
        loop {
            let kind = self.below(3);
            let mut bytes = valid[self.below(valid.len())].clone();
            match kind {
                0 => {
                    let length = self.below(1_300);
                    bytes = (0..length).map(|_| self.next().to_le_bytes()[0]).collect();
                }
                1 => bytes.truncate(self.below(bytes.len())),
                _ => self.lie(&mut bytes),
            }
            if Message::decode(&bytes, &Dialect::default()).is_err() {
                return bytes;
            }
        }
    }

    /// Overwrites the Length of one element behind the header, or a count in it.
    fn lie(&mut self, bytes: &mut [u8]) {
        let at = 14 + 2 * self.below((bytes.len() - 14) / 2);
        let lie = [0, 1, 3, 0x7FFF, 0xFFFF][self.below(5)];
        bytes[at..at + 2].copy_from_slice(&u16::to_be_bytes(lie));
    }
}

fn has_ipv6_loopback() -> bool {
    UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

fn loopback_index() -> u32 {
    let index = fs::read_to_string("/sys/class/net/lo/ifindex").ok();
    index.map_or(1, |index| index.trim().parse().expect("a number"))
}
