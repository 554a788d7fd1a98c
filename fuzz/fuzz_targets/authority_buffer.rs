//! An answer that decodes means the same after it is encoded. MS-PNRP §2.2.2.6.1.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_wire::{AuthorityBuffer, Dialect, limits::MAX_AUTHORITY_BUFFER};

fuzz_target!(|bytes: &[u8]| {
    let dialect = Dialect::default();
    let Ok(buffer) = AuthorityBuffer::decode(bytes, &dialect) else {
        return;
    };
    let encoded = buffer.encode(&dialect);

    assert!(encoded.len() <= MAX_AUTHORITY_BUFFER);
    assert_eq!(AuthorityBuffer::decode(&encoded, &dialect), Ok(buffer));
});
