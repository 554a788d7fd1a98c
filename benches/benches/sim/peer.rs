//! The ring on turmoil.

use std::{
    cell::Cell,
    net::{IpAddr, Ipv6Addr},
    rc::Rc,
    time::Duration,
};

use turmoil::{Builder, IpVersion, Sim, net::UdpSocket};

use crate::ring::SIZE;

/// Hosts that send on what they are sent.
pub(crate) struct PeerRing {
    sim: Sim<'static>,
    heard: Rc<Cell<u64>>,
}

impl PeerRing {
    /// A ring in which no host has sent anything yet: each does so in the first step.
    pub(crate) fn new(hosts: u32) -> Self {
        let mut sim = Builder::new()
            .ip_version(IpVersion::V6)
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(Duration::from_millis(5))
            .udp_capacity(1_024)
            .rng_seed(1)
            .build();
        let heard = Rc::new(Cell::new(0));
        for host in 0..hosts {
            let next = address((host + 1) % hosts);
            let heard = Rc::clone(&heard);
            sim.host(address(host), move || send_on(next, Rc::clone(&heard)));
        }
        Self { sim, heard }
    }

    /// Lets so many milliseconds pass; returns how many messages were received.
    pub(crate) fn pass(&mut self, steps: u32) -> u64 {
        let before = self.heard.get();
        for _ in 0..steps {
            self.sim.step().expect("no host ends");
        }
        self.heard.get() - before
    }
}

async fn send_on(next: IpAddr, heard: Rc<Cell<u64>>) -> turmoil::Result {
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, PORT)).await?;
    let mut message = [0; SIZE];
    socket.send_to(&message, (next, PORT)).await?;
    loop {
        let (size, _) = socket.recv_from(&mut message).await?;
        assert_eq!(size, SIZE);
        heard.set(heard.get() + 1);
        socket.send_to(&message, (next, PORT)).await?;
    }
}

fn address(host: u32) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(0xfe80 << 112 | u128::from(host + 1)))
}

const PORT: u16 = 3_540;
/// Steps after which the first message of every host has arrived.
pub(crate) const UNTIL_ALL_ARRIVE: u32 = 6;
