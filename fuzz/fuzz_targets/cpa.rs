//! A CPA that decodes means the same after its statements are encoded. MS-PNRP §2.2.3.1.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_wire::{Dialect, SignedCpa};

fuzz_target!(|bytes: &[u8]| {
    let dialect = Dialect::default();
    let Ok(signed) = SignedCpa::decode(bytes, &dialect) else {
        return;
    };
    assert_eq!(signed.as_bytes(), bytes);
    assert!(signed.describes(&signed.id()));

    // What the specification lets us accept and not send cannot be built.
    let Ok(rebuilt) = SignedCpa::new(signed.cpa().clone(), signed.signature().clone(), &dialect)
    else {
        return;
    };
    let again = SignedCpa::decode(rebuilt.as_bytes(), &dialect);
    let Ok(again) = again else {
        panic!("{rebuilt:?} does not decode: {again:?}");
    };
    assert_eq!(again.cpa(), signed.cpa());
    assert_eq!(again.signature(), signed.signature());
});
