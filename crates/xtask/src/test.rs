//! `cargo xtask test`: everything that has to pass.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
    sync::mpsc::{self, Sender},
    thread,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    run::{cargo, clock, output, run, seconds, show, step, target_directory},
    setup, sources, spec_map,
    tally::Tally,
};

/// Random schedules of two to six clouds on a bad link.
const SCHEDULES: &str = "10000";
/// Clouds of up to a thousand nodes, with every assertion; fails when a bar is missed.
const SIMULATION: [&str; 9] = [
    "run",
    "--profile",
    "checked",
    "-p",
    "pnrp-sim",
    "--",
    "report",
    "--extent",
    "brief",
];

/// Runs every check in order and stops at the first that fails. The tests come last, and their
/// count is the last line; returns whether they passed.
pub(crate) fn test(forbid_skip: bool) -> Result<bool> {
    let forbid_skip = forbid_skip || is_ci();
    let started = clock();
    let not_installed = step("tools", || setup::install(forbid_skip))?;
    checks()?;
    let mut tally = step("tests", || {
        run_tests(&["--workspace", "--no-fail-fast"], &[], forbid_skip)
    })?;
    let literal = step("conformance and examples with literal timers", || {
        let both = [
            "-p",
            "pnrp-tests",
            "--test",
            "conformance",
            "--test",
            "examples",
        ];
        run_tests(&both, &[("PNRP_TIMERS", "literal")], forbid_skip)
    })?;
    let schedules = step("random schedules", || {
        let losses = ["--profile", "checked", "-p", "pnrp-node", "--lib", "losses"];
        run_tests(&losses, &[("PROPTEST_CASES", SCHEDULES)], forbid_skip)
    })?;
    step("simulated clouds", || run(cargo(&SIMULATION)?))?;
    for more in [literal, schedules] {
        tally.passed += more.passed;
        tally.failed += more.failed;
    }
    tally.skipped.splice(0..0, not_installed);

    println!("\nall steps took {}", seconds(started.elapsed()));
    for line in &tally.skipped {
        println!("{line}");
    }
    let is_complete = !forbid_skip || tally.skipped.is_empty();
    if !is_complete {
        println!("error: nothing may be skipped here");
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0 && is_complete)
}

/// Whether nothing may be skipped, as CI has it.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

fn checks() -> Result<()> {
    step("format", || run(cargo(&["fmt", "--all", "--check"])?))?;
    step("sources", sources::check)?;
    step("spec map", spec_map::check)?;
    step("lints", || {
        let scope = ["clippy", "--workspace", "--all-targets"];
        run(deny_warnings(cargo(&scope)?))
    })?;
    step("the core without its driver", check_core)?;
    step("documentation", || {
        let mut doc = cargo(&["doc", "--workspace", "--no-deps"])?;
        doc.env("RUSTDOCFLAGS", "-Dwarnings");
        run(doc)
    })?;
    step("binaries", || {
        run(cargo(&["build", "--workspace", "--bins"])?)
    })
}

fn deny_warnings(mut clippy: Command) -> Command {
    clippy.args(["--", "-D", "warnings"]);
    clippy
}

/// The core compiles without the driver, and nothing brings sockets in.
fn check_core() -> Result<()> {
    let core = ["-p", "pnrp-node", "--no-default-features"];
    let mut clippy = cargo(&["clippy"])?;
    clippy.args(core);
    run(deny_warnings(clippy))?;
    let mut tree = cargo(&["tree"])?;
    tree.args(core)
        .args(["-e", "normal", "--prefix", "none", "--format", "{p}"]);
    let tree = output(tree)?;
    for driver_only in ["tokio", "socket2", "if-addrs"] {
        let is_there = tree
            .lines()
            .any(|line| line.split(' ').next() == Some(driver_only));
        ensure!(
            !is_there,
            "pnrp-node without its driver depends on {driver_only}"
        );
    }
    Ok(())
}

/// Runs tests and the examples in the documentation. docs/testing.md lists the variables.
fn run_tests(which: &[&str], variables: &[(&str, &str)], forbid_skip: bool) -> Result<Tally> {
    let mut command = cargo(&["test"])?;
    command
        .args(which)
        .envs(variables.iter().copied())
        // What a test that passed printed may be why it did nothing.
        .args(["--", "--show-output"])
        .env("PNRP_BIN_DIR", target_directory()?.join("debug"));
    if forbid_skip {
        command.env("PNRP_TEST_FORBID_SKIP", "1");
    }
    let shown = show(&command);
    let (mut tally, is_success) = follow(command).with_context(|| format!("cannot run {shown}"))?;
    if tally.passed + tally.failed == 0 {
        bail!("{shown}: no test ran");
    }
    if !is_success {
        // A test binary that dies does not say how many tests it takes with it.
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

/// Runs a command, shows what it prints as it comes, and counts.
fn follow(mut command: Command) -> Result<(Tally, bool)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().context("no standard output")?;
    let stderr = child.stderr.take().context("no standard error")?;
    forward(stdout, sender.clone(), Line::Out);
    forward(stderr, sender, Line::Error);
    let mut tally = Tally::default();
    for line in lines {
        match line {
            Line::Out(line) => {
                if tally.read(&line) {
                    println!("{line}");
                }
            }
            Line::Error(line) => {
                tally.note_skipped(&line);
                eprintln!("{line}");
            }
        }
    }
    Ok((tally, child.wait()?.success()))
}

enum Line {
    Out(String),
    Error(String),
}

/// Ends with the stream.
fn forward(
    stream: impl Read + Send + 'static,
    sender: Sender<Line>,
    wrap: impl Fn(String) -> Line + Send + 'static,
) {
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return };
            let line = String::from_utf8_lossy(&line).into_owned();
            if sender.send(wrap(line)).is_err() {
                return;
            }
        }
    });
}
