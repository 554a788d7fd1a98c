//! `cargo xtask spec-map`: which files implement and test which section of MS-PNRP, and which tests
//! cite which of its rules.

mod exceptions;
mod requirements;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{run::root, tree::Source};
use requirements::Requirements;

const FILE: &str = "docs/spec-map.md";
const HEAD: &str = "\
# Sections of MS-PNRP, and where they are

Written by `cargo xtask spec-map` from the citations in comments; do not edit. A rule of the
specification is a row of `requirements.tsv`, named as `R-<section>-<number>`; a test cites it in its
documentation, and a vector of `tests/vectors` in its first lines. Every MUST has a test, or a reason
in `spec-exceptions.toml`.

";
const SECTIONS: &str = "
## Sections

A section that nothing cites has no row.

| section | code | tests | requirements |
| --- | --- | --- | --- |
";
const REQUIREMENTS: &str = "\n## Requirements\n\n";

/// Writes the map, and says how complete it is.
pub(crate) fn write() -> Result<()> {
    let (map, requirements) = map()?;
    fs::write(root()?.join(FILE), map).with_context(|| format!("cannot write {FILE}"))?;
    for (role, (all, tested)) in requirements.counts() {
        println!("{role}: {tested} of {all} requirements are cited by a test");
    }
    for fault in requirements.faults() {
        println!("{fault}");
    }
    Ok(())
}

/// Fails when the map is out of date, a rule that needs a test has none and no reason, or a test
/// cites a rule that does not exist.
pub(crate) fn check() -> Result<()> {
    let (map, requirements) = map()?;
    let on_disk = fs::read_to_string(root()?.join(FILE)).unwrap_or_default();
    if on_disk.replace("\r\n", "\n") != map {
        bail!("{FILE} is out of date; run `cargo xtask spec-map`");
    }
    let faults = requirements.faults();
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

fn map() -> Result<(String, Requirements)> {
    let sources = sources()?;
    let requirements = Requirements::load(&root()?, &sources)?;
    Ok((render(&sources, &requirements), requirements))
}

fn sources() -> Result<Vec<Source>> {
    let mut sources = Source::load(&root()?, &["crates", "tests", "fuzz/fuzz_targets"])?;
    // The examples in this program's own tests are no citations.
    sources.retain(|source| !source.path.starts_with("crates/xtask/"));
    Ok(sources)
}

#[derive(Default)]
struct Row {
    code: BTreeSet<String>,
    tests: BTreeSet<String>,
    requirements: BTreeSet<String>,
}

/// A section number as its parts, so that 3.1.10 follows 3.1.9.
type Section = Vec<u32>;

fn render(sources: &[Source], rules: &Requirements) -> String {
    let mut rows: BTreeMap<Section, Row> = BTreeMap::new();
    let mut open = Vec::new();
    for source in sources {
        let (code, tests) = source.split();
        for section in citations(code) {
            rows.entry(section)
                .or_default()
                .code
                .insert(short(&source.path));
        }
        for section in citations(tests) {
            rows.entry(section)
                .or_default()
                .tests
                .insert(short(&source.path));
        }
        for (section, requirement) in named(tests) {
            let row = rows.entry(section).or_default();
            row.tests.insert(short(&source.path));
            row.requirements.extend(requirement);
        }
        open.extend(unmet(source));
    }
    let mut map = [HEAD, &rules.render_counts(), SECTIONS].concat();
    for (section, row) in rows {
        let Row {
            code,
            tests,
            requirements,
        } = row;
        let cells = [code, tests, requirements].map(|set| list(&set));
        let _ = writeln!(map, "| {} | {} |", dotted(&section), cells.join(" | "));
    }
    map.push_str(REQUIREMENTS);
    map.push_str(&rules.render());
    if !open.is_empty() {
        let _ = write!(map, "\n## Open\n\n{}\n", open.join("\n"));
    }
    map
}

/// Every section cited as `MS-PNRP §1.2.3`, and those that follow it in the same sentence.
fn citations(text: &str) -> BTreeSet<Section> {
    let text = without_comment_marks(text);
    let mut found = BTreeSet::new();
    for (at, mark) in text.match_indices("MS-PNRP §") {
        let sentence = text
            .get(at + mark.len() - '§'.len_utf8()..)
            .unwrap_or_default();
        let sentence = sentence.split(['\n', '"']).next().unwrap_or_default();
        let end = ["RFC ", "MC-DRT", "MS-", ". "]
            .iter()
            .filter_map(|other| sentence.find(other))
            .min();
        found.extend(sections(
            sentence
                .get(..end.unwrap_or(sentence.len()))
                .unwrap_or_default(),
        ));
    }
    found
}

fn sections(sentence: &str) -> impl Iterator<Item = Section> + '_ {
    sentence
        .split('§')
        .skip(1)
        .filter_map(|rest| section(rest).map(|(section, _)| section))
}

