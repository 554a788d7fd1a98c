//! What may be handed on. MS-PNRP §2.2.3.5.1.4, §2.2.3.5.1.5, §2.2.3.5.1.5.1.

use proptest::prelude::*;

use super::*;
use crate::{DelegateError, Delegation, Role, certificate::tests::builder::INVITING_MEMBER};

/// R-2.2.3.5.1.4-03, R-2.2.3.5.1.5.1-02: 'fish food' begins with 'fish', and 'ham' does not.
#[test]
fn an_admin_may_get_what_begins_with_a_classifier() {
    for (list, is_legal) in [
        (&["fish"][..], true),
        (&["fish food"], true),
        (&["fish", "cheese", "cheese-like"], true),
        (&["ham"], false),
        (&["fish", "ham"], false),
        (&["fis"], false),
        (&["Fish"], false),
        (&[""], false),
    ] {
        assert_eq!(
            accepts(&["fish", "cheese"], ADMIN, list),
            is_legal,
            "{list:?}"
        );
    }
}

/// R-2.2.3.5.1.4-05: the same as for an admin.
#[test]
fn an_inviting_member_may_get_what_an_admin_may() {
    for list in [
        &["fish"][..],
        &["fish food"],
        &["fish", "ham"],
        &["fis"],
        &[""],
        &[],
    ] {
        for delegator in [&["fish"][..], &["", "fish"], &[]] {
            assert_eq!(
                accepts(delegator, INVITING_MEMBER, list),
                accepts(delegator, ADMIN, list),
                "{list:?} under {delegator:?}"
            );
        }
    }
}

/// R-2.2.3.5.1.4-04, R-2.2.3.5.1.5.1-03
#[test]
fn a_member_may_get_the_classifiers_themselves() {
    for (list, is_legal) in [
        (&["fish"][..], true),
        (&["cheese", "fish"], true),
        (&["fish food"], false),
        (&["fish", "cheese-like"], false),
        (&[""], false),
        (&[], false),
    ] {
        assert_eq!(
            accepts(&["fish", "cheese"], MEMBER, list),
            is_legal,
            "{list:?}"
        );
    }
}

/// R-2.2.3.5.1.5-03, R-2.2.3.5.1.5.1-01: whatever the role.
#[test]
fn an_empty_list_delegates_everything() {
    for role in [ADMIN, MEMBER, INVITING_MEMBER] {
        for list in [&[][..], &[""], &["fish"], &["anything", "at all"]] {
            assert!(accepts(&[], role, list), "{list:?}");
        }
    }
    let chain = chain(&[], MEMBER, &[]);
    assert!(permits(&chain, "anything"));
    assert!(permits(&chain, ""));
}

/// R-2.2.3.5.1.5-04: an empty list says more than the one it comes from, but for the empty
/// classifier.
#[test]
fn an_empty_list_may_follow_an_empty_one_or_the_empty_classifier() {
    for (delegator, role, is_legal) in [
        (&["fish"][..], ADMIN, false),
        (&["fish"], MEMBER, false),
        (&["", "fish"], ADMIN, true),
        (&["", "fish"], INVITING_MEMBER, true),
        (&["", "fish"], MEMBER, false),
        (&[], ADMIN, true),
        (&[], MEMBER, true),
    ] {
        assert_eq!(accepts(delegator, role, &[]), is_legal, "{delegator:?}");
    }
}

/// R-3.1.5.10-12: every classifier begins with the empty one; only it is the same.
#[test]
fn the_empty_classifier_stands_for_all_in_an_admin_and_for_itself_in_a_member() {
    let admin = chain(&[], ADMIN, &[""]);
    let member = chain(&[], MEMBER, &[""]);

    assert!(permits(&admin, "") && permits(&admin, "fish"));
    assert!(permits(&member, ""));
    assert!(!permits(&member, "fish"));
}

/// R-3.1.5.10-12: a root alone has no role, and publishes what its own list says.
#[test]
fn the_owner_alone_is_bound_by_the_list_of_the_root() {
    let of = |list: Option<Vec<String>>| {
        let root = Claims {
            classifiers: list,
            ..Claims::root(holder(0).public_key())
        };
        container(&[root.sign(holder(0))])
    };

    assert!(permits(&of(None), "anything"));
    assert!(permits(&of(Some(Vec::new())), "anything"));
    assert!(permits(&of(Some(vec!["fish".into()])), "fish"));
    assert!(!permits(&of(Some(vec!["fish".into()])), "fish food"));
}

/// R-2.2.3.5.1.5.1-02: units are compared, as MS-PNRP §2.2.4 counts them.
#[test]
fn a_classifier_begins_with_half_a_character() {
    const FACE: [u16; 2] = [0xD83D, 0xDE00];
    let half = Classifier::from_utf16(vec![FACE[0]]).unwrap();
    let face = Classifier::from_utf16(FACE.to_vec()).unwrap();
    let other_half = Classifier::from_utf16(vec![FACE[1]]).unwrap();

    let chain = made(None, 0, Role::Admin, vec![half]).unwrap();
    let longer = made(Some(&chain), 1, Role::Admin, vec![face.clone()]).unwrap();

    let valid = inspect_chain(&longer.encode(), NOW, &RsaVerifier).unwrap();
    assert_eq!(valid.classifiers(), [face]);
    let refused = made(Some(&chain), 1, Role::Admin, vec![other_half.clone()]);
    assert!(matches!(
        refused,
        Err(DelegateError::NotDelegated(Some(found))) if found == other_half
    ));
}

