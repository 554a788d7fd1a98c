use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::{
    arbitrary,
    fixtures::{endpoint, full_cpa, hex, patched, revoke_cpa, signature, signed},
};

/// R-2.2-04, R-2.2.3.1-01, R-2.2.3.1-02, R-2.2.3.1-03, R-2.2.3.1-04, R-2.2.3.1-06,
/// R-2.2.3.1-10, R-2.2.3.1-11, R-2.2.3.1-13, R-2.2.3.1-14, R-2.2.3.1-15, R-2.2.3.1-19,
/// R-2.2.3.1-20, R-2.2.3.1-21, R-2.2.3.1-22, R-2.2.3.1-24, R-2.2.3.1-26, R-2.2.3.1.1-01,
/// R-2.2.3.1.1-03, R-2.2.3.1.1-04, R-2.2.3.1.2-01, R-2.2.3.1.2-02, R-2.2.3.1.2-03,
/// R-2.2.3.1.3-01, R-2.2.3.1.4-01, R-2.2.3.1.4-02, R-2.2.3.1.4-03, R-2.2.3.1.4-04,
/// R-2.2.3.1.4-05, R-2.2.3.1.4-06, R-2.2.3.1.4-07, R-2.2.3.2-01, R-2.2.3.2-02, R-2.2.3.2-03,
/// R-2.2.3.2-04, R-2.2.3.6-01: every byte of every field.
///
/// MS-PNRP §2.2.3.1: little-endian but for ports, addresses and ClassifierHash.
#[test]
fn a_cpa_with_every_field_has_the_bytes_of_the_specification() {
    let expected = [
        hex("c301 00 02 00 04 3c 00 0807060504030201"),
        hex("1f1e1d1c1b1a19181716151413121110"),
        b"0123456789abcdef".to_vec(),
        hex("131211100f0e0d0c0b0a09080706050403020100"),
        vec![0xCC; 20],
        hex("0400 6100 6200"),
        hex("0100 1200 0dd4 fe800000000000000000000000000001"),
        hex("0100 1e00 01000000 1400 20010db8000000000000000000000080 1f90 0600"),
        hex("a900 1400 0000 8c00 00"),
        b"1.2.840.113549.1.1.1".to_vec(),
        hex("308189 028181 00"),
        vec![0xC7; 128],
        hex("0203010001"),
        hex("8800 8000 04800000 01"),
        vec![0; 127],
    ]
    .concat();
    let cpa = signed(full_cpa());

    assert_eq!(cpa.as_bytes(), expected);
    assert_eq!(cpa.signed_bytes(), &expected[..451 - 136]);
    assert_eq!(
        cpa.signed_bytes(),
        full_cpa().encode_unsigned(&Dialect::default()).unwrap()
    );
    assert_eq!(decode(&expected), Ok(cpa));
}

/// R-2.2.3.1-09, R-2.2.3.1-14, R-2.2.3.1-24: R is set, and Total Bytes is 4.
#[test]
fn a_revocation_carries_a_zero_nonce() {
    let cpa = signed(revoke_cpa());

    let head = hex("9101 00 02 00 04 0d 00 0807060504030201 1f1e1d1c1b1a19181716151413121110");
    assert_eq!(&cpa.as_bytes()[..32], head);
    assert_eq!(cpa.as_bytes()[32..48], [0; 16]);
    assert_eq!(cpa.as_bytes()[88..96], hex("0000 1200 0000 0400"));
    assert_eq!(cpa.as_bytes().len(), 0x191);
    assert_eq!(decode(cpa.as_bytes()), Ok(cpa));
}

