//! A file is read to its end, and yields no more than it carries. MS-PNRP §2.2.2.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pnrp_capture::{Checker, Comparison, Datagrams, Decoder};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut datagrams) = Datagrams::new(bytes, 3540) else {
        return;
    };
    let mut decoder = Decoder::default();
    let mut checker = Checker::default();
    let (mut carried, mut count, mut last_frame) = (0, 0, 0);
    for datagram in datagrams.by_ref().map_while(Result::ok) {
        carried += datagram.payload.len();
        count += 1;
        assert!(datagram.frame > last_frame);
        last_frame = datagram.frame;

        let decoded = decoder.decode(&datagram);
        for (name, _) in decoded.fields.lines() {
            assert!(!name.is_empty());
        }
        for finding in checker.check(&datagram) {
            // What the codec keeps to itself, or makes up, is no freedom of the specification.
            let is_explained = !matches!(finding.result, Ok(Comparison::Different { .. }));
            assert!(is_explained, "{finding:?} in {:02x?}", datagram.payload);
        }
    }
    assert!(carried <= bytes.len());
    assert!(datagrams.next().is_none());

    let skipped = datagrams.skipped();
    let counts = [
        skipped.ipv4,
        skipped.fragments,
        skipped.malformed,
        skipped.cut_short,
        skipped.other_ports,
        skipped.other,
    ];
    let skipped = counts.iter().chain(skipped.links.values()).sum::<u64>();
    assert_eq!(skipped + count, datagrams.packets());
});
