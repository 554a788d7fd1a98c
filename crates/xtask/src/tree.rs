//! The Rust files of the repository, cut into code and tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// One Rust file.
pub(crate) struct Source {
    /// From the root of the repository, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Every file under these directories, in the order of their paths.
    pub(crate) fn load(root: &Path, directories: &[&str]) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        for directory in directories {
            collect(&root.join(directory), &mut paths)?;
        }
        paths.sort();
        paths
            .into_iter()
            .map(|path| {
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let relative = path.strip_prefix(root)?.to_string_lossy();
                Ok(Self {
                    path: relative.replace('\\', "/"),
                    text,
                })
            })
            .collect()
    }

    /// The product's part and the tests' part.
    pub(crate) fn split(&self) -> (&str, &str) {
        if self.is_test_file() {
            return ("", &self.text);
        }
        let mark = "#[cfg(test)]\nmod tests {";
        let start = self.text.find(mark).unwrap_or(self.text.len());
        self.text.split_at(start)
    }

    fn is_test_file(&self) -> bool {
        let directories = ["/tests/", "/fuzz_targets/"];
        self.path.starts_with("tests/")
            || directories.iter().any(|name| self.path.contains(name))
            || ["/tests.rs", "/fixture.rs"]
                .iter()
                .any(|name| self.path.ends_with(name))
    }
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_tests_are_cut_off() {
        let source = source(
            "crates/a/src/b.rs",
            "fn a() {}\n#[cfg(test)]\nmod tests {\n}\n",
        );

        assert_eq!(
            source.split(),
            ("fn a() {}\n", "#[cfg(test)]\nmod tests {\n}\n")
        );
    }

    #[test]
    fn a_declaration_of_tests_elsewhere_cuts_nothing_off() {
        let text = "#[cfg(test)]\nmod tests;\nfn a() {}\n";

        assert_eq!(source("crates/a/src/b.rs", text).split(), (text, ""));
    }

    #[test]
    fn files_of_tests_are_tests_throughout() {
        for path in [
            "tests/src/lib.rs",
            "crates/a/src/b/tests.rs",
            "crates/a/tests/c.rs",
        ] {
            assert_eq!(source(path, "fn a() {}\n").split().0, "", "{path}");
        }
    }

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }
}