/// R-2.2.3.5.1.5.1-02: no two spellings of a character are the same.
#[test]
fn composed_and_decomposed_characters_differ() {
    assert!(accepts(&["caf\u{e9}"], ADMIN, &["caf\u{e9} noir"]));
    assert!(!accepts(&["caf\u{e9}"], ADMIN, &["cafe\u{301}"]));
    // The letter alone is the beginning of the decomposed one.
    assert!(accepts(&["cafe"], ADMIN, &["cafe\u{301}"]));
}

/// R-2.2.3.5.1.4-01: of several roles, one that extends is enough.
#[test]
fn several_roles_allow_what_one_of_them_allows() {
    let root = Claims::root(holder(0).public_key());
    let admin = root.delegate(holder(1).public_key(), ADMIN, &["fish"]);
    let both = Claims {
        roles: Some(vec![MEMBER, ADMIN]),
        ..admin.delegate(holder(2).public_key(), MEMBER, &["fish food"])
    };

    let chain = container(&[
        root.sign(holder(0)),
        admin.sign(holder(0)),
        both.sign(holder(1)),
    ]);

    assert!(permits(&chain, "fish food for cats"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// R-3.1.5.10-06, R-2.2.3.5.1.5-05: `delegate` makes exactly what a validator accepts, and
    /// both do what the rules say.
    #[test]
    fn whatever_is_delegated_is_valid_and_the_rest_is_refused(
        steps in prop::collection::vec((role(), list()), 1..4),
        published in classifier(),
    ) {
        let mut chain = None;
        let mut claims = vec![Claims::root(holder(0).public_key())];
        let mut delegator: Vec<&str> = Vec::new();
        for (step, (role, list)) in steps.into_iter().enumerate() {
            let texts: Vec<Classifier> = list.iter().map(|text| text.parse().unwrap()).collect();
            let next = claims[step].delegate(holder(step + 1).public_key(), uuid(role), &list);
            let mut by_hand = claims.clone();
            by_hand.push(next);
            let ders: Vec<_> = by_hand
                .iter()
                .enumerate()
                .map(|(index, claims)| claims.sign(holder(index.saturating_sub(1))))
                .collect();

            let made = made(chain.as_ref(), step, role, texts.clone());

            let verdict = inspect_chain(&container(&ders), NOW, &RsaVerifier);
            let legal = is_legal(&delegator, role, &list);
            prop_assert_eq!(verdict.is_ok(), legal, "{:?} under {:?}", list, delegator);
            let Ok(made) = made else {
                let not_delegated = matches!(made, Err(DelegateError::NotDelegated(_)));
                prop_assert!(not_delegated && !legal, "{:?}", made);
                break;
            };
            let valid = inspect_chain(&made.encode(), NOW, &RsaVerifier).unwrap();
            prop_assert!(legal);
            prop_assert_eq!(valid.classifiers(), texts);
            prop_assert_eq!(valid.publisher(), &holder(step + 1).public_key());
            prop_assert_eq!(valid.authority(), holder(0).authority());
            prop_assert_eq!(
                valid.permits(&published.parse().unwrap()),
                list.is_empty() || is_legal(&list, role, &[published])
            );
            (chain, claims, delegator) = (Some(made), by_hand, list);
        }
    }
}

/// The rules once more, by their words.
fn is_legal(delegator: &[&str], role: Role, list: &[&str]) -> bool {
    if delegator.is_empty() {
        return true;
    }
    if list.is_empty() {
        return role != Role::Member && delegator.contains(&"");
    }
    list.iter().all(|classifier| match role {
        Role::Member => delegator.contains(classifier),
        Role::Admin | Role::InvitingMember => delegator
            .iter()
            .any(|allowed| classifier.starts_with(allowed)),
    })
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Admin, Role::Member, Role::InvitingMember])
}

fn classifier() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "f",
        "fish",
        "fish food",
        "fish f",
        "ham",
        "Fish",
        "\u{1f41f}",
    ])
}

fn list() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(classifier(), 0..4)
}

fn uuid(role: Role) -> [u8; 16] {
    match role {
        Role::Admin => ADMIN,
        Role::Member => MEMBER,
        Role::InvitingMember => INVITING_MEMBER,
    }
}

/// Lets the next peer do something in the name of the one at an index.
fn made(
    chain: Option<&CertChain>,
    signer: usize,
    role: Role,
    classifiers: Vec<Classifier>,
) -> Result<CertChain, DelegateError> {
    let delegation = Delegation {
        to: holder(signer + 1).public_key(),
        classifiers,
        role,
        not_before: NOT_BEFORE,
        not_after: NOT_AFTER,
    };
    delegate(holder(signer), chain, &delegation)
}

/// A root with a list, and a delegate with a role and a list.
fn chain(delegator: &[&str], role: [u8; 16], list: &[&str]) -> Vec<u8> {
    let root = Claims {
        classifiers: Some(delegator.iter().map(|&text| text.to_owned()).collect()),
        ..Claims::root(holder(0).public_key())
    };
    let delegate = root.delegate(holder(1).public_key(), role, list);
    container(&[root.sign(holder(0)), delegate.sign(holder(0))])
}

/// Whether a list may follow another; all else about the chain is right.
fn accepts(delegator: &[&str], role: [u8; 16], list: &[&str]) -> bool {
    match inspect_chain(&chain(delegator, role, list), NOW, &RsaVerifier) {
        Ok(_) => true,
        Err(ChainError::NotDelegated { position: 2, .. }) => false,
        Err(other) => panic!("{other}"),
    }
}
