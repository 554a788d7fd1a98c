//! Reading the steps of an input, and the peers that take part in them.

use std::net::Ipv6Addr;

use pnrp_identity::{SignError, SignatureMismatch, Signer, Verifier};
use pnrp_wire::{
    Ack, Advertise, AppEndpoint, Authority, AuthorityBuffer, AuthorityFragment, Body, ByteOrder,
    Cpa, CpaKind, Dialect, Endpoint, FileTime, Flood, FloodContent, Inquire, Lookup, Message,
    MessageId, Nonce, PeerName, PnrpId, PublicKey, Reason, Request, RouteEntry, SearchCriteria,
    ServiceLocation, Signature, SignedCpa, Solicit,
};

/// The bytes of the input that are left.
pub struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// The next step; `None` at the end.
    pub fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    pub fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// As many bytes as a two-byte length says, or as there are.
    pub fn bytes(&mut self) -> &'a [u8] {
        let length = u16::from_be_bytes([self.byte(), self.byte()]);
        let (bytes, rest) = self.0.split_at(self.0.len().min(length.into()));
        self.0 = rest;
        bytes
    }
}

/// Signs everything with zeros, and believes signatures that begin with an even byte.
#[derive(Debug)]
pub struct StubKey;

impl Signer for StubKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_modulus(&[0xc5; 128]).expect("has 1,024 bits")
    }

    fn sign(&self, _bytes: &[u8]) -> Result<Signature, SignError> {
        Ok(Signature([0; 128]))
    }
}

impl Verifier for StubKey {
    fn verify(
        &self,
        _key: &PublicKey,
        _bytes: &[u8],
        signature: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch> {
        let is_even = signature.0[0] & 1 == 0;
        is_even
            .then_some(ByteOrder::BigEndian)
            .ok_or(SignatureMismatch::NeitherOrder)
    }
}

/// One of four names.
pub fn peer_name(choice: u8) -> PeerName {
    let names = ["0.a", "0.b", "0.c", "0.d"];
    names[usize::from(choice % 4)].parse().expect("a name")
}

/// One of sixteen nodes on the link.
pub fn peer_endpoint(choice: u8) -> Endpoint {
    let last = 1 + u16::from(choice % 16);
    Endpoint {
        address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last),
        port: 3540,
    }
}

fn peer_id(choice: u8) -> PnrpId {
    let location = ServiceLocation::new(0, u64::from(choice % 16));
    PnrpId::new(peer_name(choice).p2p_id(&Dialect::default()), location)
}

fn peer_route(choice: u8) -> RouteEntry {
    let Endpoint { address, port } = peer_endpoint(choice);
    RouteEntry::new(peer_id(choice), port, vec![address]).expect("one address")
}

/// What a peer asks of its own accord.
pub fn question(peer: u8, script: &mut Script<'_>, own_ids: &[PnrpId]) -> Vec<u8> {
    let nonce = Nonce([script.byte(); 16]);
    let choice = script.byte();
    let own = own_ids.get(usize::from(choice) % own_ids.len().max(1));
    let own = own.copied().unwrap_or(peer_id(choice));
    let body = match script.byte() % 5 {
        0 => Body::Solicit(Solicit {
            solicit_type: None,
            route: Some(peer_route(peer)),
            hashed_nonce: nonce.hashed(),
        }),
        1 => Body::Request(Request {
            nonce,
            ids: vec![own, peer_id(choice)],
        }),
        2 => Body::Inquire(Inquire {
            validate: own,
            want_cpa: choice & 0x80 != 0,
            want_extended_payload: choice & 0x40 != 0,
            want_cert_chain: choice & 0x20 != 0,
            nonce: Some(nonce),
        }),
        3 => Body::Lookup(Lookup {
            accept_not_closer: choice & 0x80 != 0,
            criteria: SearchCriteria::AnyPeerName,
            reason: Reason::AppRequest,
            target: peer_id(choice),
            validate: own,
            best_match: (choice & 0x40 != 0).then(|| peer_route(peer)),
            visited: vec![peer_endpoint(peer)],
        }),
        _ => Body::Flood(Flood {
            suppress_ack: choice & 0x80 != 0,
            validate: own,
            content: FloodContent {
                revoke: (choice & 0x40 != 0)
                    .then(|| proof(&peer_id(choice), CpaKind::Revoke, FileTime(u64::MAX >> 1))),
                route: (choice & 0x20 != 0).then(|| peer_route(choice)),
            },
            already_flooded: vec![peer_endpoint(peer)],
        }),
    };
    encode(u32::from(choice), body)
}

