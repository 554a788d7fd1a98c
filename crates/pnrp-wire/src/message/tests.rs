//! Properties of whole datagrams.

use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::{arbitrary, fixtures::OTHER_DIALECT};

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(
        (dialect, message) in arbitrary::dialect()
            .prop_flat_map(|dialect| (Just(dialect), arbitrary::message(dialect))),
    ) {
        let datagram = message.encode(&dialect);

        prop_assert_eq!(Message::decode(&datagram, &dialect), Ok(message));
    }

    #[test]
    fn the_other_dialect_decodes_every_message_too(
        message in arbitrary::message(Dialect::default()),
    ) {
        let datagram = message.encode(&Dialect::default());

        prop_assert!(Message::decode(&datagram, &OTHER_DIALECT).is_ok());
    }

    /// MS-PNRP §2.2: a FieldID stands on a multiple of four from the start of the message.
    #[test]
    fn elements_are_aligned_and_padded_with_zeros(
        message in arbitrary::message(Dialect::default()),
    ) {
        let datagram = message.encode(&Dialect::default());

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

    #[test]
    fn encoding_appends(message in arbitrary::message(Dialect::default())) {
        let mut out = vec![1, 2, 3];

        message.encode_into(&OTHER_DIALECT, &mut out);

        prop_assert_eq!(&out[..3], &[1, 2, 3]);
        prop_assert_eq!(&out[3..], message.encode(&OTHER_DIALECT));
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
    fn damaged_datagrams_decode_or_fail(
        (dialect, message) in arbitrary::dialect()
            .prop_flat_map(|dialect| (Just(dialect), arbitrary::message(dialect))),
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

/// What decodes encodes to bytes that decode to the same value, but for lists that are cut.
fn check(datagram: &[u8], dialect: &Dialect) -> Result<(), TestCaseError> {
    let Ok(mut message) = Message::decode(datagram, dialect) else {
        return Ok(());
    };
    let encoded = message.encode(dialect);
    if let Body::Advertise(Advertise { ids, .. }) | Body::Request(Request { ids, .. }) =
        &mut message.body
    {
        ids.truncate(crate::limits::MAX_SENT_IDS);
    }
    prop_assert_eq!(Message::decode(&encoded, dialect), Ok(message));
    Ok(())
}
