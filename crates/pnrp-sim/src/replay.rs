//! What happened to a resolve in a real cloud, as a description that a scenario can repeat.
//!
//! It is read from what `pnrp trace NAME --json` prints.

use std::{
    fs, io,
    net::Ipv6Addr,
    path::{Path, PathBuf},
    time::Duration,
};

use pnrp_wire::Endpoint;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One resolve in a real cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The nodes that were asked, in order; at least one.
    pub hops: Vec<ReplayHop>,
    /// How it ended.
    pub outcome: ReplayOutcome,
}

/// One node that was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayHop {
    /// Where it listened; the zone is left out.
    pub endpoint: Endpoint,
    /// From the first transmission to the answer, or to giving up.
    pub elapsed: Duration,
    /// Leading bits that its ID shares with the target, at most 256.
    pub bits: u32,
    /// Of those, the ones that no node shared that had answered before. None for a silent node.
    pub gained: u32,
    /// What came of it.
    pub verdict: ReplayVerdict,
}

impl ReplayHop {
    /// Whether it did not answer.
    pub fn is_silent(&self) -> bool {
        self.verdict == ReplayVerdict::Unreachable
    }

    /// Whether it was asked for its proof, by INQUIRE, and not for a closer node, by LOOKUP.
    pub fn is_inquire(&self) -> bool {
        matches!(
            self.verdict,
            ReplayVerdict::Published | ReplayVerdict::Unproven
        )
    }

    /// The time to its answer, if there was one.
    pub fn round_trip(&self) -> Option<Duration> {
        (!self.is_silent()).then_some(self.elapsed)
    }
}

/// What came of asking a node, as `pnrp trace` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayVerdict {
    /// It named a closer node, or is the closest itself.
    Accepted,
    /// It knows nothing that helps.
    DeadEnd,
    /// It did not answer.
    Unreachable,
    /// It should know the target, and does not.
    Suspicious,
    /// The ID it was asked under is not registered there.
    NotRegistered,
    /// It declined for lack of resources.
    Busy,
    /// It answered, and its proof does not hold.
    Unproven,
    /// It proved that it publishes the name.
    Published,
}

/// How a resolve ended, as `pnrp trace` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// A publisher was found.
    Found,
    /// No publisher was found.
    NotFound,
    /// Time ran out.
    TimedOut,
    /// There was nobody to ask.
    Alone,
    /// Something else went wrong.
    Failed,
}

/// Why a trace cannot be repeated, with what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("cannot read the trace {}", path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is something else, or was cut off.
    #[error(
        "{} is not a trace; write one with `pnrp trace NAME --json`",
        path.display()
    )]
    NotATrace {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// A value cannot be.
    #[error("hop {number} of the trace {} has {what}", path.display())]
    BadHop {
        /// Which file.
        path: PathBuf,
        /// Which hop, from 1.
        number: usize,
        /// What is wrong with it.
        what: String,
    },
    /// Nobody was asked.
    #[error(
        "the trace {} has no hops, so there is nothing to repeat; trace a name that another node \
         publishes",
        path.display()
    )]
    NoHops {
        /// Which file.
        path: PathBuf,
    },
}

impl Replay {
    /// Reads what `pnrp trace NAME --json` has printed.
    ///
    /// # Errors
    /// When the file cannot be read, is no trace, has values that cannot be, or has no hops.
    pub fn read(path: &Path) -> Result<Self, ReplayError> {
        let text = fs::read_to_string(path).map_err(|source| ReplayError::Read {
            path: path.to_owned(),
            source,
        })?;
        let trace: Trace = serde_json::from_str(&text).map_err(|source| {
            let path = path.to_owned();
            ReplayError::NotATrace { path, source }
        })?;
        if trace.hops.is_empty() {
            let path = path.to_owned();
            return Err(ReplayError::NoHops { path });
        }
        let mut hops = Vec::with_capacity(trace.hops.len());
        let mut best = 0;
        for (number, row) in (1..).zip(trace.hops) {
            let hop = row.hop(best).map_err(|what| ReplayError::BadHop {
                path: path.to_owned(),
                number,
                what,
            })?;
            best += hop.gained;
            hops.push(hop);
        }
        Ok(Self {
            hops,
            outcome: trace.result,
        })
    }

    /// The time that all hops took one after another. The resolve itself took less where it asked
    /// several nodes at a time.
    pub fn elapsed(&self) -> Duration {
        self.hops.iter().map(|hop| hop.elapsed).sum()
    }

    /// How many nodes did not answer.
    pub fn silent(&self) -> usize {
        self.hops.iter().filter(|hop| hop.is_silent()).count()
    }
}

/// The shape that `pnrp trace --json` promises.
#[derive(Deserialize)]
struct Trace {
    hops: Vec<Row>,
    result: ReplayOutcome,
}

#[derive(Deserialize)]
struct Row {
    endpoint: String,
    bits: u32,
    rtt_ms: f64,
    verdict: ReplayVerdict,
}

