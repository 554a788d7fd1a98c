//! A chain that decodes has 1 to 25 certificates, and is the same after it is encoded.
//! MS-PNRP §2.2.3.5.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_wire::{CertChain, limits::MAX_CERTIFICATES};

fuzz_target!(|bytes: &[u8]| {
    let Ok(chain) = CertChain::decode(bytes) else {
        return;
    };
    let carried: usize = chain.certificates().iter().map(Vec::len).sum();

    assert!((1..=MAX_CERTIFICATES).contains(&chain.certificates().len()));
    assert!(carried < bytes.len());
    assert_eq!(CertChain::decode(&chain.encode()), Ok(chain));
});