/// The number at the start of a text, and what follows it.
fn section(text: &str) -> Option<(Section, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number = text.get(..end)?.trim_end_matches('.');
    let parts: Option<Section> = number.split('.').map(|part| part.parse().ok()).collect();
    Some((parts?, text.get(number.len()..)?))
}

/// Requirements named as `R-1.2.3-04`, or `R-1.2.3` for a section as a whole.
fn named(text: &str) -> Vec<(Section, Option<String>)> {
    text.match_indices("R-")
        .filter(|(at, _)| !text.get(..*at).is_some_and(ends_in_word))
        .filter_map(|(at, mark)| {
            let (section, rest) = section(text.get(at + mark.len()..)?)?;
            let number: String = rest
                .strip_prefix('-')
                .unwrap_or_default()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            let id = format!("R-{}-{number}", dotted(&section));
            Some((section, (!number.is_empty()).then_some(id)))
        })
        .collect()
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
}

/// Lines that say what is not done yet.
fn unmet(source: &Source) -> Vec<String> {
    let lines = source.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let (_, note) = line.split_once(concat!("TODO", "(MS-PNRP "))?;
            Some(format!(
                "- {}:{}: {}",
                short(&source.path),
                index + 1,
                note.replacen("):", ":", 1)
            ))
        })
        .collect()
}

/// Joins the lines of a comment, so that a citation may be broken.
fn without_comment_marks(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        let comment = ["///", "//!", "//"]
            .iter()
            .find_map(|mark| line.strip_prefix(mark));
        match comment {
            Some("") | None => {
                joined.push('\n');
                joined.push_str(line);
            }
            Some(comment) => joined.push_str(comment),
        }
    }
    joined
}

fn short(path: &str) -> String {
    path.strip_prefix("crates/")
        .unwrap_or(path)
        .replacen("/src/", "/", 1)
}

fn dotted(section: &[u32]) -> String {
    let parts: Vec<_> = section.iter().map(u32::to_string).collect();
    parts.join(".")
}

fn list(set: &BTreeSet<String>) -> String {
    let items: Vec<_> = set.iter().map(String::as_str).collect();
    items.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_may_cite_several_sections() {
        let text = "/// Splits. MS-PNRP §3.1.2, §3.2.10 step 4. See §9.\n";

        assert_eq!(cited(text), ["3.1.2", "3.2.10"]);
    }

    #[test]
    fn a_citation_may_be_broken_between_lines() {
        assert_eq!(
            cited("//! Both. MS-PNRP §3.1.4.2,\n//! §3.1.4.3.\nfn a() {}\n"),
            ["3.1.4.2", "3.1.4.3"]
        );
    }

    #[test]
    fn other_documents_do_not_count() {
        assert_eq!(
            cited("// MS-PNRP §2.1 and RFC 3484 §6 rule 2\n// RFC 4007 §4\n"),
            ["2.1"]
        );
    }

    #[test]
    fn requirements_are_named_with_and_without_a_number() {
        let found = named("/// R-3.1.5.11: a\n/// R-3.2.5.10-02 and FOUR-4.\n");

        assert_eq!(
            found,
            [
                (vec![3, 1, 5, 11], None),
                (vec![3, 2, 5, 10], Some("R-3.2.5.10-02".to_owned())),
            ]
        );
    }

    #[test]
    fn rows_are_in_the_order_of_the_sections() {
        let sources = [
            source("crates/a/src/b.rs", "// MS-PNRP §3.10\n// MS-PNRP §3.9\n"),
            source("crates/a/tests/c.rs", "// MS-PNRP §3.9, R-3.9-1\n"),
        ];

        let rows = "| 3.9 | a/b.rs | a/tests/c.rs | R-3.9-1 |\n| 3.10 | a/b.rs |  |  |\n";
        assert!(render(&sources, &no_rules()).contains(&format!("{SECTIONS}{rows}{REQUIREMENTS}")));
    }

    #[test]
    fn what_is_not_done_is_listed() {
        let text = concat!("fn a() {}\n// TODO", "(MS-PNRP §3.9): count them\n");

        let map = render(&[source("crates/a/src/b.rs", text)], &no_rules());

        assert!(
            map.ends_with("\n## Open\n\n- a/b.rs:2: §3.9: count them\n"),
            "{map}"
        );
    }

    fn no_rules() -> Requirements {
        let table = "id\tsection\trole\tlevel\tsubject\n";
        Requirements::new(table, &[], &[], exceptions::Exceptions::default()).unwrap()
    }

    fn cited(text: &str) -> Vec<String> {
        citations(text)
            .iter()
            .map(|section| dotted(section))
            .collect()
    }

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }
}
