//! What a binding covers.

use pnrp_wire::{CpaKind, Dialect, ExtendedPayload, FriendlyName, UnsignedPayload};

use super::*;
use crate::{
    CpaExpectation, PeerIdentity, ReceivedCpa, RsaVerifier, Signer,
    fixture::{NONCE, NOT_AFTER, id_under, identity, publication},
    sign_cpa, sign_extended_payload, validate_cpa,
};

fn name() -> PeerName {
    PeerName::new(identity().authority(), "web".parse().unwrap())
}

fn endpoint() -> AppEndpoint {
    AppEndpoint {
        address: "2001:db8::1".parse().unwrap(),
        port: 443,
        protocol: 6,
    }
}

fn statements(payload: Option<Payload>) -> BoundStatements {
    BoundStatements {
        name: name(),
        id: id_under(&identity().authority()),
        not_after: NOT_AFTER,
        nonce: NONCE,
        endpoints: vec![endpoint()],
        payload,
    }
}

/// A valid CPA of one endpoint, with this payload beside it: everything that RSA vouches for.
fn published(payload: Payload) -> ValidCpa {
    let mut cpa = publication();
    cpa.has_extended_payload = true;
    cpa.app_endpoints = vec![endpoint()];
    cpa.friendly_name = FriendlyName::new("a comment").ok();
    let CpaKind::Publish(nonce) = cpa.kind else {
        panic!("a publication");
    };
    let statements = UnsignedPayload {
        not_after: cpa.not_after,
        id: id_under(&identity().authority()),
        nonce,
        payload,
    };
    let payload = sign_extended_payload(statements, &identity(), &Dialect::default()).unwrap();
    let payload = ExtendedPayload::decode(payload.as_bytes(), &Dialect::default()).unwrap();
    let received = ReceivedCpa {
        extended_payload: Some(payload),
        ..sign_cpa(cpa, &identity(), &Dialect::default())
            .unwrap()
            .into()
    };
    let expected = CpaExpectation::publication(id_under(&identity().authority()), NONCE);
    validate_cpa(received, &expected.with_payload(), NOT_AFTER, &RsaVerifier).unwrap()
}

#[test]
fn a_binding_holds_and_gives_the_data_back() {
    let key = BindingKey::generate();
    for payload in [
        None,
        Some(Payload::string("text").unwrap()),
        Some(Payload::binary(vec![1, 2, 3]).unwrap()),
    ] {
        let packed = bind(&statements(payload.clone()), &key).unwrap();

        let unbound = unbind(&published(packed), &name());

        assert_eq!(unbound, Ok((payload, Some(key.public()))));
    }
}

#[test]
fn data_without_a_binding_is_left_alone() {
    let payload = Payload::binary(vec![1, 2, 3]).unwrap();

    let unbound = unbind(&published(payload.clone()), &name());

    assert_eq!(unbound, Ok((Some(payload), None)));
}

/// Whoever has the RSA key and not the Ed25519 key can change none of these.
#[test]
fn a_binding_covers_every_statement() {
    let key = BindingKey::generate();
    let good = || statements(Some(Payload::binary(vec![1, 2, 3]).unwrap()));
    let other_name = PeerName::new(identity().authority(), "wEb".parse().unwrap());
    let changes: [(&str, BoundStatements); 7] = [
        (
            "name",
            BoundStatements {
                name: other_name,
                ..good()
            },
        ),
        (
            "id",
            BoundStatements {
                id: good().id.successor(),
                ..good()
            },
        ),
        (
            "expiry",
            BoundStatements {
                not_after: FileTime(NOT_AFTER.0 - 1),
                ..good()
            },
        ),
        (
            "nonce",
            BoundStatements {
                nonce: Nonce([1; 16]),
                ..good()
            },
        ),
        (
            "endpoints",
            BoundStatements {
                endpoints: vec![],
                ..good()
            },
        ),
        (
            "port",
            BoundStatements {
                endpoints: vec![AppEndpoint {
                    port: 444,
                    ..endpoint()
                }],
                ..good()
            },
        ),
        (
            "no data",
            BoundStatements {
                payload: None,
                ..good()
            },
        ),
    ];
    for (what, signed) in changes {
        // The data is as the CPA's publisher has it; only what was signed differs.
        let packed = BoundPayload {
            payload: good().payload,
            key: key.public().0,
            signature: key.sign(&encode(&signed)),
        };

        let unbound = unbind(&published(packed.pack().unwrap()), &name());

        assert_eq!(unbound, Err(BindingError { key: key.public() }), "{what}");
    }
}

#[test]
fn every_bit_of_key_and_signature_counts() {
    let key = BindingKey::generate();
    let packed = bind(&statements(None), &key).unwrap();
    let bound = BoundPayload::unpack(&packed).unwrap();
    let bytes = encode(&statements(None));
    for bit in 0..8 * 32 {
        let mut other = bound.key;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(
            !BindingPublicKey(other).verify(&bytes, &bound.signature),
            "key {bit}"
        );
    }
    for bit in 0..8 * 64 {
        let mut other = bound.signature;
        other[bit / 8] ^= 1 << (bit % 8);
        assert!(!key.public().verify(&bytes, &other), "signature {bit}");
    }
}

#[test]
fn an_identity_signs_bindings_with_its_own_second_key() {
    let identity = PeerIdentity::generate().unwrap();
    let signer: &dyn Signer = &identity;

    let key = signer.binding_key().unwrap().public();

    assert_eq!(Some(key), identity.binding_key().map(BindingKey::public));
}
