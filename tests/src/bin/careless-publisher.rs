//! A publisher whose answers are not what they should be, or not what this software sends.
//!
//! ```text
//! careless-publisher --identity PEM --name NAME --local ADDRESS --peer ADDRESS
//!     [--chain DER] [--sent-chain DER] [--tamper yes] [--numbers big-endian]
//! ```
//!
//! The node registers the name, by the chain if there is one, and answers inquiries with the sent
//! chain instead, which a node that checks what it registers never does. When it tampers, one bit
//! of the signed statements is another: what somebody on the way could make of an answer. Numbers
//! can be written in the order that this software does not use. It prints a line when another node
//! has heard of the name, and goes on until it is killed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of a test: a panic is its failure, its output is read, and it lives in time"
)]

use std::{
    collections::BTreeMap,
    env, fs,
    net::{SocketAddrV6, UdpSocket},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use pnrp_identity::{PeerIdentity, RsaVerifier, inspect_chain};
use pnrp_node::cloud::{
    Cloud, CloudConfig, Datagram, Event, Now, OwnerId, Registration, Scope, Transmit,
};
use pnrp_wire::{
    AppEndpoint, AuthorityBuffer, AuthorityFragment, Body, ByteOrder, Dialect, Endpoint, FileTime,
    Message, MessageId, SignedCpa, limits::FRAGMENT_LEN,
};

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let options: BTreeMap<&str, &str> = words
        .chunks(2)
        .map(|pair| {
            (
                pair.first().unwrap().as_str(),
                pair.last().unwrap().as_str(),
            )
        })
        .collect();
    let option = |name: &str| *options.get(name).unwrap();
    let file = |name: &str| options.get(name).map(|path| fs::read(path).unwrap());
    let [local, peer]: [SocketAddrV6; 2] =
        ["--local", "--peer"].map(|name| option(name).parse().unwrap());
    let dialect = Dialect {
        number_order: match options.get("--numbers") {
            Some(_) => ByteOrder::BigEndian,
            None => ByteOrder::LittleEndian,
        },
        ..Dialect::default()
    };
    let config = CloudConfig::new(Scope::LinkLocal)
        .with_peers(vec![endpoint(&peer)])
        .with_dialect(dialect, false);
    let mut cloud = Cloud::open(config, vec![endpoint(&local)], [7; 32], now()).unwrap();
    let pem = String::from_utf8(file("--identity").unwrap()).unwrap();
    let identity = PeerIdentity::from_pkcs8_pem(&pem).unwrap();
    let valid = |chain: Vec<u8>| inspect_chain(&chain, now().utc, &RsaVerifier).unwrap();
    let registration = Registration {
        name: option("--name").parse().unwrap(),
        signer: Arc::new(identity),
        cert_chain: file("--chain").map(valid),
        endpoints: vec![AppEndpoint {
            address: *local.ip(),
            port: 8080,
            protocol: 6,
        }],
        comment: None,
        payload: None,
        binds: false,
        location_prefix: None,
        lifetime: Duration::from_secs(86_400),
        owner: OwnerId(1),
    };
    cloud.register(registration, now()).unwrap();
    Publisher {
        cloud,
        dialect,
        socket: UdpSocket::bind(local).unwrap(),
        local,
        chain: file("--sent-chain"),
        tampers: options.contains_key("--tamper"),
    }
    .run();
}

struct Publisher {
    cloud: Cloud,
    socket: UdpSocket,
    local: SocketAddrV6,
    /// Sent instead of the chain it registered with.
    chain: Option<Vec<u8>>,
    tampers: bool,
    dialect: Dialect,
}

impl Publisher {
    fn run(mut self) {
        let mut buffer = [0; 2_048];
        loop {
            self.drain();
            let wait = self.cloud.poll_timeout() - now().instant;
            let wait = wait.clamp(Duration::from_millis(1), Duration::from_millis(100));
            self.socket.set_read_timeout(Some(wait)).unwrap();
            // Nothing in time, or the complaint of a host that was not there yet.
            if let Ok((length, std::net::SocketAddr::V6(from))) = self.socket.recv_from(&mut buffer)
            {
                let datagram = Datagram {
                    from: endpoint(&from),
                    to: endpoint(&self.local),
                    payload: buffer.get(..length).unwrap(),
                };
                self.cloud.handle_datagram(datagram, now());
            }
            if self.cloud.poll_timeout() <= now().instant {
                self.cloud.handle_timeout(now());
            }
        }
    }

    fn drain(&mut self) {
        while let Some((id, job)) = self.cloud.poll_crypto() {
            self.cloud.handle_crypto(id, job.run(), now());
        }
        while let Some(event) = self.cloud.poll_event() {
            if let Event::Announced { .. } = event {
                println!("announced");
            }
        }
        let mut answers: BTreeMap<MessageId, (Transmit, MessageId, Vec<u8>)> = BTreeMap::new();
        while let Some(transmit) = self.cloud.poll_transmit() {
            let message = Message::decode(&transmit.payload, &self.dialect).unwrap();
            let Body::Authority(fragment) = message.body else {
                self.send(&transmit.to, &transmit.payload);
                continue;
            };
            let new = (transmit, fragment.acked, Vec::new());
            let (_, _, bytes) = answers.entry(message.id).or_insert(new);
            bytes.extend(fragment.data);
        }
        for (id, (transmit, acked, bytes)) in answers {
            self.answer(id, &transmit.to, acked, &bytes);
        }
    }

    /// Sends an answer with the other chain or CPA in it.
    fn answer(&self, id: MessageId, to: &Endpoint, acked: MessageId, bytes: &[u8]) {
        let mut answer = AuthorityBuffer::decode(bytes, &self.dialect).unwrap();
        if answer.cert_chain.is_some() && self.chain.is_some() {
            answer.cert_chain.clone_from(&self.chain);
        }
        if self.tampers {
            answer.cpa = answer.cpa.as_ref().map(tampered);
        }
        let bytes = answer.encode(&self.dialect);
        for (index, data) in bytes.chunks(FRAGMENT_LEN).enumerate() {
            let body = Body::Authority(AuthorityFragment {
                acked,
                size: bytes.len().try_into().unwrap(),
                offset: (index * FRAGMENT_LEN).try_into().unwrap(),
                data: data.to_vec(),
            });
            self.send(to, &Message { id, body }.encode(&self.dialect));
        }
    }

    fn send(&self, to: &Endpoint, payload: &[u8]) {
        let to = SocketAddrV6::new(to.address, to.port, 0, self.local.scope_id());
        // A host that is gone is no reason to stop.
        let _ = self.socket.send_to(payload, to);
    }
}

/// The same CPA with the lowest bit of its first service address changed.
fn tampered(signed: &SignedCpa) -> SignedCpa {
    let address = signed.cpa().service_addresses.first().unwrap().address;
    let mut bytes = signed.as_bytes().to_vec();
    let place = bytes
        .windows(16)
        .position(|bytes| bytes == address.octets());
    *bytes.get_mut(place.unwrap() + 15).unwrap() ^= 1;
    SignedCpa::decode(&bytes, &Dialect::default()).unwrap()
}

fn now() -> Now {
    Now {
        instant: Instant::now(),
        utc: FileTime::from_system_time(SystemTime::now()),
    }
}

fn endpoint(address: &SocketAddrV6) -> Endpoint {
    Endpoint {
        address: *address.ip(),
        port: address.port(),
    }
}
