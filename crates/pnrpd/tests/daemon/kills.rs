//! A daemon that is killed at any moment keeps every promise it has made.
//!
//! Each round starts a daemon on what the one before has left, compares what is there with what was
//! acknowledged, and kills it while clients write. A promise whose answer was cut off may have been
//! kept or not; one that was answered is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    os::unix::net::UnixStream,
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use nix::sys::signal::Signal;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::process::{Daemon, Place, ask, request};

#[test]
fn every_acknowledged_change_survives_kill_9_at_any_moment() {
    let seed = match std::env::var("PNRPD_KILL_SEED") {
        Ok(seed) => seed.parse().expect("PNRPD_KILL_SEED is a number"),
        Err(_) => u64::from(std::process::id()),
    };
    let runs = (0..RUNS).map(|run| {
        let seed = seed.wrapping_add(run);
        thread::spawn(move || kill_again_and_again(seed))
    });
    for run in runs.collect::<Vec<_>>() {
        run.join().unwrap();
    }
}

fn kill_again_and_again(seed: u64) {
    #[expect(
        clippy::print_stdout,
        reason = "shown when the test fails; PNRPD_KILL_SEED repeats the moments"
    )]
    {
        println!("seed {seed}");
    }
    let mut random = StdRng::seed_from_u64(seed);
    let place = Place::new();
    let mut promised = Promises::default();
    for round in 0..KILLS / RUNS {
        let daemon = place.start();
        promised = promised.check(&daemon, &format!("seed {seed}, round {round}"));

        let moment = Duration::from_micros(random.random_range(0..80_000));
        let writers = write_until_it_dies(&daemon, promised, &mut random);
        thread::sleep(moment);
        daemon.signal(Signal::SIGKILL);
        drop(daemon);
        promised = writers.join();
    }
    let daemon = place.start();
    promised.check(&daemon, &format!("seed {seed}, at the end"));
    assert!(daemon.stop());
    assert_nothing_is_left_over(&place.path("state"));
}

/// What was acknowledged.
#[derive(Debug, Default)]
struct Promises {
    /// Names of identities by authority.
    identities: BTreeMap<String, String>,
    /// Authorities of identities that may be there or not, under any name.
    unsure: BTreeSet<String>,
    /// Authorities of identities that are gone for good.
    deleted: BTreeSet<String>,
    /// The authority of the machine.
    machine: Option<String>,
}

impl Promises {
    /// Compares with what is there, and takes over what nobody was promised.
    fn check(self, daemon: &Daemon, when: &str) -> Self {
        let (status, text) = daemon.ask("GET", "/v1/identities", "");
        assert_eq!(status, 200, "{when}: {text}");
        let list: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(list["damaged"], json!([]), "{when}");
        let mut found = BTreeMap::new();
        let mut machine = None;
        for identity in list["identities"].as_array().unwrap() {
            let text = |key: &str| identity[key].as_str().unwrap().to_owned();
            if text("friendly_name") == "default" {
                machine = Some(text("authority"));
            } else {
                found.insert(text("authority"), text("friendly_name"));
            }
        }
        assert!(machine.is_some(), "{when}: {text}");
        if self.machine.is_some() {
            assert_eq!(machine, self.machine, "{when}: the machine has another key");
        }
        for (authority, name) in &self.identities {
            if !self.unsure.contains(authority) {
                assert_eq!(found.get(authority), Some(name), "{when}: {authority}");
            }
        }
        for authority in &self.deleted {
            assert!(
                !found.contains_key(authority),
                "{when}: {authority} is back"
            );
        }
        let log = daemon.log();
        assert!(
            !log.contains("damaged") && !log.contains("ERROR"),
            "{when}: {log}"
        );
        Self {
            identities: found,
            unsure: BTreeSet::new(),
            deleted: self.deleted,
            machine,
        }
    }
}

