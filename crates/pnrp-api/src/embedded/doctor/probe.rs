//! A search by multicast on one link, by sockets of its own.

use std::{
    io,
    net::{Ipv6Addr, SocketAddr, SocketAddrV6},
    time::Duration,
};

use pnrp_node::ssdp::{self, GROUP};
use pnrp_wire::Endpoint;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::UdpSocket,
    time::{Instant, timeout_at},
};

/// What came of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Probe {
    /// The interface.
    pub(super) link: String,
    /// Why it could not be made, if that is so.
    pub(super) failure: Option<String>,
    /// The search came back to this host within a second, as it does to every listener.
    pub(super) is_heard: bool,
    /// Nodes that have answered.
    pub(super) found: Vec<Endpoint>,
    /// Those of them that do not answer on their UDP port.
    pub(super) silent: Vec<Endpoint>,
}

pub(super) async fn search(target: &str, link: u32) -> Probe {
    let mut probe = Probe {
        link: link.to_string(),
        ..Probe::default()
    };
    if let Err(error) = run(target, link, &mut probe).await {
        probe.failure = Some(error.to_string());
    }
    probe
}

async fn run(target: &str, link: u32, probe: &mut Probe) -> io::Result<()> {
    let listening = listening(link)?;
    let speaking = udp_socket()?;
    speaking.set_multicast_hops_v6(1)?;
    speaking.bind(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0).into())?;
    let speaking = UdpSocket::from_std(speaking.into())?;
    let port = speaking.local_addr()?.port();
    let group = SocketAddrV6::new(*GROUP.ip(), GROUP.port(), 0, link);
    speaking.send_to(&ssdp::search(target), group).await?;

    let start = Instant::now();
    let (mut heard, mut answer) = ([0; DATAGRAM], [0; DATAGRAM]);
    while probe.found.len() < MOST_FOUND {
        let received = timeout_at(start + ANSWERS_WITHIN, async {
            tokio::select! {
                own = listening.recv_from(&mut heard) => own.map(|(_, from)| (from, None)),
                other = speaking.recv_from(&mut answer) => {
                    other.map(|(length, from)| (from, Some(length)))
                }
            }
        });
        let Ok(received) = received.await else {
            break;
        };
        match received? {
            (from, None) => {
                let is_in_time = start.elapsed() <= HEARD_WITHIN;
                probe.is_heard |= is_in_time && from.port() == port;
            }
            (_, Some(length)) => {
                let answer = answer.get(..length).unwrap_or_default();
                let found = ssdp::Response::parse(answer).and_then(|it| it.endpoint());
                if let Ok(found) = found
                    && !probe.found.contains(&found)
                {
                    probe.found.push(found);
                }
            }
        }
    }
    Ok(())
}

/// A socket that hears the group beside those of other programs.
fn listening(link: u32) -> io::Result<UdpSocket> {
    let socket = udp_socket()?;
    socket.set_reuse_address(true)?;
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    socket.set_reuse_port(true)?;
    let group = SocketAddrV6::new(*GROUP.ip(), GROUP.port(), 0, link);
    socket.bind(&SocketAddr::V6(group).into())?;
    socket.join_multicast_v6(GROUP.ip(), link)?;
    UdpSocket::from_std(socket.into())
}

fn udp_socket() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

const DATAGRAM: usize = 2_048;
const MOST_FOUND: usize = 8;
const HEARD_WITHIN: Duration = Duration::from_secs(1);
/// The three seconds that a search gives for answers, and the way.
const ANSWERS_WITHIN: Duration = Duration::from_millis(3_300);
