//! PKCS#7 calls the certificates a set: which order they come in does not count, which
//! certificates they are does.

use super::*;
use crate::{ChainError as Error, certificate::tests::builder::integer};

#[test]
fn three_certificates_are_accepted_in_all_six_orders() {
    let ordered = Case::new().validate().unwrap();
    for order in ORDERS {
        let ders = Case::new().ders();
        let shuffled: Vec<_> = order.iter().map(|&index| ders[index].clone()).collect();

        let valid = Case::new().validate_bytes(&container(&shuffled)).unwrap();

        assert_eq!(valid.certificates(), ordered.certificates(), "{order:?}");
        assert_eq!(valid.publisher(), ordered.publisher());
        assert_eq!(valid.as_bytes(), container(&shuffled));
    }
}

/// R-3.1.5.10-03, R-3.1.5.10-13: a certificate of another chain in the place of the second.
#[test]
fn a_certificate_of_another_chain_is_refused_in_every_order() {
    let case = Case::new();
    let stranger = Claims::root(holder(3).public_key());
    let foreign = stranger
        .delegate(holder(1).public_key(), ADMIN, &["fish"])
        .sign(holder(3));
    for order in ORDERS {
        let mut ders = case.ders();
        ders[1] = foreign.clone();
        let shuffled: Vec<_> = order.iter().map(|&index| ders[index].clone()).collect();

        let refused = case.validate_bytes(&container(&shuffled)).unwrap_err();

        assert_eq!(refused, Error::NotLinked { position: 2 }, "{order:?}");
    }
}

/// R-3.1.5.10-13: names can be copied by anybody; the signature cannot.
#[test]
fn a_certificate_with_the_right_names_by_another_issuer_is_refused() {
    let case = Case::with(|case| case.signers[1] = holder(3));
    for order in ORDERS {
        let ders = case.ders();
        let shuffled: Vec<_> = order.iter().map(|&index| ders[index].clone()).collect();

        let refused = case.validate_bytes(&container(&shuffled)).unwrap_err();

        assert!(
            matches!(refused, Error::Signature { position: 2, .. }),
            "{order:?}"
        );
    }
}

/// A certificate that leads nowhere is one too many.
#[test]
fn a_certificate_that_does_not_belong_is_refused_wherever_it_is() {
    let case = Case::new();
    let stranger = Claims::root(holder(3).public_key());
    let foreign = stranger
        .delegate(holder(3).public_key(), ADMIN, &["fish"])
        .sign(holder(3));
    for place in 0..=3 {
        let mut ders = case.ders();
        ders.insert(place, foreign.clone());

        let refused = case.validate_bytes(&container(&ders)).unwrap_err();

        assert_eq!(refused, Error::NotLinked { position: 4 });
    }
}

#[test]
fn a_certificate_that_comes_twice_is_refused() {
    for index in 0..3 {
        for place in 0..=3 {
            let mut ders = Case::new().ders();
            let copy = ders[index].clone();
            ders.insert(place, copy);

            let refused = Case::new().validate_bytes(&container(&ders)).unwrap_err();

            let position = if place > index { place + 1 } else { index + 2 };
            assert_eq!(refused, Error::Repeated { position }, "{index} at {place}");
        }
    }
}

/// A missing link cannot be made up for.
#[test]
fn a_chain_with_a_gap_is_refused() {
    let mut ders = Case::new().ders();
    ders.remove(1);

    let refused = Case::new().validate_bytes(&container(&ders));

    assert_eq!(refused, Err(Error::NotLinked { position: 2 }));
}

/// R-2.2.3.5.1.1-02: of another owner, or another of the same one.
#[test]
fn two_roots_are_refused_in_every_order() {
    let of_stranger = Claims::root(holder(3).public_key()).sign(holder(3));
    let renewed = Parts {
        serial: integer(&[0x52; 16]),
        ..Claims::root(holder(0).public_key()).parts()
    }
    .sign(holder(0));
    for second in [of_stranger, renewed] {
        for place in 0..=3 {
            let mut ders = Case::new().ders();
            ders.insert(place, second.clone());

            let refused = Case::new().validate_bytes(&container(&ders)).unwrap_err();

            assert!(
                matches!(refused, Error::SecondRoot { .. }),
                "at {place}: {refused:?}"
            );
        }
    }
}

/// R-3.1.5.10-08: without a root there is nothing to begin with.
#[test]
fn delegates_without_a_root_are_refused() {
    let mut ders = Case::new().ders();
    ders.remove(0);

    let refused = Case::new().validate_bytes(&container(&ders));

    // The first of them is not signed by its own key, which is checked before its type.
    assert_eq!(refused, Err(Error::NotSelfSigned));
}

/// The order on the wire decides where the names leave a choice.
#[test]
fn a_key_may_come_twice() {
    let case = Case::with(|case| {
        let [root, admin, member] = &case.claims[..] else {
            unreachable!("a case has three certificates");
        };
        let back = admin.delegate(holder(0).public_key(), ADMIN, &["fish"]);
        let again = back.delegate(holder(1).public_key(), ADMIN, &["fish food"]);
        let member = Claims {
            classifiers: Some(vec!["fish food".into()]),
            ..member.clone()
        };
        case.claims = vec![root.clone(), admin.clone(), back, again, member];
        case.signers = [0, 0, 1, 0, 1].map(holder).to_vec();
        case.classifier = "fish food";
    });

    let valid = case.validate().unwrap();

    let keys = valid.certificates().iter().map(Certificate::authority);
    let expected = [0, 1, 0, 1, 2].map(|index| holder(index).authority());
    assert_eq!(keys.collect::<Vec<_>>(), expected);
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];
