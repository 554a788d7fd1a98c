//! `pnrp capture check`: what survives decoding and encoding, and in which dialect it is.

use std::collections::BTreeMap;

use pnrp_capture::{Calibrator, Checker, Comparison, Finding, Freedom, Subject};
use serde::Serialize;

use super::{
    dialect::{self, Dialect, ProofLine},
    for_each, id_text, note_unfinished,
};
use crate::{args::CaptureFile, failure::Failure, output::Output};

pub(super) fn run(file: &CaptureFile, strict: bool, output: Output) -> Result<(), Failure> {
    let mut checker = Checker::default();
    let mut calibrator = Calibrator::default();
    let mut tally = Tally::default();
    let summary = for_each(file, |datagram| {
        for finding in checker.check(datagram) {
            tally.add(&finding);
            if output.is_json() {
                output.json(&Line::new(datagram.frame, &finding))?;
            } else if finding.result != Ok(Comparison::Same) {
                output.text(&text(datagram.frame, &finding))?;
            }
        }
        match calibrator.observe(datagram) {
            Some(proof) if output.is_json() => output.json(&ProofLine::new(&proof)),
            Some(proof) => output.text(&dialect::proof_text(&proof)),
            None => Ok(()),
        }
    })?;
    note_unfinished(checker.unfinished());
    if output.is_json() {
        output.json(&SummaryLine {
            summary: &tally,
            dialect: Dialect::new(calibrator.report()),
        })?;
    } else {
        for (subject, counts) in &tally.0 {
            output.text(&counts.text(*subject))?;
        }
        dialect::show(calibrator.report(), output)?;
    }
    let path = file.file.display();
    if summary.datagrams == 0 {
        let (port, packets) = (file.port, summary.packets);
        return Err(Failure::Other(format!(
            "{path}: no datagram of UDP port {port} in {packets} packets; \
             --port N looks for another"
        )));
    }
    tally
        .verdict(strict)
        .map_err(|text| Failure::Other(format!("{path}: {text}")))
}

/// The shape that `pnrp capture check --json` promises.
#[derive(Serialize)]
struct Line<'a> {
    frame: u64,
    subject: &'static str,
    message: Option<&'static str>,
    id: Option<String>,
    result: &'static str,
    normalized: Vec<&'static str>,
    /// Where the first byte differs.
    offset: Option<usize>,
    error: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn new(frame: u64, finding: &'a Finding) -> Self {
        let mut line = Self {
            frame,
            subject: finding.subject.as_str(),
            message: finding.kind.map(|kind| kind.name()),
            id: finding.id.map(id_text),
            result: "same",
            normalized: Vec::new(),
            offset: None,
            error: None,
        };
        match &finding.result {
            Ok(Comparison::Same) => {}
            Ok(Comparison::SameAfter(freedoms)) => {
                line.result = "normalized";
                line.normalized = freedoms.iter().map(|it| it.as_str()).collect();
            }
            Ok(Comparison::Different { offset }) => {
                line.result = "different";
                line.offset = Some(*offset);
            }
            Err(error) => {
                line.result = "undecodable";
                line.error = Some(error);
            }
        }
        line
    }
}

/// The last line of `pnrp capture check --json`.
#[derive(Serialize)]
struct SummaryLine<'a> {
    summary: &'a Tally,
    dialect: Dialect,
}

fn text(frame: u64, finding: &Finding) -> String {
    let name = finding.kind.map_or("?", |kind| kind.name()).to_uppercase();
    let id = finding.id.map_or_else(|| "-".to_owned(), id_text);
    let result = match &finding.result {
        Ok(Comparison::Same) => "same".to_owned(),
        Ok(Comparison::SameAfter(freedoms)) => {
            let freedoms: Vec<_> = freedoms.iter().map(Freedom::to_string).collect();
            format!("same after normalizing {}", freedoms.join(", "))
        }
        Ok(Comparison::Different { offset }) => format!("different from byte {offset} on"),
        Err(error) => format!("does not decode: {error}"),
    };
    format!(
        "{frame}  {name} {id}  {}: {result}",
        finding.subject.as_words()
    )
}

/// How many of each subject came out how.
#[derive(Default)]
struct Tally(BTreeMap<Subject, Counts>);

#[derive(Default, Serialize)]
struct Counts {
    checked: u64,
    same: u64,
    normalized: u64,
    different: u64,
    undecodable: u64,
}

impl Tally {
    fn add(&mut self, finding: &Finding) {
        let counts = self.0.entry(finding.subject).or_default();
        counts.checked += 1;
        *match &finding.result {
            Ok(Comparison::Same) => &mut counts.same,
            Ok(Comparison::SameAfter(_)) => &mut counts.normalized,
            Ok(Comparison::Different { .. }) => &mut counts.different,
            Err(_) => &mut counts.undecodable,
        } += 1;
    }

    fn verdict(&self, strict: bool) -> Result<(), String> {
        let sum = |count: fn(&Counts) -> u64| self.0.values().map(count).sum::<u64>();
        let (undecodable, different) = (sum(|it| it.undecodable), sum(|it| it.different));
        let normalized = sum(|it| it.normalized);
        if undecodable + different > 0 {
            Err(format!(
                "{undecodable} did not decode and {different} differ; \
                 pnrp capture decode shows what is in them"
            ))
        } else if strict && normalized > 0 {
            Err(format!(
                "{normalized} are the same only after normalizing; without --strict that will do"
            ))
        } else {
            Ok(())
        }
    }
}

impl Counts {
    fn text(&self, subject: Subject) -> String {
        let Self {
            checked,
            same,
            normalized,
            different,
            undecodable,
        } = self;
        let subject = subject.as_words();
        format!(
            "{subject}: {checked} checked, {same} same, {normalized} same after normalizing, \
             {different} different, {undecodable} not decoded"
        )
    }
}

impl Serialize for Tally {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.0.iter();
        serializer.collect_map(counts.map(|(subject, counts)| (subject.as_str(), counts)))
    }
}