impl Row {
    /// The hop, after others of which the best shared so many bits; or what is wrong with it.
    fn hop(self, best: u32) -> Result<ReplayHop, String> {
        let endpoint = endpoint(&self.endpoint).ok_or_else(|| {
            let text = &self.endpoint;
            format!("the endpoint {text:?}, which is not [ADDRESS]:PORT with a port above 0")
        })?;
        if self.bits > ID_BITS {
            let bits = self.bits;
            return Err(format!("{bits} bits, and an ID has {ID_BITS}"));
        }
        let elapsed = Duration::try_from_secs_f64(self.rtt_ms / 1_000.0).ok();
        let elapsed = elapsed.filter(|elapsed| *elapsed <= LONGEST);
        let elapsed = elapsed.ok_or_else(|| {
            let rtt = self.rtt_ms;
            format!("a time of {rtt} ms, which is not between 0 and an hour")
        })?;
        let gained = match self.verdict {
            ReplayVerdict::Unreachable => 0,
            ReplayVerdict::Accepted
            | ReplayVerdict::DeadEnd
            | ReplayVerdict::Suspicious
            | ReplayVerdict::NotRegistered
            | ReplayVerdict::Busy
            | ReplayVerdict::Unproven
            | ReplayVerdict::Published => self.bits.saturating_sub(best),
        };
        Ok(ReplayHop {
            endpoint,
            elapsed,
            bits: self.bits,
            gained,
            verdict: self.verdict,
        })
    }
}

/// Reads `[fe80::1%eth0]:3540` without the zone.
fn endpoint(text: &str) -> Option<Endpoint> {
    let (address, port) = text.strip_prefix('[')?.rsplit_once("]:")?;
    let (address, _) = address.split_once('%').unwrap_or((address, ""));
    let address: Ipv6Addr = address.parse().ok()?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    Some(Endpoint { address, port })
}

/// The length of a PNRP ID.
const ID_BITS: u32 = 256;
/// No hop takes longer.
const LONGEST: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    const TRACE: &str = r#"{"hops":[
        {"endpoint":"[2001:db8::1]:3540","bits":4,"rtt_ms":80.125,"verdict":"accepted"},
        {"endpoint":"[2001:db8::2]:3540","bits":9,"rtt_ms":2000.0,"verdict":"unreachable"},
        {"endpoint":"[2001:db8::3]:3540","bits":7,"rtt_ms":151.5,"verdict":"accepted"},
        {"endpoint":"[2001:db8::4]:3540","bits":5,"rtt_ms":60,"verdict":"dead_end"},
        {"endpoint":"[fe80::5%eth0]:9999","bits":128,"rtt_ms":90.0,"verdict":"published"}
    ],"result":"found"}"#;

    fn read(name: &str, text: &str) -> Result<Replay, ReplayError> {
        let name = format!("pnrp-sim-trace-{}-{name}.json", process::id());
        let path = env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        let replay = Replay::read(&path);
        fs::remove_file(path).unwrap();
        replay
    }

    fn refused(name: &str, from: &str, to: &str) -> String {
        let error = read(name, &TRACE.replace(from, to)).unwrap_err();
        // With all causes, as the command line says it.
        let error = format!("{:#}", anyhow::Error::from(error));
        assert!(error.contains(&format!("{name}.json")), "{error}");
        error
    }

    #[test]
    fn a_trace_tells_round_trips_silence_and_bits_gained() {
        let replay = read("good", TRACE).unwrap();
        let of = |what: fn(&ReplayHop) -> u32| replay.hops.iter().map(what).collect::<Vec<_>>();

        assert_eq!(of(|hop| hop.bits), [4, 9, 7, 5, 128]);
        assert_eq!(of(|hop| hop.gained), [4, 0, 3, 0, 121]);
        assert_eq!(of(|hop| hop.is_silent().into()), [0, 1, 0, 0, 0]);
        assert_eq!(of(|hop| hop.is_inquire().into()), [0, 0, 0, 0, 1]);
        assert_eq!(replay.outcome, ReplayOutcome::Found);
        assert_eq!(replay.silent(), 1);
        assert_eq!(replay.elapsed(), Duration::from_micros(2_381_625));
        let first = replay.hops[0].round_trip();
        assert_eq!(first, Some(Duration::from_micros(80_125)));
        assert_eq!(replay.hops[1].round_trip(), None);
        assert_eq!(replay.hops[4].endpoint.port, 9_999);
    }

    #[test]
    fn what_is_no_trace_is_refused_with_its_place() {
        let error = refused("report", TRACE, r#"{"version": 1}"#);
        assert!(error.contains("missing field `hops`"), "{error}");
        assert!(error.contains("pnrp trace NAME --json"), "{error}");

        let error = refused("verdict", "dead_end", "lost");
        assert!(
            error.contains("`lost`") && error.contains("line 5"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_number_of_its_hop() {
        let error = refused("endpoint", "[2001:db8::2]:3540", "192.0.2.1:3540");
        assert!(error.starts_with("hop 2 of the trace"), "{error}");
        assert!(error.contains("\"192.0.2.1:3540\""), "{error}");

        let error = refused("bits", "\"bits\":7", "\"bits\":257");
        assert!(error.ends_with("257 bits, and an ID has 256"), "{error}");

        let error = refused("negative", "60,", "-1,");
        assert!(
            error.contains("hop 4") && error.contains("-1 ms"),
            "{error}"
        );
    }

    #[test]
    fn nothing_to_repeat_is_said() {
        let error = refused("alone", TRACE, r#"{"hops":[],"result":"alone"}"#);

        assert!(error.contains("has no hops"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Replay::read(Path::new("nowhere/trace.json")).unwrap_err();

        assert!(
            error
                .to_string()
                .starts_with("cannot read the trace nowhere/")
        );
    }
}
