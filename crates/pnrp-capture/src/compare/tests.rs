use pnrp_wire::{
    Ack, Advertise, AuthorityBuffer, Body, Dialect, HashedNonce, Message, MessageId, MessageType,
    PnrpId,
};

use super::*;

const ACK: &str = "0010000c 51040009 01020304 0018 0008 0a0b0c0d";
const SOLICIT: &str = "0010000c 51040001 01020304 0044 0006 00 01 0000";
const NONCE: &str = "0092 0018 abababababababababababababababababababab";

#[test]
fn padding_is_free_between_elements_and_behind_them() {
    differs_in(&format!("{ACK} 0040 0006 0001 0000"), &[Freedom::Padding]);
    differs_in(&format!("{ACK} 0040 0006 0001 ff"), &[Freedom::Padding]);
    let between = SOLICIT.replace("01 0000", "01 0007");
    differs_in(&format!("{between} {NONCE}"), &[Freedom::Padding]);
    differs_in(&format!("{SOLICIT} {NONCE}"), &[]);
}

#[test]
fn reserved_bits_are_free() {
    differs_in(&format!("{ACK} 0040 0006 fff1"), &[Freedom::ReservedBits]);
    let reserved = SOLICIT.replace("00 01 0000", "09 01 0000");
    differs_in(&format!("{reserved} {NONCE}"), &[Freedom::ReservedBits]);
    differs_in(&inquire("fffc"), &[Freedom::ReservedBits]);
    differs_in(&flood("fffe 07 00"), &[Freedom::ReservedBits]);
    differs_in(&lookup("0080 0000 00 01 0001"), &[Freedom::ReservedBits]);
}

#[test]
fn fields_that_receivers_ignore_are_free() {
    differs_in(&lookup("0000 0080 01 01 0000"), &[Freedom::IgnoredFields]);
    differs_in(&lookup("0000 0000 01 77 0000"), &[Freedom::IgnoredFields]);
    differs_in(&lookup("0000 0080 08 01 0000"), &[]);
}

#[test]
fn elements_may_be_left_out_that_say_nothing() {
    let unknown = format!("{ACK} 7777 0005 01 000000 0040 0006 0001");
    differs_in(&unknown, &[Freedom::UnknownElements]);
    differs_in(&format!("{ACK} 0040 0006 0000"), &[Freedom::ClearFlags]);
    differs_in(
        &format!("{ACK} 0040 0006 fffe 0000"),
        &[Freedom::Padding, Freedom::ClearFlags],
    );
}

#[test]
fn lists_may_be_longer_than_those_sent() {
    let ids = vec![PnrpId::from_bytes([7; 32]); 36];
    let body = Body::Advertise(Advertise {
        acked: MessageId(1),
        ids,
        hashed_nonce: HashedNonce([9; 20]),
    });
    let id = MessageId(2);
    let encoded = Message { id, body }.encode(&Dialect::default());
    // One more ID, and the three lengths that count it.
    let mut received = encoded.clone();
    let end = received.len() - 24;
    received.splice(end..end, [8; 32]);
    for (at, value) in [(22, 0x04AC_u16), (24, 37), (26, 0x04A8)] {
        received[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }
    let place = Place::Message(MessageType::Advertise);

    let comparison = compare(place, &received, &encoded);

    assert_eq!(
        comparison,
        Comparison::SameAfter([Freedom::LongLists].into())
    );
}

#[test]
fn what_has_a_meaning_is_not_free() {
    let ack = |acked, id_not_found| {
        let acked = MessageId(acked);
        let body = Body::Ack(Ack {
            acked,
            id_not_found,
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
        .encode(&Dialect::default())
    };
    let place = Place::Message(MessageType::Ack);
    let plain = ack(0x0A0B_0C0D, false);
    let offset = |encoded: &[u8], received: &[u8]| match compare(place, received, encoded) {
        Comparison::Different { offset } => Some(offset),
        Comparison::Same | Comparison::SameAfter(_) => None,
    };

    assert_eq!(offset(&plain, &ack(0x0A0B_0CFF, false)), Some(19));
    assert_eq!(offset(&plain, &ack(0x0A0B_0C0D, true)), Some(20));
    assert_eq!(offset(&ack(0x0A0B_0C0D, true), &plain), Some(20));
    assert_eq!(offset(&plain, &[&plain[..], &[0; 4]].concat()), Some(20));
    assert_eq!(offset(&plain, &[]), Some(0));
}

#[test]
fn a_fragment_is_no_padding() {
    let received =
        hex("0010000c 51040008 01020304 0018 0008 0a0b0c0d 0098 0008 0006 0000 010203040506");
    let mut encoded = received.clone();
    encoded[33] = 7;
    let place = Place::Message(MessageType::Authority);

    let comparison = compare(place, &received, &encoded);

    assert_eq!(comparison, Comparison::Different { offset: 33 });
}

#[test]
fn flags_of_a_buffer_have_their_own_reserved_bits() {
    let dialect = Dialect::default();
    let received = hex("0040 0006 f6fc");
    let encoded = AuthorityBuffer::decode(&received, &dialect)
        .unwrap()
        .encode(&dialect);

    assert_eq!(encoded, hex("0040 0006 0208"));
    assert_eq!(
        compare(Place::Buffer, &received, &encoded),
        Comparison::SameAfter([Freedom::ReservedBits].into())
    );
}

#[test]
fn only_text_in_the_other_order_is_the_same_text() {
    let classifier = |text: &str| {
        hex(&format!(
            "0040 0006 0000 0000 0085 0010 0002 000c 0084 0002 {text}"
        ))
    };
    let received = classifier("6100 6200");

    let swapped = compare(Place::Buffer, &received, &classifier("0061 0062"));
    let other = compare(Place::Buffer, &received, &classifier("0061 0063"));

    assert_eq!(swapped, Comparison::SameAfter([Freedom::ByteOrder].into()));
    assert_eq!(other, Comparison::Different { offset: 20 });
}

/// Decodes and encodes a datagram, and compares.
fn differs_in(datagram: &str, freedoms: &[Freedom]) {
    let received = hex(datagram);
    let message = Message::decode(&received, &Dialect::default()).unwrap();
    let place = Place::Message(message.message_type());

    let comparison = compare(place, &received, &message.encode(&Dialect::default()));

    let expected = Comparison::same_after(freedoms.iter().copied().collect());
    assert_eq!(comparison, expected, "{datagram}");
}

fn inquire(flags: &str) -> String {
    let id = "77".repeat(32);
    format!("0010000c 51040007 01020304 0040 0006 {flags} 0000 0039 0024 {id}")
}

fn flood(controls: &str) -> String {
    let id = "77".repeat(32);
    format!(
        "0010000c 51040004 01020304 0043 0007 {controls} 0039 0024 {id} \
         009e 000c 0000 0008 009d 0012"
    )
}

fn lookup(controls: &str) -> String {
    let (id, address) = ("77".repeat(32), "fe".repeat(16));
    format!(
        "0010000c 5104000b 01020304 0045 000c {controls} 0038 0024 {id} 0039 0024 {id} \
         009e 001e 0001 001a 009d 0012 0dd4 {address}"
    )
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}
