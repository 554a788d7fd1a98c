//! A text that is a peer name is written the same again. MS-PNRP §2.2.4.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_wire::PeerName;

fuzz_target!(|text: &str| {
    let Ok(name) = text.parse::<PeerName>() else {
        return;
    };

    assert_eq!(name.to_string(), text);
    assert_eq!(name.to_string().parse(), Ok(name));
});