/// Clients at work.
struct Writers {
    promised: Arc<Mutex<Promises>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Writers {
    fn join(self) -> Promises {
        for thread in self.threads {
            thread.join().unwrap();
        }
        let promised = Arc::into_inner(self.promised).unwrap();
        promised.into_inner().unwrap()
    }
}

/// Starts what changes state; each ends when the daemon is gone.
///
/// What else a daemon acknowledges and keeps gets a line here, and a comparison in
/// [`Promises::check`].
fn write_until_it_dies(daemon: &Daemon, promised: Promises, random: &mut StdRng) -> Writers {
    let promised = Arc::new(Mutex::new(promised));
    let mut threads = Vec::new();
    for work in [change_identities, register_names] {
        let (socket, promised) = (daemon.socket.clone(), Arc::clone(&promised));
        let random = StdRng::seed_from_u64(random.random());
        let (ready, begun) = mpsc::channel();
        threads.push(thread::spawn(move || {
            ready.send(()).unwrap();
            work(&socket, &promised, random);
        }));
        begun.recv().unwrap();
    }
    Writers { promised, threads }
}

/// Makes, renames and deletes identities.
fn change_identities(socket: &Path, promised: &Mutex<Promises>, mut random: StdRng) {
    loop {
        let known: Vec<_> = {
            let promised = promised.lock().unwrap();
            promised.identities.keys().cloned().collect()
        };
        let name = format!("name {}", random.random::<u32>());
        let chosen = random.random_range(0..known.len().max(1));
        let chosen = known.get(chosen).cloned();
        let is_full = known.len() >= 20;
        let answer = match (chosen, random.random_range(0..3)) {
            (Some(authority), 0) => {
                promised.lock().unwrap().unsure.insert(authority.clone());
                let path = format!("/v1/identities/{authority}/rename");
                ask(
                    socket,
                    "POST",
                    &path,
                    &json!({ "friendly_name": name }).to_string(),
                )
                .map(|answer| (answer, Some((authority, Some(name)))))
            }
            (Some(authority), choice) if choice == 1 || is_full => {
                promised.lock().unwrap().unsure.insert(authority.clone());
                let path = format!("/v1/identities/{authority}");
                ask(socket, "DELETE", &path, "").map(|answer| (answer, Some((authority, None))))
            }
            (None | Some(_), _) => {
                let body = json!({ "friendly_name": name }).to_string();
                ask(socket, "POST", "/v1/identities", &body).map(|answer| (answer, None))
            }
        };
        let Some(((status, text), change)) = answer else {
            return;
        };
        assert!((200..300).contains(&status), "{status} {text}");
        let mut promised = promised.lock().unwrap();
        match change {
            None => {
                let made: Value = serde_json::from_str(&text).unwrap();
                let text = |key: &str| made[key].as_str().unwrap().to_owned();
                let (authority, name) = (text("authority"), text("friendly_name"));
                promised.identities.insert(authority, name);
            }
            Some((authority, Some(name))) => {
                promised.unsure.remove(&authority);
                promised.identities.insert(authority, name);
            }
            Some((authority, None)) => {
                promised.unsure.remove(&authority);
                promised.identities.remove(&authority);
                promised.deleted.insert(authority);
            }
        }
    }
}

/// Registers names that live with their connection, so that the daemon signs and sends when it dies.
fn register_names(socket: &Path, _: &Mutex<Promises>, mut random: StdRng) {
    let mut held = Vec::new();
    while held.len() < 20 {
        let name = format!("0.name{}", random.random::<u32>());
        let body = json!({ "name": name, "endpoints": [{ "port": 80 }] }).to_string();
        let Ok(mut stream) = UnixStream::connect(socket) else {
            return;
        };
        let request = request("POST", "/v1/registrations", &body);
        if stream.write_all(request.as_bytes()).is_err() {
            return;
        }
        held.push(stream);
    }
}

/// No file of an interrupted writer stays, and none was put aside.
fn assert_nothing_is_left_over(state: &Path) {
    for directory in [state, &state.join("identities")] {
        for entry in fs::read_dir(directory).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_rest = name.ends_with(".new") || name.contains("damaged");
            assert!(!is_rest, "{name} is left in {}", directory.display());
        }
    }
}

const KILLS: u64 = 200;
/// Side by side, each on a state of its own.
const RUNS: u64 = 2;
