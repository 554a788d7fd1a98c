//! Text as certificates carry it, in whatever string type.

use std::fmt;

/// Text of a certificate, as UTF-16 units without the final NUL that Windows puts there.
///
/// Two texts are the same when their units are; the string type they came in does not count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Vec<u16>);

/// Longest subject, issuer or alternative name. MS-PNRP §2.2.3.5, §2.2.3.5.1.
pub(super) const MAX_NAME: usize = 255;

/// Tags of the string types.
const UTF8: u8 = 0x0C;
const PRINTABLE: u8 = 0x13;
const TELETEX: u8 = 0x14;
const IA5: u8 = 0x16;
const VISIBLE: u8 = 0x1A;
pub(super) const UNIVERSAL: u8 = 0x1C;
pub(super) const BMP: u8 = 0x1E;

impl Text {
    /// Takes text.
    pub fn new(text: &str) -> Self {
        Self(text.encode_utf16().collect())
    }

    /// Takes UTF-16 units.
    pub fn from_utf16(units: Vec<u16>) -> Self {
        Self(units)
    }

    /// The UTF-16 units.
    pub fn units(&self) -> &[u16] {
        &self.0
    }

    /// Reads the content of a string by its tag; `None` when it is no text.
    pub(super) fn decode(tag: u8, content: &[u8]) -> Option<Self> {
        let mut units = match tag {
            UTF8 => str::from_utf8(content).ok()?.encode_utf16().collect(),
            PRINTABLE | IA5 | VISIBLE if !content.is_ascii() => return None,
            // Teletex is read as Latin-1, as everybody does.
            PRINTABLE | IA5 | VISIBLE | TELETEX => {
                content.iter().map(|&byte| byte.into()).collect()
            }
            BMP => bmp(content)?,
            UNIVERSAL => universal(content)?,
            _ => return None,
        };
        if units.last() == Some(&0) {
            units.pop();
        }
        Some(Self(units))
    }

    /// The content of a BMPString.
    pub(super) fn to_bmp(&self) -> Vec<u8> {
        self.0.iter().flat_map(|unit| unit.to_be_bytes()).collect()
    }

    /// The content of a UniversalString; an unpaired surrogate stands for itself.
    pub(super) fn to_universal(&self) -> Vec<u8> {
        char::decode_utf16(self.0.iter().copied())
            .map(|point| {
                point.map_or_else(|alone| u32::from(alone.unpaired_surrogate()), u32::from)
            })
            .flat_map(u32::to_be_bytes)
            .collect()
    }
}

fn bmp(content: &[u8]) -> Option<Vec<u16>> {
    let (pairs, []) = content.as_chunks() else {
        return None;
    };
    Some(pairs.iter().map(|&pair| u16::from_be_bytes(pair)).collect())
}

fn universal(content: &[u8]) -> Option<Vec<u16>> {
    let (points, []) = content.as_chunks() else {
        return None;
    };
    let mut units = Vec::with_capacity(points.len());
    for &point in points {
        let point = u32::from_be_bytes(point);
        match char::from_u32(point) {
            Some(character) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            None => units.push(u16::try_from(point).ok()?),
        }
    }
    Some(units)
}

/// An unpaired surrogate is shown as U+FFFD.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf16_lossy(&self.0))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf16_lossy(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_type_gives_the_same_text() {
        let text = Text::new("Grüße");

        assert_eq!(Text::decode(UTF8, "Grüße".as_bytes()), Some(text.clone()));
        assert_eq!(Text::decode(TELETEX, b"Gr\xfc\xdfe"), Some(text.clone()));
        assert_eq!(Text::decode(BMP, &text.to_bmp()), Some(text.clone()));
        assert_eq!(Text::decode(UNIVERSAL, &text.to_universal()), Some(text));
        for tag in [PRINTABLE, IA5, VISIBLE] {
            assert_eq!(Text::decode(tag, b"web"), Some(Text::new("web")));
            assert_eq!(Text::decode(tag, b"w\xebb"), None);
        }
    }

    #[test]
    fn one_final_nul_does_not_count() {
        assert_eq!(Text::decode(BMP, b"\0a\0\0"), Some(Text::new("a")));
        assert_eq!(Text::decode(UTF8, b"a\0\0"), Some(Text::new("a\0")));
    }

    #[test]
    fn code_points_above_16_bits_and_lone_surrogates_survive() {
        let text = Text::from_utf16(vec![0xD83D, 0xDE00, 0xD800, 0x61]);

        assert_eq!(text.to_universal().len(), 12);
        assert_eq!(Text::decode(UNIVERSAL, &text.to_universal()), Some(text));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(Text::decode(BMP, b"abc"), None);
        assert_eq!(Text::decode(UNIVERSAL, b"abc"), None);
        assert_eq!(Text::decode(UNIVERSAL, &[0, 0x11, 0, 0]), None);
        assert_eq!(Text::decode(UTF8, b"\xff"), None);
        assert_eq!(Text::decode(0x04, b"a"), None);
    }
}
