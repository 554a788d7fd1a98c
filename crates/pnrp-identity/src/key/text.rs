//! PEM texts of more than one block.

use super::KeyError;

/// A text's blocks, and what precedes them.
pub(crate) struct Text<'a> {
    /// Remarks: whatever stands before the first `BEGIN` line.
    pub(crate) remarks: &'a str,
    /// At least one.
    pub(crate) blocks: Vec<Block<'a>>,
}

/// From a `BEGIN` line to the next `END` line.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) pem: &'a str,
}

impl<'a> Text<'a> {
    /// Takes a text apart without decoding it. Between the blocks and after them there may be
    /// empty lines, and nothing else.
    pub(crate) fn split(text: &'a str) -> Result<Self, KeyError> {
        let mut blocks: Vec<Block<'a>> = Vec::new();
        let mut remarks = "";
        let mut open = None;
        let mut position = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let end = position + line.len();
            let begins = label_in(line, BEGIN);
            match (open, begins) {
                (None, Some(label)) => {
                    if blocks.is_empty() {
                        remarks = text.get(..position).unwrap_or_default();
                    }
                    open = Some((label, position));
                }
                (None, None) if !blocks.is_empty() && !line.trim().is_empty() => {
                    return Err(KeyError::Junk { line: index + 1 });
                }
                (Some((label, start)), _) if label_in(line, END).is_some() => {
                    let pem = text.get(start..end).unwrap_or_default();
                    blocks.push(Block { label, pem });
                    open = None;
                }
                (None, None) | (Some(_), _) => {}
            }
            position = end;
        }
        match (open, blocks.is_empty()) {
            (Some(_), _) => Err(KeyError::NoEnd),
            (None, true) => Err(KeyError::NoBlock),
            (None, false) => Ok(Self { remarks, blocks }),
        }
    }

    /// What follows a label at the start of a line among the remarks.
    pub(crate) fn remark(&self, label: &str) -> Option<&'a str> {
        self.remarks
            .lines()
            .find_map(|line| line.strip_prefix(label)?.strip_prefix(": "))
    }
}

/// `PRIVATE KEY` of `-----BEGIN PRIVATE KEY-----`.
fn label_in<'a>(line: &'a str, boundary: &str) -> Option<&'a str> {
    line.trim_end()
        .strip_prefix(boundary)?
        .strip_suffix("-----")
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
