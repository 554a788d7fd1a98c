//! `docs/requirements.tsv`, and the tests that cite its rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context, Result, ensure};

use super::{exceptions::Exceptions, list, named, short};
use crate::tree::Source;

const FILE: &str = "docs/requirements.tsv";
const VECTORS: &str = "tests/vectors";
const HEAD: &str = "id\tsection\trole\tlevel\tsubject";
/// Roles whose every row must have a test.
const COMPLETE: [&str; 2] = ["wire", "identity"];
/// Roles whose every MUST must have a test, or a reason why not.
const OBLIGED: [&str; 3] = ["resolver", "publisher", "cloud"];

/// A rule of the specification.
#[derive(Debug)]
struct Requirement {
    id: String,
    role: String,
    level: String,
    subject: String,
}

/// Every rule, and who cites it.
#[derive(Debug)]
pub(super) struct Requirements {
    rows: Vec<Requirement>,
    /// The tests and vectors that cite an ID, whether or not it exists.
    cited: BTreeMap<String, BTreeSet<String>>,
    exceptions: Exceptions,
}

impl Requirements {
    pub(super) fn load(root: &Path, sources: &[Source]) -> Result<Self> {
        let table = fs::read_to_string(root.join(FILE)).context(FILE)?;
        Self::new(&table, sources, &vectors(root)?, Exceptions::load(root)?)
    }

    pub(super) fn new(
        table: &str,
        tests: &[Source],
        vectors: &[Source],
        exceptions: Exceptions,
    ) -> Result<Self> {
        let mut cited: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let tests = tests
            .iter()
            .map(|test| (&test.path, in_doc_comments(test.split().1)));
        let vectors = vectors
            .iter()
            .map(|vector| (&vector.path, in_head(&vector.text)));
        for (path, text) in tests.chain(vectors) {
            for id in named(&text).into_iter().filter_map(|(_, id)| id) {
                cited.entry(id).or_default().insert(short(path));
            }
        }
        let rows = parse(table)?;
        Ok(Self {
            rows,
            cited,
            exceptions,
        })
    }

    /// What keeps the map from being complete, a line for each.
    pub(super) fn faults(&self) -> Vec<String> {
        let known: BTreeSet<_> = self.rows.iter().map(|row| row.id.as_str()).collect();
        let unknown = self
            .cited
            .iter()
            .filter(|(id, _)| !known.contains(id.as_str()))
            .map(|(id, tests)| format!("{id} is not in {FILE}; cited by {}", list(tests)));
        let untested = self
            .rows
            .iter()
            .filter(|row| self.needs_test(row) && !self.is_tested(row))
            .map(|row| format!("{}: {}: no test cites it", row.id, row.subject));
        let idle = self.exceptions.0.keys().filter_map(|id| {
            let excepted = self.rows.iter().find(|row| row.id == *id);
            match excepted {
                None => Some(format!("{id} is excepted, and not in {FILE}")),
                Some(row) if self.is_tested(row) => {
                    Some(format!("{id} is excepted, and a test cites it"))
                }
                Some(_) => None,
            }
        });
        unknown.chain(untested).chain(idle).collect()
    }

    /// How many rows of each role there are, and how many of them have a test.
    pub(super) fn counts(&self) -> BTreeMap<&str, (u32, u32)> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            let (all, tested) = counts.entry(row.role.as_str()).or_default();
            *all += 1;
            *tested += u32::from(self.is_tested(row));
        }
        counts
    }

    pub(super) fn render_counts(&self) -> String {
        let mut table =
            "| role | requirements | cited by a test |\n| --- | --- | --- |\n".to_owned();
        for (role, (all, tested)) in self.counts() {
            let _ = writeln!(table, "| {role} | {all} | {tested} |");
        }
        table
    }

    pub(super) fn render(&self) -> String {
        let mut table =
            "| requirement | role | level | subject | tests |\n| --- | --- | --- | --- | --- |\n"
                .to_owned();
        for row in &self.rows {
            let Requirement {
                id,
                role,
                level,
                subject,
            } = row;
            let reason = self.exceptions.0.get(id);
            let tests = match self.cited.get(id) {
                Some(tests) => list(tests),
                None => reason.map_or_else(String::new, |reason| format!("none: {reason}")),
            };
            let _ = writeln!(table, "| {id} | {role} | {level} | {subject} | {tests} |");
        }
        table
    }

    fn needs_test(&self, row: &Requirement) -> bool {
        let role = row.role.as_str();
        let is_obligation = OBLIGED.contains(&role) && row.level.starts_with("MUST");
        COMPLETE.contains(&role) || (is_obligation && !self.exceptions.0.contains_key(&row.id))
    }

    fn is_tested(&self, row: &Requirement) -> bool {
        self.cited.contains_key(&row.id)
    }
}

fn parse(table: &str) -> Result<Vec<Requirement>> {
    let mut lines = table.lines();
    ensure!(
        lines.next() == Some(HEAD),
        "{FILE} does not begin with its columns"
    );
    let mut seen = BTreeSet::new();
    lines
        .map(|line| {
            let cells: Vec<_> = line.split('\t').map(str::to_owned).collect();
            let [id, section, role, level, subject] = <[String; 5]>::try_from(cells)
                .ok()
                .with_context(|| format!("{FILE}: {line}"))?;
            ensure!(
                id.starts_with(&format!("R-{section}-")) && seen.insert(id.clone()),
                "{FILE}: {id} is not a new ID of {section}"
            );
            Ok(Requirement {
                id,
                role,
                level,
                subject,
            })
        })
        .collect()
}

