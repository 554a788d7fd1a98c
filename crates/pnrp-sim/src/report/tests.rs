//! Reports as they are written, shown and compared.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use super::*;
use crate::time::Time;

fn report() -> Report {
    let mut histogram = measure::Histogram::new();
    (1..=1_000).for_each(|ms| histogram.record(ms * 1_000));
    let mut healed = measure::Series::new();
    healed.push(Time(4_000), 50.0);
    healed.push(Time(8_000), 100.0 / 3.0);
    let mut run = Run::new("static", "15,000 nodes")
        .with_parameter("nodes", 15_000)
        .with_parameter("loss", 0.01)
        .with_parameter("delays", "king");
    run.figures = vec![
        Figure::with_bar("success", "%", 100.0, Bar::Exactly(100.0)),
        Figure::with_bar("LOOKUPs, mean", "", 5.2, Bar::AtMost(5.176)),
        Figure::new("messages", "per node and s", 0.123_456_789),
    ];
    run.distributions = vec![Distribution::new("latency", "ms", &histogram, 1_000.0)];
    run.series = vec![Series::over_time("cross resolves", "%", &healed)];
    let mut report = Report::new(7, "pnrp-sim static --nodes 15000");
    report.runs.push(run);
    report
}

/// A file of its own for each test.
fn place(name: &str) -> PathBuf {
    env::temp_dir().join(format!("pnrp-sim-{}-{name}.json", process::id()))
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = place(name);
    fs::write(&path, text).unwrap();
    path
}

/// Why a file is refused, with all causes, as the command line says it.
fn refused(path: &Path) -> String {
    let error = anyhow::Error::from(read_json(path).unwrap_err());
    let error = format!("{error:#}");
    fs::remove_file(path).unwrap();
    assert!(error.contains(&path.display().to_string()), "{error}");
    error
}

#[test]
fn what_is_written_is_read_and_written_again_the_same() {
    let (first, second) = (place("first"), place("second"));
    write_json(&report(), &first).unwrap();
    let read = read_json(&first).unwrap();
    write_json(&read, &second).unwrap();

    assert_eq!(read, report());
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
    fs::remove_file(first).unwrap();
    fs::remove_file(second).unwrap();
}

#[test]
fn a_report_has_the_shape_that_programs_rely_on() {
    let json = serde_json::to_value(report()).unwrap();
    let run = &json["runs"][0];

    assert_eq!(json["version"], 1);
    assert_eq!(run["parameters"]["nodes"], 15_000);
    assert_eq!(run["figures"][1]["bar"]["at_most"], 5.176);
    assert_eq!(run["figures"][2]["value"], 0.123_457);
    assert_eq!(run["figures"][2].get("bar"), None);
    assert_eq!(run["distributions"][0]["max"], 1_000.0);
    assert_eq!(run["series"][0]["points"][1][1], 33.333_3);
}

#[test]
fn a_distribution_has_few_points_that_end_at_all_of_it() {
    let report = report();
    let latency = report.runs[0].distribution("latency").unwrap();

    assert!((latency.p50 / 500.0 - 1.0).abs() < 0.01);
    assert!((100..=200).contains(&latency.points.len()));
    assert!(latency.points[0][0] < 1.01 && latency.points[0][1] == 0.001);
    assert_eq!(latency.points.last(), Some(&[1_000.0, 1.0]));
}

#[test]
fn a_terminal_shows_which_bars_are_met() {
    let text = report().text();

    let expected = "\
pnrp-sim static --nodes 15000, seed 7

static: 15,000 nodes
  delays king, loss 0.01, nodes 15,000

  figure                         value  bar
  success                        100 %  exactly 100    met
  LOOKUPs, mean                    5.2  at most 5.176  missed
  messages       0.1235 per node and s

  distribution  count   mean    p50  p90    p95    p99    max
  latency (ms)  1,000  500.5  501.8  897  946.2  987.1  1,000

1 of 2 bars missed: static: 15,000 nodes, LOOKUPs, mean.
";
    assert_eq!(text, expected);
}

#[test]
fn a_document_shows_the_same_in_markdown() {
    let text = report().markdown();

    assert!(
        text.starts_with("`pnrp-sim static --nodes 15000`, seed 7.\n\n### static: 15,000 nodes\n")
    );
    assert!(text.contains("| figure | value | bar |  |\n| --- | ---: | --- | --- |\n"));
    assert!(text.contains("| LOOKUPs, mean | 5.2 | at most 5.176 | missed |\n"));
}

#[test]
fn a_file_that_is_missing_or_no_report_is_named() {
    let missing = place("missing");
    let error = read_json(&missing).unwrap_err().to_string();
    assert!(error.starts_with("cannot read the report"), "{error}");
    assert!(error.contains("missing.json"));

    let error = refused(&written("other", r#"{"hops": []}"#));
    assert!(error.contains("missing field `version`"), "{error}");

    let error = refused(&written("cut", r#"{"version": 1, "#));
    assert!(error.contains("line 1 column"), "{error}");

    let text = r#"{"version": 2, "command": "pnrp-sim all"}"#;
    let error = refused(&written("newer", text));
    assert!(error.contains("has version 2"), "{error}");
    assert!(error.ends_with("pnrp-sim all"), "{error}");
}

#[test]
fn what_json_cannot_hold_is_not_written() {
    let mut report = report();
    report.runs[0].figures[2].value = f64::NAN;
    let path = place("nan");

    let error = write_json(&report, &path).unwrap_err().to_string();

    let expected = "messages of the run '15,000 nodes' is not a finite number";
    assert!(error.ends_with(expected), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_comparison_says_which_bars_changed_sides() {
    let before = report();
    let mut after = report();
    after.seed = 8;
    after.runs[0].parameters.insert("loss".into(), 0.02.into());
    after.runs[0].figures[0].value = 99.9;
    after.runs[0].figures[1].value = 5.1;
    after.runs[0].figures[2].name = "bytes".into();
    after.runs.push(Run::new("churn", "15 min"));

    let comparison = compare(&before, &after);
    let expected = "\
static: 15,000 nodes
  not the same parameters: loss
  figure                        before                  after  change          bar
  success                        100 %                 99.9 %    -0.1  -0.1 %  missed, was met
  LOOKUPs, mean                    5.2                    5.1    -0.1  -1.9 %  met, was missed
  bytes                           none  0.1235 per node and s
  messages       0.1235 per node and s                   none

Only in the second report: churn: 15 min.
The bar of static: 15,000 nodes, success, is missed and was met.
The bar of static: 15,000 nodes, LOOKUPs, mean, is met and was missed.
";
    assert_eq!(comparison.text(), expected);
    assert_eq!(compare(&after, &before).only_before, ["churn: 15 min"]);
}

#[test]
fn a_report_is_like_itself() {
    let comparison = compare(&report(), &report());

    assert_eq!(comparison.crossed().count(), 0);
    let mut changes = comparison.runs[0].changes.iter();
    assert!(changes.all(|change| change.absolute() == Some(0.0)));
    assert!(comparison.text().ends_with("No bar changed sides.\n"));
}