/// What a well-behaved peer says to a message.
pub fn answers(message: &Message, script: &mut Script<'_>, utc: FileTime) -> Vec<Vec<u8>> {
    let acked = message.id;
    let choice = script.byte();
    let ack = Body::Ack(Ack {
        acked,
        id_not_found: choice & 0x80 != 0,
    });
    let bodies = match &message.body {
        Body::Solicit(solicit) => vec![Body::Advertise(Advertise {
            acked,
            ids: (choice..choice.saturating_add(5)).map(peer_id).collect(),
            hashed_nonce: solicit.hashed_nonce,
        })],
        Body::Request(_) => {
            let flood = Body::Flood(Flood {
                suppress_ack: false,
                validate: PnrpId::ZERO,
                content: FloodContent {
                    revoke: None,
                    route: Some(peer_route(choice)),
                },
                already_flooded: Vec::new(),
            });
            vec![ack, flood]
        }
        Body::Flood(_) => vec![ack],
        Body::Inquire(inquire) => vec![inquire_answer(acked, inquire, choice, utc)],
        Body::Lookup(_) => vec![fragment(
            acked,
            &AuthorityBuffer {
                missing_from_leaf_set: choice & 0x80 != 0,
                id_not_found: choice & 0x40 != 0,
                busy: choice & 0x30 == 0x30,
                route: (choice & 0x20 == 0).then(|| peer_route(choice)),
                ..AuthorityBuffer::default()
            },
        )],
        Body::Advertise(_) | Body::Authority(_) | Body::Ack(_) => Vec::new(),
    };
    bodies
        .into_iter()
        .map(|body| encode(acked.0 ^ 0x5a, body))
        .collect()
}

fn inquire_answer(acked: MessageId, inquire: &Inquire, choice: u8, utc: FileTime) -> Body {
    let kind = CpaKind::Publish(inquire.nonce.unwrap_or(Nonce::ZERO));
    let tomorrow = FileTime(utc.0 + 86_400 * 10_000_000);
    let buffer = AuthorityBuffer {
        id_not_found: choice & 0x80 != 0,
        route: Some(peer_route(choice)),
        cpa: inquire
            .want_cpa
            .then(|| proof(&inquire.validate, kind, tomorrow)),
        ..AuthorityBuffer::default()
    };
    fragment(acked, &buffer)
}

/// A CPA for an ID of one of the four names, from the node that its location names.
fn proof(id: &PnrpId, kind: CpaKind, not_after: FileTime) -> SignedCpa {
    let dialect = Dialect::default();
    let choice = id.as_bytes()[31];
    let endpoint = peer_endpoint(choice);
    let name = (0..4)
        .map(peer_name)
        .find(|name| name.p2p_id(&dialect) == id.p2p_id());
    let cpa = Cpa {
        kind,
        has_extended_payload: false,
        not_after,
        service_location: id.service_location(),
        authority: Authority::Unsecured,
        classifier_hash: Some(name.unwrap_or(peer_name(0)).classifier().hash(&dialect)),
        friendly_name: None,
        service_addresses: vec![endpoint],
        app_endpoints: vec![AppEndpoint {
            address: endpoint.address,
            port: 80,
            protocol: 6,
        }],
        public_key: StubKey.public_key(),
    };
    SignedCpa::new(cpa, Signature([0; 128]), &dialect).expect("a valid CPA")
}

fn fragment(acked: MessageId, buffer: &AuthorityBuffer) -> Body {
    let data = buffer.encode(&Dialect::default());
    Body::Authority(AuthorityFragment {
        acked,
        size: u16::try_from(data.len()).expect("a short buffer"),
        offset: 0,
        data,
    })
}

fn encode(id: u32, body: Body) -> Vec<u8> {
    let message = Message {
        id: MessageId(id),
        body,
    };
    message.encode(&Dialect::default())
}