/// The documentation of tests: an ID elsewhere in a test is no citation.
fn in_doc_comments(text: &str) -> String {
    let lines = text.lines().map(str::trim_start);
    lines
        .filter(|line| line.starts_with("///"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The comments in front of a vector's bytes.
fn in_head(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

fn vectors(root: &Path) -> Result<Vec<Source>> {
    let mut vectors = Vec::new();
    for directory in fs::read_dir(root.join(VECTORS)).context(VECTORS)? {
        let directory = directory?.path();
        if !directory.is_dir() {
            continue;
        }
        for file in fs::read_dir(directory)? {
            let path = file?.path();
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let path = path
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            vectors.push(Source { path, text });
        }
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "id\tsection\trole\tlevel\tsubject
R-2.2-01\t2.2\twire\tMUST\tFirst
R-2.2-02\t2.2\twire\tMUST\tSecond
R-3.1-01\t3.1\tcloud\tSHOULD\tThird
";

    #[test]
    fn tests_and_vectors_cite_requirements() {
        let tests = [source(
            "crates/a/tests/b.rs",
            "/// R-2.2-01: first\nfn c() {}\n",
        )];
        let vectors = [source(
            "tests/vectors/reject/d.hex",
            "# R-2.2-01, R-2.2-02: both\n",
        )];

        let requirements = Requirements::new(TABLE, &tests, &vectors, no_exceptions()).unwrap();

        assert_eq!(requirements.faults(), Vec::<String>::new());
        assert_eq!(
            requirements.render_counts(),
            "| role | requirements | cited by a test |\n| --- | --- | --- |\n\
             | cloud | 1 | 0 |\n| wire | 2 | 2 |\n"
        );
        let row = "| R-2.2-01 | wire | MUST | First | a/tests/b.rs, tests/vectors/reject/d.hex |\n";
        assert!(requirements.render().contains(row));
        assert!(
            requirements
                .render()
                .contains("| R-3.1-01 | cloud | SHOULD | Third |  |\n")
        );
    }

    #[test]
    fn a_wire_rule_without_a_test_is_a_fault() {
        let tests = [source(
            "crates/a/tests/b.rs",
            "/// R-2.2-01: first\nfn c() {}\n",
        )];

        let requirements = Requirements::new(TABLE, &tests, &[], no_exceptions()).unwrap();

        assert_eq!(
            requirements.faults(),
            ["R-2.2-02: Second: no test cites it"]
        );
    }

    #[test]
    fn an_obligation_has_a_test_or_a_reason_and_not_both() {
        let table = format!("{TABLE}R-3.1-02\t3.1\tcloud\tMUST\tFourth\n");
        let wire = "/// R-2.2-01, R-2.2-02\nfn c() {}\n";
        let all = "/// R-2.2-01, R-2.2-02, R-3.1-02\nfn c() {}\n";
        let faults = |text, excepted: &[&str]| {
            let tests = [source("crates/a/tests/b.rs", text)];
            let reasons = excepted
                .iter()
                .map(|id| ((*id).to_owned(), "why".to_owned()));
            let exceptions = Exceptions(reasons.collect());
            let requirements = Requirements::new(&table, &tests, &[], exceptions).unwrap();
            requirements.faults()
        };

        assert_eq!(faults(wire, &[]), ["R-3.1-02: Fourth: no test cites it"]);
        assert_eq!(faults(wire, &["R-3.1-02"]), Vec::<String>::new());
        assert_eq!(
            faults(all, &["R-3.1-02"]),
            ["R-3.1-02 is excepted, and a test cites it"]
        );
        assert_eq!(
            faults(all, &["R-9-01"]),
            ["R-9-01 is excepted, and not in docs/requirements.tsv"]
        );
    }

    fn no_exceptions() -> Exceptions {
        Exceptions::default()
    }

    #[test]
    fn a_rule_that_does_not_exist_is_a_fault() {
        let text = "/// R-2.2-01, R-2.2-02, R-2.2-99, and R-2.2 as a whole\nfn c() {}\n";

        let requirements = Requirements::new(
            TABLE,
            &[source("crates/a/tests/b.rs", text)],
            &[],
            no_exceptions(),
        )
        .unwrap();

        let fault = "R-2.2-99 is not in docs/requirements.tsv; cited by a/tests/b.rs";
        assert_eq!(requirements.faults(), [fault]);
    }

    #[test]
    fn only_comments_of_tests_cite() {
        let product = source("crates/a/src/b.rs", "/// R-2.2-01: first\nfn c() {}\n");
        let string = source("crates/a/tests/b.rs", "fn c() { d(\"R-2.2-01\"); }\n");
        let bytes = source("tests/vectors/ack/e.hex", "# ACK\n\n00  # R-2.2-01\n");

        let requirements =
            Requirements::new(TABLE, &[product, string], &[bytes], no_exceptions()).unwrap();

        assert_eq!(requirements.faults().len(), 2);
    }

    #[test]
    fn a_table_with_a_broken_row_is_refused() {
        for row in [
            "R-2.2-03\t2.2\twire\tMUST",
            "R-2.2-01\t2.2\twire\tMUST\tAgain",
            "R-2.3-01\t2.2\twire\tMUST\tElsewhere",
        ] {
            assert!(
                Requirements::new(&format!("{TABLE}{row}\n"), &[], &[], no_exceptions()).is_err(),
                "{row}"
            );
        }
        assert!(Requirements::new("id\tsection\n", &[], &[], no_exceptions()).is_err());
    }

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }
}
