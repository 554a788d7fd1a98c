use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::{
    ClassifierEncoding, Payload, UnsignedPayload, arbitrary, canonical,
    fixtures::{self, OTHER_DIALECT, ROUTE, full_cpa, hex, patched, pnrp_id, route, signed},
};

/// R-2.2.2.6.1-01, R-2.2.2.6.1-02: with and without padding, and whatever is reserved.
///
/// MS-PNRP §2.2.2.6.1: `L`, `B` and `N`; padding follows only if an element does.
#[test]
fn flags_alone_are_six_bytes() {
    let buffer = AuthorityBuffer {
        missing_from_leaf_set: true,
        busy: true,
        id_not_found: true,
        ..AuthorityBuffer::default()
    };

    assert_eq!(buffer.encode(&Dialect::default()), hex("0040 0006 0209"));
    assert_eq!(buffer.encode(&OTHER_DIALECT), hex("0040 0006 0209 0000"));
    assert_eq!(decode(&hex("0040 0006 0209")), Ok(buffer.clone()));
    assert_eq!(decode(&hex("0040 0006 0209 0000")), Ok(buffer));
    assert_eq!(
        decode(&hex("0040 0006 fff7 ffff")).map(|b| b.busy),
        Ok(false)
    );
    assert_eq!(
        decode(&hex("0040 0006 fff7 ffff")).map(|b| b.id_not_found),
        Ok(true)
    );
}

/// R-2.2.2.6.1-03, R-2.2.2.6.1-04, R-2.2.2.6.1-05, R-2.2.2.6.1-06, R-2.2.2.6.1-07,
/// R-2.2.2.6.1-08, R-2.2.2.6.1-10, R-2.2.2.6.1-11: every byte, each part padded but the last.
///
/// MS-PNRP §2.2.2.6.1: FieldIDs 0080, 0085, 005A, 009A, 009B, in that order.
#[test]
fn all_six_parts_are_encoded_in_order() {
    let buffer = full();
    let (payload, cpa) = (
        buffer.extended_payload.clone().unwrap(),
        buffer.cpa.clone().unwrap(),
    );
    let expected = [
        hex("0040 0006 0000 0000"),
        hex("0080 0009 0102030405 000000"),
        hex("0085 0012 0003 000e 0084 0002 0066 00e9 d83d 0000"),
        hex("005a 00d9"),
        payload.as_bytes().to_vec(),
        hex("000000 009a 003a"),
        hex(ROUTE),
        hex("0000 009b 01c7"),
        cpa.as_bytes().to_vec(),
    ]
    .concat();

    assert_eq!(buffer.encode(&Dialect::default()), expected);
    assert_eq!(decode(&expected), Ok(buffer));
}

/// R-2.2.2.6.1-11: all 32, told apart by their FieldIDs.
#[test]
fn every_combination_of_parts_survives() {
    for parts in 0..32 {
        let mut buffer = full();
        let has = |part: u32| parts & 1 << part != 0;
        buffer.cert_chain = buffer.cert_chain.filter(|_| has(0));
        buffer.classifier = buffer.classifier.filter(|_| has(1));
        buffer.extended_payload = buffer.extended_payload.filter(|_| has(2));
        buffer.route = buffer.route.filter(|_| has(3));
        buffer.cpa = buffer.cpa.filter(|_| has(4));

        assert_eq!(
            decode(&buffer.encode(&Dialect::default())),
            Ok(buffer),
            "{parts:05b}"
        );
    }
}

/// R-2.2-06, R-2.2.2.6.1-11: the order is fixed.
#[test]
fn parts_out_of_order_or_twice_are_refused() {
    let route = [hex("009a 003a"), hex(ROUTE), hex("0000")].concat();
    let text = hex("0085 000e 0001 000a 0084 0002 0061 0000");
    let flags = hex("0040 0006 0000 0000");

    let swapped = [flags.clone(), route.clone(), text.clone()].concat();
    let twice = [flags.clone(), route.clone(), route.clone()].concat();
    let right = [flags, text, route.clone()].concat();
    assert_eq!(fault(&swapped), "AUTHORITY_BUFFER");
    assert_eq!(fault(&twice), "AUTHORITY_BUFFER");
    assert_eq!(fault(&right), "none");
    assert_eq!(fault(&route), "FLAGS_FIELD");
    assert_eq!(fault(&[]), "FLAGS_FIELD");
}

