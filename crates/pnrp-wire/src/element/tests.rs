use super::*;
use crate::fixtures::hex;

/// R-2.2-06: the FieldID tells whether an element is there.
#[test]
fn an_unknown_element_is_skipped_wherever_it_stands() {
    let unknown = "1234 0005 ff 000000";
    let bytes = hex(&format!(
        "{unknown} 0040 0006 0001 0000 {unknown} {unknown} 0093 0006 0002"
    ));
    let mut elements = Elements::new(&bytes, 0);

    assert_eq!(elements.required(FieldId::FLAGS, number), Ok(1));
    assert_eq!(elements.optional(FieldId::ACKED, number), Ok(None));
    assert_eq!(elements.required(FieldId::NONCE, number), Ok(2));
    assert_eq!(elements.finish("TEST"), Ok(()));
}

#[test]
fn an_unknown_element_may_be_the_last() {
    let bytes = hex("0040 0006 0001 0000 1234 0005 ff");
    let mut elements = Elements::new(&bytes, 0);

    assert_eq!(elements.required(FieldId::FLAGS, number), Ok(1));
    assert_eq!(elements.finish("TEST"), Ok(()));
}

/// R-2.2-05: a Length below 4 or past the end is an error.
#[test]
fn an_unknown_element_needs_a_sound_length() {
    for (bytes, error) in [
        (
            "1234 0003",
            DecodeError::BadValue {
                field: "Length",
                value: 3,
            },
        ),
        (
            "0000 0000",
            DecodeError::BadValue {
                field: "Length",
                value: 0,
            },
        ),
        (
            "1234 0006 00",
            DecodeError::Truncated {
                field: "unknown element",
                needed: 2,
                left: 1,
            },
        ),
    ] {
        let bytes = hex(bytes);

        assert_eq!(Elements::new(&bytes, 0).finish("TEST"), Err(error));
    }
}

/// R-2.2-01, R-2.2-06: a listed FieldID stands in its place or nowhere.
///
/// MS-PNRP §2.2: every FieldID of the table is known, and none may stand where it does not belong.
#[test]
fn known_elements_out_of_place_are_refused() {
    let known = [
        0x10, 0x18, 0x30, 0x38, 0x39, 0x40, 0x43, 0x44, 0x45, 0x5A, 0x60, 0x80, 0x84, 0x85, 0x92,
        0x93, 0x98, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E,
    ];
    for code in 0..=0xFF_u16 {
        let bytes = [code.to_be_bytes(), 4_u16.to_be_bytes()].concat();

        let result = Elements::new(&bytes, 0).finish("TEST");
        let refused = Err(DecodeError::Unexpected {
            field: "TEST",
            found: code,
        });
        assert_eq!(
            result,
            if known.contains(&code) {
                refused
            } else {
                Ok(())
            },
            "{code:#x}"
        );
    }
}

/// R-2.2-06: no element is repeated.
#[test]
fn an_element_twice_is_refused() {
    let bytes = hex("0040 0006 0001 0000 0040 0006 0001");
    let mut elements = Elements::new(&bytes, 0);

    assert_eq!(elements.optional(FieldId::FLAGS, number), Ok(Some(1)));
    assert_eq!(
        elements.finish("TEST"),
        Err(DecodeError::Unexpected {
            field: "TEST",
            found: 0x0040
        })
    );
}

#[test]
fn bytes_that_a_decoder_leaves_are_refused() {
    let bytes = hex("0040 0007 0001 ff");
    let mut elements = Elements::new(&bytes, 0);

    assert_eq!(
        elements.required(FieldId::FLAGS, number),
        Err(DecodeError::Trailing {
            field: "FLAGS_FIELD",
            count: 1
        })
    );
}

/// R-2.2-05: a Length past the end is an error.
#[test]
fn a_length_past_the_end_names_the_element() {
    let bytes = hex("0040 ffff 0001");
    let mut elements = Elements::new(&bytes, 0);

    assert_eq!(
        elements.required(FieldId::FLAGS, number),
        Err(DecodeError::Truncated {
            field: "FLAGS_FIELD",
            needed: 0xFFFB,
            left: 2
        })
    );
}

#[test]
fn a_missing_element_is_reported_with_what_is_there() {
    let bytes = hex("0018 0006 0001");
    let mut elements = Elements::new(&bytes, 0);

    assert_eq!(
        elements.required(FieldId::FLAGS, number),
        Err(DecodeError::Missing {
            field: "FLAGS_FIELD",
            found: Some(0x0018)
        })
    );
    assert_eq!(elements.required(FieldId::ACKED, number), Ok(1));
    assert_eq!(
        elements.required(FieldId::FLAGS, number),
        Err(DecodeError::Missing {
            field: "FLAGS_FIELD",
            found: None
        })
    );
}

/// A list that claims more than the datagram holds must not be allocated.
#[test]
fn an_array_is_refused_before_it_is_allocated() {
    let mut body = hex("7fff 0008 0030 0020");
    body.extend([0; 32]);

    let ids = Array::PNRP_IDS.decode(&mut Reader::new(&body), |id| *id);

    assert_eq!(
        ids,
        Err(DecodeError::BadValue {
            field: "PNRP_ID_ARRAY.ArrayLength",
            value: 8
        })
    );
}

/// R-2.2-01: the table of FieldIDs.
#[test]
fn every_field_id_has_its_code() {
    for (id, code) in [
        (FieldId::HEADER, 0x0010),
        (FieldId::ACKED, 0x0018),
        (FieldId::PNRP_ID, 0x0030),
        (FieldId::TARGET, 0x0038),
        (FieldId::VALIDATE, 0x0039),
        (FieldId::FLAGS, 0x0040),
        (FieldId::FLOOD_CONTROLS, 0x0043),
        (FieldId::SOLICIT_CONTROLS, 0x0044),
        (FieldId::LOOKUP_CONTROLS, 0x0045),
        (FieldId::EXTENDED_PAYLOAD, 0x005A),
        (FieldId::PNRP_ID_ARRAY, 0x0060),
        (FieldId::CERT_CHAIN, 0x0080),
        (FieldId::WCHAR, 0x0084),
        (FieldId::CLASSIFIER, 0x0085),
        (FieldId::HASHED_NONCE, 0x0092),
        (FieldId::NONCE, 0x0093),
        (FieldId::SPLIT_CONTROLS, 0x0098),
        (FieldId::ROUTING_ENTRY, 0x009A),
        (FieldId::VALIDATE_CPA, 0x009B),
        (FieldId::REVOKE_CPA, 0x009C),
        (FieldId::IPV6_ENDPOINT, 0x009D),
        (FieldId::IPV6_ENDPOINT_ARRAY, 0x009E),
    ] {
        assert_eq!(id.code, code, "{}", id.name);
    }
}

fn number(r: &mut Reader<'_>) -> Result<u16, DecodeError> {
    r.u16_be("number")
}
