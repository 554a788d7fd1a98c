//! A cursor over the output buffer.
//!
//! Owns element framing on the way out: alignment, FieldID, and a Length computed from what was
//! written, so that no caller states a length twice.

use crate::{Presence, element::FieldId};

/// Appends one message or buffer to a vector.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Where the message starts; alignment counts from here. MS-PNRP §2.2.
    start: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(crate) fn u16_be(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u32_be(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u16_le(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub(crate) fn u32_le(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(crate) fn u64_le(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes an element: padding in front of it, FieldID, Length, and whatever `body` writes.
    ///
    /// Padding stands before an element rather than after one, so nothing follows the last.
    pub(crate) fn element(&mut self, id: FieldId, body: impl FnOnce(&mut Self)) {
        self.pad();
        let start = self.out.len();
        self.u16_be(id.code);
        self.u16_be(0);
        body(self);
        let length = length16(self.out.len() - start);
        if let Some(field) = self.out.get_mut(start + 2..start + 4) {
            field.copy_from_slice(&length.to_be_bytes());
        }
    }

    /// Ends the message; the dialect says whether its last element is padded.
    pub(crate) fn finish(&mut self, trailing_padding: Presence) {
        if trailing_padding == Presence::Present {
            self.pad();
        }
    }

    /// Fills with zeros up to the next multiple of four. MS-PNRP §2.2.
    fn pad(&mut self) {
        let length = (self.out.len() - self.start).next_multiple_of(4);
        self.out.resize(self.start + length, 0);
    }
}

/// A length as 16 bits. Callers bound what they write first; see each `encode`.
pub(crate) fn length16(length: usize) -> u16 {
    debug_assert!(
        length <= usize::from(u16::MAX),
        "{length} does not fit a Length"
    );
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-2.2-02, R-2.2-03: a Length of 6, and two bytes of padding that it does not count.
    #[test]
    fn an_element_is_padded_when_another_follows() {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);

        w.element(FieldId::FLAGS, |w| w.u16_be(0x001c));
        w.element(FieldId::ACKED, |w| w.u32_be(7));

        assert_eq!(
            out,
            [0, 0x40, 0, 6, 0, 0x1c, 0, 0, 0, 0x18, 0, 8, 0, 0, 0, 7]
        );
    }

    #[test]
    fn the_last_element_is_padded_when_the_dialect_says_so() {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);

        w.element(FieldId::FLAGS, |w| w.u16_be(1));
        w.finish(Presence::Present);

        assert_eq!(out, [0, 0x40, 0, 6, 0, 1, 0, 0]);
    }

    /// R-2.2-03: wherever the message begins.
    #[test]
    fn alignment_counts_from_the_start_of_the_message() {
        let mut out = vec![9, 9, 9];
        let mut w = Writer::new(&mut out);

        w.element(FieldId::FLAGS, |w| w.u16_be(1));
        w.element(FieldId::FLAGS, |w| w.u16_be(2));

        assert_eq!(
            out,
            [9, 9, 9, 0, 0x40, 0, 6, 0, 1, 0, 0, 0, 0x40, 0, 6, 0, 2]
        );
    }
}
