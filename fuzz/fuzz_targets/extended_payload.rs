//! A payload that decodes means the same after it is encoded. MS-PNRP §2.2.3.3.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_wire::{Dialect, ExtendedPayload};

fuzz_target!(|bytes: &[u8]| {
    let dialect = Dialect::default();
    let Ok(payload) = ExtendedPayload::decode(bytes, &dialect) else {
        return;
    };
    assert_eq!(payload.as_bytes(), bytes);

    let statements = payload.statements().clone();
    let Ok(rebuilt) = ExtendedPayload::new(statements, payload.signature().clone(), &dialect)
    else {
        return;
    };
    let again = ExtendedPayload::decode(rebuilt.as_bytes(), &dialect);
    let Ok(again) = again else {
        panic!("{rebuilt:?} does not decode: {again:?}");
    };
    assert_eq!(again.statements(), payload.statements());
});
