//! Strategies for every value that can be encoded.

use std::net::Ipv6Addr;

use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    Ack, Advertise, AppEndpoint, Authority, AuthorityBuffer, AuthorityFragment, Body, ByteOrder,
    CertChain, Classifier, ClassifierEncoding, ClassifierHash, Cpa, CpaKind, Dialect, Endpoint,
    ExtendedPayload, FileTime, Flood, FloodContent, FriendlyName, HashedNonce, Inquire, Lookup,
    Message, MessageId, Nonce, Payload, PnrpId, Presence, PublicKey, Reason, Request, RouteEntry,
    SearchCriteria, ServiceLocation, Signature, SignedCpa, Solicit, SolicitType, UnsignedPayload,
};

/// Every combination of readings.
pub(crate) fn dialect() -> impl Strategy<Value = Dialect> {
    let encoding = select(ClassifierEncoding::ALL.to_vec());
    (any::<[bool; 4]>(), encoding, any::<[bool; 3]>()).prop_map(
        |(is_little_endian, classifier_hash, is_present)| {
            let [
                number_order,
                classifier_wire,
                signature_order,
                app_port_order,
            ] = is_little_endian.map(|little| {
                if little {
                    ByteOrder::LittleEndian
                } else {
                    ByteOrder::BigEndian
                }
            });
            let [revoke_nonce, trailing_padding, inquire_answer_extras] =
                is_present.map(|present| {
                    if present {
                        Presence::Present
                    } else {
                        Presence::Absent
                    }
                });
            Dialect {
                number_order,
                classifier_hash,
                classifier_wire,
                signature_order,
                revoke_nonce,
                app_port_order,
                trailing_padding,
                inquire_answer_extras,
            }
        },
    )
}

pub(crate) fn cert_chain() -> impl Strategy<Value = CertChain> {
    let certificate = vec(any::<u8>(), 0..400).prop_map(|content| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82], length.as_slice(), &content].concat()
    });
    vec(certificate, 1..=25).prop_map(|certificates| CertChain::new(certificates).unwrap())
}

pub(crate) fn message(dialect: Dialect) -> impl Strategy<Value = Message> {
    let body = prop_oneof![
        solicit().prop_map(Body::Solicit),
        advertise().prop_map(Body::Advertise),
        request().prop_map(Body::Request),
        flood(dialect).prop_map(Body::Flood),
        inquire().prop_map(Body::Inquire),
        fragment().prop_map(Body::Authority),
        (message_id(), any::<bool>()).prop_map(|(acked, id_not_found)| Body::Ack(Ack {
            acked,
            id_not_found
        })),
        lookup().prop_map(Body::Lookup),
    ];
    (message_id(), body).prop_map(|(id, body)| Message { id, body })
}

fn solicit() -> impl Strategy<Value = Solicit> {
    let solicit_type = option::of(select(vec![SolicitType::Any, SolicitType::Local]));
    (solicit_type, option::of(route()), hashed_nonce()).prop_map(
        |(solicit_type, route, hashed_nonce)| Solicit {
            solicit_type,
            route,
            hashed_nonce,
        },
    )
}

fn advertise() -> impl Strategy<Value = Advertise> {
    (message_id(), ids(), hashed_nonce()).prop_map(|(acked, ids, hashed_nonce)| Advertise {
        acked,
        ids,
        hashed_nonce,
    })
}

fn request() -> impl Strategy<Value = Request> {
    (nonce(), ids()).prop_map(|(nonce, ids)| Request { nonce, ids })
}

fn flood(dialect: Dialect) -> impl Strategy<Value = Flood> {
    let revoke = option::of(signed_cpa(dialect));
    (
        any::<bool>(),
        pnrp_id(),
        revoke,
        option::of(route()),
        vec(endpoint(), 0..=22),
    )
        .prop_map(
            |(suppress_ack, validate, revoke, route, already_flooded)| Flood {
                suppress_ack,
                validate,
                content: FloodContent { revoke, route },
                already_flooded,
            },
        )
}

fn inquire() -> impl Strategy<Value = Inquire> {
    (pnrp_id(), any::<[bool; 3]>(), option::of(nonce())).prop_map(
        |(validate, [want_cpa, want_extended_payload, want_cert_chain], nonce)| Inquire {
            validate,
            want_cpa,
            want_extended_payload,
            want_cert_chain,
            nonce,
        },
    )
}

