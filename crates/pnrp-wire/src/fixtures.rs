//! Values and helpers that the tests of several files share.

use crate::{
    AppEndpoint, Authority, ByteOrder, ClassifierEncoding, ClassifierHash, Cpa, CpaKind,
    DecodeError, Dialect, Endpoint, FileTime, FriendlyName, Message, Nonce, PnrpId, Presence,
    PublicKey, RouteEntry, ServiceLocation, Signature, SignedCpa,
};

/// Every reading that the default does not take.
pub(crate) const OTHER_DIALECT: Dialect = Dialect {
    number_order: ByteOrder::BigEndian,
    classifier_hash: ClassifierEncoding::Utf8Nul,
    classifier_wire: ByteOrder::LittleEndian,
    signature_order: ByteOrder::LittleEndian,
    revoke_nonce: Presence::Absent,
    app_port_order: ByteOrder::LittleEndian,
    trailing_padding: Presence::Present,
    inquire_answer_extras: Presence::Absent,
};

/// The bytes of hexadecimal text; white space is ignored.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

/// `bytes` with `patch` written at `offset`.
pub(crate) fn patched(bytes: &[u8], offset: usize, patch: &str) -> Vec<u8> {
    let (mut bytes, patch) = (bytes.to_vec(), hex(patch));
    bytes[offset..offset + patch.len()].copy_from_slice(&patch);
    bytes
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Message, DecodeError> {
    Message::decode(bytes, &Dialect::default())
}

/// The field that the error about a datagram names, or "none".
pub(crate) fn fault(bytes: &[u8]) -> &'static str {
    decode(bytes).map_or_else(|error| error.field(), |_| "none")
}

/// Checks that each patch of a valid datagram is refused for the given field.
pub(crate) fn refuses(valid: &[u8], patches: &[(usize, &str, &str)]) {
    assert_eq!(fault(valid), "none");
    for &(offset, patch, field) in patches {
        assert_eq!(
            fault(&patched(valid, offset, patch)),
            field,
            "{patch} at {offset}"
        );
    }
}

/// Checks that each patch of a valid datagram changes nothing.
pub(crate) fn ignores(valid: &[u8], patches: &[(usize, &str)]) {
    for &(offset, patch) in patches {
        assert_eq!(
            decode(&patched(valid, offset, patch)),
            decode(valid),
            "{patch} at {offset}"
        );
    }
}

/// Checks both directions between a message and its bytes.
pub(crate) fn is_encoded_as(message: &Message, bytes: &[u8]) {
    assert_eq!(message.encode(&Dialect::default()), bytes);
    assert_eq!(decode(bytes).as_ref(), Ok(message));
}

/// The bytes `first`, `first + 1`, and so on.
pub(crate) fn counting<const N: usize>(first: u8) -> [u8; N] {
    let mut bytes = first..=u8::MAX;
    std::array::from_fn(|_| bytes.next().unwrap())
}

pub(crate) fn pnrp_id(byte: u8) -> PnrpId {
    PnrpId::from_bytes([byte; 32])
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint {
        address: "fe80::1".parse().unwrap(),
        port: 3540,
    }
}

pub(crate) fn route() -> RouteEntry {
    let addresses = vec!["fe80::1".parse().unwrap()];
    RouteEntry::new(pnrp_id(0x33), 3540, addresses).unwrap()
}

/// The bytes of [`route`].
pub(crate) const ROUTE: &str = "
    3333333333333333333333333333333333333333333333333333333333333333
    04 00 0dd4 00 01 fe800000000000000000000000000001";

pub(crate) fn public_key() -> PublicKey {
    PublicKey::from_modulus(&[0xC7; 128]).unwrap()
}

/// A CPA with every optional field, of one service address and one application endpoint.
pub(crate) fn full_cpa() -> Cpa {
    Cpa {
        kind: CpaKind::Publish(Nonce(*b"0123456789abcdef")),
        has_extended_payload: true,
        not_after: FileTime(0x0102_0304_0506_0708),
        service_location: ServiceLocation::new(0x1011_1213_1415_1617, 0x1819_1a1b_1c1d_1e1f),
        authority: Authority::Secure(counting(0)),
        classifier_hash: Some(ClassifierHash([0xCC; 20])),
        friendly_name: Some(FriendlyName::new("ab").unwrap()),
        service_addresses: vec![endpoint()],
        app_endpoints: vec![AppEndpoint {
            address: "2001:db8::80".parse().unwrap(),
            port: 8080,
            protocol: 6,
        }],
        public_key: public_key(),
    }
}

/// The least a revocation can hold.
pub(crate) fn revoke_cpa() -> Cpa {
    Cpa {
        kind: CpaKind::Revoke,
        has_extended_payload: false,
        friendly_name: None,
        service_addresses: Vec::new(),
        app_endpoints: Vec::new(),
        ..full_cpa()
    }
}

/// `first` in front, then zeros: tells the byte orders apart.
pub(crate) fn signature(first: u8) -> Signature {
    let mut bytes = [0; 128];
    bytes[0] = first;
    Signature(bytes)
}

pub(crate) fn signed(cpa: Cpa) -> SignedCpa {
    SignedCpa::new(cpa, signature(1), &Dialect::default()).unwrap()
}