/// R-2.2.3.1-04, R-2.2.3.1-06, R-2.2.3.1-07, R-2.2.3.1-09: a bit for each statement and part.
#[test]
fn each_flag_has_its_bit() {
    let flags = |change: fn(&mut Cpa)| {
        let mut cpa = Cpa {
            kind: CpaKind::Publish(Nonce::ZERO),
            service_addresses: vec![endpoint()],
            ..revoke_cpa()
        };
        change(&mut cpa);
        let cpa = signed(cpa);
        assert_eq!(decode(cpa.as_bytes()), Ok(cpa.clone()));
        (cpa.as_bytes()[6], cpa.as_bytes().len())
    };

    assert_eq!(flags(|_| ()), (0x0C, 419));
    assert_eq!(flags(|cpa| cpa.has_extended_payload = true), (0x2C, 419));
    assert_eq!(
        flags(|cpa| cpa.friendly_name = FriendlyName::new("a").ok()),
        (0x1C, 423)
    );
    assert_eq!(
        flags(|cpa| cpa.authority = Authority::Unsecured),
        (0x08, 399)
    );
    assert_eq!(flags(|cpa| cpa.classifier_hash = None), (0x04, 399));
    assert_eq!(flags(|cpa| cpa.kind = CpaKind::Revoke), (0x0D, 419));
}

#[test]
fn a_revocation_is_read_with_or_without_its_nonce() {
    for revoke_nonce in [Presence::Present, Presence::Absent] {
        let dialect = Dialect {
            revoke_nonce,
            ..Dialect::default()
        };
        for cpa in [
            revoke_cpa(),
            Cpa {
                kind: CpaKind::Revoke,
                ..full_cpa()
            },
        ] {
            let bytes = SignedCpa::new(cpa.clone(), signature(1), &dialect).unwrap();

            assert_eq!(
                decode(bytes.as_bytes()).unwrap().cpa(),
                &cpa,
                "{revoke_nonce:?}"
            );
        }
    }
}

/// R-2.2.3.1-01, R-2.2.3.1-02, R-2.2.3.1-03, R-2.2.3.1-07, R-2.2.3.1-08, R-2.2.3.1-19,
/// R-2.2.3.1-22, R-2.2.3.1-24, R-2.2.3.1.1-01, R-2.2.3.1.1-03, R-2.2.3.1.2-01, R-2.2.3.1.2-02,
/// R-2.2.3.1.4-01, R-2.2.3.1.4-02, R-2.2.3.1.4-04, R-2.2.3.1.4-06, R-2.2.3.1.4-07,
/// R-2.2.3.2-01, R-2.2.3.2-02, R-2.2.3.2-03: each field by itself.
#[test]
fn values_outside_the_specification_are_refused() {
    refuses(
        signed(full_cpa()).as_bytes(),
        &[
            (0, "c201", "CPA.CPA Length"),
            (0, "01c3", "CPA.CPA Length"),
            (2, "01", "CPA.Cpa MinorVersion"),
            (3, "01", "CPA.Cpa MajorVersion"),
            (4, "01", "CPA.PnrpMinorVersion"),
            (5, "03", "CPA.PnrpMajorVersion"),
            (6, "30", "CPA.Flags"),
            (6, "2e", "CPA.Flags"),
            (88, "0000", "CPA.FriendlyName Len"),
            (88, "4f00", "CPA.FriendlyName Len"),
            (88, "0300", "CPA.FriendlyName"),
            (90, "00d8", "CPA.FriendlyName"),
            (90, "0000", "CPA.FriendlyName"),
            (94, "0000", "CPA.NumServiceAddresses"),
            (94, "0500", "CPA.NumServiceAddresses"),
            (96, "1300", "CPA.ServiceAddressLength"),
            (116, "0200", "CPA.NumPayloads"),
            (116, "0000", "CPA.Total Bytes"),
            (118, "1d00", "CPA.Total Bytes"),
            (120, "02000000", "PAYLOAD.Type"),
            (124, "0000", "PAYLOAD.DataLength"),
            (124, "1300", "PAYLOAD.DataLength"),
            (124, "dc00", "PAYLOAD.DataLength"),
            (146, "a800", "CPA Public Key.Field Length"),
            (148, "1500", "CPA Public Key.Algorithm ObjId Length"),
            (152, "8b00", "CPA Public Key.PublicKey cbData"),
            (174, "32", "CPA Public Key.Algorithm ObjId"),
            (175, "31", "CPA Public Key.PublicKey Data"),
            (182, "7f", "CPA Public Key.PublicKey Data"),
            (314, "03", "CPA Public Key.PublicKey Data"),
            (315, "8700", "SIGNATURE.Field Length"),
            (317, "7f00", "SIGNATURE.Signature Length"),
            (319, "03800000", "SIGNATURE.ALG_ID"),
        ],
    );
}

