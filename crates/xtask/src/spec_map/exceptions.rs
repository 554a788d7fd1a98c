//! `docs/spec-exceptions.toml`: rules that are not followed or not tested, and why.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

const FILE: &str = "docs/spec-exceptions.toml";
/// More than these would be a different protocol.
const MOST: usize = 10;

/// Reasons by requirement.
#[derive(Debug, Default)]
pub(super) struct Exceptions(pub(super) BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    requirement: String,
    reason: String,
}

impl Exceptions {
    pub(super) fn load(root: &Path) -> Result<Self> {
        Self::parse(&fs::read_to_string(root.join(FILE)).context(FILE)?)
    }

    fn parse(text: &str) -> Result<Self> {
        let document: Document = toml::from_str(text).context(FILE)?;
        ensure!(
            document.exception.len() <= MOST,
            "{FILE}: {} exceptions, of {MOST} at most",
            document.exception.len()
        );
        let mut reasons = BTreeMap::new();
        for Exception {
            requirement,
            reason,
        } in document.exception
        {
            ensure!(
                !reason.trim().is_empty(),
                "{FILE}: {requirement} has no reason"
            );
            let before = reasons.insert(requirement.clone(), reason);
            ensure!(before.is_none(), "{FILE}: {requirement} stands twice");
        }
        Ok(Self(reasons))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exception_has_its_reason() {
        let one = "[[exception]]\nrequirement = \"R-1-01\"\nreason = \"why\"\n";

        assert_eq!(Exceptions::parse(one).unwrap().0["R-1-01"], "why");
        assert!(Exceptions::parse("").unwrap().0.is_empty());
        assert!(Exceptions::parse(&one.repeat(2)).is_err());
        assert!(Exceptions::parse(&one.replace("why", " ")).is_err());
        assert!(Exceptions::parse("[[exception]]\nrequirement = \"R-1-01\"\n").is_err());
    }

    #[test]
    fn there_are_ten_at_most() {
        let text = |count: usize| -> String {
            let exceptions = (0..count).map(|number| {
                format!("[[exception]]\nrequirement = \"R-1-{number:02}\"\nreason = \"why\"\n")
            });
            exceptions.collect()
        };

        assert!(Exceptions::parse(&text(MOST)).is_ok());
        assert!(Exceptions::parse(&text(MOST + 1)).is_err());
    }
}
