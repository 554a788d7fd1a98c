//! FieldID/Length elements, arrays, and padding to four bytes. MS-PNRP §2.2.
//!
//! Decoders ask for the elements of their message in its order; [`Elements`] owns offsets,
//! padding, and what happens to elements nobody asked for: an unknown FieldID with a sound Length
//! is skipped, a known one out of place is an error.

use crate::{
    DecodeError,
    reader::{Reader, expect, wide},
    writer::{Writer, length16},
};

/// The kind of an element, with its name in errors. MS-PNRP §2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldId {
    pub(crate) code: u16,
    pub(crate) name: &'static str,
}

impl FieldId {
    pub(crate) const HEADER: Self = Self::new(0x0010, "PNRP_HEADER");
    pub(crate) const ACKED: Self = Self::new(0x0018, "PNRP_HEADER_ACKED");
    pub(crate) const PNRP_ID: Self = Self::new(0x0030, "PNRP_ID");
    pub(crate) const TARGET: Self = Self::new(0x0038, "TARGET_PNRP_ID");
    pub(crate) const VALIDATE: Self = Self::new(0x0039, "VALIDATE_PNRP_ID");
    pub(crate) const FLAGS: Self = Self::new(0x0040, "FLAGS_FIELD");
    pub(crate) const FLOOD_CONTROLS: Self = Self::new(0x0043, "FLOOD_CONTROLS");
    pub(crate) const SOLICIT_CONTROLS: Self = Self::new(0x0044, "SOLICIT_CONTROLS");
    pub(crate) const LOOKUP_CONTROLS: Self = Self::new(0x0045, "LOOKUP_CONTROLS");
    pub(crate) const EXTENDED_PAYLOAD: Self = Self::new(0x005A, "EXTENDED_PAYLOAD");
    pub(crate) const PNRP_ID_ARRAY: Self = Self::new(0x0060, "PNRP_ID_ARRAY");
    pub(crate) const CERT_CHAIN: Self = Self::new(0x0080, "CERT_CHAIN");
    pub(crate) const WCHAR: Self = Self::new(0x0084, "WCHAR");
    pub(crate) const CLASSIFIER: Self = Self::new(0x0085, "CLASSIFIER");
    pub(crate) const HASHED_NONCE: Self = Self::new(0x0092, "HASHED_NONCE");
    pub(crate) const NONCE: Self = Self::new(0x0093, "NONCE");
    pub(crate) const SPLIT_CONTROLS: Self = Self::new(0x0098, "SPLIT_CONTROLS");
    pub(crate) const ROUTING_ENTRY: Self = Self::new(0x009A, "ROUTING_ENTRY");
    pub(crate) const VALIDATE_CPA: Self = Self::new(0x009B, "VALIDATE_CPA");
    pub(crate) const REVOKE_CPA: Self = Self::new(0x009C, "REVOKE_CPA");
    pub(crate) const IPV6_ENDPOINT: Self = Self::new(0x009D, "IPV6_ENDPOINT");
    pub(crate) const IPV6_ENDPOINT_ARRAY: Self = Self::new(0x009E, "IPV6_ENDPOINT_ARRAY");

    const KNOWN: [Self; 22] = [
        Self::HEADER,
        Self::ACKED,
        Self::PNRP_ID,
        Self::TARGET,
        Self::VALIDATE,
        Self::FLAGS,
        Self::FLOOD_CONTROLS,
        Self::SOLICIT_CONTROLS,
        Self::LOOKUP_CONTROLS,
        Self::EXTENDED_PAYLOAD,
        Self::PNRP_ID_ARRAY,
        Self::CERT_CHAIN,
        Self::WCHAR,
        Self::CLASSIFIER,
        Self::HASHED_NONCE,
        Self::NONCE,
        Self::SPLIT_CONTROLS,
        Self::ROUTING_ENTRY,
        Self::VALIDATE_CPA,
        Self::REVOKE_CPA,
        Self::IPV6_ENDPOINT,
        Self::IPV6_ENDPOINT_ARRAY,
    ];

    const fn new(code: u16, name: &'static str) -> Self {
        Self { code, name }
    }

    fn find(code: u16) -> Option<Self> {
        Self::KNOWN.into_iter().find(|known| known.code == code)
    }
}

