//! What vectors mean, written out by hand: at least one of each kind.

use std::net::Ipv6Addr;

use pnrp_node::{cloud::Scope, ssdp};
use pnrp_wire::{
    Ack, Advertise, AppEndpoint, Authority, AuthorityBuffer, AuthorityFragment, Body, CertChain,
    ClassifierHash, Cpa, CpaKind, Dialect, Endpoint, ExtendedPayload, FileTime, Flood,
    FloodContent, FriendlyName, HashedNonce, Inquire, Lookup, Message, MessageId, Nonce, Payload,
    PnrpId, PublicKey, Reason, Request, RouteEntry, SearchCriteria, ServiceLocation, SignedCpa,
    Solicit, SolicitType,
};

use crate::{decode_route, file::find};

/// R-2.2.2.1-04, R-2.2.2.1-08: both optional elements and the hash.
#[test]
fn a_solicit_with_everything() {
    let body = Body::Solicit(Solicit {
        solicit_type: Some(SolicitType::Any),
        route: Some(route()),
        hashed_nonce: hashed_nonce(),
    });

    is("solicit/full", 0x0101_0104, &body);
}

/// R-2.2.2.1-03: SolicitType 1 asks for registered IDs only.
#[test]
fn a_solicit_for_registered_ids() {
    let body = Body::Solicit(Solicit {
        solicit_type: Some(SolicitType::Local),
        route: None,
        hashed_nonce: hashed_nonce(),
    });

    is("solicit/controls", 0x0101_0102, &body);
}

/// R-2.2.2.2-01, R-2.2.2.2-06: the message ID of `solicit/minimal`, and two IDs in their order.
#[test]
fn an_advertise_of_two_ids() {
    let body = Body::Advertise(Advertise {
        acked: MessageId(0x0101_0101),
        ids: vec![counting(0x10), counting(0x40)],
        hashed_nonce: hashed_nonce(),
    });

    is("advertise/two", 0x0202_0202, &body);
}

/// R-2.2.2.3-01, R-2.2.2.2-07: a conversation of four messages has one nonce, first as its hash.
#[test]
fn a_request_reveals_the_nonce_of_its_conversation() {
    let body = Body::Request(Request {
        nonce: nonce(),
        ids: vec![counting(0x10), counting(0x40)],
    });

    is("request/two", 0x0303_0301, &body);
    assert_eq!(nonce().hashed(), hashed_nonce());
    for vector in ["solicit/minimal", "advertise/two"] {
        assert!(
            find(vector).bytes.ends_with(&nonce().hashed().0),
            "{vector}"
        );
    }
}

/// R-2.2.2.4-13: the nodes that have seen a flood.
#[test]
fn a_flood_of_a_route_entry() {
    let body = Body::Flood(Flood {
        suppress_ack: false,
        validate: counting(0xA0),
        content: FloodContent {
            revoke: None,
            route: Some(route()),
        },
        already_flooded: vec![endpoint(1), endpoint(2)],
    });

    is("flood/route", 0x0404_0401, &body);
}

/// R-2.2.2.4-02: D is the lowest bit of the flags.
#[test]
fn a_flood_that_wants_no_ack() {
    let body = Body::Flood(Flood {
        suppress_ack: true,
        validate: counting(0xA0),
        content: FloodContent {
            revoke: None,
            route: Some(route()),
        },
        already_flooded: vec![],
    });

    is("flood/route-no-ack", 0x0404_0402, &body);
}

/// R-2.2.2.4-07: the CPA of `cpa/revoke` stands in a FLOOD.
#[test]
fn a_flood_of_a_revocation() {
    let revoke = SignedCpa::decode(&find("cpa/revoke").bytes, &Dialect::default());
    let body = Body::Flood(Flood {
        suppress_ack: false,
        validate: counting(0xA0),
        content: FloodContent {
            revoke: revoke.ok(),
            route: None,
        },
        already_flooded: vec![endpoint(1)],
    });

    is("flood/revoke", 0x0404_0403, &body);
}

