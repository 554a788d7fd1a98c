//! The name whose answer is as long as answers can be.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{Delegation, Role, Signer, delegate, inspect_chain};
use pnrp_node::cloud::{Budgets, Registration};
use pnrp_tests::scenario::{CheapKey, CheapVerifier, registration};
use pnrp_wire::{
    CertChain, Classifier, FileTime, Payload, PeerName, PnrpId,
    limits::{MAX_AUTHORITY_BUFFER, MAX_CERTIFICATES, MAX_EXTENDED_PAYLOAD},
};

use super::wire::{Wire, endpoint};

const NOW: FileTime = FileTime(134_000_000_000_000_000);
/// What is left of the largest answer for the chain: the rest is 4,096 bytes of data and their
/// signatures, names and addresses.
const LONGEST_CHAIN: usize = MAX_AUTHORITY_BUFFER - MAX_EXTENDED_PAYLOAD - 1_090;

/// A cloud that publishes it, among five more; the ID and the name.
pub(crate) fn publisher(budgets: Budgets) -> (Wire, PnrpId, PeerName) {
    let mut wire = Wire::new();
    wire.add(endpoint(1), budgets);
    let what = delegated();
    let name = what.name.clone();
    let id = wire.register(0, what);
    for site in 2..=6 {
        let number = wire.add(endpoint(site), Budgets::default());
        let named = Registration {
            name: format!("0.peer-{site}").parse().expect("a peer name"),
            ..registration()
        };
        wire.register(number, named);
        wire.run(Duration::from_secs(2));
    }
    wire.run(Duration::from_secs(20));
    assert_eq!(wire.cloud(0).cache().len(), 5);
    (wire, id, name)
}

fn delegated() -> Registration {
    let last = CheapKey(24);
    let owner = CheapKey(0).public_key().authority();
    let chain = longest_chain();
    Registration {
        name: format!("{owner}.db").parse().expect("a peer name"),
        signer: Arc::new(last),
        cert_chain: inspect_chain(&chain.encode(), NOW, &CheapVerifier).ok(),
        payload: Payload::binary(vec![7; MAX_EXTENDED_PAYLOAD]).ok(),
        ..registration()
    }
}

/// A chain of as many certificates as there may be, the last of which names so many classifiers
/// that one more would not fit.
fn longest_chain() -> CertChain {
    let all_but_last = (0..23).fold(None, |chain: Option<CertChain>, signer| {
        Some(link(signer, chain.as_ref(), Vec::new()))
    });
    let named = |count: u32| {
        let mut classifiers: Vec<Classifier> = vec!["db".parse().expect("a classifier")];
        let padding = (0..count).map(|n| format!("{n:04}").parse().expect("a classifier"));
        classifiers.extend(padding);
        link(23, all_but_last.as_ref(), classifiers)
    };
    let mut chain = named(0);
    for count in (1..).step_by(8) {
        let longer = named(count);
        if longer.encode().len() > LONGEST_CHAIN {
            break;
        }
        chain = longer;
    }
    assert_eq!(chain.certificates().len(), MAX_CERTIFICATES);
    chain
}

fn link(signer: u8, chain: Option<&CertChain>, classifiers: Vec<Classifier>) -> CertChain {
    let delegation = Delegation {
        to: CheapKey(signer + 1).public_key(),
        classifiers,
        role: Role::Admin,
        not_before: FileTime(NOW.0 - 10_000_000),
        not_after: NOW.plus(Duration::from_secs(86_400)),
    };
    delegate(&CheapKey(signer), chain, &delegation).expect("a delegation")
}
