//! Daemons and commands on hosts of their own: names are registered on one and resolved on
//! another, and tshark reads what they send.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "fixtures of a test: a panic is its failure, and figures are printed"
)]

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use pnrp_tests::{
    clock::{now, wait_for},
    daemon::{Daemon, Registered, text},
    lab::Lab,
    skip::skip,
    traffic::{is_understood_by_tshark, sample},
    tshark::{self, Capture},
};
use pnrp_wire::MessageType;
use serde_json::{Value, json};

#[test]
fn a_name_is_found_from_two_hosts_away_and_vanishes_with_its_owner() {
    if let Err(reason) = Lab::available().and_then(|()| tshark::available()) {
        return skip(&reason);
    }
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new(3);
    let capture = Capture::start(&lab, &directory.path().join("recorded.pcap"));
    let daemons = chain(&lab);

    let registration = is_found("0.first-light", &daemons);
    vanishes("0.first-light", registration, &daemons);

    drop(daemons);
    let types = is_understood_by_tshark(&capture.stop(), directory.path());
    // The least that it takes to get acquainted and to resolve.
    use MessageType as T;
    for kind in [
        T::Solicit,
        T::Advertise,
        T::Request,
        T::Flood,
        T::Ack,
        T::Inquire,
        T::Authority,
    ] {
        assert!(types.contains(&kind), "no {kind:?} was sent");
    }
}

/// `pnrpd` on each host; each knows the one before it.
fn chain(lab: &Lab) -> Vec<Daemon> {
    let peers = |host: u16| (host > 1).then(|| host - 1);
    let daemons: Vec<_> = lab
        .hosts()
        .map(|host| Daemon::spawn(lab, host, peers(host).as_slice()))
        .collect();
    daemons.iter().for_each(Daemon::wait_until_ready);
    daemons
}

/// Registers the first name of all at the first daemon, and resolves it once at the last.
fn is_found(name: &str, daemons: &[Daemon]) -> Registered {
    let registration = Registered::new(&daemons[0], name, "[fe80::1%eth0]:8080/tcp");
    let started = now();
    let found = resolve(&daemons[daemons.len() - 1], name).unwrap();
    let elapsed = started.elapsed();
    println!("{name} found {elapsed:?} after its registration: {found}");
    assert!(elapsed < FOUND_WITHIN, "{name} found after {elapsed:?}");
    let endpoints = json!([{"address": "fe80::1%eth0", "port": 8080, "protocol": "tcp"}]);
    assert_eq!(found["name"], name);
    assert_eq!(found["endpoints"], endpoints);
    assert_eq!(found["secure"], false);
    has_the_promised_shape(&found);
    registration
}

fn vanishes(name: &str, registration: Registered, daemons: &[Daemon]) {
    let started = now();
    registration.terminate();
    wait_for("disappearance", GONE_WITHIN, || {
        match resolve(&daemons[daemons.len() - 1], name) {
            Ok(found) => Err(found.to_string()),
            Err(_) => Ok(()),
        }
    });
    let elapsed = started.elapsed();
    println!("{name} gone {elapsed:?} after the end of its owner");
    assert!(elapsed < GONE_WITHIN, "{name} gone after {elapsed:?}");
}

const FOUND_WITHIN: Duration = Duration::from_secs(3);
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// The line that `pnrp resolve --json` prints, or an account of how it ended with status 3.
fn resolve(daemon: &Daemon, name: &str) -> Result<Value, String> {
    let output = daemon.run(&["resolve", name, "--json"]);
    let said = text(&output.stderr);
    match output.status.code() {
        Some(0) => {
            let lines = text(&output.stdout);
            let line = lines.lines().next().unwrap_or_default();
            let found = serde_json::from_str(line);
            Ok(found.unwrap_or_else(|error| panic!("{error}: {lines:?}")))
        }
        Some(3) => Err(said),
        _ => panic!("pnrp resolve {name} ended with {}: {said}", output.status),
    }
}

fn has_the_promised_shape(found: &Value) {
    let keys: BTreeSet<_> = found
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let promised = [
        "name",
        "cloud",
        "pnrp_id",
        "endpoints",
        "comment",
        "payload",
        "authority",
        "publisher",
        "secure",
        "strength",
        "binding",
        "expires",
        "elapsed_ms",
    ];
    assert_eq!(keys, BTreeSet::from(promised));
}

const CROWD: u16 = 20;
/// Every host and every other.
const PAIRS: usize = 380;

