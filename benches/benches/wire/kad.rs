//! libp2p-kad's answer to FIND_NODE: four peers with six addresses, 292 bytes.
//!
//! The crate keeps its codec to itself, but a connection handler hands it out as the codec of a
//! stream. No stream is ever read or written here: the codec is called directly. Beside it stands
//! prost, which it is made of, without the checks of peer IDs and addresses that follow.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use asynchronous_codec::{Decoder, Encoder, Framed};
use bytes::BytesMut;
use either::Either;
use futures_util::io::Cursor;
use libp2p_core::{InboundUpgrade, Multiaddr, OutboundUpgrade, PeerId, UpgradeInfo};
use libp2p_kad::{Behaviour, ConnectionType, KadPeer, Mode, store::MemoryStore};
use libp2p_swarm::{ConnectionHandler, ConnectionId, NetworkBehaviour};
use prost::Message;

pub struct FindNode {
    response: Response,
    framed: BytesMut,
}

impl FindNode {
    pub fn new() -> Self {
        let response = Response::FindNode {
            closer_peers: (1..5).map(peer).collect(),
        };
        let mut framed = BytesMut::new();
        let mut codec = codec_of_answerer();
        codec
            .encode(response.clone(), &mut framed)
            .expect("a response");
        let decoded = codec_of_asker().decode(&mut framed.clone());
        let decoded = decoded.expect("the same bytes").expect("all of them");
        assert_eq!(peers(&decoded), peers_at_their_addresses(&response));
        assert_eq!(
            Schema::decode(&framed[PREFIX..]).map(|raw| raw.encode_to_vec()),
            Ok(framed[PREFIX..].to_vec())
        );
        Self { response, framed }
    }

    /// Without the length before it.
    pub fn bytes(&self) -> usize {
        self.framed.len() - PREFIX
    }

    /// Decodes through the codec, from a buffer that is filled again each time, as a stream does.
    pub fn decode(&self) -> impl FnMut() -> Response {
        let mut codec = codec_of_asker();
        let mut buffer = BytesMut::with_capacity(2_048);
        move || {
            buffer.extend_from_slice(black_box(&self.framed));
            let response = codec.decode(&mut buffer).expect("a response");
            response.expect("all of it")
        }
    }

    pub fn decode_raw(&self) -> impl FnMut() -> Schema {
        || Schema::decode(black_box(&self.framed[PREFIX..])).expect("a response")
    }

    /// Encodes through the codec, which consumes what it encodes: the copies are not timed.
    pub fn encode(&self) -> impl FnMut(u64) -> Duration {
        let mut codec = codec_of_answerer();
        let mut buffer = BytesMut::with_capacity(2_048);
        move |times| {
            let mut spent = Duration::ZERO;
            for batch in batches(times) {
                let copies = vec![self.response.clone(); batch];
                let start = Instant::now();
                for copy in copies {
                    buffer.clear();
                    codec.encode(copy, &mut buffer).expect("a response");
                    black_box(buffer.last().copied());
                }
                spent += start.elapsed();
            }
            spent
        }
    }

    pub fn encode_raw(&self) -> impl FnMut() -> Option<u8> {
        let raw = Schema::decode(&self.framed[PREFIX..]).expect("a response");
        let mut out = Vec::with_capacity(2_048);
        move || {
            out.clear();
            black_box(&raw).encode(&mut out).expect("room");
            out.last().copied()
        }
    }
}

/// Few enough copies at a time to stay in the cache.
fn batches(times: u64) -> impl Iterator<Item = usize> {
    let full = std::iter::repeat_n(16, (times / 16) as usize);
    full.chain([(times % 16) as usize])
}

/// Bytes of the length before a message of 128 bytes or more.
const PREFIX: usize = 2;

