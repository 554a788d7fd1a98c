//! `pnrp trace`: which nodes are asked for a name, and what comes of it.

use std::{path::Path, time::Duration};

use pnrp_api::{Error, Found, Hop, NodeEndpoint, ResolveEvent, Verdict};
use serde::Serialize;

use crate::{
    args::Trace as Args,
    failure::Failure,
    output::{Output, list, printable},
};

pub(crate) async fn run(args: &Args, socket: Option<&Path>, output: Output) -> Result<(), Failure> {
    let mut events = super::resolve::start(&args.name, &args.search, socket).await?;
    let (mut hops, mut found, mut outcome) = (Vec::new(), None, Ok(()));
    while let Some(event) = events.next().await {
        match event {
            ResolveEvent::Hop(hop) => {
                if !output.is_json() {
                    output.text(&line(&hop))?;
                }
                hops.push(hop);
            }
            ResolveEvent::Found(publisher) => found = Some(publisher),
            ResolveEvent::Ended { result } => outcome = result,
        }
    }
    if output.is_json() {
        let hops = hops.iter().map(HopRow::from).collect();
        output.json(&Trace {
            hops,
            result: result_word(&outcome),
        })?;
    } else {
        output.text(&sentence(&args.name, hops.len(), found.as_deref()))?;
    }
    Ok(outcome?)
}

/// Endpoint, bits of the target, round-trip time, verdict.
pub(super) fn line(hop: &Hop) -> String {
    let rtt = milliseconds(hop.rtt);
    format!(
        "{}  {} bits  {rtt} ms  {}",
        hop.endpoint, hop.bits, hop.verdict
    )
}

/// A duration in milliseconds, to the microsecond.
pub(super) fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// The shape that `pnrp trace --json` promises.
#[derive(Serialize)]
struct Trace<'a> {
    hops: Vec<HopRow<'a>>,
    result: &'static str,
}

/// A hop as `--json` shows it.
#[derive(Serialize)]
pub(super) struct HopRow<'a> {
    endpoint: &'a NodeEndpoint,
    bits: u32,
    rtt_ms: f64,
    verdict: Verdict,
}

impl<'a> From<&'a Hop> for HopRow<'a> {
    fn from(hop: &'a Hop) -> Self {
        Self {
            endpoint: &hop.endpoint,
            bits: hop.bits,
            rtt_ms: milliseconds(hop.rtt),
            verdict: hop.verdict,
        }
    }
}

fn result_word(outcome: &Result<(), Error>) -> &'static str {
    match outcome {
        Ok(()) => "found",
        Err(Error::NotFound { .. }) => "not_found",
        Err(Error::TimedOut { .. }) => "timed_out",
        Err(Error::Alone { .. }) => "alone",
        Err(_) => "failed",
    }
}

fn sentence(name: &str, hops: usize, found: Option<&Found>) -> String {
    let name = printable(name);
    let hops = if hops == 1 {
        "1 hop".to_owned()
    } else {
        format!("{hops} hops")
    };
    match found {
        Some(found) => format!(
            "Found {name} at {} in {} after {hops} and {} ms.",
            list(&found.endpoints),
            found.cloud,
            milliseconds(found.elapsed)
        ),
        None => format!("Did not find {name} after {hops}."),
    }
}
