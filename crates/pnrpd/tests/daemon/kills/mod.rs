//! A daemon that is killed at any moment keeps every promise it has made.
//!
//! Each round starts a daemon on what the one before has left, compares what is there with what was
//! acknowledged, and kills it while clients write. A promise whose answer was cut off may have been
//! kept or not; one that was answered is.

mod registrations;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use nix::sys::signal::Signal;
use pnrp_api::{
    ByteOrder, Config, DialectRecord, Pnrp, Registration, RegistrationHandle, ScopeFilter,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::process::{Daemon, Place, ask, request};
use registrations::change_registrations;

#[test]
fn every_acknowledged_change_survives_kill_9_at_any_moment() {
    let seed = match std::env::var("PNRPD_KILL_SEED") {
        Ok(seed) => seed.parse().expect("PNRPD_KILL_SEED is a number"),
        Err(_) => u64::from(std::process::id()),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let foreigner = runtime.block_on(Foreigner::new());
    let acknowledged: u64 = thread::scope(|scope| {
        let runs = (0..RUNS).map(|run| {
            let (seed, foreigner) = (seed.wrapping_add(run), &foreigner);
            scope.spawn(move || kill_again_and_again(seed, foreigner))
        });
        let runs: Vec<_> = runs.collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum()
    });
    say(&format!("{acknowledged} changes were acknowledged"));
    assert!(
        acknowledged >= KILLS / 2,
        "only {acknowledged} changes were acknowledged"
    );
}

/// A node of another make: what it signs settles the dialect of whoever resolves its name.
struct Foreigner {
    _node: Pnrp,
    _published: RegistrationHandle,
    _state: TempDir,
    name: String,
    listens_at: String,
}

impl Foreigner {
    async fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let dialect = DialectRecord {
            number_order: Some(ByteOrder::BigEndian),
            ..DialectRecord::default()
        };
        let config = Config::loopback(0).state_dir(state.path());
        let node = Pnrp::embedded(config.dialect(dialect).no_calibration());
        let node = node.await.unwrap();
        let owner = node.identity("default").await.unwrap();
        let name = format!("{}.foreign", owner.authority);
        let registration = Registration::new(&name).endpoint(":80".parse().unwrap());
        let published = node.register(registration).await.unwrap();
        let cloud = node.clouds(ScopeFilter::Any).await.unwrap().remove(0);
        Self {
            name,
            listens_at: cloud.listening()[0].to_string(),
            _node: node,
            _published: published,
            _state: state,
        }
    }
}

/// The number of changes that were acknowledged.
fn kill_again_and_again(seed: u64, foreigner: &Foreigner) -> u64 {
    say(&format!("seed {seed}"));
    let mut random = StdRng::seed_from_u64(seed);
    let place = Place::with(&format!("peer = [\"{}\"]", foreigner.listens_at));
    let dialects = place.path("state/dialects.json");
    let (mut promised, mut settled) = (Promises::default(), 0);
    for round in 0..KILLS / RUNS {
        // So that it is settled, and written, again.
        settled += u32::from(fs::remove_file(&dialects).is_ok());
        let start = Instant::now();
        let daemon = place.start();
        let pace = start.elapsed();
        promised = promised.check(&daemon, &format!("seed {seed}, round {round}"));

        // A dialect takes longer to settle than an identity to rename, and everything takes longer
        // where starting does.
        let (factor, least, most) = if round % 4 == 0 {
            (20, 200, 1_200)
        } else {
            (4, 40, 200)
        };
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
        let longest = (pace * factor).clamp(least, most);
        let moment = longest.mul_f64(random.random());
        let writers = write_until_it_dies(&daemon, promised, &foreigner.name, &mut random);
        writers.work_for(moment);
        daemon.signal(Signal::SIGKILL);
        drop(daemon);
        promised = writers.join();
    }
    let daemon = place.start();
    let promised = promised.check(&daemon, &format!("seed {seed}, at the end"));
    let acknowledged = promised.acknowledged;
    assert!(daemon.stop());
    assert_nothing_is_left_over(&place.path("state"));
    assert!(settled > 0, "no dialect was settled");
    assert!(
        promised.changed_registrations >= KILLS / RUNS,
        "only {} changes of registrations were acknowledged",
        promised.changed_registrations
    );
    acknowledged
}

#[expect(
    clippy::print_stdout,
    reason = "shown when the test fails; PNRPD_KILL_SEED repeats the choices"
)]
fn say(text: &str) {
    println!("{text}");
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
    /// Comments of persistent registrations by ID.
    registrations: BTreeMap<String, String>,
    /// IDs of those that may be there or not, with any comment.
    unsure_registrations: BTreeSet<String>,
    /// IDs of those that are gone for good.
    withdrawn: BTreeSet<String>,
    acknowledged: u64,
    /// Of these, changes of persistent registrations.
    changed_registrations: u64,
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
        let registrations = self.check_registrations(daemon, when);
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
            registrations,
            unsure_registrations: BTreeSet::new(),
            withdrawn: self.withdrawn,
            acknowledged: self.acknowledged,
            changed_registrations: self.changed_registrations,
        }
    }
}

