//! What the program promises of its reports and of its exit status.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Output},
};

const STATIC: &[&str] = &["run", "static", "--nodes", "20", "--resolves", "60"];
const CHURN: &[&str] = &[
    "run", "churn", "--nodes", "20", "--median", "60", "--span", "240",
];
/// Round trips longer than any wait, so that nobody ever meets anybody.
const MISSED: &[&str] = &[
    "run",
    "static",
    "--nodes",
    "12",
    "--resolves",
    "20",
    "--delays",
    "30000",
];

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for command in [STATIC, CHURN] {
        let directory = Directory::new("same");

        let first = directory.report("first", command, 7);
        let second = directory.report("second", command, 7);

        assert!(first == second, "{command:?} differs from itself");
    }
}

#[test]
fn another_seed_gives_another_report() {
    for command in [STATIC, CHURN] {
        let directory = Directory::new("another");
        let runs = |report: String| {
            report
                .split_once("\"runs\"")
                .map(|(_, runs)| runs.to_owned())
        };

        let first = runs(directory.report("first", command, 7));
        let second = runs(directory.report("second", command, 8));

        assert!(first.is_some() && first != second, "{command:?}");
    }
}

#[test]
fn plots_can_be_drawn_again() {
    let directory = Directory::new("draw");
    directory.report("report", STATIC, 7);
    let (report, again) = (directory.path("report"), directory.path("again"));
    let json = report.join("report.json");

    let output = run(&[
        "draw",
        json.to_str().unwrap(),
        "--out",
        again.to_str().unwrap(),
    ]);

    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    for plot in ["lookups.svg", "latency.svg"] {
        let [first, second] =
            [&report, &again].map(|directory| fs::read_to_string(directory.join(plot)).unwrap());
        assert_eq!(first, second);
        assert!(first.contains("<svg"));
    }
}

#[test]
fn a_report_without_a_missed_bar_exits_with_0() {
    let output = run(STATIC);

    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(
        text(&output).contains("All 2 bars met."),
        "{}",
        text(&output)
    );
}

#[test]
fn a_missed_bar_exits_with_1_and_is_named() {
    let output = run(MISSED);

    assert_eq!(output.status.code(), Some(1));
    let said = "1 of 2 bars missed: static: 12 nodes, none leaves, success.";
    assert!(text(&output).contains(said), "{}", text(&output));
}

#[test]
fn wrong_arguments_exit_with_2_and_say_what_to_do() {
    let cases: [(&[&str], &str); 5] = [
        (&[], "pnrp-sim report --out target/report"),
        (&["run", "nothing"], "try '--help'"),
        (
            &["run", "static", "--loss", "200"],
            "from 0 to 100 per cent",
        ),
        (
            &["run", "static", "--delays", "far"],
            "neither king nor geometric nor a number of milliseconds",
        ),
        (&["--compare", "one.json"], "2 values required"),
    ];

    for (arguments, advice) in cases {
        let output = run(arguments);

        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let errors = errors(&output);
        assert!(errors.contains(advice), "{arguments:?}: {errors}");
    }
}

#[test]
fn two_reports_are_set_side_by_side() {
    let directory = Directory::new("compare");
    directory.report("before", STATIC, 7);
    directory.report("after", STATIC, 8);

    let output = directory.compare("before/report.json", "after/report.json");

    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let text = text(&output);
    for word in ["static: 20 nodes", "before", "after", "LOOKUPs, mean"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn a_file_that_is_no_report_is_named() {
    let directory = Directory::new("broken");
    let report = directory.report("good", STATIC, 7);
    let half = report.split_at(report.len() / 2).0;
    fs::write(directory.path("half.json"), half).unwrap();

    for (broken, what) in [
        ("half.json", "is not a report of pnrp-sim"),
        ("none.json", "cannot read the report"),
    ] {
        let output = directory.compare("good/report.json", broken);

        assert_eq!(output.status.code(), Some(1));
        let errors = errors(&output);
        assert!(errors.contains(broken) && errors.contains(what), "{errors}");
    }
}

#[test]
fn a_trace_is_replayed_from_its_file() {
    let directory = Directory::new("trace");
    let trace = directory.path("trace.json");
    let hops = r#"{"endpoint":"[2001:db8::1]:3540","bits":4,"rtt_ms":80.125,"verdict":"accepted"},
        {"endpoint":"[2001:db8::2]:3540","bits":130,"rtt_ms":90.0,"verdict":"published"}"#;
    fs::write(&trace, format!(r#"{{"hops":[{hops}],"result":"found"}}"#)).unwrap();
    let trace = trace.to_str().unwrap();

    let output = run(&["replay", trace]);

    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let said = text(&output);
    for (pace, search) in [("literal", "literal"), ("adaptive", "swift")] {
        let figure = format!("elapsed, {pace} timers and {search} search");
        assert!(said.contains(&figure), "{said}");
    }
    let output = run(&["replay", "nowhere.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("nowhere.json"));
}

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pnrp-sim"));
    program.args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A directory of one test, which goes with it.
struct Directory(PathBuf);

impl Directory {
    fn new(test: &str) -> Self {
        let name = format!("pnrp-sim-report-{}-{test}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Runs a command into a directory; the JSON that it wrote.
    fn report(&self, name: &str, command: &[&str], seed: u64) -> String {
        let (out, seed) = (self.path(name), seed.to_string());
        let mut arguments = command.to_vec();
        arguments.extend(["--seed", &seed, "--out", out.to_str().unwrap()]);
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
        fs::read_to_string(out.join("report.json")).unwrap()
    }

    fn compare(&self, before: &str, after: &str) -> Output {
        let [before, after] = [before, after].map(|name| self.path(name));
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        run(&["--compare", &text(&before), &text(&after)])
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
