//! Decoding and encoding a LOOKUP of 292 bytes. MS-PNRP §2.2.2.8.
//!
//! Set against a parser and an encoder of the same bytes that were written by hand for this one
//! message, and against a DNS library with an answer of about the same size.

mod hand_written;

use std::{hint::black_box, net::Ipv6Addr};

use criterion::Criterion;
use hickory_proto::{
    op::{Message as DnsMessage, MessageType, OpCode},
    rr::{Name, RData, Record, rdata},
    serialize::binary::{BinDecodable, BinEncodable},
};
use pnrp_benches::Comparison;
use pnrp_wire::{
    Body, Dialect, Endpoint, Lookup, Message, MessageId, PnrpId, Reason, RouteEntry, SearchCriteria,
};

use hand_written::HandWritten;

fn main() {
    let mut criterion = pnrp_benches::criterion();
    decode(&mut criterion);
    encode(&mut criterion);
    criterion.final_summary();
    for (group, peer) in [
        ("decode", "hand-written"),
        ("decode", "hickory-proto"),
        ("encode", "hand-written"),
        ("encode", "hickory-proto"),
    ] {
        let ours = "pnrp-wire";
        Comparison { group, ours, peer }.print();
    }
}

fn decode(criterion: &mut Criterion) {
    let dialect = Dialect::default();
    let datagram = lookup().encode(&dialect);
    let answer = dns_answer().to_bytes().expect("a valid answer");
    assert_eq!(datagram.len(), 292);
    assert_eq!(Message::decode(&datagram, &dialect), Ok(lookup()));
    let by_hand = HandWritten::decode(&datagram).expect("the same bytes");
    let mut again = Vec::new();
    by_hand.encode_into(&mut again);
    assert_eq!(again, datagram);
    println!("DNS answer: {} bytes", answer.len());

    let mut group = criterion.benchmark_group("decode");
    group.bench_function("pnrp-wire", |b| {
        b.iter(|| Message::decode(black_box(&datagram), black_box(&dialect)));
    });
    group.bench_function("hand-written", |b| {
        b.iter(|| HandWritten::decode(black_box(&datagram)));
    });
    group.bench_function("hickory-proto", |b| {
        b.iter(|| DnsMessage::from_bytes(black_box(&answer)));
    });
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let dialect = Dialect::default();
    let message = lookup();
    let by_hand = HandWritten::decode(&message.encode(&dialect)).expect("the same bytes");
    let answer = dns_answer();

    let mut group = criterion.benchmark_group("encode");
    let mut out = Vec::with_capacity(2_048);
    group.bench_function("pnrp-wire", |b| {
        b.iter(|| {
            out.clear();
            black_box(&message).encode_into(&dialect, &mut out);
            black_box(out.last().copied())
        });
    });
    group.bench_function("hand-written", |b| {
        b.iter(|| {
            out.clear();
            black_box(&by_hand).encode_into(&mut out);
            black_box(out.last().copied())
        });
    });
    group.bench_function("hickory-proto", |b| {
        b.iter(|| black_box(&answer).to_bytes());
    });
    group.finish();
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

/// Seven addresses and a text.
fn dns_answer() -> DnsMessage {
    let name = Name::from_ascii("printer.example.org.").expect("a name");
    let mut message = DnsMessage::new(7, MessageType::Response, OpCode::Query);
    for last in 1..8 {
        let address = rdata::AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
        message.add_answer(Record::from_rdata(name.clone(), 300, RData::AAAA(address)));
    }
    let text = rdata::TXT::new(vec!["a printer on the second floor".into()]);
    message.add_answer(Record::from_rdata(name, 300, RData::TXT(text)));
    message
}