/// R-2.2.2.6.1-01, R-2.2.2.6.1-04, R-2.2.2.6.1-05, R-2.2.2.6.1-06: the numbers of a list have
/// to agree, and the text has no NUL.
#[test]
fn arrays_of_characters_with_wrong_numbers_are_refused() {
    let valid = hex("0040 0006 0000 0000 0085 000e 0001 000a 0084 0002 0061");
    assert_eq!(fault(&valid), "none");

    for (offset, patch, field) in [
        (2, "0005", "AUTHORITY_BUFFER.Flags"),
        (2, "0007", "FLAGS_FIELD"),
        (10, "000d", "CLASSIFIER.NumEntries"),
        (12, "0002", "CLASSIFIER.ArrayLength"),
        (14, "000c", "CLASSIFIER.ArrayLength"),
        (16, "0030", "CLASSIFIER.ElementFieldType"),
        (18, "0001", "CLASSIFIER.EntryLength"),
        (20, "0000", "CLASSIFIER.Classifier"),
    ] {
        assert_eq!(
            fault(&patched(&valid, offset, patch)),
            field,
            "{patch} at {offset}"
        );
    }
}

/// MS-PNRP §2.2.4: a classifier has at most 149 units.
#[test]
fn a_classifier_of_150_units_is_refused() {
    let text = |units: u16| {
        let head = hex("0040 0006 0000 0000 0085");
        let numbers = [12 + 2 * units, units, 8 + 2 * units, 0x84, 2];
        let units = vec![0x0061; units.into()];
        let numbers = numbers.into_iter().chain(units).flat_map(u16::to_be_bytes);
        head.into_iter().chain(numbers).collect::<Vec<u8>>()
    };

    assert_eq!(fault(&text(149)), "none");
    assert_eq!(fault(&text(150)), "CLASSIFIER.Classifier");
}

#[test]
fn the_order_of_a_classifier_is_the_one_that_hashes_right() {
    let classifier: Classifier = "fish".parse().unwrap();
    for encoding in ClassifierEncoding::ALL {
        let dialect = Dialect {
            classifier_hash: encoding,
            ..Dialect::default()
        };
        let mut cpa = full_cpa();
        cpa.classifier_hash = Some(classifier.hash(&dialect));
        let buffer = AuthorityBuffer {
            classifier: Some(classifier.clone()),
            cpa: Some(signed(cpa)),
            ..AuthorityBuffer::default()
        };
        for classifier_wire in [ByteOrder::BigEndian, ByteOrder::LittleEndian] {
            let encoded = buffer.encode(&Dialect {
                classifier_wire,
                ..dialect
            });

            let decoded = AuthorityBuffer::decode(&encoded, &dialect).unwrap();
            assert_eq!(decoded.classifier, Some(classifier.clone()), "{encoding:?}");
            assert!(check(&encoded, &dialect).is_ok(), "{encoding:?}");
        }
    }
}