/// R-2.2.3.1-14: a revocation answers no INQUIRE.
#[test]
fn a_revocation_with_a_nonce_that_is_not_zero_is_refused() {
    refuses(signed(revoke_cpa()).as_bytes(), &[(47, "01", "CPA.Nonce")]);
}

/// R-2.2.3.1-04, R-2.2.3.1-10, R-2.2.3.1.4-03, R-2.2.3.1.4-05: a signature covers them.
#[test]
fn reserved_bits_are_ignored_and_kept() {
    let valid = signed(full_cpa());
    for (offset, patch) in [(6, "fc"), (7, "ff"), (150, "ffff"), (154, "ff")] {
        let bytes = patched(valid.as_bytes(), offset, patch);

        let cpa = decode(&bytes).unwrap();
        assert_eq!(cpa.cpa(), valid.cpa(), "{patch} at {offset}");
        assert_eq!(cpa.as_bytes(), bytes);
    }
}

/// R-2.2.3.1-08, R-2.2.3.1-20: U is sent only where UTF-16 does not fit.
#[test]
fn a_friendly_name_may_be_utf8() {
    let mut bytes = signed(full_cpa()).as_bytes().to_vec();
    let name = "x".repeat(78);
    bytes.splice(88..94, [78, 0].into_iter().chain(name.bytes()));
    let length = u16::try_from(bytes.len()).unwrap().to_le_bytes();
    bytes[..2].copy_from_slice(&length);
    bytes[6] |= FRIENDLY_NAME_IS_UTF8;

    let cpa = decode(&bytes).unwrap();

    assert_eq!(cpa.cpa().friendly_name.as_ref().unwrap().as_str(), name);
    assert_eq!(
        cpa.cpa().encode_unsigned(&Dialect::default()).unwrap(),
        cpa.signed_bytes()
    );
    let broken = patched(&bytes, 90, "ff");
    assert_eq!(decode(&broken).unwrap_err().field(), "CPA.FriendlyName");
}

/// R-2.2.3.1-19, R-2.2.3.1-20: at most 78 bytes of UTF-16, without NUL.
#[test]
fn a_friendly_name_has_1_to_39_units() {
    assert!(FriendlyName::new("").is_err());
    assert!(FriendlyName::new(&"é".repeat(39)).is_ok());
    assert!(FriendlyName::new(&"é".repeat(40)).is_err());
    assert!(FriendlyName::new("a\0b").is_err());
}

/// R-2.2.3.1-07, R-2.2.3.1-25, R-2.2.3.1.1-01, R-2.2.3.1.4-07: five addresses, eleven
/// endpoints, and another key.
#[test]
fn counts_beyond_their_limits_are_not_encoded() {
    let refused = |change: fn(&mut Cpa)| {
        let mut cpa = full_cpa();
        change(&mut cpa);
        cpa.encode_unsigned(&Dialect::default()).unwrap_err().field
    };

    assert_eq!(
        refused(|cpa| cpa.service_addresses.clear()),
        "CPA.NumServiceAddresses"
    );
    assert_eq!(
        refused(|cpa| cpa.service_addresses = vec![endpoint(); 5]),
        "CPA.NumServiceAddresses"
    );
    assert_eq!(
        refused(|cpa| cpa.app_endpoints = vec![cpa.app_endpoints[0]; 11]),
        "PAYLOAD.DataLength"
    );
    assert_eq!(
        refused(|cpa| cpa.public_key.0[139] = 3),
        "CPA Public Key.PublicKey Data"
    );
    assert_eq!(
        refused(|cpa| (cpa.authority, cpa.classifier_hash) = (Authority::Unsecured, None)),
        "CPA.ClassifierHash"
    );
}

