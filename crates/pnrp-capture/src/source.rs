//! A stream of bytes that knows where it is, and never trusts a length.

use std::io::{self, BufReader, Read};

/// A reader that counts.
pub(crate) struct Source<R> {
    reader: BufReader<R>,
    position: u64,
}

/// Why bytes did not come.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The stream ended after this many of those wanted.
    Ended(usize),
    Io(io::Error),
}

impl<R: Read> Source<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            position: 0,
        }
    }

    /// Bytes taken so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) => return Err(Fault::Ended(filled)),
                Ok(count) => {
                    filled += count;
                    self.position += u64::try_from(count).unwrap_or(u64::MAX);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
        Ok(bytes)
    }

    /// Takes `length` bytes. Room is made as they come, not as they are announced.
    pub(crate) fn bytes(&mut self, length: u32) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let limited = self.reader.by_ref().take(length.into());
        let taken = { limited }.read_to_end(&mut bytes).map_err(Fault::Io)?;
        self.position += u64::try_from(taken).unwrap_or(u64::MAX);
        if u32::try_from(taken) == Ok(length) {
            Ok(bytes)
        } else {
            Err(Fault::Ended(taken))
        }
    }

    pub(crate) fn skip(&mut self, length: u64) -> Result<(), Fault> {
        let mut limited = self.reader.by_ref().take(length);
        let skipped = io::copy(&mut limited, &mut io::sink()).map_err(Fault::Io)?;
        self.position += skipped;
        if skipped == length {
            Ok(())
        } else {
            Err(Fault::Ended(usize::try_from(skipped).unwrap_or(usize::MAX)))
        }
    }
}

/// Which byte of a number in the file comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
}

impl Order {
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        }
    }

    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        }
    }

    pub(crate) fn i64(self, bytes: [u8; 8]) -> i64 {
        match self {
            Self::Big => i64::from_be_bytes(bytes),
            Self::Little => i64::from_le_bytes(bytes),
        }
    }

    /// Splits a header into its 32-bit words.
    pub(crate) fn words<const N: usize>(self, bytes: &[u8]) -> [u32; N] {
        let (words, _) = bytes.as_chunks::<4>();
        std::array::from_fn(|at| words.get(at).map_or(0, |word| self.u32(*word)))
    }
}
