//! The order of the checks: the first that fails is the one that is told.

use pnrp_wire::{Signature, UnsignedPayload};

use super::{
    delegated::{chain_for, cpa_of},
    *,
};
use crate::{Role, Signer, fixture::peers, sign_extended_payload};

struct Case {
    cpa: Cpa,
    cert_chain: Vec<u8>,
    has_payload: bool,
    now: FileTime,
    /// What is signed; the bytes of the CPA when there is nothing else.
    other_bytes: Option<&'static [u8]>,
}

type Breakage = (fn(&mut Case), fn(&CpaError) -> bool);

/// R-3.1.5.7-01: any check that fails refuses the CPA, alone and with every later one.
#[test]
fn of_two_failed_checks_the_earlier_one_of_the_specification_is_told() {
    assert!(case().validate().is_ok());
    for (index, (change, is_told)) in BREAKAGES.into_iter().enumerate() {
        let mut alone = case();
        change(&mut alone);
        let refused = alone.validate().unwrap_err();
        assert!(is_told(&refused), "{index}: {refused:?}");

        for (later, (change_more, _)) in BREAKAGES.into_iter().enumerate().skip(index + 1) {
            let mut both = case();
            change(&mut both);
            change_more(&mut both);

            let refused = both.validate().unwrap_err();

            assert!(is_told(&refused), "{index} and {later}: {refused:?}");
        }
    }
}

/// Chain, payload, time, nonce, ID and signature.
const BREAKAGES: [Breakage; 6] = [
    (
        |case| case.cert_chain.truncate(100),
        |error| matches!(error, CpaError::Chain(_)),
    ),
    (
        |case| case.has_payload = false,
        |error| *error == CpaError::PayloadMissing,
    ),
    (
        |case| case.now = FileTime(NOT_AFTER.0 + 1),
        |error| matches!(error, CpaError::Expired { .. }),
    ),
    (
        |case| case.cpa.kind = CpaKind::Publish(Nonce([0xa5; 16])),
        |error| matches!(error, CpaError::OtherNonce { .. }),
    ),
    (
        |case| case.cpa.service_location.0[0] ^= 1,
        |error| matches!(error, CpaError::OtherId { .. }),
    ),
    (
        |case| case.other_bytes = Some(b"other"),
        |error| matches!(error, CpaError::Signature(_)),
    ),
];

/// A delegate's CPA with a payload that lasts longer.
fn case() -> Case {
    Case {
        cpa: Cpa {
            has_extended_payload: true,
            ..cpa_of(&peers()[0])
        },
        cert_chain: chain_for(Role::Member, &["fish"]),
        has_payload: true,
        now: NOW,
        other_bytes: None,
    }
}

impl Case {
    fn validate(&self) -> Result<ValidCpa, CpaError> {
        let id = cpa_of(&peers()[0]).id();
        let statements = UnsignedPayload {
            not_after: FileTime(NOT_AFTER.0 + 10),
            id,
            ..payload::statements()
        };
        let payload = sign_extended_payload(statements, &peers()[0], &Dialect::default());
        let received = ReceivedCpa {
            cert_chain: Some(self.cert_chain.clone()),
            classifier: Some("fish".parse().unwrap()),
            extended_payload: self.has_payload.then(|| payload.unwrap()),
            ..SignedCpa::new(self.cpa.clone(), self.signature(), &Dialect::default())
                .unwrap()
                .into()
        };
        let expected = CpaExpectation::publication(id, NONCE).with_payload();
        validate_cpa(received, &expected, self.now, &RsaVerifier)
    }

    fn signature(&self) -> Signature {
        let bytes = self.cpa.encode_unsigned(&Dialect::default()).unwrap();
        peers()[0].sign(self.other_bytes.unwrap_or(&bytes)).unwrap()
    }
}
