//! A datagram that decodes means the same after it is encoded. MS-PNRP §2.2.2.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_wire::{Dialect, Message};

fuzz_target!(|bytes: &[u8]| {
    let dialect = Dialect::default();
    let Ok(message) = Message::decode(bytes, &dialect) else {
        return;
    };
    let encoded = message.encode(&dialect);

    // Lists of IDs may be longer in what is received than in what is sent.
    let Ok(again) = Message::decode(&encoded, &dialect) else {
        panic!("{message:?} is encoded as {encoded:02x?}");
    };
    assert_eq!(again.encode(&dialect), encoded);
    if encoded.len() >= bytes.len() {
        assert_eq!(again, message);
    }
});