fn fragment() -> impl Strategy<Value = AuthorityFragment> {
    let size = prop_oneof![1..=2400_usize, 37_300..=37_348_usize];
    (
        message_id(),
        size,
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
        .prop_map(|(acked, size, piece, byte)| {
            let offset = 1188 * piece.index(size.div_ceil(1188));
            let data = vec![byte; (size - offset).min(1188)];
            let [size, offset] = [size, offset].map(|number| number.try_into().unwrap());
            AuthorityFragment {
                acked,
                size,
                offset,
                data,
            }
        })
}

fn lookup() -> impl Strategy<Value = Lookup> {
    let criteria = prop_oneof![
        select(vec![
            SearchCriteria::Exact,
            SearchCriteria::AnyPeerName,
            SearchCriteria::NearestPeerName,
            SearchCriteria::Nearest64PeerName,
        ]),
        any::<u16>().prop_map(SearchCriteria::UpperBits),
    ];
    let reason = select(vec![
        Reason::AppRequest,
        Reason::Registration,
        Reason::CacheMaintenance,
        Reason::SplitDetection,
    ]);
    let ids = (pnrp_id(), pnrp_id());
    let path = vec(endpoint(), 1..=22);
    (
        any::<bool>(),
        criteria,
        reason,
        ids,
        option::of(route()),
        path,
    )
        .prop_map(
            |(accept_not_closer, criteria, reason, (target, validate), best_match, visited)| {
                Lookup {
                    accept_not_closer,
                    criteria,
                    reason,
                    target,
                    validate,
                    best_match,
                    visited,
                }
            },
        )
}

pub(crate) fn authority_buffer(dialect: Dialect) -> impl Strategy<Value = AuthorityBuffer> {
    (
        any::<[bool; 3]>(),
        option::of(vec(any::<u8>(), 0..2000)),
        option::of(classifier()),
        option::of(extended_payload(dialect)),
        option::of(route()),
        option::of(signed_cpa(dialect)),
    )
        .prop_map(
            |(flags, cert_chain, classifier, extended_payload, route, cpa)| {
                let [missing_from_leaf_set, busy, id_not_found] = flags;
                AuthorityBuffer {
                    missing_from_leaf_set,
                    busy,
                    id_not_found,
                    cert_chain,
                    classifier,
                    extended_payload,
                    route,
                    cpa,
                }
            },
        )
}

pub(crate) fn signed_cpa(dialect: Dialect) -> impl Strategy<Value = SignedCpa> {
    (cpa(), signature())
        .prop_map(move |(cpa, signature)| SignedCpa::new(cpa, signature, &dialect).unwrap())
}

pub(crate) fn cpa() -> impl Strategy<Value = Cpa> {
    let head = (
        option::of(nonce()),
        any::<bool>(),
        any::<u64>(),
        any::<[u8; 16]>(),
    );
    let name = (
        public_key(),
        any::<[bool; 2]>(),
        option::of(friendly_name()),
    );
    let authority = any::<[u8; 20]>().prop_map(Authority::Secure);
    let hash = any::<[u8; 20]>().prop_map(ClassifierHash);
    let lists = (vec(endpoint(), 1..=4), vec(app_endpoint(), 0..=10));
    (head, name, authority, hash, lists).prop_map(|(head, name, authority, hash, lists)| {
        let (nonce, has_extended_payload, not_after, location) = head;
        let (public_key, [is_unsecured, has_hash], friendly_name) = name;
        let (mut service_addresses, app_endpoints) = lists;
        if nonce.is_none() {
            service_addresses.pop();
        }
        Cpa {
            kind: nonce.map_or(CpaKind::Revoke, CpaKind::Publish),
            has_extended_payload,
            not_after: FileTime(not_after),
            service_location: ServiceLocation(location),
            authority: if is_unsecured {
                Authority::Unsecured
            } else {
                authority
            },
            classifier_hash: (has_hash || is_unsecured).then_some(hash),
            friendly_name,
            service_addresses,
            app_endpoints,
            public_key,
        }
    })
}

pub(crate) fn extended_payload(dialect: Dialect) -> impl Strategy<Value = ExtendedPayload> {
    (any::<u64>(), pnrp_id(), nonce(), payload(), signature()).prop_map(
        move |(not_after, id, nonce, payload, signature)| {
            let not_after = FileTime(not_after);
            let statements = UnsignedPayload {
                not_after,
                id,
                nonce,
                payload,
            };
            ExtendedPayload::new(statements, signature, &dialect).unwrap()
        },
    )
}

fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        vec(1..=u16::MAX, 1..=2047).prop_map(Payload::String),
        vec(0x20..0x7F_u16, 2048..=4095).prop_map(Payload::String),
        vec(any::<u8>(), 1..=4096).prop_map(Payload::Binary),
    ]
}

pub(crate) fn classifier() -> impl Strategy<Value = Classifier> {
    vec(1..=u16::MAX, 0..=149).prop_map(|units| Classifier::from_utf16(units).unwrap())
}

fn friendly_name() -> impl Strategy<Value = FriendlyName> {
    "[^\0]{1,19}".prop_map(|text| FriendlyName::new(&text).unwrap())
}

fn route() -> impl Strategy<Value = RouteEntry> {
    (pnrp_id(), any::<u16>(), vec(address(), 1..=20))
        .prop_map(|(id, port, addresses)| RouteEntry::new(id, port, addresses).unwrap())
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    (address(), any::<u16>()).prop_map(|(address, port)| Endpoint { address, port })
}

fn app_endpoint() -> impl Strategy<Value = AppEndpoint> {
    (address(), any::<u16>(), any::<u16>()).prop_map(|(address, port, protocol)| AppEndpoint {
        address,
        port,
        protocol,
    })
}

fn address() -> impl Strategy<Value = Ipv6Addr> {
    any::<[u8; 16]>().prop_map(Ipv6Addr::from)
}

fn public_key() -> impl Strategy<Value = PublicKey> {
    bytes::<128>().prop_map(|mut modulus| {
        modulus[0] |= 0x80;
        PublicKey::from_modulus(&modulus).unwrap()
    })
}

fn signature() -> impl Strategy<Value = Signature> {
    bytes().prop_map(Signature)
}

fn bytes<const N: usize>() -> impl Strategy<Value = [u8; N]> {
    vec(any::<u8>(), N).prop_map(|bytes| bytes.try_into().unwrap())
}

fn ids() -> impl Strategy<Value = Vec<PnrpId>> {
    vec(pnrp_id(), 0..=36)
}

fn pnrp_id() -> impl Strategy<Value = PnrpId> {
    any::<[u8; 32]>().prop_map(PnrpId::from_bytes)
}

fn message_id() -> impl Strategy<Value = MessageId> {
    any::<u32>().prop_map(MessageId)
}

fn nonce() -> impl Strategy<Value = Nonce> {
    any::<[u8; 16]>().prop_map(Nonce)
}

fn hashed_nonce() -> impl Strategy<Value = HashedNonce> {
    any::<[u8; 20]>().prop_map(HashedNonce)
}
