//! Properties of whole datagrams.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::{arbitrary, canonical, fixtures::hex};

/// R-2.1-01: a datagram is one message.
#[test]
fn a_second_message_in_a_datagram_is_refused() {
    let ack = hex("0010000c 51040009 01020304 0018 0008 0a0b0c0d");

    let two = Message::decode(&ack.repeat(2), &Dialect::default());

    assert_eq!(
        two,
        Err(DecodeError::Unexpected {
            field: "ACK",
            found: 0x0010
        })
    );
}

/// R-2.2-05: every length is checked before it is used.
#[test]
fn a_datagram_cut_anywhere_is_refused() {
    let zeros = |count: usize| "00".repeat(count);
    for (kind, elements) in [
        ("01", format!("0092 0018 {}", zeros(20))),
        (
            "02",
            format!(
                "0018 0008 00000000 0060 000c 0000 0008 0030 0020 0092 0018 {}",
                zeros(20)
            ),
        ),
        (
            "03",
            format!(
                "0093 0014 {} 0060 002c 0001 0028 0030 0020 {}",
                zeros(16),
                zeros(32)
            ),
        ),
        (
            "04",
            format!(
                "0043 0007 0000 00 00 0039 0024 {} 009e 000c 0000 0008 009d 0012",
                zeros(32)
            ),
        ),
        ("07", format!("0040 0006 0000 0000 0039 0024 {}", zeros(32))),
        (
            "08",
            "0018 0008 00000000 0098 0008 0006 0000 0040 0006 0000".to_owned(),
        ),
        ("09", "0018 0008 00000000".to_owned()),
        (
            "0b",
            format!(
                "0045 000c {} 0038 0024 {} 0039 0024 {} 009e 001e 0001 001a 009d 0012 {}",
                zeros(8),
                zeros(32),
                zeros(32),
                zeros(18)
            ),
        ),
    ] {
        let datagram = hex(&format!("0010000c 510400{kind} 01020304 {elements}"));
        let decode = |length: usize| Message::decode(&datagram[..length], &Dialect::default());

        assert!(decode(datagram.len()).is_ok(), "{kind}");
        for length in 0..datagram.len() {
            assert!(decode(length).is_err(), "{kind} cut to {length} bytes");
        }
    }
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(
        (dialect, message) in in_any_dialect(),
    ) {
        let datagram = message.encode(&dialect);

        prop_assert_eq!(Message::decode(&datagram, &dialect), Ok(message));
    }

    /// No reading makes a message unreadable to a node that prefers another.
    #[test]
    fn every_dialect_decodes_the_messages_of_every_other(
        (sender, message) in in_any_dialect(),
        receiver in arbitrary::dialect(),
    ) {
        prop_assert!(Message::decode(&message.encode(&sender), &receiver).is_ok());
    }

    /// R-2.2-03: a FieldID stands on a multiple of four from the start of the message, and what
    /// fills the gap is zero.
    #[test]
    fn elements_are_aligned_and_padded_with_zeros((dialect, message) in in_any_dialect()) {
        let datagram = message.encode(&dialect);

        let mut rest = datagram.as_slice();
        while let [_, _, high, low, ..] = *rest {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let padded = length.next_multiple_of(4).min(rest.len());
            prop_assert!(length >= 4);
            prop_assert!(rest[length..padded].iter().all(|&byte| byte == 0));
            rest = &rest[padded..];
            if message.message_type() == MessageType::Authority && rest.len() + 28 == datagram.len() {
                return Ok(());
            }
        }
        prop_assert!(rest.is_empty());
    }

    /// R-2.2-07: reserved bits and padding never influence receipt.
    #[test]
    fn reserved_bits_and_padding_do_not_matter((dialect, message) in in_any_dialect()) {
        let noisy = canonical::message_with_noise(&message.encode(&dialect));

        prop_assert_eq!(Message::decode(&noisy, &dialect), Ok(message));
        check(&noisy, &dialect)?;
    }

    #[test]
    fn encoding_appends((dialect, message) in in_any_dialect()) {
        let mut out = vec![1, 2, 3];

        message.encode_into(&dialect, &mut out);

        prop_assert_eq!(&out[..3], &[1, 2, 3]);
        prop_assert_eq!(&out[3..], message.encode(&dialect));
    }

    /// R-2.2-06: an element that nobody knows is skipped between any two others.
    #[test]
    fn unknown_elements_are_left_out(
        (dialect, message) in in_any_dialect(),
        code in 0x0100..=u16::MAX,
        body in vec(any::<u8>(), 0..9),
    ) {
        let length = u16::try_from(4 + body.len()).unwrap();
        let numbers = [code, length].into_iter().flat_map(u16::to_be_bytes);
        let mut unknown: Vec<u8> = numbers.chain(body).collect();
        unknown.resize(unknown.len().next_multiple_of(4), 0xFF);
        let mut datagram = message.encode(&dialect);
        datagram.splice(12..12, unknown);

        prop_assert_eq!(Message::decode(&datagram, &dialect), Ok(message));
        check(&datagram, &dialect)?;
    }

    #[test]
    fn arbitrary_bytes_decode_or_fail(bytes in vec(any::<u8>(), 0..300), dialect in arbitrary::dialect()) {
        check(&bytes, &dialect)?;
    }

    #[test]
    fn arbitrary_bytes_after_a_header_decode_or_fail(
        kind in prop::sample::select(MessageType::ALL.to_vec()),
        bytes in vec(any::<u8>(), 0..300),
        dialect in arbitrary::dialect(),
    ) {
        let header = [0, 0x10, 0, 0x0C, 0x51, 4, 0, kind.code(), 1, 2, 3, 4];
        check(&[header.as_slice(), &bytes].concat(), &dialect)?;
    }

    #[test]
    fn long_lists_of_ids_are_cut_and_nothing_else(
        count in 30..300_u16,
        dialect in arbitrary::dialect(),
    ) {
        let numbers = [0x60, 12 + 32 * count, count, 8 + 32 * count, 0x30, 0x20];
        let request = [
            hex("0010000c 51040003 01020304 0093 0014 10101010101010101010101010101010"),
            numbers.into_iter().flat_map(u16::to_be_bytes).collect(),
            vec![0x11; 32 * usize::from(count)],
        ];

        prop_assert!(Message::decode(&request.concat(), &dialect).is_ok());
        check(&request.concat(), &dialect)?;
    }

    #[test]
    fn damaged_datagrams_decode_or_fail(
        (dialect, message) in in_any_dialect(),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
        cut in any::<Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut datagram = message.encode(&dialect);
        for (place, byte) in damage {
            let place = place.index(datagram.len());
            datagram[place] = byte;
        }
        if is_cut {
            datagram.truncate(cut.index(datagram.len()));
        }
        check(&datagram, &dialect)?;
    }
}

/// What decodes encodes to the canonical form of its bytes, which encodes to itself and means the
/// same, but for IDs after the 36th.
fn check(datagram: &[u8], dialect: &Dialect) -> Result<(), TestCaseError> {
    let Ok(mut message) = Message::decode(datagram, dialect) else {
        return Ok(());
    };
    let encoded = message.encode(dialect);
    prop_assert_eq!(&encoded, &canonical::message(datagram, dialect));
    if let Body::Advertise(Advertise { ids, .. }) | Body::Request(Request { ids, .. }) =
        &mut message.body
    {
        ids.truncate(36);
    }
    let again = Message::decode(&encoded, dialect);
    prop_assert_eq!(again.as_ref(), Ok(&message));
    prop_assert_eq!(message.encode(dialect), encoded);
    Ok(())
}

/// A dialect, and a message that may be sent in it.
fn in_any_dialect() -> impl Strategy<Value = (Dialect, Message)> {
    arbitrary::dialect().prop_flat_map(|dialect| (Just(dialect), arbitrary::message(dialect)))
}
