//! Bytes that are no CPA or no SIGNATURE never get to be validated. MS-PNRP §2.2.3.1, §2.2.3.2.

use super::*;

/// Bytes of a SIGNATURE: three numbers and 128 bytes.
const SIGNATURE_LEN: usize = 2 + 2 + 4 + 128;

/// R-3.1.5.7-02
#[test]
fn a_cpa_cut_anywhere_is_no_cpa() {
    let valid = sign(publication());
    for length in 0..valid.as_bytes().len() {
        assert!(decode(&valid.as_bytes()[..length]).is_none(), "{length}");
    }
    assert!(decode(&[valid.as_bytes(), &[0]].concat()).is_none());
}

/// R-3.1.5.7-02: the flags A and C say whether authority and classifier are there; both clear is
/// nobody's name.
#[test]
fn a_cpa_with_a_wrong_length_or_for_no_name_is_no_cpa() {
    for (index, change) in [(0, 0x01), (1, 0x01), (2, 0x01), (3, 0x01), (6, 0x0C)] {
        assert!(decode(&changed(index, change)).is_none(), "byte {index}");
    }
}

/// R-3.1.5.9-01: both lengths and the algorithm have one value each.
#[test]
fn a_signature_with_another_length_or_algorithm_is_none() {
    let valid = sign(publication());
    let start = valid.as_bytes().len() - SIGNATURE_LEN;
    assert_eq!(
        valid.as_bytes()[start..start + 8],
        [0x88, 0, 0x80, 0, 0x04, 0x80, 0, 0]
    );

    for index in start..start + 8 {
        for bit in 0..8 {
            assert!(decode(&changed(index, 1 << bit)).is_none(), "byte {index}");
        }
    }
}

fn changed(index: usize, change: u8) -> Vec<u8> {
    let mut bytes = sign(publication()).as_bytes().to_vec();
    bytes[index] ^= change;
    bytes
}

fn decode(bytes: &[u8]) -> Option<SignedCpa> {
    SignedCpa::decode(bytes, &Dialect::default()).ok()
}
