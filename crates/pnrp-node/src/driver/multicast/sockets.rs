//! The UDP sockets of SSDP.

use std::{
    io,
    net::{Ipv6Addr, SocketAddr, SocketAddrV6},
    task::{Context, Poll},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use crate::ssdp::GROUP;

/// One socket that searches and answers, and one on each link that hears searches.
#[derive(Debug)]
pub(super) struct Sockets {
    speaking: UdpSocket,
    listening: Vec<(u32, UdpSocket)>,
    /// The socket to be tried first, so that none starves.
    next: usize,
}

/// How a datagram came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To this node alone: an answer.
    Alone,
    /// To the group, on this link.
    Group(u32),
}

impl Sockets {
    /// One ephemeral port, kept from the first search on.
    pub(super) fn new() -> io::Result<Self> {
        let socket = udp_socket()?;
        socket.set_multicast_hops_v6(1)?;
        let any = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0);
        socket.bind(&any.into())?;
        Ok(Self {
            speaking: UdpSocket::from_std(socket.into())?,
            listening: Vec::new(),
            next: 0,
        })
    }

    /// Listens on these links and on no other. A link that does not work is left out; the last such
    /// failure is returned.
    pub(super) fn listen(&mut self, links: &[u32]) -> io::Result<()> {
        self.listening.retain(|(link, _)| links.contains(link));
        let mut result = Ok(());
        for &link in links {
            if self.listening.iter().any(|(on, _)| *on == link) {
                continue;
            }
            match listening_socket(link) {
                Ok(socket) => self.listening.push((link, socket)),
                Err(error) => result = Err(error),
            }
        }
        result
    }

    /// Leaves every link, which have changed in a way that a membership may not survive.
    pub(super) fn leave(&mut self) {
        self.listening.clear();
    }

    /// Sends to the group on a link.
    pub(super) async fn send_to_group(&self, payload: &[u8], link: u32) -> io::Result<()> {
        let group = SocketAddrV6::new(*GROUP.ip(), GROUP.port(), 0, link);
        self.send(payload, group).await
    }

    /// Sends once the socket is ready for it.
    pub(super) async fn send(&self, payload: &[u8], to: SocketAddrV6) -> io::Result<()> {
        let sent = self.speaking.send_to(payload, SocketAddr::V6(to)).await;
        sent.map(|_| ())
    }

    /// Waits until one of the sockets may have a datagram.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut sockets = self.all();
        match sockets.any(|(_, socket)| socket.poll_recv_ready(context).is_ready()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Receives from whichever socket has a datagram: its length, way and source.
    pub(super) fn try_receive(&mut self, buffer: &mut [u8]) -> Option<(usize, Way, SocketAddrV6)> {
        let count = self.listening.len() + 1;
        for offset in 0..count {
            let index = (self.next + offset) % count;
            let received = self.all().nth(index).and_then(|(way, socket)| {
                let (length, from) = try_one(socket, buffer)?;
                Some((length, way, from))
            });
            if received.is_some() {
                self.next = index + 1;
                return received;
            }
        }
        None
    }

    fn all(&self) -> impl Iterator<Item = (Way, &UdpSocket)> {
        let listening = self.listening.iter();
        let listening = listening.map(|(link, socket)| (Way::Group(*link), socket));
        std::iter::once((Way::Alone, &self.speaking)).chain(listening)
    }
}

fn try_one(socket: &UdpSocket, buffer: &mut [u8]) -> Option<(usize, SocketAddrV6)> {
    loop {
        match socket.try_recv_from(buffer) {
            Ok((length, SocketAddr::V6(from))) => return Some((length, from)),
            Ok((_, SocketAddr::V4(_))) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            // What ICMP said of an earlier answer.
            Err(error) => tracing::debug!(%error, "not received"),
        }
    }
}

/// A socket that hears the group on one link, and shares the port with other programs.
fn listening_socket(link: u32) -> io::Result<UdpSocket> {
    let socket = udp_socket()?;
    socket.set_reuse_address(true)?;
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    socket.set_reuse_port(true)?;
    socket.bind(&listening_address(link).into())?;
    socket.join_multicast_v6(GROUP.ip(), link)?;
    UdpSocket::from_std(socket.into())
}

/// The group itself, so that what is sent to other groups and to this host is not heard.
#[cfg(unix)]
fn listening_address(link: u32) -> SocketAddrV6 {
    SocketAddrV6::new(*GROUP.ip(), GROUP.port(), 0, link)
}

/// Only a unicast address can be bound elsewhere.
#[cfg(not(unix))]
fn listening_address(_: u32) -> SocketAddrV6 {
    SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, GROUP.port(), 0, 0)
}

fn udp_socket() -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
