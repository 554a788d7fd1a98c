use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

use super::*;
use crate::{
    ByteOrder, arbitrary,
    fixtures::{OTHER_DIALECT, counting, hex, patched, signature},
};

/// R-2.2-04, R-2.2.3.3-01, R-2.2.3.3-02, R-2.2.3.3-03, R-2.2.3.3-04, R-2.2.3.3-05,
/// R-2.2.3.3-06, R-2.2.3.3-07, R-2.2.3.3-08, R-2.2.3.3-11, R-2.2.3.3-12: every byte.
///
/// MS-PNRP §2.2.3.3: little-endian, and the ID reversed.
#[test]
fn a_binary_payload_has_the_bytes_of_the_specification() {
    let expected = [
        hex("d500 00 02 0000 4d00 0807060504030201"),
        (0..32).rev().collect(),
        vec![9; 16],
        hex("0100 0d00 03000080 0300 aabbcc"),
        hex("8800 8000 04800000 01"),
        vec![0; 127],
    ]
    .concat();
    let payload = sealed(Payload::binary(vec![0xAA, 0xBB, 0xCC]).unwrap());

    assert_eq!(payload.as_bytes(), expected);
    assert_eq!(payload.signed_bytes(), &expected[..77]);
    assert_eq!(decode(&expected), Ok(payload));
}

/// R-2.2.3.3-08, R-2.2.3.3-09, R-2.2.3.3-10, R-2.2.3.3-11: a string of one character has
/// Payload Length 6.
///
/// MS-PNRP §2.2.3.3: Payload Length counts String Type and NUL.
#[test]
fn a_string_is_sent_as_utf16_with_its_nul() {
    let payload = sealed(Payload::string("é").unwrap());

    assert_eq!(
        payload.as_bytes()[64..80],
        hex("0100 1000 02000080 0600 0000 e900 0000")
    );
    assert_eq!(decode(payload.as_bytes()), Ok(payload));
}

/// R-2.2.3.3-09, R-2.2.3.3-10: 4,098 bytes are the most a string takes.
#[test]
fn a_string_too_long_for_utf16_is_sent_as_utf8() {
    let payload = sealed(Payload::string(&"a".repeat(4095)).unwrap());

    assert_eq!(
        payload.as_bytes()[64..80],
        hex("0100 0c10 02000080 0210 0100 61616161")
    );
    assert_eq!(decode(payload.as_bytes()), Ok(payload));
}

#[test]
fn strings_are_received_in_both_encodings_and_down_to_nothing() {
    let received = |content: &str| decode(&with_content("02000080", &hex(content))).unwrap();
    let text = |text: &str| Payload::String(text.encode_utf16().collect());

    assert_eq!(received("0100 6869 00").payload(), &text("hi"));
    assert_eq!(received("0000 6800 6900 0000").payload(), &text("hi"));
    assert_eq!(
        received("0000 00d8 0000").payload(),
        &Payload::String(vec![0xD800])
    );
    assert_eq!(received("0100 00").payload(), &text(""));
}

/// R-2.2.3.3-09: 1 to 4,096 bytes.
#[test]
fn payloads_outside_their_limits_are_not_encoded() {
    assert!(Payload::binary(Vec::new()).is_err());
    assert!(Payload::binary(vec![0; 4096]).is_ok());
    assert!(Payload::binary(vec![0; 4097]).is_err());
    assert!(Payload::string("").is_err());
    assert!(Payload::string("a\0b").is_err());
    assert!(Payload::string(&"a".repeat(4096)).is_err());
    assert!(Payload::from_utf16(vec![0xD800; 2047]).is_ok());
    assert!(Payload::from_utf16(vec![0xD800; 2048]).is_err());
}

/// R-2.2.3.3-01, R-2.2.3.3-02, R-2.2.3.3-06, R-2.2.3.3-07, R-2.2.3.3-08, R-2.2.3.3-12: each
/// field by itself.
#[test]
fn values_outside_the_specification_are_refused() {
    refuses(
        sealed(Payload::binary(vec![1, 2, 3]).unwrap()).as_bytes(),
        &[
            (0, "d400", "EXTENDED_PAYLOAD.Length"),
            (2, "01", "EXTENDED_PAYLOAD.Minor Version"),
            (3, "01", "EXTENDED_PAYLOAD.Major Version"),
            (6, "4c00", "EXTENDED_PAYLOAD.Signature Offset"),
            (64, "0000", "EXTENDED_PAYLOAD.Number of Payloads"),
            (64, "0200", "EXTENDED_PAYLOAD.Number of Payloads"),
            (66, "0c00", "EXTENDED_PAYLOAD.Total Payload Bytes"),
            (68, "01000080", "EXTENDED_PAYLOAD.Payload Type"),
            (72, "0400", "EXTENDED_PAYLOAD.Total Payload Bytes"),
            (77, "8900", "SIGNATURE.Field Length"),
            (81, "00000000", "SIGNATURE.ALG_ID"),
        ],
    );
    ignores(
        sealed(Payload::binary(vec![1]).unwrap()).as_bytes(),
        &[(4, "ffff")],
    );
}

