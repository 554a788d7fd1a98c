//! Names that their owner lets somebody else publish. MS-PNRP §3.1.5.10, §3.2.4.1, §3.2.5.6.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{
    ChainClaim, Delegation, Role, Signer, ValidChain, delegate, inspect_chain, validate_chain,
};
use pnrp_wire::{Authority, Body, Classifier, FileTime, MessageType};

use super::{
    asking::{answer_to, inject},
    link::{CheapKey, CheapVerifier, Link, name, registration},
};
use crate::cloud::{Proof, RegisterError, Registration, ResolveError, Verdict};

const OWNER: CheapKey = CheapKey(1);
const DELEGATE: CheapKey = CheapKey(2);
const NOW: FileTime = FileTime(134_000_000_000_000_000);

/// R-2.2.2.5-05: the chain comes because the INQUIRE asks for it.
#[test]
fn a_delegated_name_is_found_under_its_owners_authority_with_the_delegates_key() {
    let mut link = Link::chain(3, 60);
    link.register_with(0, delegated("db", Role::Member, "db"));
    link.run(Duration::from_secs(1));

    let outcome = link.resolve(2, &name_of("db"));

    assert_eq!(outcome.result, Ok(()));
    let found = outcome.found.unwrap();
    assert_eq!(*found.name.authority(), OWNER.public_key().authority());
    let Proof::Cpa {
        signer,
        certificates,
        ..
    } = found.proof
    else {
        panic!("it is not a name of this node");
    };
    assert_eq!(signer, DELEGATE.public_key().authority());
    assert_eq!(certificates, 2);
}

/// The route entry of a delegated name becomes a leaf, for the chain proves its CPA.
#[test]
fn a_delegated_name_becomes_a_leaf_of_its_neighbours() {
    let mut link = Link::ring(3, 61);
    let id = link.register_with(0, delegated("db", Role::Member, "db"));
    link.run(Duration::from_secs(5));

    let pnrp_id = link.nodes[0].registration(id).unwrap().pnrp_id();
    let leaves = |node: usize| {
        let mut names = link.nodes[node].registrations();
        names.next().unwrap().1.leaves().contains(&pnrp_id)
    };
    assert!(leaves(1) && leaves(2));
}

/// R-3.1.5.10-12, R-2.2.3.5.1.4-03, R-2.2.3.5.1.4-04, R-2.2.3.5.1.4-05: what a resolver makes of
/// `dbx` under a delegation of `db`, when the publisher does not care.
#[test]
fn a_resolver_refuses_a_classifier_that_was_not_delegated() {
    for (role, is_found) in [
        (Role::Member, false),
        (Role::Admin, true),
        (Role::InvitingMember, true),
    ] {
        let mut link = Link::chain(3, 62);
        let id = link.register_with(0, delegated("dbx", role, "dbx"));
        let careless = link.nodes[0].registrations.get_mut(id).unwrap();
        careless.registration.cert_chain = Some(chain("db", role));
        link.run(Duration::from_secs(1));

        let outcome = link.resolve(2, &name_of("dbx"));

        let expected = match is_found {
            true => (Ok(()), Verdict::Published),
            false => (Err(ResolveError::NotFound), Verdict::Unproven),
        };
        let proof = outcome
            .hops
            .iter()
            .rfind(|hop| matches!(hop.verdict, Verdict::Published | Verdict::Unproven));
        assert_eq!((outcome.result, proof.unwrap().verdict), expected, "{role}");
    }
}

