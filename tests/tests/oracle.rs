//! Every message with every optional part, read by tshark. MS-PNRP §2.2.
//!
//! Signatures are filler: tshark does not verify them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "fixtures of a test: a panic is its failure, and figures are printed"
)]

use std::collections::BTreeSet;

use pnrp_tests::{oracle, pcap::Datagram, skip::skip, tshark};
use pnrp_wire::{
    Ack, Advertise, AppEndpoint, Authority, AuthorityBuffer, AuthorityFragment, Body,
    ClassifierHash, Cpa, CpaKind, Dialect, Endpoint, ExtendedPayload, FileTime, Flood,
    FloodContent, FriendlyName, Inquire, Lookup, Message, MessageId, MessageType, Nonce, Payload,
    PnrpId, PublicKey, Reason, Request, RouteEntry, SearchCriteria, ServiceLocation, Signature,
    SignedCpa, Solicit, SolicitType, UnsignedPayload, limits::FRAGMENT_LEN,
};

#[test]
fn tshark_reads_what_we_encode() {
    if let Err(reason) = tshark::available() {
        return skip(&reason);
    }
    let datagrams = datagrams(&messages());
    let types: BTreeSet<_> = datagrams
        .iter()
        .map(|datagram| oracle::decode(&datagram.payload).message_type())
        .collect();
    assert_eq!(types, BTreeSet::from(MessageType::ALL));

    let directory = tempfile::tempdir().unwrap();
    let report = oracle::compare(&datagrams, &directory.path().join("split.pcap"));

    println!(
        "{} datagrams, {} frames, {} values of {} fields are equal",
        datagrams.len(),
        report.frames,
        report.values,
        report.fields.len()
    );
    let elements = [
        0x18, 0x38, 0x39, 0x40, 0x43, 0x44, 0x45, 0x5a, 0x60, 0x80, 0x85, 0x92, 0x93, 0x98, 0x9a,
        0x9b, 0x9c, 0x9e,
    ];
    assert_eq!(report.elements, BTreeSet::from(elements));
}

fn messages() -> Vec<Body> {
    let mut messages = conversation();
    messages.extend(floods());
    messages.extend(lookups());
    messages.extend(inquiries());
    messages.extend(buffers().iter().flat_map(fragments));
    messages
}

fn conversation() -> Vec<Body> {
    let hashed_nonce = nonce(0x10).hashed();
    let solicit = |solicit_type, route| {
        Body::Solicit(Solicit {
            solicit_type,
            route,
            hashed_nonce,
        })
    };
    let advertise = |ids| {
        Body::Advertise(Advertise {
            acked: MessageId(0x0102_0304),
            ids,
            hashed_nonce,
        })
    };
    vec![
        solicit(None, None),
        solicit(Some(SolicitType::Any), None),
        solicit(Some(SolicitType::Local), Some(route(1, 20))),
        advertise(Vec::new()),
        advertise((0..36).map(id).collect()),
        Body::Request(Request {
            nonce: nonce(0x10),
            ids: vec![id(1), id(2)],
        }),
        ack(false),
        ack(true),
    ]
}

fn ack(id_not_found: bool) -> Body {
    Body::Ack(Ack {
        acked: MessageId(0xFEDC_BA98),
        id_not_found,
    })
}

fn floods() -> Vec<Body> {
    let flood = |suppress_ack, content, seen| {
        Body::Flood(Flood {
            suppress_ack,
            validate: id(9),
            content,
            already_flooded: endpoints(seen),
        })
    };
    let revoke = || Some(signed(revocation()));
    let unsecured = Cpa {
        authority: Authority::Unsecured,
        service_addresses: Vec::new(),
        ..revocation()
    };
    vec![
        flood(false, FloodContent::default(), 0),
        flood(
            true,
            FloodContent {
                revoke: None,
                route: Some(route(1, 1)),
            },
            22,
        ),
        flood(
            false,
            FloodContent {
                revoke: revoke(),
                route: Some(route(2, 3)),
            },
            1,
        ),
        flood(
            true,
            FloodContent {
                revoke: Some(signed(unsecured)),
                route: None,
            },
            2,
        ),
    ]
}

fn lookups() -> Vec<Body> {
    let lookup = |accept_not_closer, criteria, reason, best_match, visited| {
        Body::Lookup(Lookup {
            accept_not_closer,
            criteria,
            reason,
            target: id(3),
            validate: id(4),
            best_match,
            visited: endpoints(visited),
        })
    };
    use SearchCriteria as C;
    vec![
        lookup(false, C::Exact, Reason::AppRequest, None, 1),
        lookup(true, C::AnyPeerName, Reason::Registration, None, 2),
        lookup(
            true,
            C::NearestPeerName,
            Reason::CacheMaintenance,
            Some(route(5, 1)),
            3,
        ),
        lookup(false, C::Nearest64PeerName, Reason::SplitDetection, None, 4),
        lookup(
            true,
            C::UpperBits(0x0123),
            Reason::AppRequest,
            Some(route(6, 2)),
            22,
        ),
    ]
}

fn inquiries() -> Vec<Body> {
    let inquire = |flags: u8, nonce| {
        Body::Inquire(Inquire {
            validate: id(7),
            want_cpa: flags & 1 != 0,
            want_extended_payload: flags & 2 != 0,
            want_cert_chain: flags & 4 != 0,
            nonce,
        })
    };
    let all = |flags| [inquire(flags, None), inquire(flags, Some(nonce(0x20)))];
    (0..8).flat_map(all).collect()
}

