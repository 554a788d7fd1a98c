//! The addresses of seeds in the DNS. MS-PNRP §3.1.4.2.1.

use std::{
    collections::BTreeMap,
    future::pending,
    net::{Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{SeedSnapshot, clock};
use crate::cloud::Seed;

/// Looks names up beside the event loop, and remembers what came of it.
#[derive(Debug)]
pub(super) struct SeedLookups {
    seeds: Vec<Seed>,
    known: BTreeMap<String, Known>,
    /// The lookup that is under way.
    answers: Option<oneshot::Receiver<Answers>>,
}

type Answers = BTreeMap<String, Result<Vec<Ipv6Addr>, String>>;

/// What is known of a name.
#[derive(Debug, Default)]
struct Known {
    /// Those of the last time that there were any.
    addresses: Vec<Ipv6Addr>,
    failure: Option<String>,
    failures: u32,
    not_before: Option<Instant>,
}

impl SeedLookups {
    pub(super) fn new(seeds: Vec<Seed>) -> Self {
        Self {
            seeds,
            known: BTreeMap::new(),
            answers: None,
        }
    }

    /// Other seeds; what is known of their names stays known.
    pub(super) fn set(&mut self, seeds: Vec<Seed>) {
        self.seeds = seeds;
    }

    /// Looks up those names that did not fail a moment ago; [`Self::next`] tells, once for each call
    /// that does not find a lookup under way.
    pub(super) fn start(&mut self, names: Vec<String>) {
        if self.answers.is_some() {
            return;
        }
        let now = clock::now().instant;
        let is_due = |name: &String| {
            let known = self.known.get(name);
            known
                .and_then(|known| known.not_before)
                .is_none_or(|at| at <= now)
        };
        let due: Vec<String> = names.into_iter().filter(is_due).collect();
        let (results, receiver) = oneshot::channel();
        self.answers = Some(receiver);
        tokio::spawn(async move {
            let mut answers = Answers::new();
            for name in due {
                let answer = look_up(&name).await;
                answers.insert(name, answer);
            }
            // The receiver is gone when the cloud is.
            let _ = results.send(answers);
        });
    }

    /// All addresses that are known once a lookup is over.
    pub(super) async fn next(&mut self) -> BTreeMap<String, Vec<Ipv6Addr>> {
        let answers = match &mut self.answers {
            // An error says that the runtime ends.
            Some(answers) => answers.await.unwrap_or_default(),
            None => pending().await,
        };
        self.answers = None;
        for (name, answer) in answers {
            self.note(name, answer, clock::now().instant);
        }
        let addresses = |(name, known): (&String, &Known)| (name.clone(), known.addresses.clone());
        self.known.iter().map(addresses).collect()
    }

    /// A name that fails is left alone for ten seconds, and for twice as long each further time.
    fn note(&mut self, name: String, answer: Result<Vec<Ipv6Addr>, String>, now: Instant) {
        let known = self.known.entry(name.clone()).or_default();
        match answer {
            Ok(addresses) => {
                *known = Known {
                    addresses,
                    ..Known::default()
                };
            }
            Err(failure) => {
                tracing::info!(seed = name, failure, "seed not found");
                let wait = FIRST_WAIT.saturating_mul(1 << known.failures.min(16));
                let wait = wait.min(LONGEST_WAIT);
                let jitter = 0.75 + clock::chance() / 2.0;
                known.failures = known.failures.saturating_add(1);
                known.not_before = Some(now + wait.mul_f64(jitter));
                known.failure = Some(failure);
            }
        }
    }

    pub(super) fn snapshot(&self) -> Vec<SeedSnapshot> {
        let of = |seed: &Seed| match seed {
            Seed::Address(endpoint) => SeedSnapshot {
                seed: seed.clone(),
                addresses: vec![endpoint.address],
                failure: None,
            },
            Seed::Name(name, _) => {
                let known = self.known.get(name);
                SeedSnapshot {
                    seed: seed.clone(),
                    addresses: known.map_or_else(Vec::new, |known| known.addresses.clone()),
                    failure: known.and_then(|known| known.failure.clone()),
                }
            }
        };
        self.seeds.iter().map(of).collect()
    }
}

/// The IPv6 addresses of a host.
///
/// # Errors
/// What the system's resolver says, or that it says nothing.
pub async fn look_up(name: &str) -> Result<Vec<Ipv6Addr>, String> {
    let looked_up = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name, 0))).await;
    let found = match looked_up {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    let mut addresses: Vec<Ipv6Addr> = found
        .filter_map(|address| match address {
            SocketAddr::V6(address) => Some(*address.ip()),
            SocketAddr::V4(_) => None,
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    match addresses.is_empty() {
        true => Err("it has no IPv6 address".to_owned()),
        false => Ok(addresses),
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_looked_up_and_one_that_fails_left_alone() {
        let name = "no-such-host.invalid";
        let seeds = ["localhost", name].map(|text| text.parse().unwrap());
        let mut lookups = SeedLookups::new(seeds.to_vec());

        lookups.start(vec!["localhost".to_owned(), name.to_owned()]);
        let first = lookups.next().await;
        let refused = lookups.snapshot()[1].failure.clone();
        let again_at = lookups.known[name].not_before;
        lookups.start(vec![name.to_owned()]);
        lookups.next().await;

        // A host whose file gives localhost no IPv6 address is no failure of ours.
        if lookups.snapshot()[0].failure.is_none() {
            assert_eq!(first["localhost"], [Ipv6Addr::LOCALHOST]);
        }
        assert!(refused.is_some());
        assert_eq!(lookups.known[name].not_before, again_at);
    }

    #[test]
    fn each_failure_doubles_the_wait_up_to_ten_minutes() {
        let mut lookups = SeedLookups::new(Vec::new());
        let now = clock::now().instant;
        let mut waits = Vec::new();
        for _ in 0..10 {
            lookups.note("seed".to_owned(), Err("refused".to_owned()), now);
            waits.push(lookups.known["seed"].not_before.unwrap() - now);
        }

        for (round, wait) in waits.iter().enumerate() {
            let middle = (10 << round).min(600);
            let range =
                Duration::from_secs(middle * 3 / 4 - 1)..=Duration::from_secs(middle * 5 / 4 + 1);
            assert!(range.contains(wait), "{round}: {wait:?}");
        }
        lookups.note("seed".to_owned(), Ok(Vec::new()), now);
        assert_eq!(lookups.known["seed"].not_before, None);
    }
}
