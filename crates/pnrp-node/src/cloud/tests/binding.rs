//! The stronger binding, from publisher to resolver.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{BindingKey, SignError, Signer};
use pnrp_wire::{BoundPayload, Payload, PublicKey, Signature};

use super::link::{CheapKey, Link, registration};
use crate::cloud::{RegisterError, Registration, ResolveError, Verdict};

/// A cheap key with an Ed25519 key beside it.
#[derive(Debug)]
struct TwoKeys {
    cheap: CheapKey,
    binding: BindingKey,
}

impl Signer for TwoKeys {
    fn public_key(&self) -> PublicKey {
        self.cheap.public_key()
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        self.cheap.sign(bytes)
    }

    fn binding_key(&self) -> Option<&BindingKey> {
        Some(&self.binding)
    }
}

fn signer() -> TwoKeys {
    TwoKeys {
        cheap: CheapKey(9),
        binding: BindingKey::generate(),
    }
}

fn bound(signer: TwoKeys, payload: Option<Payload>) -> Registration {
    let name = format!("{}.web", signer.public_key().authority());
    Registration {
        signer: Arc::new(signer),
        binds: true,
        payload,
        ..registration(&name)
    }
}

#[test]
fn a_bound_name_is_found_with_its_data_and_its_binding_key() {
    for payload in [
        None,
        Some(Payload::string("text").unwrap()),
        Some(Payload::binary(vec![1, 2, 3]).unwrap()),
    ] {
        let mut link = Link::chain(3, 80);
        let signer = signer();
        let key = signer.binding.public();
        let what = bound(signer, payload.clone());
        let name = what.name.to_string();
        link.register_with(0, what);
        link.run(Duration::from_secs(1));

        for node in [2, 1] {
            let found = link.resolve(node, &name).found.unwrap();
            assert_eq!((found.payload, found.binding), (payload.clone(), Some(key)));
        }
    }
}

#[test]
fn a_name_that_is_not_bound_has_no_binding_key() {
    let mut link = Link::chain(2, 81);
    let what = Registration {
        binds: false,
        ..bound(signer(), None)
    };
    let name = what.name.to_string();
    link.register_with(0, what);
    link.run(Duration::from_secs(1));

    assert_eq!(link.resolve(1, &name).found.unwrap().binding, None);
}

#[test]
fn only_a_secure_name_of_an_identity_with_a_binding_key_can_be_bound() {
    let mut link = Link::chain(1, 82);
    let now = link.now;
    let mut refused = |what: Registration| link.nodes[0].register(what, now).unwrap_err();

    let unsecured = Registration {
        binds: true,
        ..registration("0.web")
    };
    let without_key = Registration {
        signer: Arc::new(CheapKey(9)),
        ..bound(signer(), None)
    };
    let too_long = bound(signer(), Payload::binary(vec![0; 3_988]).ok());

    assert!(matches!(refused(unsecured), RegisterError::NoBinding(_)));
    assert!(matches!(refused(without_key), RegisterError::NoBinding(_)));
    assert_eq!(refused(too_long), RegisterError::PayloadTooLong);
}

/// A resolver does not fall back to the data of a binding that is not its key's.
#[test]
fn a_false_binding_is_refused() {
    let mut link = Link::chain(2, 83);
    let honest = bound(signer(), None);
    let name = honest.name.to_string();
    let forged = BoundPayload {
        payload: None,
        key: honest.signer.binding_key().unwrap().public().0,
        signature: [7; 64],
    };
    link.register_with(
        0,
        Registration {
            binds: false,
            payload: Some(forged.pack().unwrap()),
            ..honest
        },
    );
    link.run(Duration::from_secs(1));

    let outcome = link.resolve(1, &name);

    assert_eq!(outcome.result, Err(ResolveError::NotFound));
    let verdicts: Vec<_> = outcome.hops.iter().map(|hop| hop.verdict).collect();
    assert!(verdicts.contains(&Verdict::Unproven), "{verdicts:?}");
    assert_eq!(link.nodes[1].stats().discarded["invalid_binding"], 1);
}
