//! Rules about the sources that no lint knows.

use anyhow::{Result, ensure};

use crate::{run::root, tree::Source};

/// Where time, randomness and sockets come in as arguments.
const PURE: [&str; 3] = [
    "crates/pnrp-node/src/cloud/",
    "crates/pnrp-wire/src/",
    "crates/pnrp-cache/src/",
];
/// What would let them in.
const IMPURE: [&str; 6] = [
    "tokio",
    "Instant::now",
    "SystemTime::now",
    "rand::rng(",
    "rand::random",
    "OsRng",
];
/// Tests that watch whole programs, and can only look again a little later.
const MAY_SLEEP: [&str; 4] = [
    "crates/pnrp-cli/tests/commands/daemon.rs",
    "crates/pnrp-cli/tests/daemon.rs",
    "crates/pnrpd/tests/control/daemon.rs",
    "tests/",
];
/// Lines of a file without its tests: said aloud, and refused.
const LONG: usize = 500;
const TOO_LONG: usize = 700;

pub(crate) fn check() -> Result<()> {
    let sources = Source::load(&root()?, &["crates", "tests"])?;
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for source in &sources {
        errors.extend(impurities(source));
        errors.extend(sleeps(source));
        match length(source) {
            0..=LONG => {}
            lines @ ..=TOO_LONG => warnings.push(format!("{}: {lines} lines", source.path)),
            lines => errors.push(format!("{}: {lines} lines; split it", source.path)),
        }
    }
    for warning in warnings {
        println!("warning: {warning}");
    }
    println!("{} files", sources.len());
    ensure!(errors.is_empty(), "{}", errors.join("\n"));
    Ok(())
}

fn impurities(source: &Source) -> Vec<String> {
    if !PURE
        .iter()
        .any(|directory| source.path.starts_with(directory))
    {
        return Vec::new();
    }
    let (code, tests) = source.split();
    // Tests need one instant to count from, and the lint makes them say so.
    let allowed_in_tests = ["Instant::now"];
    let in_tests: Vec<_> = IMPURE
        .into_iter()
        .filter(|word| !allowed_in_tests.contains(word))
        .collect();
    let mut found = mentions(&source.path, code, 0, &IMPURE);
    found.extend(mentions(
        &source.path,
        tests,
        code.lines().count(),
        &in_tests,
    ));
    found
}

fn sleeps(source: &Source) -> Vec<String> {
    if MAY_SLEEP
        .iter()
        .any(|directory| source.path.starts_with(directory))
    {
        return Vec::new();
    }
    let (code, tests) = source.split();
    // Split in two, or this file would break its own rule.
    let words = [concat!("sleep", "(")];
    mentions(&source.path, tests, code.lines().count(), &words)
}

/// Lines outside comments that contain one of the words.
fn mentions(path: &str, text: &str, lines_before: usize, words: &[&str]) -> Vec<String> {
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    text.lines()
        .enumerate()
        .filter(|(_, line)| !is_comment(line))
        .flat_map(|(index, line)| {
            let number = lines_before + index + 1;
            words
                .iter()
                .filter(move |word| line.contains(**word))
                .map(move |word| format!("{path}:{number}: {word} does not belong here"))
        })
        .collect()
}

fn length(source: &Source) -> usize {
    let is_product = source.path.starts_with("crates/") && source.path.contains("/src/");
    if is_product {
        source.split().0.lines().count()
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_the_core_is_found_with_its_line() {
        let source = source(
            "crates/pnrp-node/src/cloud/a.rs",
            "\nlet a = Instant::now();\n",
        );

        let expected = "crates/pnrp-node/src/cloud/a.rs:2: Instant::now does not belong here";
        assert_eq!(impurities(&source), [expected]);
    }

    #[test]
    fn a_clock_in_a_comment_or_in_the_driver_is_no_matter() {
        let comment = source("crates/pnrp-wire/src/a.rs", "//! let a = Instant::now();\n");
        let driver = source("crates/pnrp-node/src/driver/a.rs", "Instant::now();\n");

        assert!(impurities(&comment).is_empty());
        assert!(impurities(&driver).is_empty());
    }

    #[test]
    fn tests_in_the_core_may_take_an_instant_and_no_ambient_randomness() {
        let instant = source("crates/pnrp-cache/src/tests.rs", "Instant::now();\n");
        let random = source("crates/pnrp-cache/src/tests.rs", "rand::rng();\n");

        assert!(impurities(&instant).is_empty());
        assert_eq!(impurities(&random).len(), 1);
    }

    #[test]
    fn only_tests_of_programs_may_sleep_at_all() {
        let text = concat!("sleep", "(ONE_SECOND);\n");

        assert_eq!(
            sleeps(&source("crates/pnrp-node/tests/a.rs", text)).len(),
            1
        );
        assert!(sleeps(&source("tests/tests/system.rs", text)).is_empty());
    }

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }
}
