//! The ring on the parts of our simulator.

use std::time::Duration;

use pnrp_sim::{
    address::{Addresses, Node},
    network::{DelayModel, Network, Weather},
    time::Time,
    wheel::Wheel,
};
use pnrp_wire::Endpoint;

/// Hosts that send on what they are sent.
pub(crate) struct Ring {
    addresses: Addresses,
    network: Network,
    wheel: Wheel<Flying>,
    hosts: Vec<Host>,
}

struct Host {
    next: Endpoint,
    heard: u64,
}

/// A datagram on its way.
struct Flying {
    from: Node,
    to: Node,
    payload: Vec<u8>,
}

impl Ring {
    /// A ring in which every host has just sent its first message.
    pub(crate) fn new(hosts: u32) -> Self {
        let addresses = Addresses::new(1);
        let weather = Weather {
            jitter: JITTER,
            ..Weather::fair()
        };
        let next = |host| addresses.endpoint(Node((host + 1) % hosts));
        let mut ring = Self {
            network: Network::with_delays(1, DelayModel::Uniform(ROUND_TRIP), weather),
            wheel: Wheel::new(),
            hosts: (0..hosts)
                .map(|host| Host {
                    next: next(host),
                    heard: 0,
                })
                .collect(),
            addresses,
        };
        for host in (0..hosts).map(Node) {
            let next = ring.hosts[host.0 as usize].next;
            ring.send(host, next, vec![0; SIZE]);
        }
        ring
    }

    /// Lets so many messages arrive, and returns that.
    pub(crate) fn pass(&mut self, messages: u64) -> u64 {
        for _ in 0..messages {
            let (_, flying) = self.wheel.pop(Time(u64::MAX)).expect("nothing is lost");
            self.deliver(flying);
        }
        messages
    }

    /// As the world does with a datagram: whoever receives it is told who sent it, by address, and puts
    /// another one out.
    fn deliver(&mut self, flying: Flying) {
        let Flying { from, to, payload } = flying;
        let sender = self.addresses.endpoint(from);
        let receiver = self.addresses.endpoint(to);
        let host = &mut self.hosts[to.0 as usize];
        assert!(sender != receiver && payload.len() == SIZE);
        host.heard += 1;
        let next = host.next;
        self.send(to, next, payload.as_slice().to_vec());
    }

    fn send(&mut self, from: Node, to: Endpoint, payload: Vec<u8>) {
        let to = self.addresses.node(&to).expect("a host");
        let now = self.wheel.now();
        let [first, second] = self.network.carry(from, to, payload.len(), now);
        assert!(second.is_none(), "nothing is duplicated");
        let at = first.expect("nothing is lost");
        self.wheel.push(at, Flying { from, to, payload });
    }
}

/// One way 3 ms, two thirds more or less.
const ROUND_TRIP: Duration = Duration::from_millis(6);
const JITTER: f64 = 2.0 / 3.0;
/// Bytes of a message.
pub(crate) const SIZE: usize = 300;