/// R-2.2.3.1-24, R-2.2.3.1-25, R-2.2.3.1.2-02, R-2.2.3.1.2-03: four of them are the counts.
#[test]
fn ten_application_endpoints_take_the_210_bytes_allowed() {
    let mut cpa = full_cpa();
    cpa.app_endpoints = vec![cpa.app_endpoints[0]; 10];

    let cpa = signed(cpa);

    assert_eq!(cpa.as_bytes()[116..126], hex("0100 d200 01000000 c800"));
    assert_eq!(decode(cpa.as_bytes()), Ok(cpa));
}

#[test]
fn the_largest_cpa_has_759_bytes() {
    let cpa = full_cpa();
    let largest = signed(Cpa {
        friendly_name: FriendlyName::new(&"x".repeat(39)).ok(),
        service_addresses: vec![endpoint(); 4],
        app_endpoints: vec![cpa.app_endpoints[0]; 10],
        ..cpa
    });

    assert_eq!(largest.as_bytes().len(), 759);
    assert_eq!(decode(largest.as_bytes()), Ok(largest));
}

#[test]
fn the_order_of_the_authority_is_the_one_that_is_the_hash_of_the_key() {
    let mut cpa = full_cpa();
    cpa.authority = cpa.public_key.authority();
    for number_order in [ByteOrder::LittleEndian, ByteOrder::BigEndian] {
        let dialect = Dialect {
            number_order,
            ..Dialect::default()
        };
        let sent = SignedCpa::new(cpa.clone(), signature(1), &dialect).unwrap();

        assert_eq!(
            decode(sent.as_bytes()).unwrap().cpa().authority,
            cpa.authority
        );
    }
}

/// R-2.2.3.2-04: 128 bytes, in either order.
#[test]
fn a_signature_is_sent_in_the_order_of_the_dialect_and_kept_as_received() {
    let reversed = Dialect {
        signature_order: ByteOrder::LittleEndian,
        ..Dialect::default()
    };

    let plain = signed(full_cpa());
    let cpa = SignedCpa::new(full_cpa(), signature(1), &reversed).unwrap();

    assert_eq!(plain.as_bytes()[323], 1);
    assert_eq!(plain.signature(), &signature(1));
    assert_eq!(cpa.as_bytes()[450], 1);
    assert_eq!(cpa.signature(), &signature(1).reversed());
    assert_eq!(
        decode(cpa.as_bytes()).unwrap().signature(),
        &signature(1).reversed()
    );
}

#[test]
fn a_cpa_describes_its_id_under_every_reading_of_its_numbers() {
    let (sent, other) = (signed(full_cpa()), ByteOrder::LittleEndian);
    let id = sent.id();
    for reverse_authority in [false, true] {
        for reverse_location in [false, true] {
            let mut cpa = full_cpa();
            if let (true, Authority::Secure(hash)) = (reverse_authority, cpa.authority) {
                cpa.authority = Authority::Secure(other.arrange(hash));
            }
            if reverse_location {
                cpa.service_location = ServiceLocation(other.arrange(cpa.service_location.0));
            }
            let cpa = signed(cpa);

            assert!(cpa.describes(&id));
            assert_eq!(cpa.id() == id, !reverse_authority && !reverse_location);
        }
    }
    assert!(!sent.describes(&id.successor()));
    assert_eq!(sent.possible_ids().next(), Some(id));
    assert_eq!(sent.possible_ids().count(), 4);
    let other_name = PnrpId::new(P2pId([1; 16]), id.service_location());
    assert!(!sent.describes(&other_name));
}

#[test]
fn without_a_classifier_hash_the_classifier_is_empty() {
    let cpa = signed(Cpa {
        classifier_hash: None,
        ..full_cpa()
    });
    let id = |hash| {
        PnrpId::new(
            P2pId::derive(&cpa.cpa().authority, &hash),
            cpa.cpa().service_location,
        )
    };
    let empty = ""
        .parse::<crate::Classifier>()
        .unwrap()
        .hash(&Dialect::default());

    assert_eq!(cpa.id(), id(empty));
    assert!(cpa.describes(&id(empty)));
    assert!(cpa.describes(&id(ClassifierHash([0; 20]))));
    assert!(!cpa.describes(&id(ClassifierHash([1; 20]))));
}