/// Clients at work.
struct Writers {
    promised: Arc<Mutex<Promises>>,
    threads: Vec<thread::JoinHandle<()>>,
    /// Ends when all of them have.
    working: mpsc::Receiver<()>,
}

impl Writers {
    /// Lets so much time go by, unless nobody works any more.
    fn work_for(&self, time: Duration) {
        let _ = self.working.recv_timeout(time);
    }

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
fn write_until_it_dies(
    daemon: &Daemon,
    promised: Promises,
    foreign: &str,
    random: &mut StdRng,
) -> Writers {
    let promised = Arc::new(Mutex::new(promised));
    let (at_work, working) = mpsc::channel();
    let mut threads = Vec::new();
    for work in [
        change_identities,
        change_registrations,
        register_names,
        settle_the_dialect,
    ] {
        let client = Client {
            socket: daemon.socket.clone(),
            promised: Arc::clone(&promised),
            foreign: foreign.to_owned(),
            random: StdRng::seed_from_u64(random.random()),
        };
        let at_work = at_work.clone();
        threads.push(thread::spawn(move || {
            work(client);
            drop(at_work);
        }));
    }
    Writers {
        promised,
        threads,
        working,
    }
}

struct Client {
    socket: PathBuf,
    promised: Arc<Mutex<Promises>>,
    foreign: String,
    random: StdRng,
}

enum Change {
    Make,
    Rename,
    Delete,
}

/// Makes, renames and deletes identities.
fn change_identities(client: Client) {
    let Client {
        socket,
        promised,
        mut random,
        ..
    } = client;
    let socket = socket.as_path();
    loop {
        let known: Vec<_> = {
            let promised = promised.lock().unwrap();
            promised.identities.keys().cloned().collect()
        };
        let name = format!("name {}", random.random::<u32>());
        let chosen = random.random_range(0..known.len().max(1));
        let chosen = known.get(chosen).cloned();
        // Most changes are of names: making a key takes as long as a hundred of them.
        let change = match random.random_range(0..12) {
            0 if known.len() < 12 => Change::Make,
            1 if known.len() > 4 => Change::Delete,
            _ => Change::Rename,
        };
        let answer = match (chosen, change) {
            (Some(authority), Change::Rename) => {
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
            (Some(authority), Change::Delete) => {
                promised.lock().unwrap().unsure.insert(authority.clone());
                let path = format!("/v1/identities/{authority}");
                ask(socket, "DELETE", &path, "").map(|answer| (answer, Some((authority, None))))
            }
            (None, Change::Make | Change::Rename | Change::Delete) | (Some(_), Change::Make) => {
                let body = json!({ "friendly_name": name }).to_string();
                ask(socket, "POST", "/v1/identities", &body).map(|answer| (answer, None))
            }
        };
        let Some(((status, text), change)) = answer else {
            return;
        };
        assert!((200..300).contains(&status), "{status} {text}");
        let mut promised = promised.lock().unwrap();
        promised.acknowledged += 1;
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
fn register_names(client: Client) {
    let Client {
        socket, mut random, ..
    } = client;
    let mut held = Vec::new();
    while held.len() < 4 {
        let name = format!("0.name{}", random.random::<u32>());
        let body = json!({ "name": name, "endpoints": [{ "port": 80 }] }).to_string();
        let Ok(mut stream) = UnixStream::connect(&socket) else {
            return;
        };
        let request = request("POST", "/v1/registrations", &body);
        if stream.write_all(request.as_bytes()).is_err() {
            return;
        }
        held.push(stream);
    }
}

/// Resolves the foreign name, whose answer settles the dialect; that is written unasked.
fn settle_the_dialect(client: Client) {
    let body = json!({ "name": client.foreign, "timeout_ms": 5_000 }).to_string();
    let Ok(mut stream) = UnixStream::connect(&client.socket) else {
        return;
    };
    let request = request("POST", "/v1/resolve", &body);
    // It ends with the resolve or with the daemon.
    let _ = stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.read_to_end(&mut Vec::new()));
}

/// No file of an interrupted writer stays, and none was put aside.
fn assert_nothing_is_left_over(state: &Path) {
    for directory in [
        state,
        &state.join("identities"),
        &state.join("registrations"),
    ] {
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
