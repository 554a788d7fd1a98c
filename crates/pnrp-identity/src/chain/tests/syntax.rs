//! Step 1 of MS-PNRP §3.1.5.10: the container, and what each certificate has in its place.

use pnrp_wire::DecodeError;

use super::*;
use crate::{
    CertificateError, ChainError as Error,
    certificate::tests::builder::{CLASSIFIERS, Extension, ROLE},
};

/// R-3.1.5.10-01
#[test]
fn a_malformed_container_is_refused() {
    let valid = container(&Case::new().ders());
    for length in 0..valid.len() {
        let refused = Case::new().validate_bytes(&valid[..length]);
        assert!(
            matches!(refused, Err(Error::Container(_))),
            "{length} bytes: {refused:?}"
        );
    }
    let longer = [&valid[..], &[0]].concat();
    assert!(matches!(
        Case::new().validate_bytes(&longer),
        Err(Error::Container(_))
    ));
}

/// R-3.1.5.10-01, R-2.2.3.5-02: 25 are made by `delegate` in the tests beside this one.
#[test]
fn a_chain_of_none_or_of_26_certificates_is_refused() {
    let root = Case::new().ders().swap_remove(0);
    for count in [0, 26, 27] {
        let chain = container(&vec![root.clone(); count]);

        let refused = Case::new().validate_bytes(&chain).unwrap_err();

        // Nobody looks further than at the 26th.
        let value = u64::try_from(count.min(26)).unwrap();
        let Error::Container(DecodeError::BadValue { value: found, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(found, value);
    }
}

/// R-3.1.5.10-01, R-2.2.3.5.1-03: an unknown critical extension spoils its certificate and so the
/// chain.
#[test]
fn one_certificate_that_breaks_a_rule_spoils_the_chain() {
    for position in 1..=3 {
        let mut ders = Case::new().ders();
        let mut parts = Case::new().claims[position - 1].parts();
        parts
            .extensions
            .push(Extension::critical(b"\x55\x1D\x63", vec![0x05, 0x00]));
        ders[position - 1] = parts.sign(Case::new().signers[position - 1]);

        let refused = Case::new().validate_bytes(&container(&ders));

        assert_eq!(
            refused,
            Err(Error::Certificate {
                position,
                error: CertificateError::UnknownCriticalExtension("2.5.29.99".into())
            })
        );
    }
}

/// R-2.2.3.5.1.1-02: 2 in the first certificate and 1 in the others, not the other way round.
#[test]
fn swapped_types_are_refused() {
    let second_root = Case::with(|case| case.claims[1].kind = 2);
    let swapped = Case::with(|case| {
        case.claims[0].kind = 1;
        case.claims[1].kind = 2;
    });

    for case in [second_root, swapped] {
        assert_eq!(case.refused(), Error::SecondRoot { position: 2 });
    }
    let last = Case::with(|case| case.claims[2].kind = 2);
    assert_eq!(last.refused(), Error::SecondRoot { position: 3 });
}

/// R-2.2.3.5.1.4-01, R-2.2.3.5.1.5-02: the first may lack them.
#[test]
fn every_certificate_after_the_first_has_a_role_and_a_list() {
    let first = &Case::new().claims[0];
    assert_eq!((&first.roles, &first.classifiers), (&None, &None));
    assert!(Case::new().validate().is_ok());

    for position in [2, 3] {
        for (id, extension) in [(ROLE, "PnrpRole"), (CLASSIFIERS, "PnrpClassifiersList")] {
            let refused = with_parts(position, |parts| parts.without(id));

            assert_eq!(
                refused,
                Err(Error::MissingExtension {
                    position,
                    extension
                })
            );
        }
    }
}