/// The elements of a message or buffer that have not been asked for yet.
pub(crate) struct Elements<'a> {
    /// What follows the last element taken, its padding included.
    tail: &'a [u8],
    /// Where `tail` starts, counted from the start of the message.
    position: usize,
}

impl<'a> Elements<'a> {
    /// Takes what follows `position` bytes of the message.
    pub(crate) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self {
            tail: bytes,
            position,
        }
    }

    /// Decodes the next element, which must be `id`.
    #[inline]
    pub(crate) fn required<T>(
        &mut self,
        id: FieldId,
        decode: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        match self.optional(id, decode)? {
            Some(value) => Ok(value),
            None => Err(self.missing(id)),
        }
    }

    /// Decodes the next element if it is `id`. Presence is decided by the FieldID alone.
    #[inline]
    pub(crate) fn optional<T>(
        &mut self,
        id: FieldId,
        decode: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let Some(body) = self.take(id)? else {
            return Ok(None);
        };
        let mut body = Reader::new(body);
        let value = decode(&mut body)?;
        body.finish(id.name)?;
        Ok(Some(value))
    }

    #[cold]
    fn missing(&self, id: FieldId) -> DecodeError {
        match self.peek() {
            Ok(found) => DecodeError::Missing {
                field: id.name,
                found: found.map(|found| found.code),
            },
            Err(error) => error,
        }
    }

    /// Takes the body of the next element if it is `id`, passing over unknown ones before it.
    #[inline]
    fn take(&mut self, id: FieldId) -> Result<Option<&'a [u8]>, DecodeError> {
        let Some(next) = self.peek()? else {
            return Ok(None);
        };
        if next.code != id.code {
            return self.take_later(id);
        }
        self.advance(&next);
        Ok(Some(next.body))
    }

    /// The rare case of [`Self::take`], kept out of the way of the usual one.
    #[inline(never)]
    fn take_later(&mut self, id: FieldId) -> Result<Option<&'a [u8]>, DecodeError> {
        self.skip_unknown()?;
        let Some(next) = self.peek()?.filter(|next| next.code == id.code) else {
            return Ok(None);
        };
        self.advance(&next);
        Ok(Some(next.body))
    }

    /// Checks that no element is left.
    ///
    /// Up to three bytes of any value may follow the last element, whether or not they align it.
    pub(crate) fn finish(mut self, structure: &'static str) -> Result<(), DecodeError> {
        self.skip_unknown()?;
        if let Some(next) = self.peek()? {
            return Err(DecodeError::Unexpected {
                field: structure,
                found: next.code,
            });
        }
        match self.tail.len() {
            0..=3 => Ok(()),
            count => Err(DecodeError::Trailing {
                field: structure,
                count,
            }),
        }
    }

    /// Ends the elements and returns the bytes after the last one taken, for a body that is not
    /// an element.
    pub(crate) fn into_rest(self) -> &'a [u8] {
        self.tail
    }

    fn skip_unknown(&mut self) -> Result<(), DecodeError> {
        while let Some(next) = self.peek()? {
            if FieldId::find(next.code).is_some() {
                break;
            }
            self.advance(&next);
        }
        Ok(())
    }

    #[inline]
    fn advance(&mut self, element: &RawElement<'a>) {
        self.position += self.tail.len() - element.after.len();
        self.tail = element.after;
    }

    /// The next element, or `None` when no FieldID and Length are left.
    #[inline]
    fn peek(&self) -> Result<Option<RawElement<'a>>, DecodeError> {
        let aligned = self.tail.get(self.padding()..).unwrap_or_default();
        if self.tail.len() < 4 || aligned.len() < 4 {
            return Ok(None);
        }
        let mut reader = Reader::new(aligned);
        let code = reader.u16_be("FieldID")?;
        let length = reader.u16_be("Length")?;
        let Some(body_length) = usize::from(length).checked_sub(4) else {
            return Err(DecodeError::BadValue {
                field: "Length",
                value: length.into(),
            });
        };
        let Some((body, after)) = reader.rest().split_at_checked(body_length) else {
            return Err(too_long(code, body_length, aligned.len() - 4));
        };
        Ok(Some(RawElement { code, body, after }))
    }

    #[inline]
    fn padding(&self) -> usize {
        self.position.next_multiple_of(4) - self.position
    }
}