#[test]
fn twenty_hosts_resolve_each_other_and_tshark_reads_what_they_send() {
    if let Err(reason) = Lab::available().and_then(|()| tshark::available()) {
        return skip(&reason);
    }
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new(CROWD);
    let capture = Capture::start(&lab, &directory.path().join("recorded.pcap"));
    let daemons = chain(&lab);
    let hosts: Vec<_> = lab.hosts().zip(&daemons).collect();
    let registrations = register_all(&hosts);

    settle(&hosts);
    resolve_all(&hosts);

    registrations.into_iter().for_each(Registered::terminate);
    drop(daemons);
    let datagrams = capture.stop();
    println!("{} datagrams recorded", datagrams.len());
    let types = is_understood_by_tshark(&sample(&datagrams), directory.path());
    assert_eq!(types, BTreeSet::from(MessageType::ALL));
}

fn register_all(hosts: &[(u16, &Daemon)]) -> Vec<Registered> {
    let started = now();
    let registrations: Vec<_> = hosts
        .iter()
        .map(|(host, daemon)| {
            let endpoint = format!("[{}%eth0]:8080/tcp", Lab::link_local(*host));
            Registered::new(daemon, &name_of(*host), &endpoint)
        })
        .collect();
    println!(
        "{} names registered in {:?}",
        registrations.len(),
        started.elapsed()
    );
    registrations
}

/// Resolves until each name has been found from each host, and says after which wait every
/// resolve finds its name.
fn settle(hosts: &[(u16, &Daemon)]) {
    let registered = now();
    let misses: Vec<_> = for_all(&pairs(hosts), |pair| {
        let mut last_miss = Duration::ZERO;
        wait_for("resolution", SETTLED_WITHIN, || {
            let begun = registered.elapsed();
            resolve_one(pair).inspect_err(|_| last_miss = begun)
        });
        last_miss
    });
    println!(
        "{} of {} names were found at once; the last resolve that missed began {:?} after the \
         last registration",
        misses.iter().filter(|miss| miss.is_zero()).count(),
        misses.len(),
        misses.iter().max().unwrap(),
    );
}

const SETTLED_WITHIN: Duration = Duration::from_secs(30);
/// Commands at a time, on a machine that may have two cores.
const RESOLVERS: usize = 4;

/// Resolves each name from each other host, once.
fn resolve_all(hosts: &[(u16, &Daemon)]) {
    let started = now();
    let mut outcomes = for_all(&pairs(hosts), |pair| {
        let started = now();
        let miss = resolve_one(pair).err();
        (started.elapsed(), miss)
    });
    outcomes.sort();
    println!(
        "{} resolves in {:?}: median {:?}, longest {:?}",
        outcomes.len(),
        started.elapsed(),
        outcomes[outcomes.len() / 2].0,
        outcomes[outcomes.len() - 1].0
    );
    let misses: Vec<_> = outcomes
        .iter()
        .filter_map(|(_, miss)| miss.as_ref())
        .collect();
    assert_eq!(
        outcomes.len() - misses.len(),
        PAIRS,
        "not found: {misses:#?}"
    );
}

/// Whose name is to be resolved by whom.
#[derive(Clone, Copy)]
struct Pair<'a> {
    resolver: u16,
    daemon: &'a Daemon,
    owner: u16,
}

fn pairs<'a>(hosts: &[(u16, &'a Daemon)]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for &(resolver, daemon) in hosts {
        let owners = hosts.iter().map(|(owner, _)| *owner);
        pairs.extend(owners.filter(|owner| *owner != resolver).map(|owner| Pair {
            resolver,
            daemon,
            owner,
        }));
    }
    pairs
}

/// Runs a job for each pair, some at a time.
fn for_all<T: Send>(pairs: &[Pair<'_>], job: impl Fn(Pair<'_>) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..RESOLVERS {
            scope.spawn(|| {
                while let Some(&pair) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = job(pair);
                    results.lock().unwrap().push(result);
                }
            });
        }
    });
    results.into_inner().unwrap()
}

fn resolve_one(pair: Pair<'_>) -> Result<(), String> {
    let Pair {
        resolver,
        daemon,
        owner,
    } = pair;
    let label = |why: String| format!("{owner} from {resolver}: {why}");
    let found = resolve(daemon, &name_of(owner)).map_err(label)?;
    let address = format!("{}%eth0", Lab::link_local(owner));
    if found["endpoints"][0]["address"] == *address {
        Ok(())
    } else {
        Err(label(found.to_string()))
    }
}

fn name_of(host: u16) -> String {
    format!("0.host-{host}")
}
