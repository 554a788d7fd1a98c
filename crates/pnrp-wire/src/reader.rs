//! A cursor over untrusted bytes.
//!
//! Every read names the field it is for, and the length check is here and nowhere else: a read
//! past the end is [`DecodeError::Truncated`], never a panic.

use crate::DecodeError;

/// The bytes not read yet.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes not read yet.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    #[inline]
    pub(crate) fn bytes(
        &mut self,
        needed: usize,
        field: &'static str,
    ) -> Result<&'a [u8], DecodeError> {
        let left = self.left();
        let (bytes, rest) = self
            .rest
            .split_at_checked(needed)
            .ok_or(DecodeError::Truncated {
                field,
                needed,
                left,
            })?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let left = self.left();
        let (bytes, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(DecodeError::Truncated {
                field,
                needed: N,
                left,
            })?;
        self.rest = rest;
        Ok(*bytes)
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(u8::from_be_bytes)
    }

    #[inline]
    pub(crate) fn u16_be(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    #[inline]
    pub(crate) fn u32_be(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    pub(crate) fn u16_le(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_le_bytes)
    }

    pub(crate) fn u32_le(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_le_bytes)
    }

    pub(crate) fn u64_le(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// Checks that the structure has ended.
    #[inline]
    pub(crate) fn finish(&self, structure: &'static str) -> Result<(), DecodeError> {
        match self.left() {
            0 => Ok(()),
            count => Err(DecodeError::Trailing {
                field: structure,
                count,
            }),
        }
    }
}

/// Checks a field that has one legal value.
#[inline]
pub(crate) fn expect(
    value: impl Into<u64>,
    legal: impl Into<u64>,
    field: &'static str,
) -> Result<(), DecodeError> {
    let (value, legal) = (value.into(), legal.into());
    if value == legal {
        Ok(())
    } else {
        Err(DecodeError::BadValue { field, value })
    }
}

/// A length or count as an error reports it.
pub(crate) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-2.2-04: big-endian unless a field says otherwise.
    #[test]
    fn numbers_are_read_in_the_order_their_name_says() {
        let mut r = Reader::new(&[1, 2, 1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8]);

        assert_eq!(r.u16_be("a"), Ok(0x0102));
        assert_eq!(r.u16_le("b"), Ok(0x0201));
        assert_eq!(r.u32_be("c"), Ok(0x0102_0304));
        assert_eq!(r.u64_le("d"), Ok(0x0807_0605_0403_0201));
        assert_eq!(r.left(), 0);
    }

    #[test]
    fn a_read_past_the_end_names_the_field_and_consumes_nothing() {
        let mut r = Reader::new(&[1, 2, 3]);

        let error = r.u32_le("SIGNATURE.ALG_ID");

        assert_eq!(
            error,
            Err(DecodeError::Truncated {
                field: "SIGNATURE.ALG_ID",
                needed: 4,
                left: 3
            })
        );
        assert_eq!(r.rest(), [1, 2, 3]);
    }

    #[test]
    fn bytes_after_the_end_are_counted() {
        let r = Reader::new(&[0; 5]);

        assert_eq!(
            r.finish("CPA"),
            Err(DecodeError::Trailing {
                field: "CPA",
                count: 5
            })
        );
    }
}