/// R-2.2.3.3-09, R-2.2.3.3-10, R-2.2.3.3-11: limits, encodings, and the NUL.
#[test]
fn contents_outside_the_specification_are_refused() {
    let fault = |kind: &str, content: &[u8]| {
        decode(&with_content(kind, content)).map_or_else(|error| error.field(), |_| "none")
    };
    const LENGTH: &str = "EXTENDED_PAYLOAD.Payload Length";
    const TEXT: &str = "EXTENDED_PAYLOAD.Payload";

    assert_eq!(fault("03000080", &[]), LENGTH);
    assert_eq!(fault("03000080", &[1; 4096]), "none");
    assert_eq!(fault("03000080", &[1; 4097]), LENGTH);
    assert_eq!(fault("02000080", &hex("0100")), LENGTH);
    assert_eq!(fault("02000080", &[1; 4099]), LENGTH);
    assert_eq!(
        fault("02000080", &hex("0200 6100")),
        "EXTENDED_PAYLOAD.String Type"
    );
    assert_eq!(fault("02000080", &hex("0100 6161")), TEXT);
    assert_eq!(fault("02000080", &hex("0100 610061 00")), TEXT);
    assert_eq!(fault("02000080", &hex("0100 ff00")), TEXT);
    assert_eq!(fault("02000080", &hex("0000 6100 00")), TEXT);
    assert_eq!(fault("02000080", &hex("0000 6100 6100")), TEXT);
}

#[test]
fn it_belongs_to_its_id_in_either_order() {
    let payload = sealed(Payload::binary(vec![1]).unwrap());
    let natural = Dialect {
        number_order: ByteOrder::BigEndian,
        ..Dialect::default()
    };

    let read = ExtendedPayload::decode(payload.as_bytes(), &natural).unwrap();

    assert!(payload.belongs_to(&statements().id));
    assert!(read.belongs_to(&statements().id));
    assert!(!read.belongs_to(&PnrpId::ZERO));
}

#[test]
fn its_signature_is_sent_in_the_order_of_the_dialect() {
    let payload = ExtendedPayload::new(statements(), signature(1), &OTHER_DIALECT).unwrap();

    assert_eq!(payload.as_bytes().last(), Some(&1));
    assert_eq!(payload.signature(), &signature(1).reversed());
    assert_eq!(
        ExtendedPayload::decode(payload.as_bytes(), &OTHER_DIALECT),
        Ok(payload)
    );
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(
        (dialect, payload) in in_any_dialect(),
    ) {
        prop_assert_eq!(ExtendedPayload::decode(payload.as_bytes(), &dialect), Ok(payload));
    }

    /// Bytes are kept, and a payload made anew of the statements states the same.
    #[test]
    fn damaged_payloads_keep_their_bytes_or_fail(
        (dialect, payload) in in_any_dialect(),
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = payload.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }

        if let Ok(read) = ExtendedPayload::decode(&bytes, &dialect) {
            prop_assert_eq!(read.as_bytes(), bytes);
            let anew = ExtendedPayload::new(read.statements().clone(), signature(1), &dialect);
            let again = ExtendedPayload::decode(anew.unwrap().as_bytes(), &dialect).unwrap();
            prop_assert_eq!(again.statements(), read.statements());
        }
    }

    #[test]
    fn arbitrary_contents_decode_or_fail(
        kind in select(vec!["02000080", "03000080"]),
        content in vec(any::<u8>(), 0..200),
    ) {
        let _ = decode(&with_content(kind, &content));
        let _ = decode(&content);
    }
}

/// A dialect, and a payload that may be sent in it.
fn in_any_dialect() -> impl Strategy<Value = (Dialect, ExtendedPayload)> {
    arbitrary::dialect()
        .prop_flat_map(|dialect| (Just(dialect), arbitrary::extended_payload(dialect)))
}

fn statements() -> UnsignedPayload {
    UnsignedPayload {
        not_after: FileTime(0x0102_0304_0506_0708),
        id: PnrpId::from_bytes(counting(0)),
        nonce: Nonce([9; 16]),
        payload: Payload::Binary(vec![0]),
    }
}

fn sealed(payload: Payload) -> ExtendedPayload {
    let statements = UnsignedPayload {
        payload,
        ..statements()
    };
    ExtendedPayload::new(statements, signature(1), &Dialect::default()).unwrap()
}

/// A structure whose lengths fit `content`, of any type and content.
fn with_content(kind: &str, content: &[u8]) -> Vec<u8> {
    let length = |extra: usize| u16::try_from(content.len() + extra).unwrap().to_le_bytes();
    let valid = sealed(Payload::binary(vec![1]).unwrap());
    let mut bytes = patched(valid.as_bytes(), 68, kind);
    bytes.splice(74..75, content.iter().copied());
    for (offset, extra) in [(0, 210), (6, 74), (66, 10), (72, 0)] {
        bytes[offset..offset + 2].copy_from_slice(&length(extra));
    }
    bytes
}

fn refuses(valid: &[u8], patches: &[(usize, &str, &str)]) {
    for &(offset, patch, field) in patches {
        let error = decode(&patched(valid, offset, patch))
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.field(), field, "{patch} at {offset}");
    }
}

fn ignores(valid: &[u8], patches: &[(usize, &str)]) {
    let statements = decode(valid).unwrap().statements().clone();
    for &(offset, patch) in patches {
        let read = decode(&patched(valid, offset, patch)).unwrap();
        assert_eq!(read.statements(), &statements, "{patch} at {offset}");
    }
}

fn decode(bytes: &[u8]) -> Result<ExtendedPayload, DecodeError> {
    ExtendedPayload::decode(bytes, &Dialect::default())
}
