//! What decoding allocates: a small multiple of the bytes it is given, whatever they claim.

#![expect(
    clippy::indexing_slicing,
    reason = "a panic is a failed test, and every index is reduced first"
)]

use allocation_counter::measure;
use pnrp_wire::{AuthorityBuffer, Body, CertChain, Dialect, ExtendedPayload, Message, SignedCpa};

/// Bytes allocated for each byte decoded: the value itself, a copy of signed structures, and a
/// classifier under both of its byte orders.
const FACTOR: u64 = 4;
/// What a value takes however short its bytes are, such as the box of a CPA.
const CONSTANT: u64 = 2_048;
/// The largest payload of a UDP datagram over IPv6.
const LARGEST: usize = 65_527;

/// MS-PNRP §2.2.2.2 lets a list claim 0x7FFF entries, which are 16 times what a datagram holds.
#[test]
fn a_claim_of_more_entries_than_bytes_allocates_nothing() {
    for list in [advertise(), request()] {
        for array_length in ["0008", "ffc8", "ffff"] {
            let mut datagram = hex(&format!("{list} 7fff {array_length} 0030 0020"));
            datagram.resize(LARGEST, 0x11);
            let mut fault = "none";

            let info = measure(|| {
                let decoded = Message::decode(&datagram, &Dialect::default());
                fault = decoded.map_or_else(|error| error.field(), |_| "none");
            });

            assert_eq!(
                (fault, info.bytes_total),
                ("PNRP_ID_ARRAY.ArrayLength", 0),
                "{list} {array_length}"
            );
        }
    }
}

#[test]
fn the_longest_list_allocates_what_it_carries() {
    let datagram = longest_list();

    let info = measure(|| {
        assert!(Message::decode(&datagram, &Dialect::default()).is_ok());
    });

    assert_eq!(info.bytes_total, 2_046 * 32);
}

#[test]
fn a_thousand_damaged_inputs_allocate_little() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let samples = samples();
    let mut decoded = 0;
    for round in 0..1_000 {
        let (decoder, sample) = &samples[round % samples.len()];
        let mut bytes = sample.clone();
        for _ in 0..random.below(4) {
            // Half of the damage is done to the numbers in front.
            let reach = if random.below(2) == 0 {
                100
            } else {
                bytes.len()
            };
            let place = random.below(reach.min(bytes.len()));
            bytes[place] = random.next().to_be_bytes()[0];
        }
        if round % 7 == 0 {
            bytes.truncate(random.below(bytes.len()));
        }

        let mut is_ok = false;
        let info = measure(|| is_ok = decoder(&bytes));

        decoded += u64::from(is_ok);
        let (took, given) = (info.bytes_total, bytes.len() as u64);
        let bound = FACTOR * given + CONSTANT;
        assert!(took <= bound, "round {round}: {took} bytes for {given}");
    }
    assert!((200..900).contains(&decoded), "{decoded} decoded");
}

/// Says whether the bytes are what it decodes.
type Decoder = fn(&[u8]) -> bool;

/// Inputs of up to 64 KiB, and short ones with every optional part.
fn samples() -> Vec<(Decoder, Vec<u8>)> {
    let message: Decoder = |bytes| Message::decode(bytes, &Dialect::default()).is_ok();
    let buffer: Decoder = |bytes| AuthorityBuffer::decode(bytes, &Dialect::default()).is_ok();
    let chain: Decoder = |bytes| CertChain::decode(bytes).is_ok();
    let cpa: Decoder = |bytes| SignedCpa::decode(bytes, &Dialect::default()).is_ok();
    let payload: Decoder = |bytes| ExtendedPayload::decode(bytes, &Dialect::default()).is_ok();

    let certificate = [hex("3082 0a00"), vec![5; 0x0A00]].concat();
    let certificates = CertChain::new(vec![certificate; 25]).map(|chain| chain.encode());
    let certificates = certificates.unwrap_or_default();
    let answer = AuthorityBuffer {
        cert_chain: Some(vec![7; 37_000]),
        ..AuthorityBuffer::default()
    };
    let text = [
        hex("0040 0006 0000 0000 0085 8ffc 47f8 8ff8 0084 0002"),
        vec![0x61; 36_848],
    ];
    let mut samples = vec![
        (message, longest_list()),
        (
            message,
            [
                hex("0010000c 51040003 01020304"),
                hex("1234 0008 00000000").repeat(8_000),
            ]
            .concat(),
        ),
        (buffer, answer.encode(&Dialect::default())),
        (buffer, text.concat()),
        (chain, certificates),
    ];
    for datagram in hand_made() {
        if let Ok(Message {
            body: Body::Authority(fragment),
            ..
        }) = Message::decode(&datagram, &Dialect::default())
        {
            let parts = AuthorityBuffer::decode(&fragment.data, &Dialect::default());
            let parts = parts.unwrap_or_default();
            samples.extend(parts.cpa.map(|part| (cpa, part.as_bytes().to_vec())));
            let data = parts.extended_payload;
            samples.extend(data.map(|part| (payload, part.as_bytes().to_vec())));
            samples.push((buffer, fragment.data));
        }
        samples.push((message, datagram));
    }
    samples
}

/// A REQUEST of as many IDs as a datagram can carry.
fn longest_list() -> Vec<u8> {
    let list = format!("{} 07fe ffc8 0030 0020", request());
    [hex(&list), vec![0x11; 2_046 * 32]].concat()
}

/// An ADVERTISE up to the Length of its list.
fn advertise() -> String {
    "0010000c 51040002 01020304 0018 0008 0a0b0c0d 0060 ffcc".to_owned()
}

/// A REQUEST up to the Length of its list.
fn request() -> String {
    format!(
        "0010000c 51040003 01020304 0093 0014 {} 0060 ffcc",
        "10".repeat(16)
    )
}

/// The datagrams of `tests/vectors/hand-made.index.json`.
fn hand_made() -> Vec<Vec<u8>> {
    let index = include_str!("../../../tests/vectors/hand-made.index.json");
    let payloads = index.split("\"payload\": \"").skip(1);
    payloads
        .filter_map(|rest| rest.split('"').next().map(hex))
        .collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let pairs = digits.chunks(2);
    pairs
        .filter_map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?))
        .collect()
}

/// Marsaglia's xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to `limit - 1`; 0 when there is none.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }
}
