//! UDP sockets, one for each local address of a cloud. MS-PNRP §3.1.4.1.

use std::{
    collections::VecDeque,
    io,
    net::{Ipv6Addr, SocketAddr, SocketAddrV6},
    task::{Context, Poll},
    time::Duration,
};

use pnrp_wire::{Endpoint, limits::DEFAULT_PORT};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::{CloudSpec, DriverError};
use crate::cloud::{Scope, Transmit};

/// The sockets of one cloud, which share a port.
#[derive(Debug)]
pub(super) struct Sockets {
    sockets: Vec<(Endpoint, UdpSocket)>,
    /// Scope ID of the link-local addresses of this cloud.
    zone: u32,
    /// The socket to be tried first, so that none starves.
    next: usize,
    /// Datagrams that the sockets could not take yet; the oldest go when there are too many.
    backlog: VecDeque<Transmit>,
}

impl Sockets {
    /// Binds every address of a cloud to one port: the given one, else 3540, else an ephemeral
    /// one when 3540 is taken.
    pub(super) async fn bind(spec: &CloudSpec, port: Option<u16>) -> Result<Self, DriverError> {
        let wanted = port.unwrap_or(DEFAULT_PORT);
        match Self::bind_port(spec, wanted).await {
            Err(DriverError::Bind { source, .. })
                if port.is_none() && source.kind() == io::ErrorKind::AddrInUse =>
            {
                let sockets = Self::bind_port(spec, 0).await?;
                let port = sockets
                    .endpoints()
                    .first()
                    .map_or(0, |endpoint| endpoint.port);
                tracing::info!(cloud = spec.name, port, "port {DEFAULT_PORT} is taken");
                Ok(sockets)
            }
            result => result,
        }
    }

    async fn bind_port(spec: &CloudSpec, port: u16) -> Result<Self, DriverError> {
        Ok(Self {
            sockets: bind_all(&spec.addresses, port, spec.zone).await?,
            zone: spec.zone,
            next: 0,
            backlog: VecDeque::new(),
        })
    }

    /// The port they share; `None` while there are none.
    pub(super) fn port(&self) -> Option<u16> {
        self.sockets.first().map(|(at, _)| at.port)
    }

    /// Those of some addresses that have no socket.
    pub(super) fn missing(&self, addresses: &[Ipv6Addr]) -> Vec<Ipv6Addr> {
        let has = |address: &&Ipv6Addr| self.sockets.iter().any(|(at, _)| at.address == **address);
        let missing = addresses.iter().filter(|address| !has(address));
        missing.copied().collect()
    }

    /// Closes what is on no address of the cloud any more, and takes the place of the rest where
    /// sockets on another port have been bound. Addresses come in their order.
    pub(super) fn adopt(&mut self, addresses: &[Ipv6Addr], bound: Bound) {
        let Bound { sockets, port } = bound;
        self.sockets
            .retain(|(at, _)| at.port == port && addresses.contains(&at.address));
        let still_wanted = |(at, _): &(Endpoint, _)| addresses.contains(&at.address);
        self.sockets
            .extend(sockets.into_iter().filter(still_wanted));
        self.sockets
            .sort_by_key(|(at, _)| addresses.iter().position(|address| *address == at.address));
        self.next = 0;
    }

    /// Where the sockets listen.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        self.sockets.iter().map(|(endpoint, _)| *endpoint).collect()
    }

    /// The same, with scope IDs.
    pub(super) fn addresses(&self) -> Vec<SocketAddrV6> {
        let address = |(at, _): &(Endpoint, _)| socket_address(at.address, at.port, self.zone);
        self.sockets.iter().map(address).collect()
    }

    /// Sends without waiting; what a socket cannot take yet is sent by [`Self::poll_flush`].
    pub(super) fn send(&mut self, transmit: Transmit) {
        if !self.backlog.is_empty() || !self.try_send(&transmit) {
            self.backlog.push_back(transmit);
            if self.backlog.len() > MAX_BACKLOG {
                self.backlog.pop_front();
            }
        }
    }

    /// Returns false when the socket cannot take the datagram yet. A datagram that cannot be sent
    /// at all is lost, as datagrams are.
    fn try_send(&self, transmit: &Transmit) -> bool {
        let Some((_, socket)) = self.sockets.iter().find(|(at, _)| *at == transmit.from) else {
            return true;
        };
        let to = socket_address(transmit.to.address, transmit.to.port, self.zone);
        match socket.try_send_to(&transmit.payload, SocketAddr::V6(to)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(error) => tracing::debug!(%to, %error, "not sent"),
            Ok(_) => {}
        }
        true
    }

    /// Sends what has had to wait, as far as the sockets take it, and arranges to be woken when
    /// they take more.
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) {
        while let Some(transmit) = self.backlog.front() {
            let socket = self.sockets.iter().find(|(at, _)| *at == transmit.from);
            let is_ready =
                socket.is_none_or(|(_, socket)| socket.poll_send_ready(context).is_ready());
            if !is_ready {
                return;
            }
            // A socket that was ready and is not any more is polled again for its readiness.
            if self.try_send(transmit) {
                self.backlog.pop_front();
            }
        }
    }

    /// Waits until one of the sockets may have a datagram.
    pub(super) fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        let is_readable = |(_, socket): &(_, UdpSocket)| socket.poll_recv_ready(context).is_ready();
        match self.sockets.iter().any(is_readable) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    /// Receives from whichever socket has a datagram: its length, source and local endpoint;
    /// `None` when no socket has one.
    pub(super) fn try_receive(&mut self, buffer: &mut [u8]) -> Option<(usize, Endpoint, Endpoint)> {
        let count = self.sockets.len();
        for offset in 0..count {
            let index = (self.next + offset) % count;
            let Some((to, socket)) = self.sockets.get(index) else {
                continue;
            };
            if let Some((length, from)) = try_one(socket, buffer) {
                self.next = index + 1;
                return Some((length, from, *to));
            }
        }
        None
    }
}

