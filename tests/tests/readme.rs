//! What the README tells a newcomer to type, typed on two hosts of one link.
//!
//! A block after `<!-- tested -->` has lines such as `one$ pnrp names`: the host and the command,
//! with what it prints below. `&` leaves it running. Numbers, addresses and IDs differ from run to
//! run, and are not compared.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "fixtures of a test: a panic is its failure"
)]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Output},
    time::Duration,
};

use pnrp_tests::{
    clock::wait_for,
    daemon::{Daemon, text},
    lab::{Addresses, Cable, Lab, Link},
    skip::skip,
};

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let steps = steps(&fs::read_to_string(readme()).unwrap());
    assert!(steps.len() >= 8, "the README has {} steps", steps.len());
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let cable = Cable {
        interface: "eth0",
        link: Link::A,
        addresses: Addresses::LinkLocal,
    };
    let mut hosts = Hosts {
        lab: Lab::with_cables(vec![vec![cable]; 2]),
        daemons: BTreeMap::new(),
        running: Vec::new(),
        directory: tempfile::tempdir().unwrap(),
    };
    for step in &steps {
        hosts.take(step);
    }
}

#[test]
fn what_differs_from_run_to_run_is_not_compared_and_the_rest_is() {
    let stated = [
        "0.web found in X%2 after 4 ms",
        "Endpoints  [fe80::1%eth0]:8080/tcp",
    ];
    let printed = "0.web found in Y%7 after 9.5 ms\nmore\n  Endpoints [fe80::9%eth0]:8080/tcp\n";

    assert_eq!(missing(&stated, printed), None);
    for other in [
        printed.replace("8080", "80"),
        printed.replace("0.web", "0.wab"),
    ] {
        assert!(missing(&stated, &other).is_some(), "{other}");
    }
    assert!(missing(&[stated[1], stated[0]], printed).is_some());
}

/// A command, and what it prints.
#[derive(Debug)]
struct Step {
    host: u16,
    command: String,
    prints: Vec<String>,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in readme.split("<!-- tested -->\n```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        for line in block.lines() {
            let command = [("one$ ", 1), ("two$ ", 2)]
                .into_iter()
                .find_map(|(prompt, host)| Some((host, line.strip_prefix(prompt)?)));
            match (command, steps.last_mut()) {
                (Some((host, command)), _) => steps.push(Step {
                    host,
                    command: command.split('#').next().unwrap().trim().to_owned(),
                    prints: Vec::new(),
                }),
                (None, Some(step)) if !line.trim().is_empty() => step.prints.push(line.to_owned()),
                (None, _) => {}
            }
        }
    }
    steps
}

struct Hosts {
    lab: Lab,
    daemons: BTreeMap<u16, Daemon>,
    running: Vec<Child>,
    directory: tempfile::TempDir,
}

impl Hosts {
    fn take(&mut self, step: &Step) {
        let (command, stays) = match step.command.strip_suffix('&') {
            Some(command) => (command.trim(), true),
            None => (step.command.as_str(), false),
        };
        let words: Vec<&str> = command.split_whitespace().collect();
        let prints: Vec<&str> = step.prints.iter().map(String::as_str).collect();
        match (words[0], stays) {
            ("pnrpd", true) => {
                let daemon = Daemon::launch(&self.lab, step.host, &words[1..]);
                daemon.wait_until_ready();
                self.daemons.insert(step.host, daemon);
            }
            ("pnrp", true) => {
                let out = self.directory.path().join(self.running.len().to_string());
                let mut pnrp = self.daemons[&step.host].pnrp(&words[1..]);
                pnrp.stdout(File::create(&out).unwrap());
                self.running.push(pnrp.spawn().unwrap());
                wait_for(command, WITHIN, || {
                    let printed = fs::read_to_string(&out).unwrap();
                    missing(&prints, &printed).map_or(Ok(()), Err)
                });
            }
            ("pnrp", false) => {
                let output = self.daemons[&step.host].run(&words[1..]);
                check(command, &prints, &output);
            }
            ("curl", false) => {
                let socket = self.daemons[&step.host].socket();
                let command = command.replace("/run/pnrp/pnrpd.sock", &socket.to_string_lossy());
                let mut shell = Lab::command(&self.lab.host(step.host), "sh");
                check(
                    &command,
                    &prints,
                    &shell.args(["-c", &command]).output().unwrap(),
                );
            }
            _ => panic!("the README has {command:?}, which this test cannot run"),
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for child in &mut self.running {
            // Both fail only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn check(command: &str, prints: &[&str], output: &Output) {
    let (printed, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command}: {printed}{errors}");
    if let Some(missing) = missing(prints, &printed) {
        panic!("{command}: {missing}");
    }
}

/// What is stated, and was not printed after what is stated before it.
fn missing(stated: &[&str], printed: &str) -> Option<String> {
    let mut lines = printed.lines().map(loose);
    let missing = stated.iter().find(|&&line| {
        let wanted = loose(line);
        !lines.any(|line| line == wanted)
    })?;
    Some(format!("{missing:?} is not in: {printed}"))
}

/// A line without what differs from run to run.
fn loose(line: &str) -> Vec<String> {
    let word = |word: &str| match (
        word.rsplit_once("]:"),
        word.contains(|it: char| it.is_numeric()),
    ) {
        (Some((_, port)), _) => port.to_owned(),
        (None, true) if !word.starts_with("0.") => "#".to_owned(),
        (None, _) => word.to_owned(),
    };
    line.split_whitespace().map(word).collect()
}

fn readme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")
}

const WITHIN: Duration = Duration::from_secs(30);
