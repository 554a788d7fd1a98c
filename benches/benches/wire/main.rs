//! Decoding and encoding a LOOKUP of 292 bytes. MS-PNRP §2.2.2.8.
//!
//! Set against a parser and an encoder of the same bytes that were written by hand for this one
//! message, and against what other directories send in messages of about the same size. All decode
//! to values that own what they hold.

mod dns;
mod kad;
mod krpc;

use std::{hint::black_box, net::Ipv6Addr};

use pnrp_benches::{Median, Rounds};
use pnrp_wire::{
    Body, Dialect, Endpoint, Lookup, Message, MessageId, PnrpId, Reason, RouteEntry, SearchCriteria,
};

const OURS: &str = "pnrp-wire";
const HAND_WRITTEN: &str = "hand-written";
const HICKORY_6: &str = "hickory-proto, 6 addresses";
const HICKORY_8: &str = "hickory-proto, 8 addresses, like the LOOKUP";
const KAD: &str = "libp2p-kad";
const PROST: &str = "prost, libp2p-kad's schema, unchecked";
const BENCODE: &str = "serde_bencode, mainline's schema";
const BENCODE_NEW: &str = "serde_bencode, mainline's schema, new buffer";

fn main() {
    let peers = Peers {
        dns_6: dns::Answer::new(6),
        dns_8: dns::Answer::new(8),
        kad: kad::FindNode::new(),
        krpc: krpc::FindNode::new(),
    };
    let decode = decode(&peers);
    let encode = encode(&peers);
    print("decode to owned values", &decode);
    print("encode into a buffer that is used again", &encode);

    println!("bars");
    let by_hand = 1.0 / to_ours(&decode, HAND_WRITTEN);
    bar(
        "decode, to hand-written, at most 2",
        by_hand,
        by_hand <= 2.0,
    );
    let by_hand = 1.0 / to_ours(&encode, HAND_WRITTEN);
    bar(
        "encode, to hand-written, at most 2.5",
        by_hand,
        by_hand <= 2.5,
    );
    let hickory = to_ours(&decode, HICKORY_6).min(to_ours(&decode, HICKORY_8));
    bar(
        "hickory-proto, to decode, at least 8",
        hickory,
        hickory >= 8.0,
    );
    let hickory = to_ours(&encode, HICKORY_6).min(to_ours(&encode, HICKORY_8));
    bar(
        "hickory-proto, to encode, at least 8",
        hickory,
        hickory >= 8.0,
    );
}

struct Peers {
    dns_6: dns::Answer,
    dns_8: dns::Answer,
    kad: kad::FindNode,
    krpc: krpc::FindNode,
}

fn decode(peers: &Peers) -> Vec<Median> {
    let dialect = Dialect::default();
    let datagram = lookup().encode(&dialect);
    assert_eq!(datagram.len(), peers.dns_6.bytes());
    assert_eq!(datagram.len(), peers.dns_8.bytes());
    assert_eq!(Message::decode(&datagram, &dialect), Ok(lookup()));
    let by_hand = HandWritten::decode(&datagram).expect("the same bytes");
    let mut again = Vec::new();
    by_hand.encode_into(&mut again);
    assert_eq!(again, datagram);

    let mut rounds = Rounds::default();
    let bytes = datagram.len();
    rounds.row(OURS, bytes, || {
        Message::decode(black_box(&datagram), black_box(&dialect))
    });
    rounds.row(HAND_WRITTEN, bytes, || {
        HandWritten::decode(black_box(&datagram))
    });
    rounds.row(HICKORY_6, bytes, peers.dns_6.decode());
    rounds.row(HICKORY_8, bytes, peers.dns_8.decode());
    rounds.row(KAD, peers.kad.bytes(), peers.kad.decode());
    rounds.row(PROST, peers.kad.bytes(), peers.kad.decode_raw());
    rounds.row(BENCODE, peers.krpc.bytes(), peers.krpc.decode());
    rounds.run()
}

