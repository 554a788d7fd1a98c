use proptest::prelude::*;

use crate::{
    CaptureError, Datagrams,
    fixture::{Writer, pnrp},
};

const LITTLE: Writer = Writer { is_little: true };
const BIG: Writer = Writer { is_little: false };
const PORT: u16 = 3540;

/// Frame, time and payload.
type Found = (u64, Option<i128>, Vec<u8>);

/// Every datagram, and what ended the file.
fn read(file: &[u8]) -> (Vec<Found>, Option<CaptureError>) {
    let datagrams = match Datagrams::new(file, PORT) {
        Ok(datagrams) => datagrams,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut found = Vec::new();
    for datagram in datagrams {
        match datagram {
            Ok(it) => found.push((it.frame, it.time.map(|time| time.0), it.payload)),
            Err(error) => return (found, Some(error)),
        }
    }
    (found, None)
}

fn error(file: &[u8]) -> String {
    read(file)
        .1
        .map(|error| error.to_string())
        .unwrap_or_default()
}

#[test]
fn pcap_is_read_in_either_byte_order_and_resolution() {
    for writer in [LITTLE, BIG] {
        for (magic, nanoseconds) in [(0xA1B2_C3D4, 250_000), (0xA1B2_3C4D, 250)] {
            let file = writer.pcap(magic, 101, &[pnrp(b"a"), pnrp(b"b")]);

            let (found, error) = read(&file);

            let time = |seconds: i128| Some(seconds * 1_000_000_000 + nanoseconds);
            assert!(error.is_none());
            assert_eq!(
                found,
                [
                    (1, time(1_760_000_000), b"a".to_vec()),
                    (2, time(1_760_000_001), b"b".to_vec()),
                ]
            );
        }
    }
}

#[test]
fn the_upper_half_of_a_link_type_says_nothing_about_it() {
    for writer in [LITTLE, BIG] {
        let file = writer.pcap(0xA1B2_C3D4, 0x2400_0065, &[pnrp(b"a")]);

        assert_eq!(read(&file).0.len(), 1);
    }
}

#[test]
fn pcapng_interfaces_have_their_own_link_and_clock() {
    for writer in [LITTLE, BIG] {
        let offset = match writer.is_little {
            true => 100_i64.to_le_bytes(),
            false => 100_i64.to_be_bytes(),
        };
        let options = [
            writer.option(2, b"eth0"),
            writer.option(9, &[9]),
            writer.option(14, &offset),
            writer.option(0, &[]),
        ]
        .concat();
        let ethernet = [&[0; 12][..], &[0x86, 0xDD], &pnrp(b"b")].concat();
        let file = [
            writer.section(),
            writer.block(0x0BAD, &[7; 33]),
            writer.interface(101, &[]),
            writer.interface(1, &options),
            writer.interface(127, &[]),
            writer.enhanced_packet(0, 0x0001_0000_0002, &pnrp(b"a")),
            writer.enhanced_packet(2, 1, &[1; 60]),
            writer.enhanced_packet(1, 5, &ethernet),
            writer.block(5, &[0; 12]),
        ]
        .concat();

        let (found, error) = read(&file);

        assert!(error.is_none(), "{error:?}");
        assert_eq!(
            found,
            [
                (1, Some(4_294_967_298_000), b"a".to_vec()),
                (3, Some(100_000_000_005), b"b".to_vec()),
            ]
        );
    }
}

#[test]
fn each_section_has_its_own_byte_order_and_interfaces() {
    let section = |writer: Writer, payload: &[u8]| {
        [
            writer.section(),
            writer.interface(101, &[]),
            writer.enhanced_packet(0, 1, &pnrp(payload)),
        ]
        .concat()
    };
    let good = [section(LITTLE, b"a"), section(BIG, b"b")].concat();
    let bad = [
        section(LITTLE, b"a"),
        BIG.section(),
        BIG.enhanced_packet(0, 1, &[]),
    ]
    .concat();

    assert_eq!(read(&good).0.len(), 2);
    assert!(error(&good).is_empty());
    assert!(error(&bad).contains("interface 0, and there are 0"));
}

#[test]
fn simple_and_old_packets_are_read_too() {
    let packet = pnrp(b"a");
    let length = LITTLE.long(u32::try_from(packet.len()).unwrap());
    let simple = LITTLE.block(3, &[&length[..], &packet].concat());
    let old_head = [
        LITTLE.short(0),
        LITTLE.short(9),
        LITTLE.long(0),
        LITTLE.long(7),
        length.clone(),
        length,
    ]
    .concat();
    let old = LITTLE.block(2, &[&old_head[..], &packet].concat());
    let file = [LITTLE.section(), LITTLE.interface(101, &[]), simple, old].concat();

    let (found, error) = read(&file);

    assert!(error.is_none());
    assert_eq!(
        found,
        [(1, None, b"a".to_vec()), (2, Some(7_000), b"a".to_vec())]
    );
}

#[test]
fn what_is_no_capture_is_named() {
    assert!(error(b"").contains("empty"));
    assert!(error(b"hello, world").contains("begins with 68 65 6c 6c"));
    assert!(error(b"\x1f\x8b\x08\x00").contains("decompress"));
    assert!(error(b"\xd4\xc3").contains("inside its header, after 2 bytes"));
    assert!(error(&LITTLE.pcap(0xA1B2_C3D4, 127, &[])).contains("link type 127"));
}

#[test]
fn lengths_that_cannot_be_are_refused_where_they_stand() {
    let mut pcap = LITTLE.pcap(0xA1B2_C3D4, 101, &[pnrp(b"a"), pnrp(b"b")]);
    let second = 24 + 16 + pnrp(b"a").len();
    pcap[second + 8..second + 12].copy_from_slice(&[0xFF; 4]);
    let (found, problem) = read(&pcap);
    assert_eq!(found.len(), 1);
    assert_eq!(
        problem.unwrap().to_string(),
        "byte 89, after packet 1: a packet of 4294967295 bytes; the file is damaged, copy it again"
    );

    let head = [LITTLE.section(), LITTLE.interface(101, &[])].concat();
    let after = |block: &[u8]| error(&[&head, block].concat());
    assert!(after(&[6, 0, 0, 0, 8, 0, 0, 0]).contains("a block of 8 bytes"));
    assert!(after(&[6, 0, 0, 0, 14, 0, 0, 0]).contains("a block of 14 bytes"));
    let mut unequal = LITTLE.block(9, &[]);
    unequal[8] = 16;
    assert!(after(&unequal).contains("lengths are 12 and 16"));
    assert!(after(&LITTLE.block(6, &[0; 4])).contains("a field of 4 bytes in a block that has 0"));
    let mut long = LITTLE.enhanced_packet(0, 1, &pnrp(b"a"));
    long[20..24].copy_from_slice(&[0xFF; 4]);
    assert!(after(&long).contains("a field of 4294967295 bytes"));
}

/// A block of 4 GiB is passed over as it comes, and its length makes no room.
#[test]
fn an_endless_unknown_block_is_a_cut_off_file() {
    let head = [LITTLE.section(), LITTLE.interface(101, &[])].concat();
    let file = [
        &head[..],
        &[0xAD, 0x0B, 0, 0, 0xFC, 0xFF, 0xFF, 0xFF, 1, 2, 3],
    ]
    .concat();

    assert!(read(&file).1.unwrap().is_cut_off());
}

#[test]
fn a_file_cut_anywhere_gives_what_came_before() {
    let packets = [pnrp(b"a"), pnrp(b"bc")];
    let pcap = LITTLE.pcap(0xA1B2_C3D4, 101, &packets);
    let pcapng = [
        BIG.section(),
        BIG.interface(101, &BIG.option(9, &[6])),
        BIG.enhanced_packet(0, 1, &packets[0]),
        BIG.enhanced_packet(0, 2, &packets[1]),
    ]
    .concat();
    let header_of_ng = BIG.section().len();
    let interface = BIG.interface(101, &BIG.option(9, &[6])).len();
    let first_of_ng = header_of_ng + interface + BIG.enhanced_packet(0, 1, &packets[0]).len();
    let cases = [
        (&pcap, 24, vec![24, 24 + 16 + packets[0].len(), pcap.len()]),
        (
            &pcapng,
            header_of_ng,
            vec![
                header_of_ng,
                header_of_ng + interface,
                first_of_ng,
                pcapng.len(),
            ],
        ),
    ];
    for (file, header, ends) in cases {
        for length in 0..=file.len() {
            let (found, error) = read(&file[..length]);

            match error {
                Some(CaptureError::Empty) => assert_eq!(length, 0),
                Some(CaptureError::HeaderCutOff { length: read }) => {
                    assert!(length < header);
                    assert_eq!(read, length as u64);
                }
                Some(error) => {
                    assert!(error.is_cut_off(), "{error}");
                    assert!(length > header && !ends.contains(&length), "{length}");
                }
                None => assert!(ends.contains(&length), "{length}"),
            }
            let whole = match file.len() - length {
                0 => 2,
                _ if length >= ends[ends.len() - 2] => 1,
                _ => 0,
            };
            assert_eq!(found.len(), whole, "{length}");
        }
    }
}

#[test]
fn a_failing_disk_is_told() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no such luck"))
        }
    }

    let error = Datagrams::new(Broken, PORT).err().unwrap();

    assert_eq!(
        error.to_string(),
        "cannot read on at byte 0: no such luck; check the file and its disk"
    );
}

proptest! {
    #[test]
    fn random_bytes_are_read_to_an_end(
        start in prop_oneof![
            Just(LITTLE.pcap(0xA1B2_C3D4, 1, &[])),
            Just([BIG.section(), BIG.interface(0, &[])].concat()),
            Just(Vec::new()),
        ],
        noise in proptest::collection::vec(prop_oneof![3 => 0..8_u8, 1 => any::<u8>()], 0..600),
    ) {
        let file = [start, noise].concat();

        let (found, _) = read(&file);

        let carried: usize = found.iter().map(|(.., payload)| payload.len()).sum();
        prop_assert!(carried <= file.len());
    }

    #[test]
    fn a_damaged_file_is_read_to_an_end(at in 0..400_usize, value: u8) {
        let packets = [pnrp(b"a"), pnrp(b"bc")];
        let mut file = [
            LITTLE.section(),
            LITTLE.interface(101, &LITTLE.option(9, &[9])),
            LITTLE.enhanced_packet(0, 1, &packets[0]),
            LITTLE.enhanced_packet(0, 2, &packets[1]),
        ].concat();
        let at = at % file.len();
        file[at] = value;

        prop_assert!(read(&file).0.len() <= 2);
    }
}