/// R-2.2.2.5-02, R-2.2.2.5-07: A, X and C, and the nonce.
#[test]
fn an_inquire_for_all_there_is() {
    let body = Body::Inquire(Inquire {
        validate: counting(0xA0),
        want_cpa: true,
        want_extended_payload: true,
        want_cert_chain: true,
        nonce: Some(nonce()),
    });

    is("inquire/axc-nonce", 0x0707_0702, &body);
}

/// R-2.2.2.6-02, R-2.2.2.6-05: the two pieces of a buffer of 1,200 bytes.
#[test]
fn a_buffer_comes_in_two_pieces() {
    let piece = |vector: &str| {
        let message = Message::decode(&find(vector).bytes, &Dialect::default()).unwrap();
        let Body::Authority(AuthorityFragment {
            acked,
            size,
            offset,
            data,
        }) = message.body
        else {
            panic!("{vector} is no AUTHORITY");
        };
        assert_eq!(
            (message.id.0, acked.0, size),
            (0x0808_0803, 0x0707_0702, 1_200)
        );
        (offset, data)
    };
    let (first, second) = (
        piece("authority/first-of-two"),
        piece("authority/second-of-two"),
    );

    let buffer = AuthorityBuffer::decode(&[first.1, second.1].concat(), &Dialect::default());

    assert_eq!((first.0, second.0), (0, 1_188));
    let expected = AuthorityBuffer {
        cert_chain: Some(vec![0xC5; 1_188]),
        ..AuthorityBuffer::default()
    };
    assert_eq!(buffer, Ok(expected));
}

/// R-2.2.2.6.1-01, R-2.2.2.6.1-02: flags with and without padding are the same.
#[test]
fn a_buffer_of_flags_only() {
    let expected = AuthorityBuffer {
        missing_from_leaf_set: true,
        busy: true,
        id_not_found: true,
        ..AuthorityBuffer::default()
    };

    assert_eq!(buffer("flags-6"), expected);
    assert_eq!(buffer("flags-8"), expected);
}

/// R-2.2.2.6.1-11: six parts in their order, each the one of another vector.
#[test]
fn a_buffer_with_everything() {
    let all = buffer("all");

    let chain = find("cert_chain/unsorted").bytes;
    let payload = find("extended_payload/string-utf16").bytes;
    assert_eq!(all.cert_chain, Some(chain));
    assert_eq!(all.classifier.unwrap().to_string(), "fish");
    assert_eq!(all.extended_payload.unwrap().as_bytes(), payload);
    assert_eq!(all.route, Some(route()));
    let cpa = all.cpa.unwrap();
    assert!(cpa.cpa().has_extended_payload);
    assert_eq!(cpa.cpa().service_addresses, [endpoint(1), endpoint(2)]);
    assert!(!all.missing_from_leaf_set && !all.busy && !all.id_not_found);
}

/// R-2.2.2.7-01, R-2.2.2.7-02: 20 bytes, or 26 with N.
#[test]
fn an_ack_with_and_without_n() {
    let ack = |id_not_found| {
        Body::Ack(Ack {
            acked: MessageId(0x0404_0401),
            id_not_found,
        })
    };

    is("ack/plain", 0x0909_0901, &ack(false));
    is("ack/not-found", 0x0909_0902, &ack(true));
    assert_eq!(find("ack/plain").bytes.len(), 20);
    assert_eq!(find("ack/not-found").bytes.len(), 26);
}

/// R-2.2.2.8-02, R-2.2.2.8-11, R-2.2.2.8-14: A, the best match, and the nodes asked.
#[test]
fn a_lookup_with_everything() {
    let body = Body::Lookup(Lookup {
        accept_not_closer: true,
        criteria: SearchCriteria::UpperBits(128),
        reason: Reason::SplitDetection,
        target: counting(0x70),
        validate: counting(0xA0),
        best_match: Some(route()),
        visited: vec![endpoint(1), endpoint(2)],
    });

    is("lookup/full", 0x0B0B_0B02, &body);
}