fn encode(peers: &Peers) -> Vec<Median> {
    let dialect = Dialect::default();
    let message = lookup();
    let datagram = message.encode(&dialect);
    let by_hand = HandWritten::decode(&datagram).expect("the same bytes");

    let bytes = datagram.len();
    let [mut out, mut out_by_hand] = [(); 2].map(|()| Vec::with_capacity(2_048));
    let mut rounds = Rounds::default();
    rounds.row(OURS, bytes, || {
        out.clear();
        black_box(&message).encode_into(&dialect, &mut out);
        out.last().copied()
    });
    rounds.row(HAND_WRITTEN, bytes, || {
        out_by_hand.clear();
        black_box(&by_hand).encode_into(&mut out_by_hand);
        out_by_hand.last().copied()
    });
    rounds.row(HICKORY_6, bytes, peers.dns_6.encode());
    rounds.row(HICKORY_8, bytes, peers.dns_8.encode());
    rounds.timed_row(KAD, peers.kad.bytes(), peers.kad.encode());
    rounds.row(PROST, peers.kad.bytes(), peers.kad.encode_raw());
    rounds.row(BENCODE_NEW, peers.krpc.bytes(), peers.krpc.encode());
    rounds.run()
}

/// A best match with two addresses, and six nodes visited.
fn lookup() -> Message {
    let id = |byte: u8| PnrpId::from_bytes([byte; 32]);
    let address = |last: u16| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
    let visited = |last| Endpoint {
        address: address(last),
        port: 3540,
    };
    let best = RouteEntry::new(id(0x33), 3540, vec![address(1), address(2)]);
    Message {
        id: MessageId(0x0b0b_0b01),
        body: Body::Lookup(Lookup {
            accept_not_closer: true,
            criteria: SearchCriteria::AnyPeerName,
            reason: Reason::AppRequest,
            target: id(0x11),
            validate: id(0x22),
            best_match: Some(best.expect("two addresses")),
            visited: (3..9).map(visited).collect(),
        }),
    }
}

fn print(title: &str, medians: &[Median]) {
    println!("{title:<48}{:>6}{:>13}{:>8}", "bytes", "median", "ratio");
    for median in medians {
        let Median {
            name,
            bytes,
            nanoseconds,
        } = median;
        let ratio = to_ours(medians, name);
        println!("  {name:<46}{bytes:>6}{nanoseconds:>10.1} ns{ratio:>8.2}");
    }
    println!();
}

/// How many times as long as ours the named row takes.
fn to_ours(medians: &[Median], name: &str) -> f64 {
    let of = |name| {
        let median = medians.iter().find(|median| median.name == name);
        median.expect("a row").nanoseconds
    };
    of(name) / of(OURS)
}

fn bar(what: &str, ratio: f64, meets: bool) {
    let verdict = if meets { "meets" } else { "misses" };
    println!("  {what:<46}{ratio:>27.2}  {verdict}");
}

/// One LOOKUP, parsed and written with nothing but its own layout in mind.
///
/// Every length and every constant is checked, and the result owns its lists. This is the yard
/// stick: there is no general treatment of elements, no names of fields in errors, no dialect.
#[derive(Debug)]
struct HandWritten {
    id: u32,
    flags: u16,
    precision: u16,
    criteria: u8,
    reason: u8,
    target: [u8; 32],
    validate: [u8; 32],
    best: Option<Best>,
    visited: Vec<(u16, Ipv6Addr)>,
}

#[derive(Debug)]
struct Best {
    id: [u8; 32],
    port: u16,
    addresses: Vec<Ipv6Addr>,
}

impl HandWritten {
    fn decode(datagram: &[u8]) -> Option<Self> {
        let mut b = datagram;
        constant(&mut b, &[0x00, 0x10, 0x00, 0x0c, 0x51, 4, 0, 0x0b])?;
        let id = u32::from_be_bytes(take(&mut b)?);
        constant(&mut b, &[0x00, 0x45, 0x00, 0x0c])?;
        let flags = u16::from_be_bytes(take(&mut b)?);
        let precision = u16::from_be_bytes(take(&mut b)?);
        let [criteria, reason, _, _] = take(&mut b)?;
        if !matches!(criteria, 0 | 1 | 2 | 4 | 8) {
            return None;
        }
        constant(&mut b, &[0x00, 0x38, 0x00, 0x24])?;
        let target = take(&mut b)?;
        constant(&mut b, &[0x00, 0x39, 0x00, 0x24])?;
        let validate = take(&mut b)?;
        let best = if b.starts_with(&[0x00, 0x9a]) {
            Some(Best::decode(&mut b)?)
        } else {
            None
        };
        Some(Self {
            id,
            flags,
            precision,
            criteria,
            reason,
            target,
            validate,
            best,
            visited: decode_visited(&mut b)?,
        })
    }

    fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0x00, 0x10, 0x00, 0x0c, 0x51, 4, 0, 0x0b]);
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&[0x00, 0x45, 0x00, 0x0c]);
        out.extend_from_slice(&self.flags.to_be_bytes());
        out.extend_from_slice(&self.precision.to_be_bytes());
        out.extend_from_slice(&[self.criteria, self.reason, 0, 0]);
        out.extend_from_slice(&[0x00, 0x38, 0x00, 0x24]);
        out.extend_from_slice(&self.target);
        out.extend_from_slice(&[0x00, 0x39, 0x00, 0x24]);
        out.extend_from_slice(&self.validate);
        if let Some(best) = &self.best {
            best.encode_into(out);
        }
        let bytes = 8 + 18 * self.visited.len() as u16;
        out.extend_from_slice(&[0x00, 0x9e]);
        out.extend_from_slice(&(bytes + 4).to_be_bytes());
        out.extend_from_slice(&(self.visited.len() as u16).to_be_bytes());
        out.extend_from_slice(&bytes.to_be_bytes());
        out.extend_from_slice(&[0x00, 0x9d, 0x00, 0x12]);
        for (port, address) in &self.visited {
            out.extend_from_slice(&port.to_be_bytes());
            out.extend_from_slice(&address.octets());
        }
    }
}

impl Best {
    fn decode(b: &mut &[u8]) -> Option<Self> {
        constant(b, &[0x00, 0x9a])?;
        let length = usize::from(u16::from_be_bytes(take(b)?));
        let id = take(b)?;
        constant(b, &[4, 0])?;
        let port = u16::from_be_bytes(take(b)?);
        let [_, count] = take(b)?;
        let count = usize::from(count);
        if !(1..=20).contains(&count) || length != 42 + 16 * count {
            return None;
        }
        let (list, rest) = b.split_at_checked(16 * count)?;
        *b = rest.get(length.wrapping_neg() % 4..)?;
        let addresses = list.as_chunks::<16>().0.iter();
        Some(Self {
            id,
            port,
            addresses: addresses.map(|&octets| octets.into()).collect(),
        })
    }

    fn encode_into(&self, out: &mut Vec<u8>) {
        let length = 42 + 16 * self.addresses.len() as u16;
        out.extend_from_slice(&[0x00, 0x9a]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&[4, 0]);
        out.extend_from_slice(&self.port.to_be_bytes());
        out.extend_from_slice(&[0, self.addresses.len() as u8]);
        for address in &self.addresses {
            out.extend_from_slice(&address.octets());
        }
        out.extend_from_slice(&[0; 3][..usize::from(length.wrapping_neg() % 4)]);
    }
}

fn decode_visited(b: &mut &[u8]) -> Option<Vec<(u16, Ipv6Addr)>> {
    constant(b, &[0x00, 0x9e])?;
    let length = usize::from(u16::from_be_bytes(take(b)?));
    let count = usize::from(u16::from_be_bytes(take(b)?));
    let array = usize::from(u16::from_be_bytes(take(b)?));
    constant(b, &[0x00, 0x9d, 0x00, 0x12])?;
    if !(1..=22).contains(&count) || array != 8 + 18 * count || length != array + 4 {
        return None;
    }
    let (list, padding) = b.split_at_checked(18 * count)?;
    if padding.len() > 3 {
        return None;
    }
    let endpoints = list.as_chunks::<18>().0.iter();
    let endpoint = |bytes: &[u8; 18]| {
        let (port, address) = bytes.split_first_chunk::<2>()?;
        let address: [u8; 16] = address.try_into().ok()?;
        Some((u16::from_be_bytes(*port), Ipv6Addr::from(address)))
    };
    endpoints.map(endpoint).collect()
}

fn take<const N: usize>(b: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = b.split_first_chunk()?;
    *b = rest;
    Some(*first)
}

fn constant(b: &mut &[u8], expected: &[u8]) -> Option<()> {
    *b = b.strip_prefix(expected)?;
    Some(())
}
