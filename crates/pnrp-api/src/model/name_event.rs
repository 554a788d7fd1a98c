//! What happens to the publishers of a name.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Found;

/// Something that happened to a publisher of a watched name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NameEvent {
    /// What.
    pub kind: NameEventKind,
    /// What the publisher says, or has said last.
    pub found: Found,
}

/// What happens to publishers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameEventKind {
    /// It was found for the first time.
    Added,
    /// Its endpoints, comment or payload are others.
    Changed,
    /// It was not found twice in a row.
    Gone,
}

impl fmt::Display for NameEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Gone => "gone",
        })
    }
}