#[test]
fn a_cpa_of_a_secure_name() {
    let cpa = SignedCpa::decode(&find("cpa/secured").bytes, &Dialect::default()).unwrap();

    let expected = Cpa {
        kind: CpaKind::Publish(nonce()),
        has_extended_payload: false,
        not_after: FileTime(134_000_000_000_000_000),
        service_location: ServiceLocation(std::array::from_fn(|i| 0xC0 + small(i))),
        authority: Authority::Secure([
            0xF4, 0x84, 0x5D, 0xD6, 0x2B, 0xDE, 0xFD, 0x13, 0xAA, 0x1B, 0x2C, 0xBA, 0x95, 0x4D,
            0xA8, 0x26, 0x63, 0xB8, 0x8C, 0x17,
        ]),
        classifier_hash: Some(fish()),
        friendly_name: None,
        service_addresses: vec![endpoint(1)],
        app_endpoints: vec![AppEndpoint {
            address: address(2),
            port: 8080,
            protocol: 6,
        }],
        public_key: PublicKey::from_modulus(&std::array::from_fn(|i| 0x80 + small(i))).unwrap(),
    };
    assert_eq!(cpa.cpa(), &expected);
    assert_eq!(cpa.cpa().authority, expected.public_key.authority());
    assert_eq!(cpa.signature().0, [0x5A; 128]);
}

/// R-2.2.3.1-08, R-2.2.3.1-20: U tells UTF-8 from UTF-16.
#[test]
fn a_friendly_name_in_both_encodings() {
    for vector in ["cpa/friendly-name-utf16", "cpa/friendly-name-utf8"] {
        let cpa = SignedCpa::decode(&find(vector).bytes, &Dialect::default()).unwrap();

        assert_eq!(
            cpa.cpa().friendly_name,
            FriendlyName::new("Büro").ok(),
            "{vector}"
        );
    }
}

/// R-2.2.3.1-09, R-2.2.3.1-14: R, with the zero nonce or without.
#[test]
fn a_revocation_with_and_without_its_nonce() {
    for (vector, length) in [("cpa/revoke", 401), ("cpa/revoke-without-nonce", 385)] {
        let bytes = find(vector).bytes;
        let cpa = SignedCpa::decode(&bytes, &Dialect::default()).unwrap();

        assert_eq!(bytes.len(), length, "{vector}");
        assert_eq!(cpa.cpa().kind, CpaKind::Revoke, "{vector}");
        assert!(cpa.cpa().service_addresses.is_empty(), "{vector}");
    }
}

#[test]
fn an_unsecured_cpa_has_no_authority() {
    let cpa = SignedCpa::decode(&find("cpa/unsecured").bytes, &Dialect::default()).unwrap();

    assert_eq!(cpa.cpa().authority, Authority::Unsecured);
    assert_eq!(cpa.cpa().classifier_hash, Some(fish()));
}

/// R-2.2.3.3-04, R-2.2.3.3-05, R-2.2.3.3-11: ID, nonce and data.
#[test]
fn an_extended_payload_of_each_kind() {
    let payload = |name: &str| {
        let bytes = find(&format!("extended_payload/{name}")).bytes;
        ExtendedPayload::decode(&bytes, &Dialect::default()).unwrap()
    };
    let text = Payload::String(vec![0x6E, 0xE9]);

    let binary = payload("binary");
    assert_eq!(
        binary.statements().not_after,
        FileTime(134_000_000_000_000_000)
    );
    assert_eq!(binary.statements().id, counting(0xA0));
    assert_eq!(binary.statements().nonce, nonce());
    assert_eq!(
        binary.payload(),
        &Payload::Binary(vec![0x00, 0xFF, 0x01, 0x02])
    );
    assert_eq!(payload("string-utf16").payload(), &text);
    assert_eq!(payload("string-utf8").payload(), &text);
}

