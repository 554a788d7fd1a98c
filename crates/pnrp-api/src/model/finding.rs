//! What is found when a node is examined.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at, in a word or two: `ipv6`, `port Global_`.
    pub check: String,
    /// Whether it is as it should be.
    pub status: FindingStatus,
    /// What was found, a sentence without its full stop.
    pub found: String,
    /// What to do about it.
    pub next: Option<String>,
}

/// Whether something is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingStatus {
    /// It is.
    Ok,
    /// It may be in the way of something.
    Warning,
    /// It is in the way.
    Problem,
}

impl fmt::Display for FindingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

impl Finding {
    /// Something that is as it should be.
    pub fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            status: FindingStatus::Ok,
            found: found.into(),
            next: None,
        }
    }

    /// Something that may be in the way, and what to do.
    pub fn warning(
        check: impl Into<String>,
        found: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            status: FindingStatus::Warning,
            next: Some(next.into()),
            ..Self::ok(check, found)
        }
    }

    /// Something that is in the way, and what to do.
    pub fn problem(
        check: impl Into<String>,
        found: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            status: FindingStatus::Problem,
            ..Self::warning(check, found, next)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_flat_object() {
        let finding = Finding::warning("clock", "it is off", "set it");

        let json = serde_json::to_string(&finding).unwrap();

        let expected =
            r#"{"check":"clock","status":"warning","found":"it is off","next":"set it"}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding);
    }
}
