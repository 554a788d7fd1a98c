//! What mainline does with an answer to `find_node`: eight nodes, 289 bytes.
//!
//! Its messages are private. Here are serde_bencode, which it decodes with, the shape that it gives
//! serde (kinds of answer that are tried in turn, richest first), and its own `Id` and `Node` for
//! what comes out.

use std::{
    hint::black_box,
    net::{Ipv4Addr, SocketAddrV4},
};

use mainline::{Id, Node};
use serde::{Deserialize, Serialize};
use serde_bencode::{from_bytes, to_bytes};
use serde_bytes::ByteBuf;

pub struct FindNode {
    bytes: Vec<u8>,
}

/// The values: whose answer it is, and the nodes it names.
pub struct Found {
    transaction: [u8; 4],
    version: Option<[u8; 4]>,
    asker: Option<[u8; 6]>,
    answerer: Id,
    nodes: Box<[Node]>,
}

impl FindNode {
    pub fn new() -> Self {
        let node = |number: u8| {
            let address = Ipv4Addr::new(192, 0, 2, number);
            let id = Id::from_bytes([number; 20]).expect("20 bytes");
            Node::new(id, SocketAddrV4::new(address, 6881))
        };
        let found = Found {
            transaction: *b"\0\0\0\x07",
            version: Some(*b"RS\0\x05"),
            asker: Some([192, 0, 2, 99, 0x1a, 0xe1]),
            answerer: Id::from_bytes([0x77; 20]).expect("20 bytes"),
            nodes: (1..9).map(node).collect(),
        };
        let bytes = found.encode();
        assert_eq!(Found::decode(&bytes).encode(), bytes);
        Self { bytes }
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub fn decode(&self) -> impl FnMut() -> Found {
        || Found::decode(black_box(&self.bytes))
    }

    /// Encodes into a new buffer: serde_bencode offers nothing else.
    pub fn encode(&self) -> impl FnMut() -> Vec<u8> {
        let found = Found::decode(&self.bytes);
        move || black_box(&found).encode()
    }
}

impl Found {
    fn decode(bytes: &[u8]) -> Self {
        let message: Message = from_bytes(bytes).expect("an answer");
        let Kind::Response(Response::FindNode { r: answer }) = message.kind else {
            panic!("another kind of answer");
        };
        let node = |bytes: &[u8; 26]| {
            let (id, address) = bytes.split_first_chunk::<20>().expect("26 bytes");
            let [a, b, c, d, high, low] = *address else {
                unreachable!("6 bytes");
            };
            let port = u16::from_be_bytes([high, low]);
            let address = SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port);
            Node::new(Id::from_bytes(id).expect("20 bytes"), address)
        };
        let (nodes, rest) = answer.nodes.as_chunks::<26>();
        assert!(rest.is_empty());
        Self {
            transaction: message.transaction,
            version: message.version,
            asker: message.asker,
            answerer: Id::from_bytes(answer.id).expect("20 bytes"),
            nodes: nodes.iter().map(node).collect(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut nodes = Vec::with_capacity(26 * self.nodes.len());
        for node in &self.nodes {
            nodes.extend_from_slice(node.id().as_bytes());
            nodes.extend_from_slice(&node.address().ip().octets());
            nodes.extend_from_slice(&node.address().port().to_be_bytes());
        }
        let answer = Nodes {
            id: *self.answerer.as_bytes(),
            nodes: nodes.into(),
        };
        let message = Message {
            transaction: self.transaction,
            version: self.version,
            kind: Kind::Response(Response::FindNode { r: answer }),
            asker: self.asker,
            read_only: None,
        };
        to_bytes(&message).expect("an answer")
    }
}

#[derive(Serialize, Deserialize)]
struct Message {
    #[serde(rename = "t", with = "serde_bytes")]
    transaction: [u8; 4],
    #[serde(rename = "v", default, with = "serde_bytes")]
    version: Option<[u8; 4]>,
    #[serde(flatten)]
    kind: Kind,
    #[serde(rename = "ip", default, with = "serde_bytes")]
    asker: Option<[u8; 6]>,
    #[serde(rename = "ro", default)]
    read_only: Option<i32>,
}

/// Requests and errors are told apart by `y` and cost an answer nothing.
#[derive(Serialize, Deserialize)]
#[serde(tag = "y")]
enum Kind {
    #[serde(rename = "r")]
    Response(Response),
}

/// Nothing says which it is, so the first whose fields are all there is taken.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Response {
    Mutable { r: Mutable },
    Unchanged { r: Unchanged },
    Immutable { r: Immutable },
    Peers { r: Peers },
    Token { r: Token },
    FindNode { r: Nodes },
    Ping { r: Ping },
}

#[derive(Serialize, Deserialize)]
struct Mutable {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
    #[serde(with = "serde_bytes")]
    token: Box<[u8]>,
    #[serde(default, with = "serde_bytes")]
    nodes: Option<Box<[u8]>>,
    #[serde(with = "serde_bytes")]
    v: Box<[u8]>,
    #[serde(with = "serde_bytes")]
    k: [u8; 32],
    #[serde(with = "serde_bytes")]
    sig: [u8; 64],
    seq: i64,
}

#[derive(Serialize, Deserialize)]
struct Unchanged {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
    #[serde(with = "serde_bytes")]
    token: Box<[u8]>,
    #[serde(default, with = "serde_bytes")]
    nodes: Option<Box<[u8]>>,
    seq: i64,
}

#[derive(Serialize, Deserialize)]
struct Immutable {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
    #[serde(with = "serde_bytes")]
    token: Box<[u8]>,
    #[serde(default, with = "serde_bytes")]
    nodes: Option<Box<[u8]>>,
    #[serde(with = "serde_bytes")]
    v: Box<[u8]>,
}

#[derive(Serialize, Deserialize)]
struct Peers {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
    #[serde(with = "serde_bytes")]
    token: Box<[u8]>,
    #[serde(default, with = "serde_bytes")]
    nodes: Option<Box<[u8]>>,
    values: Vec<ByteBuf>,
}

#[derive(Serialize, Deserialize)]
struct Token {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
    #[serde(with = "serde_bytes")]
    token: Box<[u8]>,
    #[serde(default, with = "serde_bytes")]
    nodes: Option<Box<[u8]>>,
}

#[derive(Serialize, Deserialize)]
struct Nodes {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
    #[serde(with = "serde_bytes")]
    nodes: Box<[u8]>,
}

#[derive(Serialize, Deserialize)]
struct Ping {
    #[serde(with = "serde_bytes")]
    id: [u8; 20],
}