/// The publisher refuses at once what resolvers would.
#[test]
fn a_registration_needs_a_chain_that_fits() {
    let mut link = Link::chain(1, 63);
    let refused = |link: &mut Link, what: Registration| {
        let now = link.now;
        link.nodes[0].register(what, now).unwrap_err()
    };
    let good = || delegated("db", Role::Member, "db");

    let without = Registration {
        cert_chain: None,
        ..good()
    };
    let of_another_owner = Registration {
        name: name(&format!("{}.db", CheapKey(3).public_key().authority())),
        ..good()
    };
    let of_another_key = Registration {
        signer: Arc::new(CheapKey(3)),
        ..good()
    };
    let dbx = delegated("db", Role::Member, "dbx");

    assert_eq!(
        refused(&mut link, without),
        RegisterError::ForeignAuthority(name(&name_of("db")))
    );
    assert!(matches!(
        refused(&mut link, of_another_owner),
        RegisterError::ForeignChain(_)
    ));
    assert_eq!(
        refused(&mut link, of_another_key),
        RegisterError::ChainOfAnotherKey {
            found: DELEGATE.public_key().authority(),
            signer: CheapKey(3).public_key().authority(),
        }
    );
    assert_eq!(
        refused(&mut link, dbx),
        RegisterError::NotDelegated(name(&name_of("dbx")))
    );
}

/// R-2.2.2.5-05: flag C brings the chain, and nothing else does.
#[test]
fn a_chain_is_sent_when_it_is_asked_for() {
    let mut link = Link::chain(2, 64);
    let id = link.register_with(0, delegated("db", Role::Member, "db"));
    let validate = link.nodes[0].registration(id).unwrap().pnrp_id();
    for (number, want_cert_chain) in [(1, true), (2, false)] {
        let inquire = pnrp_wire::Inquire {
            validate,
            want_cpa: true,
            want_extended_payload: false,
            want_cert_chain,
            nonce: None,
        };

        inject(&mut link, number, Body::Inquire(inquire));
        link.run(Duration::from_secs(1));
        let answer = answer_to(&link, number);

        assert_eq!(answer.cert_chain.is_some(), want_cert_chain);
        let Some(chain) = answer.cert_chain else {
            continue;
        };
        let classifier: Classifier = "db".parse().unwrap();
        let claim = ChainClaim {
            authority: OWNER.public_key().authority(),
            publisher: answer.cpa.unwrap().cpa().public_key,
            classifier: &classifier,
        };
        assert!(validate_chain(&chain, &claim, NOW, &CheapVerifier).is_ok());
    }
}

/// A revocation carries no chain; the key that published is known from the validated CPA.
#[test]
fn a_delegated_name_is_gone_when_its_publisher_unregisters_it() {
    let mut link = Link::ring(3, 65);
    let id = link.register_with(0, delegated("db", Role::Member, "db"));
    link.run(Duration::from_secs(5));
    let pnrp_id = link.nodes[0].registration(id).unwrap().pnrp_id();
    assert!(link.nodes[1].cache().contains(&pnrp_id));
    let inquiries = count_inquiries(&link);

    link.unregister(0, id);
    link.run(Duration::from_millis(100));

    assert!(!link.nodes[1].cache().contains(&pnrp_id));
    assert_eq!(count_inquiries(&link), inquiries, "nobody had to be asked");
}

fn count_inquiries(link: &Link) -> usize {
    let inquires = link
        .log
        .iter()
        .filter(|message| message.message_type() == MessageType::Inquire);
    inquires.count()
}

fn name_of(classifier: &str) -> String {
    format!("{}.{classifier}", OWNER.public_key().authority())
}

/// A registration of the delegate, by a chain for `allowed`.
fn delegated(allowed: &str, role: Role, classifier: &str) -> Registration {
    Registration {
        signer: Arc::new(DELEGATE),
        cert_chain: Some(chain(allowed, role)),
        ..registration(&name_of(classifier))
    }
}

fn chain(allowed: &str, role: Role) -> ValidChain {
    let delegation = Delegation {
        to: DELEGATE.public_key(),
        classifiers: vec![allowed.parse().unwrap()],
        role,
        not_before: FileTime(NOW.0 - 10_000_000),
        not_after: NOW.plus(Duration::from_secs(86_400)),
    };
    let chain = delegate(&OWNER, None, &delegation).unwrap();
    let valid = inspect_chain(&chain.encode(), NOW, &CheapVerifier).unwrap();
    assert!(matches!(valid.authority(), Authority::Secure(_)));
    valid
}
