//! A program that speaks SSDP and knows nothing of PNRP.
//!
//! ```text
//! ssdp-neighbour answer INTERFACE TARGET [reuse-port]
//! ssdp-neighbour search INTERFACE TARGET MILLISECONDS
//! ssdp-neighbour shout INTERFACE
//! ```
//!
//! `answer` shares port 1900 with other programs by `SO_REUSEADDR`, and by `SO_REUSEPORT` if it is
//! told so, and answers searches for a target until it is killed. It prints a line when it listens.
//! `search` asks once, and prints a line of JSON for each answer that comes within the time.
//! `shout` sends what pnrpd has no use for to everybody who listens on port 1900.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of a test: a panic is its failure, its output is read, and it lives in time"
)]

use std::{
    env, fs,
    net::{Ipv6Addr, SocketAddrV6, UdpSocket},
    time::{Duration, Instant},
};

use serde_json::json;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["answer", interface, target] => answer(zone_of(interface), target, false),
        ["answer", interface, target, "reuse-port"] => answer(zone_of(interface), target, true),
        ["search", interface, target, milliseconds] => {
            let within = Duration::from_millis(milliseconds.parse().unwrap());
            search(zone_of(interface), target, within);
        }
        ["shout", interface] => shout(zone_of(interface)),
        _ => panic!("see the source for what to say instead of {arguments:?}"),
    }
}

fn zone_of(interface: &str) -> u32 {
    let index = fs::read_to_string(format!("/sys/class/net/{interface}/ifindex"));
    index.unwrap().trim().parse().unwrap()
}

fn answer(zone: u32, target: &str, reuse_port: bool) {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    socket.set_reuse_address(true).unwrap();
    if reuse_port {
        socket.set_reuse_port(true).unwrap();
    }
    let all = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, PORT, 0, 0);
    socket.bind(&SockAddr::from(all)).unwrap();
    socket.join_multicast_v6(&GROUP, zone).unwrap();
    let socket = UdpSocket::from(socket);
    println!("listening");
    let mut buffer = [0; 2_048];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let wanted = format!("ST:{target}");
        let is_search = text.starts_with("M-SEARCH * HTTP/1.1\r\n");
        if is_search && text.lines().any(|line| line == wanted) {
            let answer = format!(
                "HTTP/1.1 200 OK\r\nST:{target}\r\nUSN:uuid:0::{target}\r\n\
                 Location:http://[fe80::]/\r\nCache-Control:max-age=1800\r\nServer:x\r\nExt:\r\n\r\n"
            );
            socket.send_to(answer.as_bytes(), from).unwrap();
        }
    }
}

fn search(zone: u32, target: &str, within: Duration) {
    let socket = sender(zone);
    let search = format!(
        "M-SEARCH * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nST:{target}\r\n\
         Man:\"ssdp:discover\"\r\nMX:3\r\n\r\n"
    );
    let group = SocketAddrV6::new(GROUP, PORT, 0, zone);
    socket.send_to(search.as_bytes(), group).unwrap();
    let until = Instant::now() + within;
    let mut buffer = [0; 2_048];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        socket.set_read_timeout(Some(left)).unwrap();
        // The only failure is that the time is over.
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            println!("{}", json!({"from": from.ip().to_string(), "text": text}));
        }
    }
}

fn shout(zone: u32) {
    let socket = sender(zone);
    let group = SocketAddrV6::new(GROUP, PORT, 0, zone);
    for noise in NOISE {
        socket.send_to(noise, group).unwrap();
    }
    // Longer than any message of SSDP.
    socket.send_to(&[b'M'; 1_400], group).unwrap();
}

fn sender(zone: u32) -> UdpSocket {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    socket.set_multicast_if_v6(zone).unwrap();
    socket.set_multicast_hops_v6(1).unwrap();
    let any = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0);
    socket.bind(&SockAddr::from(any)).unwrap();
    socket.into()
}

const GROUP: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);
const PORT: u16 = 1_900;
/// Other services, and what is no SSDP at all.
const NOISE: [&[u8]; 7] = [
    b"",
    b"\r\n\r\n",
    b"\xff\xfe\x00\x80",
    b"M-SEARCH * HTTP/1.1\r\nHost:[FF02::C]:1900\r\n",
    b"NOTIFY * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nNT:upnp:rootdevice\r\nNTS:ssdp:alive\r\n\
      Location:http://[fe80::1]:80/\r\nUSN:uuid:0::upnp:rootdevice\r\n\
      Cache-Control:max-age=1800\r\nServer:x\r\n\r\n",
    b"NOTIFY * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nNT:urn:Microsoft Windows Peer Name Resolution \
      Protocol: V4:IPV6:LinkLocal\r\nNTS:ssdp:alive\r\nAL:[fe80::\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nST:urn:Microsoft Windows Peer Name Resolution Protocol: \
      V4:IPV6:LinkLocal\r\nAL:[::]:0\r\nUSN:[ff02::1]:3540\r\n\r\n",
];