/// MS-PNRP §2.2.2.6: a buffer has at most 37,348 bytes.
#[test]
fn a_chain_that_makes_the_buffer_too_large_is_left_out() {
    let buffer = |chain: usize| AuthorityBuffer {
        cert_chain: Some(vec![7; chain]),
        ..AuthorityBuffer::default()
    };

    for dialect in [Dialect::default(), OTHER_DIALECT] {
        assert_eq!(buffer(37_336).encode(&dialect).len(), 37_348);
        assert!(buffer(37_337).encode(&dialect).len() <= 8);
        assert!(buffer(70_000).encode(&dialect).len() <= 8);
    }
    let too_large = [buffer(37_336).encode(&Dialect::default()), vec![0]].concat();
    assert_eq!(fault(&too_large), "SPLIT_CONTROLS.Size");
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(
        (dialect, buffer) in in_any_dialect(),
    ) {
        let encoded = buffer.encode(&dialect);

        prop_assert!(encoded.len() <= MAX_AUTHORITY_BUFFER);
        prop_assert_eq!(AuthorityBuffer::decode(&encoded, &dialect), Ok(buffer));
    }

    /// R-2.2.2.6.1-02, R-2.2.2.6.1-10: three bytes may follow the last part.
    ///
    /// R-2.2-07: reserved bits and padding never influence receipt.
    #[test]
    fn reserved_bits_and_padding_do_not_matter((dialect, buffer) in in_any_dialect()) {
        let noisy = canonical::buffer_with_noise(&buffer.encode(&dialect));

        prop_assert_eq!(AuthorityBuffer::decode(&noisy, &dialect), Ok(buffer));
        check(&noisy, &dialect)?;
    }

    #[test]
    fn damaged_buffers_decode_or_fail(
        (dialect, buffer) in in_any_dialect(),
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
        length in any::<Index>(),
    ) {
        let mut encoded = buffer.encode(&dialect);
        for (place, byte) in damage {
            let place = place.index(encoded.len());
            encoded[place] = byte;
        }
        check(&encoded, &dialect)?;
        encoded.truncate(length.index(encoded.len()));
        check(&encoded, &dialect)?;
    }

    #[test]
    fn arbitrary_bytes_decode_or_fail(
        bytes in vec(any::<u8>(), 0..300),
        dialect in arbitrary::dialect(),
    ) {
        check(&bytes, &dialect)?;
        check(&[hex("0040 0006 0000 0000"), bytes].concat(), &dialect)?;
    }
}

/// What decodes encodes to the canonical form of its bytes, which encodes to itself and means the
/// same. The classifier is swapped only when the CPA's hash says so.
fn check(bytes: &[u8], dialect: &Dialect) -> Result<(), TestCaseError> {
    let Ok(buffer) = AuthorityBuffer::decode(bytes, dialect) else {
        return Ok(());
    };
    let encoded = buffer.encode(dialect);
    let hash = buffer
        .cpa
        .as_ref()
        .and_then(|cpa| cpa.cpa().classifier_hash);
    let is_settled = buffer.classifier.as_ref().is_some_and(|text| {
        ClassifierEncoding::ALL
            .iter()
            .any(|&encoding| Some(text.hash_as(encoding)) == hash)
    });
    let is_swapped = is_settled && encoded != canonical::buffer(bytes, dialect, false);
    prop_assert_eq!(&encoded, &canonical::buffer(bytes, dialect, is_swapped));
    prop_assert_eq!(AuthorityBuffer::decode(&encoded, dialect), Ok(buffer));
    Ok(())
}

/// A dialect, and a buffer that may be sent in it.
fn in_any_dialect() -> impl Strategy<Value = (Dialect, AuthorityBuffer)> {
    arbitrary::dialect()
        .prop_flat_map(|dialect| (Just(dialect), arbitrary::authority_buffer(dialect)))
}

/// A buffer of all six parts, each of a length that needs padding.
fn full() -> AuthorityBuffer {
    let statements = UnsignedPayload {
        not_after: full_cpa().not_after,
        id: pnrp_id(0x77),
        nonce: crate::Nonce([9; 16]),
        payload: Payload::binary(vec![1, 2, 3]).unwrap(),
    };
    let payload = ExtendedPayload::new(statements, fixtures::signature(1), &Dialect::default());
    AuthorityBuffer {
        cert_chain: Some(vec![1, 2, 3, 4, 5]),
        classifier: Some(Classifier::from_utf16(vec![0x66, 0xe9, 0xd83d]).unwrap()),
        extended_payload: Some(payload.unwrap()),
        route: Some(route()),
        cpa: Some(signed(full_cpa())),
        ..AuthorityBuffer::default()
    }
}

fn decode(bytes: &[u8]) -> Result<AuthorityBuffer, DecodeError> {
    AuthorityBuffer::decode(bytes, &Dialect::default())
}

fn fault(bytes: &[u8]) -> &'static str {
    decode(bytes).map_or_else(|error| error.field(), |_| "none")
}
