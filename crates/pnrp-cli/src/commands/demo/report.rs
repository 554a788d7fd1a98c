//! The demonstration as it is told: sections for people, one JSON object for programs.

use std::time::SystemTime;

use pnrp_api::{CloudInfo, Found, Hop, Proof, RegistrationHandle};
use serde_json::{Map, Value, json};

use super::{super::trace, ENDPOINT, NAME, Outcome};
use crate::{
    failure::Failure,
    output::{Output, list},
};

/// What was shown so far.
pub(super) struct Report {
    output: Output,
    hops: Vec<Hop>,
    json: Map<String, Value>,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            hops: Vec::new(),
            json: Map::new(),
        }
    }

    pub(super) fn clouds(&mut self, clouds: &[CloudInfo]) -> Result<(), Failure> {
        self.section(&format!(
            "{} nodes, each with its own cloud on loopback",
            clouds.len()
        ))?;
        let mut nodes = Vec::new();
        for (index, cloud) in clouds.iter().enumerate() {
            let (node, listening) = (index + 1, list(&cloud.listening()));
            self.say(&format!(
                "node {node:<3}  {listening}  {}  {}, knows {} others",
                cloud.name, cloud.state, cloud.cached
            ))?;
            nodes.push(json!({
                "node": node, "cloud": cloud.name, "listening": listening,
                "state": cloud.state, "cached": cloud.cached,
            }));
        }
        self.json.insert("nodes".to_owned(), nodes.into());
        Ok(())
    }

    pub(super) fn registration(
        &mut self,
        published: &RegistrationHandle,
        nodes: u16,
    ) -> Result<(), Failure> {
        self.section("Node 1 registers a name")?;
        for entry in published.entries() {
            self.say(&format!("name      {NAME}"))?;
            self.say(&format!("PNRP ID   {}", entry.pnrp_id))?;
            self.say(&format!("endpoint  {}", list(&entry.endpoints)))?;
        }
        let value = json!({ "name": NAME, "entries": published.entries() });
        self.json.insert("registration".to_owned(), value);
        self.section(&format!("Node {nodes} resolves it"))
    }

    pub(super) fn resolve_started(&mut self, attempt: u32) -> Result<(), Failure> {
        if attempt > 1 {
            self.say("not found; its neighbours are still being told, so once more")?;
        }
        self.hops.clear();
        Ok(())
    }

    pub(super) fn hop(&mut self, hop: Hop) -> Result<(), Failure> {
        self.hops.push(hop);
        match self.hops.as_slice() {
            [.., hop] => self.say(&format!("hop {:<3}  {}", self.hops.len(), trace::line(hop))),
            [] => Ok(()),
        }
    }

    /// Shows what was checked; tells whether all of it holds.
    pub(super) fn verification(
        &mut self,
        published: &RegistrationHandle,
        outcome: &Outcome,
    ) -> Result<bool, Failure> {
        let elapsed_ms = trace::milliseconds(outcome.elapsed);
        let hops: Vec<_> = self.hops.iter().map(trace::HopRow::from).collect();
        let resolve = json!({
            "hops": hops, "attempts": outcome.attempts, "elapsed_ms": elapsed_ms,
            "found": outcome.found,
        });
        self.json.insert("resolve".to_owned(), resolve);
        let Some(found) = &outcome.found else {
            self.say(&format!("not found in {} attempts", outcome.attempts))?;
            return Ok(false);
        };
        self.say(&format!(
            "found     {} after {elapsed_ms} ms",
            list(&found.endpoints)
        ))?;

        self.section("What was verified")?;
        let checks = checks(published, found);
        for (holds, what) in &checks {
            self.say(&format!("{}  {what}", if *holds { "yes" } else { "NO " }))?;
        }
        let checks = checks
            .into_iter()
            .map(|(holds, what)| json!({ "holds": holds, "what": what }));
        let checks: Vec<_> = checks.collect();
        let all = checks.iter().all(|check| check["holds"] == true);
        self.json.insert("verified".to_owned(), checks.into());
        Ok(all)
    }

    pub(super) fn unregistered(&mut self, is_gone: bool) -> Result<(), Failure> {
        self.section("Node 1 unregisters the name")?;
        self.json.insert(
            "unregistered".to_owned(),
            json!({ "found_again": !is_gone }),
        );
        match is_gone {
            true => self.say("it is not found any more"),
            false => self.say("it is still found"),
        }
    }

    pub(super) fn finish(self, succeeded: bool) -> Result<(), Failure> {
        if !self.output.is_json() {
            return Ok(());
        }
        let mut json = self.json;
        json.insert("ok".to_owned(), succeeded.into());
        self.output.json(&json)
    }

    fn section(&self, title: &str) -> Result<(), Failure> {
        match self.json.is_empty() && !self.output.is_json() {
            true => self.line(title),
            false => self.line(&format!("\n{title}")),
        }
    }

    fn say(&self, line: &str) -> Result<(), Failure> {
        self.line(&format!("  {line}"))
    }

    fn line(&self, line: &str) -> Result<(), Failure> {
        if self.output.is_json() {
            Ok(())
        } else {
            self.output.text(line)
        }
    }
}

/// What has to hold for the result to be believed. MS-PNRP §3.1.5.7.
fn checks(published: &RegistrationHandle, found: &Found) -> Vec<(bool, String)> {
    let entry = published
        .entries()
        .iter()
        .find(|entry| entry.cloud == found.cloud);
    let endpoints = found.endpoints.iter().map(ToString::to_string);
    let is_equal = endpoints.eq([ENDPOINT.to_owned()]);
    let (is_signed, signer) = match &found.proof {
        Proof::Cpa { signer, .. } => (true, signer.as_str()),
        Proof::Local => (false, "nobody"),
    };
    vec![
        (
            is_equal,
            format!("the endpoint is the one registered: {ENDPOINT}"),
        ),
        (
            is_signed,
            format!("the certified peer address is signed by the key with authority {signer}"),
        ),
        (
            is_signed,
            "it repeats the nonce of this resolve, so it is no recording".to_owned(),
        ),
        (
            entry.is_some_and(|entry| entry.pnrp_id == found.pnrp_id),
            format!(
                "its name and location hash to the PNRP ID {}",
                found.pnrp_id
            ),
        ),
        (
            is_unexpired(found),
            format!("it expires at {}", found.expires_text()),
        ),
    ]
}

#[expect(
    clippy::disallowed_methods,
    reason = "the demonstration checks expiry by the wall clock"
)]
fn is_unexpired(found: &Found) -> bool {
    found.expires > SystemTime::now()
}
