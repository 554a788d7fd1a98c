//! The order of the checks: the first that fails is the one that is told.

use super::*;
use crate::ChainError as Error;

type Breakage = (fn(&mut Case), fn(&Error) -> bool);

/// R-3.1.5.10-01: any check that fails refuses the chain, alone and with every later one.
#[test]
fn of_two_failed_checks_the_earlier_one_of_the_specification_is_told() {
    for (index, (change, is_told)) in BREAKAGES.into_iter().enumerate() {
        let alone = Case::with(change).refused();
        assert!(is_told(&alone), "{index}: {alone:?}");

        for (later, (change_more, _)) in BREAKAGES.into_iter().enumerate().skip(index + 1) {
            let both = Case::with(|case| {
                change(case);
                change_more(case);
            });

            let refused = both.refused();

            assert!(is_told(&refused), "{index} and {later}: {refused:?}");
        }
    }
}

/// Steps 3 to 12, and the signatures of the links.
const BREAKAGES: [Breakage; 11] = [
    (
        |case| case.claims[2].issuer_alt_name = Some("somebody else".into()),
        |error| *error == Error::NotLinked { position: 3 },
    ),
    (
        |case| case.claims[1].validity.1 = "250501000000Z",
        |error| matches!(error, Error::Expired { position: 2, .. }),
    ),
    (
        |case| push(case, "c\0d"),
        |error| matches!(error, Error::BadClassifier { position: 3, .. }),
    ),
    (
        |case| push(case, "ham"),
        |error| matches!(error, Error::NotDelegated { position: 3, .. }),
    ),
    (
        |case| case.signers[0] = holder(3),
        |error| *error == Error::NotSelfSigned,
    ),
    (
        |case| case.claims[0].kind = 1,
        |error| *error == Error::NoRoot,
    ),
    (
        |case| case.authority = holder(3).authority(),
        |error| matches!(error, Error::OtherAuthority { .. }),
    ),
    (
        |case| case.publisher = holder(3).public_key(),
        |error| matches!(error, Error::OtherPublisher { .. }),
    ),
    (
        |case| case.claims[2].peer_name = Some("0.other".into()),
        |error| matches!(error, Error::OtherPeerName { .. }),
    ),
    (
        |case| case.classifier = "cheese",
        |error| matches!(error, Error::ClassifierNotDelegated { .. }),
    ),
    (
        |case| case.signers[1] = holder(3),
        |error| matches!(error, Error::Signature { position: 2, .. }),
    ),
];

fn push(case: &mut Case, classifier: &str) {
    let list = case.claims[2].classifiers.as_mut();
    list.unwrap().push(classifier.to_owned());
}
