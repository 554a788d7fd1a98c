//! A password in the forms that the standards want.

use zeroize::Zeroizing;

/// A password, wiped when dropped where it was copied.
pub(super) struct Password<'a> {
    text: &'a str,
    /// UTF-16, big-endian, with a final NUL.
    bmp: Zeroizing<Vec<u8>>,
}

impl<'a> Password<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // A UTF-8 byte makes at most one UTF-16 unit, so this buffer is not outgrown.
        let mut bmp = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        bmp.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        bmp.extend([0, 0]);
        Self { text, bmp }
    }

    /// As PBES2 wants it.
    pub(super) fn utf8(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// As PKCS#12 wants it.
    pub(super) fn bmp(&self) -> &[u8] {
        &self.bmp
    }

    /// As PKCS#12 may want it: some writers take an empty password for no bytes at all.
    pub(super) fn bmp_readings(&self) -> impl Iterator<Item = &[u8]> {
        let nothing = self.text.is_empty().then_some(&[][..]);
        [Some(self.bmp()), nothing].into_iter().flatten()
    }
}
