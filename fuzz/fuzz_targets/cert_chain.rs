//! A chain that decodes has 1 to 25 certificates, and is the same after it is encoded. One that
//! holds, to somebody who believes every signature, has what MS-PNRP §3.1.5.10 asks for, and still
//! holds in any order. MS-PNRP §2.2.3.5, §3.1.5.10.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_identity::{SignatureMismatch, Verifier, inspect_chain};
use pnrp_wire::{
    ByteOrder, CertChain, Classifier, FileTime, PublicKey, Signature, limits::MAX_CERTIFICATES,
};

/// 2025-08-18, within the certificates of the corpus.
const NOW: FileTime = FileTime(134_000_000_000_000_000);

#[derive(Debug)]
struct Gullible;

impl Verifier for Gullible {
    fn verify(
        &self,
        _: &PublicKey,
        _: &[u8],
        _: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch> {
        Ok(ByteOrder::BigEndian)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let valid = inspect_chain(bytes, NOW, &Gullible);
    let Ok(chain) = CertChain::decode(bytes) else {
        assert!(valid.is_err());
        return;
    };
    let carried: usize = chain.certificates().iter().map(Vec::len).sum();

    assert!((1..=MAX_CERTIFICATES).contains(&chain.certificates().len()));
    assert!(carried < bytes.len());
    assert_eq!(CertChain::decode(&chain.encode()).as_ref(), Ok(&chain));
    let Ok(valid) = valid else {
        return;
    };
    assert_eq!(valid.certificates().len(), chain.certificates().len());
    assert!(valid.not_after() >= FileTime(NOW.0 - 10_000_000));
    let listed = valid.classifiers();
    assert!(listed.iter().all(|classifier| valid.permits(classifier)));
    assert!(!listed.is_empty() || valid.permits(&Classifier::default()));
    let mut reversed = chain.certificates().to_vec();
    reversed.reverse();
    if let Ok(reversed) = CertChain::new(reversed) {
        let again = inspect_chain(&reversed.encode(), NOW, &Gullible);
        // Where two certificates could follow, the order decides, and may decide badly.
        if let Ok(again) = again {
            assert_eq!(again.authority(), valid.authority());
        }
    }
});
