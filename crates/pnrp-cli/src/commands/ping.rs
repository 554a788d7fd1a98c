//! `pnrp ping`: whether a node is there.

use std::{path::Path, time::Duration};

use pnrp_api::{Error, Host, Pnrp, Pong, ResolveRequest};
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    args::Ping,
    failure::Failure,
    node::daemon_or_own,
    output::{Output, printable},
};

pub(crate) async fn run(args: &Ping, socket: Option<&Path>, output: Output) -> Result<(), Failure> {
    let target = Target::parse(&args.target)?;
    let pnrp = daemon_or_own(socket, &args.own).await?;
    let host = match target {
        Target::Host(host) => host,
        Target::Name(name) => publisher(&pnrp, &name).await?,
    };
    let mut tally = Tally::default();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut next_at = Instant::now();
    while args.count == 0 || tally.sent < args.count {
        let ping = async {
            tokio::time::sleep_until(next_at).await;
            pnrp.ping(&host).await
        };
        let answer = tokio::select! {
            answer = ping => answer,
            _ = &mut interrupt => break,
        };
        next_at = Instant::now() + args.interval;
        tally.sent += 1;
        match answer {
            Ok(pong) => {
                tally.times.push(pong.time);
                show(&pong, output)?;
            }
            Err(Error::NoAnswer { node, reason }) => show_silence(&node, &reason, output)?,
            Err(error) => return Err(error.into()),
        }
    }
    tally.show(&host, output)?;
    match tally.times.is_empty() {
        true => Err(Failure::Unknown(format!(
            "{host} did not answer; check that a node runs there, and that UDP port 3540 is open"
        ))),
        false => Ok(()),
    }
}

/// What is to be pinged. A text that could be a peer name or a host is a peer name.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Host(Host),
    Name(String),
}

impl Target {
    fn parse(text: &str) -> Result<Self, Failure> {
        match text.parse::<pnrp_wire::PeerName>() {
            Ok(_) => Ok(Self::Name(text.to_owned())),
            Err(_) => Ok(Self::Host(text.parse()?)),
        }
    }
}

/// The node that publishes a name.
async fn publisher(pnrp: &Pnrp, name: &str) -> Result<Host, Failure> {
    let found = pnrp.resolve_first(ResolveRequest::new(name)).await?;
    let node = found.node.into_iter().next();
    let node = node.ok_or_else(|| {
        let name = printable(name);
        Failure::Other(format!(
            "{name} is registered at this node; ping another name"
        ))
    })?;
    Ok(Host::Address(node.address, node.port))
}

#[derive(Serialize)]
struct Silence<'a> {
    from: &'a str,
    time_ms: Option<f64>,
    reason: &'a str,
}

fn show(pong: &Pong, output: Output) -> Result<(), Failure> {
    match output.is_json() {
        true => output.json(pong),
        false => output.text(&format!(
            "{}  {} ms  {}",
            pong.from,
            super::trace::milliseconds(pong.time),
            pong.cloud
        )),
    }
}

fn show_silence(node: &str, reason: &str, output: Output) -> Result<(), Failure> {
    match output.is_json() {
        true => output.json(&Silence {
            from: node,
            time_ms: None,
            reason,
        }),
        false => output.text(&format!("{node}  {reason}")),
    }
}

#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    times: Vec<Duration>,
}

#[derive(Serialize)]
struct Summary {
    sent: u64,
    answered: usize,
    min_ms: Option<f64>,
    mean_ms: Option<f64>,
    max_ms: Option<f64>,
}

impl Tally {
    fn summary(&self) -> Summary {
        let count = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        let total: Duration = self.times.iter().sum();
        let milliseconds = super::trace::milliseconds;
        Summary {
            sent: self.sent,
            answered: self.times.len(),
            min_ms: self.times.iter().min().copied().map(milliseconds),
            mean_ms: total.checked_div(count).map(milliseconds),
            max_ms: self.times.iter().max().copied().map(milliseconds),
        }
    }

    fn show(&self, host: &Host, output: Output) -> Result<(), Failure> {
        let summary = self.summary();
        if output.is_json() {
            return output.json(&summary);
        }
        let times = match (summary.min_ms, summary.mean_ms, summary.max_ms) {
            (Some(min), Some(mean), Some(max)) => {
                format!("; least {min}, mean {mean}, most {max} ms")
            }
            _ => String::new(),
        };
        output.text(&format!(
            "{host}: {} sent, {} answered{times}",
            summary.sent, summary.answered
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_peer_name_or_a_host() {
        let host = |text: &str| Target::Host(text.parse().unwrap());
        let name = |text: &str| Target::Name(text.to_owned());
        let authority = format!("{}.web", "ab".repeat(20));

        assert_eq!(Target::parse("0.web").unwrap(), name("0.web"));
        assert_eq!(Target::parse(&authority).unwrap(), name(&authority));
        assert_eq!(Target::parse("2001:db8::1").unwrap(), host("2001:db8::1"));
        assert_eq!(Target::parse("a.example").unwrap(), host("a.example"));
        assert!(Target::parse("two words").is_err());
    }

    #[test]
    fn a_summary_has_the_least_the_mean_and_the_most() {
        let tally = Tally {
            sent: 3,
            times: [1, 3].map(Duration::from_millis).to_vec(),
        };

        let summary = tally.summary();

        assert_eq!((summary.sent, summary.answered), (3, 2));
        assert_eq!(
            (summary.min_ms, summary.mean_ms, summary.max_ms),
            (Some(1.0), Some(2.0), Some(3.0))
        );
        assert_eq!(Tally::default().summary().mean_ms, None);
    }
}