/// Each with an address for TCP, every other with one for QUIC, all but one connected.
fn peer(number: u8) -> KadPeer {
    // A hash that is no hash, of an Ed25519 key.
    let id = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20][..], &[number; 32]].concat();
    let tcp = format!("/ip6/2001:db8::{number}/tcp/4001");
    let quic = format!("/ip4/192.0.2.{number}/udp/4001/quic-v1");
    let addresses = [Some(tcp), number.is_multiple_of(2).then_some(quic)];
    let parse = |address: String| address.parse::<Multiaddr>().expect("an address");
    KadPeer {
        node_id: PeerId::from_bytes(&id).expect("an ID"),
        multiaddrs: addresses.into_iter().flatten().map(parse).collect(),
        connection_ty: match number {
            1 => ConnectionType::NotConnected,
            _ => ConnectionType::Connected,
        },
    }
}

fn peers(response: &Response) -> Vec<KadPeer> {
    match response {
        Response::FindNode { closer_peers } => closer_peers.clone(),
        other => panic!("{other:?}"),
    }
}

/// Decoding appends the ID of the peer to each address.
fn peers_at_their_addresses(response: &Response) -> Vec<KadPeer> {
    let mut peers = peers(response);
    for peer in &mut peers {
        for address in &mut peer.multiaddrs {
            *address = address.clone().with_p2p(peer.node_id).expect("no other ID");
        }
    }
    peers
}

fn codec_of_asker() -> AskerCodec {
    let config = protocol();
    let info = config.protocol_info().next().expect("a protocol");
    let framed = config.upgrade_outbound(Cursor::new(Vec::new()), info);
    framed
        .into_inner()
        .expect("no negotiation")
        .into_parts()
        .codec
}

fn codec_of_answerer() -> AnswererCodec {
    let config = protocol();
    let info = config.protocol_info().next().expect("a protocol");
    let framed = config.upgrade_inbound(Cursor::new(Vec::new()), info);
    framed
        .into_inner()
        .expect("no negotiation")
        .into_parts()
        .codec
}

fn protocol() -> Protocol {
    let [local, remote] = [1, 2].map(|number| peer(number).node_id);
    let mut behaviour = Behaviour::new(local, MemoryStore::new(local));
    behaviour.set_mode(Some(Mode::Server));
    let [here, there] = [1, 2].map(|number| peer(number).multiaddrs.remove(0));
    let handler = behaviour
        .handle_established_inbound_connection(
            ConnectionId::new_unchecked(0),
            remote,
            &here,
            &there,
        )
        .expect("a connection");
    let (upgrade, _) = handler.listen_protocol().into_upgrade();
    upgrade.left().expect("a server")
}

// The types have no public names. They are what these traits of public types say they are.
type Handler = <Behaviour<MemoryStore> as NetworkBehaviour>::ConnectionHandler;
type Protocol = <<Handler as ConnectionHandler>::InboundProtocol as Reach>::Inner;
type Memory = Cursor<Vec<u8>>;
type AskerCodec = <<Protocol as OutboundUpgrade<Memory>>::Output as Reach>::Inner;
type AnswererCodec = <<Protocol as InboundUpgrade<Memory>>::Output as Reach>::Inner;
type Response = <AskerCodec as Decoder>::Item;

/// The parameter of a type that is of interest here.
pub trait Reach {
    type Inner;
}

impl<L, R> Reach for Either<L, R> {
    type Inner = L;
}

impl<T, U> Reach for Framed<T, U> {
    type Inner = U;
}

/// The message that libp2p-kad exchanges, as its protobuf definition numbers the fields.
#[derive(Clone, PartialEq, Message)]
pub struct Schema {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(bytes = "vec", tag = "2")]
    key: Vec<u8>,
    #[prost(message, repeated, tag = "8")]
    closer: Vec<SchemaPeer>,
    #[prost(message, repeated, tag = "9")]
    providers: Vec<SchemaPeer>,
    #[prost(int32, tag = "10")]
    cluster_level: i32,
}

#[derive(Clone, PartialEq, Message)]
struct SchemaPeer {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    addresses: Vec<Vec<u8>>,
    #[prost(int32, tag = "3")]
    connection: i32,
}