/// R-2.2.3.4-05: up to 20 addresses.
#[test]
fn a_route_entry_of_one_and_of_twenty_addresses() {
    let one = RouteEntry::new(counting(0x10), 3540, vec![address(1)]);
    let addresses = (1..=20).map(|last| Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, last));
    let twenty = RouteEntry::new(counting(0x40), 1025, addresses.collect());

    let read = |name: &str| decode_route(&find(&format!("route_entry/{name}")).bytes);
    assert_eq!(read("one-address").ok(), one.ok());
    assert_eq!(read("twenty-addresses").ok(), twenty.ok());
}

/// R-2.2.3.5-01: certificates in the order they stand in.
#[test]
fn a_chain_of_three_certificates() {
    let chain = CertChain::decode(&find("cert_chain/unsorted").bytes).unwrap();

    let certificate = |serial: u8| vec![0x30, 3, 2, 1, serial];
    assert_eq!(chain.certificates(), [9, 1, 5].map(certificate));
}

/// R-3.1.4.2.2-02: what Windows multicasts to find the first node of the link-local cloud.
#[test]
fn a_search_names_the_cloud() {
    let bytes = find("ssdp/m-search").bytes;
    let target = ssdp::search_target(Scope::LinkLocal);
    assert_eq!(ssdp::search(target), bytes);

    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "M-SEARCH * HTTP/1.1",
            "Host:[FF02::C]:1900",
            "ST:urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal",
            "Man:\"ssdp:discover\"",
            "MX:3",
            "",
            ""
        ]
    );
}

/// Checks that a vector is this message.
fn is(vector: &str, id: u32, body: &Body) {
    let message = Message::decode(&find(vector).bytes, &Dialect::default()).unwrap();

    assert_eq!(message.id, MessageId(id), "{vector}");
    assert_eq!(&message.body, body, "{vector}");
}

fn buffer(name: &str) -> AuthorityBuffer {
    let bytes = find(&format!("authority_buffer/{name}")).bytes;
    AuthorityBuffer::decode(&bytes, &Dialect::default()).unwrap()
}

/// The ID of the bytes `first`, `first + 1`, and so on.
fn counting(first: u8) -> PnrpId {
    PnrpId::from_bytes(std::array::from_fn(|i| first + small(i)))
}

fn small(index: usize) -> u8 {
    u8::try_from(index).unwrap()
}

fn nonce() -> Nonce {
    Nonce(std::array::from_fn(|i| 0xE0 + small(i)))
}

/// SHA-1 of [`nonce`], from another implementation.
fn hashed_nonce() -> HashedNonce {
    HashedNonce([
        0x75, 0x8B, 0xBE, 0x11, 0x10, 0x72, 0xB6, 0x96, 0xE7, 0xD0, 0xD4, 0x65, 0x1A, 0x83, 0xF0,
        0x69, 0xDB, 0xA6, 0x3F, 0xCC,
    ])
}

/// SHA-1 of "fish" in UTF-16LE, from another implementation.
fn fish() -> ClassifierHash {
    ClassifierHash([
        0x12, 0xC4, 0xA6, 0xF0, 0xB4, 0xF9, 0xEE, 0x4A, 0x61, 0x21, 0xFE, 0xE9, 0xC3, 0x84, 0x4D,
        0x94, 0x0F, 0x94, 0x02, 0xF3,
    ])
}

fn route() -> RouteEntry {
    RouteEntry::new(counting(0x10), 3540, vec![address(1), address(2)]).unwrap()
}

fn endpoint(number: u16) -> Endpoint {
    Endpoint {
        address: address(number),
        port: 3539 + number,
    }
}

fn address(number: u16) -> Ipv6Addr {
    match number {
        1 => Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, 0x11),
        _ => Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, number),
    }
}
