//! A process that is killed at any moment loses no identity that it was told is kept.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
};

use pnrp_identity::{FriendlyName, IdentityStore, PeerIdentity};
use pnrp_wire::Authority;

/// Starts itself again and again as a process that does nothing but change a store and tell before
/// and after each change; kills it; and compares what it told with what is on the disk.
#[test]
fn a_killed_process_loses_nothing_it_was_told_is_kept() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        change_for_ever(Path::new(&directory));
    }
    let parent = tempfile::tempdir().unwrap();
    let seed = RandomState::new().hash_one(0);
    let mut kept = Kept::new();
    let mut changes = 0;
    for round in 0..KILLS {
        let moment = mix(seed, round);

        let told = run_and_kill(parent.path(), moment);

        changes += told.len() / 2;
        let uncertain = replay(&told, &mut kept);
        let store = IdentityStore::open(parent.path()).unwrap();
        let listing = store.list().unwrap();
        let context = format!("seed {seed}, round {round}: {:?}", listing.damaged);
        assert!(listing.damaged.is_empty(), "{context}");
        let found: Kept = listing
            .identities
            .into_iter()
            .map(|entry| (entry.authority, entry.friendly_name.to_string()))
            .collect();
        let mut done = kept.clone();
        if let Some(change) = uncertain {
            apply(change, &mut done);
        }
        assert!(found == kept || found == done, "{context}");
        for authority in found.keys() {
            assert!(store.load(authority).is_ok(), "{context}");
        }
        kept = found;
    }
    assert!(
        changes > 0,
        "every process was killed before its first change"
    );
}

/// What identities are called.
type Kept = BTreeMap<Authority, String>;

/// Lets a process make some changes, kills it, and returns what it told.
fn run_and_kill(directory: &Path, moment: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("a_killed_process_loses_nothing_it_was_told_is_kept")
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    let is_told = |line: &String| line.starts_with("begin ") || line.starts_with("done ");
    let wanted = usize::try_from(moment % 20).unwrap();
    while told.len() < wanted {
        told.extend(lines.next().unwrap().ok().filter(is_told));
    }
    // The process goes on meanwhile, so this decides in the middle of which operation it ends.
    for _ in 0..moment / 20 % 400_000 {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    told.extend(lines.map_while(Result::ok).filter(is_told));
    assert_eq!(
        child.wait().unwrap().signal(),
        Some(9),
        "it ended by itself"
    );
    told
}

/// Applies what was told as done, and returns the change that was begun last and not done.
fn replay<'a>(told: &'a [String], kept: &mut Kept) -> Option<&'a str> {
    let mut begun = None;
    for line in told {
        match line.split_once(' ').unwrap() {
            ("begin", change) => begun = Some(change),
            _ => apply(begun.take().unwrap(), kept),
        }
    }
    begun
}

fn apply(change: &str, kept: &mut Kept) {
    let (authority, name) = change.split_once(' ').unwrap();
    let authority: Authority = authority.parse().unwrap();
    if name == DELETED {
        kept.remove(&authority);
    } else {
        kept.insert(authority, name.to_owned());
    }
}

/// Adds, renames and deletes until killed.
fn change_for_ever(directory: &Path) {
    let store = IdentityStore::open(directory).unwrap();
    let identities = [(); 3].map(|()| PeerIdentity::generate().unwrap());
    for number in 0_u64.. {
        for identity in &identities {
            let authority = identity.authority();
            let name = FriendlyName::new(&format!("name-{number}")).unwrap();
            let there = store.load(&authority).is_ok();
            let deletes = there && number % 3 == 2;
            let change = if deletes { DELETED } else { name.as_str() };
            tell(&format!("begin {authority} {change}"));
            if deletes {
                store.delete(&authority).unwrap();
            } else if there {
                store.rename(&authority, Some(&name)).unwrap();
            } else {
                store.add(identity, Some(&name)).unwrap();
            }
            tell(&format!("done {authority}"));
        }
    }
}

/// Writes a line at once, past the test harness.
fn tell(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("\n{line}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

fn mix(seed: u64, round: u64) -> u64 {
    let mut value = seed ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ value >> 31
}

const DIRECTORY: &str = "PNRP_TEST_STORE_TO_CHANGE";
const DELETED: &str = "-";
const KILLS: u64 = 30;