fn buffers() -> Vec<AuthorityBuffer> {
    let flags = |missing_from_leaf_set, busy, id_not_found| AuthorityBuffer {
        missing_from_leaf_set,
        busy,
        id_not_found,
        ..AuthorityBuffer::default()
    };
    let everything = AuthorityBuffer {
        missing_from_leaf_set: true,
        busy: true,
        id_not_found: true,
        // Longer than a fragment, and of a length that needs padding.
        cert_chain: Some((0..=250).cycle().take(1_501).collect()),
        classifier: Some("drucker-é-\u{1F5A8}".parse().unwrap()),
        extended_payload: Some(extended_payload(Payload::string("hello").unwrap())),
        route: Some(route(8, 4)),
        cpa: Some(signed(publication())),
    };
    let unsecured = Cpa {
        authority: Authority::Unsecured,
        friendly_name: None,
        app_endpoints: Vec::new(),
        service_addresses: endpoints(1),
        has_extended_payload: false,
        ..publication()
    };
    let bare_name = Cpa {
        classifier_hash: None,
        friendly_name: Some(FriendlyName::new("x").unwrap()),
        ..publication()
    };
    let with_cpa = |cpa| AuthorityBuffer {
        cpa: Some(signed(cpa)),
        ..AuthorityBuffer::default()
    };
    let with_payload = AuthorityBuffer {
        classifier: Some("x".parse().unwrap()),
        extended_payload: Some(extended_payload(
            Payload::binary(vec![0xFF; 4_096]).unwrap(),
        )),
        ..with_cpa(publication())
    };
    vec![
        flags(false, false, false),
        flags(true, false, false),
        flags(false, true, false),
        flags(false, false, true),
        everything,
        with_cpa(unsecured),
        with_cpa(bare_name),
        with_payload,
    ]
}

/// A buffer in pieces of 1,188 bytes. MS-PNRP §3.2.5.10.
fn fragments(buffer: &AuthorityBuffer) -> Vec<Body> {
    let bytes = buffer.encode(&Dialect::default());
    let size = u16::try_from(bytes.len()).unwrap();
    let pieces = (0..).zip(bytes.chunks(FRAGMENT_LEN));
    pieces
        .map(|(index, data)| {
            Body::Authority(AuthorityFragment {
                acked: MessageId(0x0707_0707),
                size,
                offset: index * u16::try_from(FRAGMENT_LEN).unwrap(),
                data: data.to_vec(),
            })
        })
        .collect()
}

/// Fragments of one buffer share a Message ID, other messages have one of their own.
fn datagrams(bodies: &[Body]) -> Vec<Datagram> {
    let mut last = 0x0A00_0000;
    let datagram = |body: &Body| {
        let is_continued = matches!(body, Body::Authority(piece) if piece.offset > 0);
        last += u32::from(!is_continued);
        let message = Message {
            id: MessageId(last),
            body: body.clone(),
        };
        Datagram::between(1, 2, message.encode(&Dialect::default()))
    };
    bodies.iter().map(datagram).collect()
}

fn publication() -> Cpa {
    let public_key = public_key();
    Cpa {
        kind: CpaKind::Publish(nonce(0x30)),
        has_extended_payload: true,
        not_after: FileTime(0x01DC_1234_5678_9ABC),
        service_location: ServiceLocation::new(0x2001_0db8_0001_0000, 0x1819_1A1B_1C1D_1E1F),
        authority: public_key.authority(),
        classifier_hash: Some(ClassifierHash(*b"classifier hash 20 b")),
        friendly_name: Some(FriendlyName::new("Büro").unwrap()),
        service_addresses: endpoints(4),
        app_endpoints: (1..=10)
            .map(|n| AppEndpoint {
                address: format!("2001:db8::{n:x}").parse().unwrap(),
                port: 8080 + n,
                protocol: if n % 2 == 0 { 6 } else { 17 },
            })
            .collect(),
        public_key,
    }
}

fn revocation() -> Cpa {
    Cpa {
        kind: CpaKind::Revoke,
        has_extended_payload: false,
        friendly_name: None,
        service_addresses: endpoints(2),
        app_endpoints: Vec::new(),
        ..publication()
    }
}

fn signed(cpa: Cpa) -> SignedCpa {
    SignedCpa::new(cpa, signature(), &Dialect::default()).unwrap()
}

fn extended_payload(payload: Payload) -> ExtendedPayload {
    let statements = UnsignedPayload {
        not_after: FileTime(0x01DC_1234_5678_9ABC),
        id: id(8),
        nonce: nonce(0x30),
        payload,
    };
    ExtendedPayload::new(statements, signature(), &Dialect::default()).unwrap()
}

fn public_key() -> PublicKey {
    let modulus = std::array::from_fn(|index| 0xFF - u8::try_from(index).unwrap());
    PublicKey::from_modulus(&modulus).unwrap()
}

fn signature() -> Signature {
    Signature(std::array::from_fn(|index| u8::try_from(index).unwrap()))
}

fn route(number: u8, addresses: u16) -> RouteEntry {
    let addresses = endpoints(addresses).iter().map(|at| at.address).collect();
    RouteEntry::new(id(number), 3541, addresses).unwrap()
}

fn endpoints(count: u16) -> Vec<Endpoint> {
    let endpoint = |number| Endpoint {
        address: format!("fe80::{number:x}").parse().unwrap(),
        port: 3540 + number,
    };
    (1..=count).map(endpoint).collect()
}

fn id(number: u8) -> PnrpId {
    let mut byte = number;
    PnrpId::from_bytes([(); 32].map(|()| {
        byte = byte.wrapping_add(7);
        byte
    }))
}

fn nonce(first: u8) -> Nonce {
    Nonce(std::array::from_fn(|index| {
        first + u8::try_from(index).unwrap()
    }))
}