/// Sockets for addresses that the host has got.
#[derive(Debug, Default)]
pub(super) struct Bound {
    sockets: Vec<(Endpoint, UdpSocket)>,
    /// The port of the cloud from now on.
    port: u16,
}

impl Bound {
    /// Nothing new, on the port there was.
    pub(super) fn nothing(port: u16) -> Self {
        Self {
            sockets: Vec::new(),
            port,
        }
    }

    /// Binds the addresses that a cloud has got to its port. When another program has that port
    /// there, all its addresses go to another one, unless the port is wanted as it is.
    pub(super) async fn new(
        spec: &CloudSpec,
        missing: &[Ipv6Addr],
        (port, is_fixed): (u16, bool),
    ) -> Result<Self, DriverError> {
        match bind_all(missing, port, spec.zone).await {
            Err(DriverError::Bind { source, .. })
                if !is_fixed && source.kind() == io::ErrorKind::AddrInUse =>
            {
                let sockets = bind_all(&spec.addresses, 0, spec.zone).await?;
                let taken = port;
                let port = sockets.first().map_or(0, |(at, _)| at.port);
                tracing::info!(cloud = spec.name, port, "port {taken} is taken");
                Ok(Self { sockets, port })
            }
            bound => Ok(Self {
                sockets: bound?,
                port,
            }),
        }
    }
}

/// Binds some addresses to one port, any if it is 0.
async fn bind_all(
    addresses: &[Ipv6Addr],
    port: u16,
    zone: u32,
) -> Result<Vec<(Endpoint, UdpSocket)>, DriverError> {
    let mut sockets = Vec::new();
    let mut port = port;
    for &address in addresses {
        let failed = |source| DriverError::Bind {
            address,
            port,
            source,
        };
        let socket = bind_patiently(socket_address(address, port, zone)).await;
        let socket = socket.map_err(failed)?;
        port = socket.local_addr().map_err(failed)?.port();
        sockets.push((Endpoint { address, port }, socket));
    }
    Ok(sockets)
}

/// Receives one datagram. Errors of the socket report ICMP messages about earlier sends, which
/// retransmission covers.
fn try_one(socket: &UdpSocket, buffer: &mut [u8]) -> Option<(usize, Endpoint)> {
    loop {
        match socket.try_recv_from(buffer) {
            Ok((length, SocketAddr::V6(from))) => {
                let from = Endpoint {
                    address: *from.ip(),
                    port: from.port(),
                };
                return Some((length, from));
            }
            Ok((_, SocketAddr::V4(_))) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) => tracing::debug!(%error, "not received"),
        }
    }
}

/// An address with the zone of the cloud where the address needs one.
pub(super) fn socket_address(address: Ipv6Addr, port: u16, zone: u32) -> SocketAddrV6 {
    let needs_zone = Scope::of(&address) == Some(Scope::LinkLocal) && !address.is_loopback();
    SocketAddrV6::new(address, port, 0, if needs_zone { zone } else { 0 })
}

/// Binds, waiting for an address that is still being checked for duplicates (RFC 4862 §5.4).
async fn bind_patiently(address: SocketAddrV6) -> io::Result<UdpSocket> {
    for _ in 0..TENTATIVE_TRIES {
        match bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                tokio::time::sleep(TENTATIVE_WAIT).await;
            }
            result => return result,
        }
    }
    bind(address)
}

fn bind(address: SocketAddrV6) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_nonblocking(true)?;
    // A burst of floods is larger than the default buffer of some systems; less is no failure.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Datagrams that may wait for a socket.
const MAX_BACKLOG: usize = 256;
const RECEIVE_BUFFER: usize = 512 * 1_024;
/// Ten seconds: a host may send several probes, each a second after the other, and begin a second late.
const TENTATIVE_TRIES: u32 = 100;
const TENTATIVE_WAIT: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    /// R-1.9-01, R-2.1-03, R-3.1.4.1-06: 3540 unless it is taken, and never a pair of address and
    /// port that another cloud listens on.
    #[tokio::test]
    async fn two_clouds_never_share_an_endpoint() {
        // Without IPv6 there is nothing to listen on.
        let Ok(probe) = std::net::UdpSocket::bind("[::1]:0") else {
            return;
        };
        let taken = probe.local_addr().unwrap().port();
        let is_free = || std::net::UdpSocket::bind(("::1", DEFAULT_PORT)).is_ok();

        let was_free = is_free();
        let first = Sockets::bind(&spec(), None).await.unwrap();
        let second = Sockets::bind(&spec(), None).await.unwrap();
        let third = Sockets::bind(&spec(), Some(taken)).await;

        let (first, second) = (first.endpoints(), second.endpoints());
        // Another program may have it meanwhile.
        let is_taken = !was_free || !is_free();
        assert!(first[0].port == DEFAULT_PORT || is_taken, "{first:?}");
        assert_ne!(first, second);
        assert!(second[0].port > 1024, "{second:?}");
        assert!(matches!(third, Err(DriverError::Bind { port, .. }) if port == taken));
    }

    fn spec() -> CloudSpec {
        CloudSpec {
            name: "LinkLocal_ff00::%1/8".to_owned(),
            scope: Scope::LinkLocal,
            zone: 1,
            interface: Some("lo".to_owned()),
            addresses: vec![Ipv6Addr::LOCALHOST],
            links: Vec::new(),
        }
    }
}