/// R-2.2.3.1.4-07: 140 bytes of DER.
#[test]
fn a_key_is_an_rsa_public_key_of_1024_bits() {
    let key = PublicKey::from_modulus(&[0x80; 128]).unwrap();

    assert_eq!(PublicKey::from_der(&key.0), Ok(key));
    assert_eq!(key.modulus(), [0x80; 128]);
    assert!(PublicKey::from_modulus(&[0x7F; 128]).is_err());
    assert!(PublicKey::from_der(&key.0[1..]).is_err());
}

/// R-2.2-05, R-2.2.3.1-21: a CPA ends where CPA Length says.
#[test]
fn a_cpa_cut_anywhere_is_refused() {
    let bytes = signed(full_cpa()).as_bytes().to_vec();
    for length in 0..bytes.len() {
        let mut cut = bytes[..length].to_vec();
        if let Some(field) = cut.first_chunk_mut() {
            *field = u16::try_from(length).unwrap().to_le_bytes();
        }
        assert!(decode(&cut).is_err(), "{length}");
    }
}

proptest! {
    /// R-2.2.3.1-06, R-2.2.3.1-08: F is set with a friendly name, and U never without F.
    #[test]
    fn what_is_encoded_decodes_to_itself(
        (dialect, cpa) in in_any_dialect(),
    ) {
        prop_assert_eq!(SignedCpa::decode(cpa.as_bytes(), &dialect), Ok(cpa.clone()));
        prop_assert_eq!(cpa.as_bytes()[6] & 0x12, if cpa.cpa().friendly_name.is_some() { 0x10 } else { 0 });
        prop_assert!(cpa.describes(&cpa.id()));
    }

    #[test]
    fn every_dialect_describes_the_same_id(
        (_, cpa) in in_any_dialect(),
        receiver in arbitrary::dialect(),
    ) {
        let read = SignedCpa::decode(cpa.as_bytes(), &receiver).unwrap();

        prop_assert!(read.describes(&cpa.id()));
    }

    /// Bytes are kept, and a CPA made anew of the statements states the same.
    #[test]
    fn damaged_cpas_keep_their_bytes_or_fail(
        (dialect, cpa) in in_any_dialect(),
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = cpa.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }

        if let Ok(read) = SignedCpa::decode(&bytes, &dialect) {
            prop_assert_eq!(read.as_bytes(), bytes);
            let anew = SignedCpa::new(read.cpa().clone(), signature(1), &dialect).unwrap();
            let again = SignedCpa::decode(anew.as_bytes(), &dialect).unwrap();
            prop_assert_eq!(again.cpa(), read.cpa());
        }
    }

    #[test]
    fn arbitrary_bytes_decode_or_fail(
        bytes in vec(any::<u8>(), 0..800),
        dialect in arbitrary::dialect(),
    ) {
        let length = u16::try_from(bytes.len() + 6).unwrap().to_le_bytes();
        let head = [length.as_slice(), &hex("00 02 00 04")].concat();

        let _ = SignedCpa::decode(&[head, bytes].concat(), &dialect);
    }
}

/// A dialect, and a CPA that may be sent in it.
fn in_any_dialect() -> impl Strategy<Value = (Dialect, SignedCpa)> {
    arbitrary::dialect().prop_flat_map(|dialect| (Just(dialect), arbitrary::signed_cpa(dialect)))
}

fn refuses(valid: &[u8], patches: &[(usize, &str, &str)]) {
    for &(offset, patch, field) in patches {
        let error = decode(&patched(valid, offset, patch))
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.field(), field, "{patch} at {offset}");
    }
}

fn decode(bytes: &[u8]) -> Result<SignedCpa, DecodeError> {
    SignedCpa::decode(bytes, &Dialect::default())
}