#[cold]
fn too_long(code: u16, needed: usize, left: usize) -> DecodeError {
    let field = FieldId::find(code).map_or("unknown element", |known| known.name);
    DecodeError::Truncated {
        field,
        needed,
        left,
    }
}

struct RawElement<'a> {
    code: u16,
    body: &'a [u8],
    after: &'a [u8],
}

/// An array element whose entries have one type and `N` bytes each.
///
/// ```text
/// NumEntries (2) | ArrayLength (2) | ElementFieldType (2) | EntryLength (2) | entries
/// ```
pub(crate) struct Array<const N: usize> {
    id: FieldId,
    entry: FieldId,
    names: ArrayNames,
}

/// The fields of an array as errors name them.
struct ArrayNames {
    count: &'static str,
    length: &'static str,
    entry_type: &'static str,
    entry_length: &'static str,
}

impl Array<32> {
    pub(crate) const PNRP_IDS: Self = Self {
        id: FieldId::PNRP_ID_ARRAY,
        entry: FieldId::PNRP_ID,
        names: ArrayNames {
            count: "PNRP_ID_ARRAY.NumEntries",
            length: "PNRP_ID_ARRAY.ArrayLength",
            entry_type: "PNRP_ID_ARRAY.ElementFieldType",
            entry_length: "PNRP_ID_ARRAY.EntryLength",
        },
    };
}

impl Array<18> {
    pub(crate) const ENDPOINTS: Self = Self {
        id: FieldId::IPV6_ENDPOINT_ARRAY,
        entry: FieldId::IPV6_ENDPOINT,
        names: ArrayNames {
            count: "IPV6_ENDPOINT_ARRAY.NumEntries",
            length: "IPV6_ENDPOINT_ARRAY.ArrayLength",
            entry_type: "IPV6_ENDPOINT_ARRAY.ElementFieldType",
            entry_length: "IPV6_ENDPOINT_ARRAY.EntryLength",
        },
    };
}

impl Array<2> {
    pub(crate) const CLASSIFIER: Self = Self {
        id: FieldId::CLASSIFIER,
        entry: FieldId::WCHAR,
        names: ArrayNames {
            count: "CLASSIFIER.NumEntries",
            length: "CLASSIFIER.ArrayLength",
            entry_type: "CLASSIFIER.ElementFieldType",
            entry_length: "CLASSIFIER.EntryLength",
        },
    };
}

impl<const N: usize> Array<N> {
    /// Decodes the body of the element.
    ///
    /// All four lengths must agree before anything is allocated, so the allocation is no larger
    /// than the input.
    pub(crate) fn decode<T>(
        &self,
        r: &mut Reader<'_>,
        entry: impl Fn(&[u8; N]) -> T,
    ) -> Result<Vec<T>, DecodeError> {
        let count = r.u16_be(self.names.count)?;
        let array_length = r.u16_be(self.names.length)?;
        let entry_type = r.u16_be(self.names.entry_type)?;
        let entry_length = r.u16_be(self.names.entry_length)?;
        expect(entry_type, self.entry.code, self.names.entry_type)?;
        expect(entry_length, length16(N), self.names.entry_length)?;
        let entries = usize::from(count) * N;
        expect(array_length, wide(8 + entries), self.names.length)?;
        if r.left() != entries {
            let value = count.into();
            return Err(DecodeError::BadValue {
                field: self.names.count,
                value,
            });
        }
        let (entries, _) = r.rest().as_chunks();
        Ok(entries.iter().map(entry).collect())
    }

    /// Encodes the element. Callers bound `entries` so that its Length fits 16 bits.
    pub(crate) fn encode<T>(
        &self,
        w: &mut Writer<'_>,
        entries: &[T],
        entry: impl Fn(&mut Writer<'_>, &T),
    ) {
        w.element(self.id, |w| {
            let count = length16(entries.len());
            w.u16_be(count);
            w.u16_be(length16(8 + entries.len() * N));
            w.u16_be(self.entry.code);
            w.u16_be(length16(N));
            for value in entries {
                entry(w, value);
            }
        });
    }
}

#[cfg(test)]
mod tests;
