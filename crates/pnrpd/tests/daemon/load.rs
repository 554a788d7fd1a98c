//! Many programs at once: one daemon, its clients, and a node elsewhere whose names they look for.
//!
//! What the figures are is printed. A run is brief here; `PNRPD_LOAD=full`, which
//! `cargo xtask load` sets, makes it a thousand clients.

use std::{fs, path::Path, sync::Arc, time::Duration};

use pnrp_api::{
    Config, Pnrp, Registration, RegistrationHandle, ResolveCriteria, ResolveRequest, ScopeFilter,
};
use tokio::{task::JoinSet, time::Instant};

use crate::process::{DEADLINE, Daemon, Place};

#[derive(Clone, Copy, Debug)]
struct Extent {
    clients: usize,
    registrations: usize,
    resolves: usize,
    /// How long resolves go on before their memory is measured: names that are new look around for three rounds
    /// of maintenance, which takes memory of its own.
    warm_up: Duration,
    /// How much memory may come after the warm-up.
    growth_kib: u64,
}

const BRIEF: Extent = Extent {
    clients: 50,
    registrations: 500,
    resolves: 2_000,
    warm_up: Duration::ZERO,
    growth_kib: 4 << 10,
};
const FULL: Extent = Extent {
    clients: 1_000,
    registrations: 10_000,
    resolves: 100_000,
    warm_up: Duration::from_secs(45),
    growth_kib: 8 << 10,
};
/// Every so many resolves ask for a name of the other node.
const REMOTE_EVERY: usize = 4;
const REMOTE_NAMES: usize = 20;
/// Bytes that a daemon without clients may have in memory.
const IDLE_KIB: u64 = 10 << 10;

#[test]
fn many_clients_at_once_are_all_served_and_memory_stays_flat() {
    let extent = match std::env::var("PNRPD_LOAD").as_deref() {
        Ok("full") => FULL,
        Ok(other) => panic!("PNRPD_LOAD is {other:?}; it can be full"),
        Err(_) => BRIEF,
    };
    // As many files as the daemon: each connection has one here too.
    pnrpd::files::allow(limits(extent));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(run(extent));
}

async fn run(extent: Extent) {
    let place = Place::new();
    let (port, remote) = remote_node().await;
    place.configure(&config(extent, port));
    let daemon = place.start();
    let idle = resident(&daemon);
    say(&format!("idle: {idle} KiB resident"));
    if cfg!(target_os = "linux") && !cfg!(debug_assertions) {
        assert!(idle <= IDLE_KIB, "{idle} KiB are resident when idle");
    }

    let mut clients = connect(&daemon.socket, extent.clients).await;
    let start = Instant::now();
    clients = each(clients, move |client| client.register(extent)).await;
    let took = start.elapsed();
    say(&format!(
        "{} registrations in {took:.1?}: {:.0} a second; {} KiB resident",
        extent.registrations,
        rate(extent.registrations, took),
        resident(&daemon)
    ));

    // Everything that grows with use has grown after a tenth.
    let tenth = extent.resolves / 10;
    let warm_from = start + took + extent.warm_up;
    loop {
        clients = each(clients, move |client| client.resolve(tenth, extent)).await;
        if Instant::now() >= warm_from {
            break;
        }
    }
    let warm = resident(&daemon);
    let start = Instant::now();
    for client in &mut clients {
        client.took.clear();
    }
    clients = each(clients, move |client| {
        client.resolve(extent.resolves, extent)
    })
    .await;
    let took = start.elapsed();
    let end = resident(&daemon);
    let mut times: Vec<_> = clients.iter().flat_map(|it| it.took.clone()).collect();
    times.sort_unstable();
    assert_eq!(times.len(), extent.resolves);
    say(&format!(
        "{} resolves by {} clients in {took:.1?}: {:.0} a second, median {:.1?}, p99 {:.1?}, \
         longest {:.1?}",
        extent.resolves,
        extent.clients,
        rate(extent.resolves, took),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times[times.len() - 1]
    ));
    say(&format!(
        "resident: {idle} KiB at the start, {warm} KiB after warm-up, {end} KiB at the end"
    ));
    assert!(
        end <= warm + extent.growth_kib,
        "{warm} KiB after warm-up became {end} KiB"
    );

    let (status, names) = daemon.ask("GET", "/v1/registrations", "");
    assert_eq!(status, 200);
    assert_eq!(
        names.matches("\"name\":\"0.load-").count(),
        extent.registrations
    );
    drop(clients);
    let deadline = Instant::now() + DEADLINE * 4;
    while daemon.ask("GET", "/v1/registrations", "").1 != "[]\n" {
        assert!(Instant::now() < deadline, "registrations outlive clients");
    }
    say(&format!("{} KiB after all have left", resident(&daemon)));
    assert!(daemon.stop());
    drop(remote);
}

/// A node in this process that publishes names, and its port.
async fn remote_node() -> (u16, (Pnrp, Vec<RegistrationHandle>)) {
    let node = Pnrp::embedded(Config::loopback(0)).await.unwrap();
    let mut names = Vec::new();
    for number in 0..REMOTE_NAMES {
        let name = Registration::new(format!("0.remote-{number}"));
        let name = name.endpoint(":80".parse().unwrap());
        names.push(node.register(name).await.unwrap());
    }
    let cloud = node.clouds(ScopeFilter::Any).await.unwrap().remove(0);
    let port = cloud.listening()[0].port();
    (port, (node, names))
}

fn limits(extent: Extent) -> pnrpd::Limits {
    let connections = (extent.registrations + extent.clients) * 5 / 4 + 64;
    let connections = u32::try_from(connections).unwrap();
    pnrpd::Limits {
        connections,
        connections_per_process: connections,
        connections_per_user: connections,
        requests_per_second: 1_000_000,
        kib_per_second: 1_000_000,
        arrival_s: 60,
        registrations: u32::try_from(extent.registrations).unwrap(),
    }
}

fn config(extent: Extent, port: u16) -> String {
    let limits = limits(extent);
    format!(
        "log = \"warn\"\npeer = [\"[::1]:{port}\"]\n[limits]\nconnections = {}\n\
         connections_per_process = {}\nconnections_per_user = {}\nrequests_per_second = {}\n\
         kib_per_second = {}\narrival_s = {}\nregistrations = {}\n",
        limits.connections,
        limits.connections_per_process,
        limits.connections_per_user,
        limits.requests_per_second,
        limits.kib_per_second,
        limits.arrival_s,
        limits.registrations
    )
}

/// A program that calls the daemon.
struct Client {
    number: usize,
    pnrp: Pnrp,
    held: Vec<RegistrationHandle>,
    /// How long each resolve took.
    took: Vec<Duration>,
}

async fn connect(socket: &Path, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for number in 0..count {
        let pnrp = Pnrp::connect(Some(socket)).await.unwrap();
        clients.push(Client {
            number,
            pnrp,
            held: Vec::new(),
            took: Vec::new(),
        });
    }
    clients
}

/// Lets all clients work at the same time.
async fn each<F>(
    clients: Vec<Client>,
    work: impl Fn(Client) -> F + Send + Sync + 'static,
) -> Vec<Client>
where
    F: Future<Output = Client> + Send + 'static,
{
    let work = Arc::new(work);
    let mut tasks = JoinSet::new();
    for client in clients {
        tasks.spawn(work(client));
    }
    tasks.join_all().await
}

impl Client {
    /// Registers its share, and keeps it.
    async fn register(mut self, extent: Extent) -> Self {
        for number in 0..extent.registrations / extent.clients {
            let name = Registration::new(format!("0.load-{}-{number}", self.number));
            let name = name.endpoint(":80".parse().unwrap());
            self.held.push(self.pnrp.register(name).await.unwrap());
        }
        self
    }

    /// Resolves its share of so many: names of other clients, and of the other node.
    async fn resolve(mut self, all: usize, extent: Extent) -> Self {
        for turn in 0..all / extent.clients {
            let at = self.number + turn;
            // Not all at once: a node signs 500 proofs a second for one source, and declines more.
            let name = match at % REMOTE_EVERY {
                0 => format!("0.remote-{}", at / REMOTE_EVERY % REMOTE_NAMES),
                _ => {
                    let share = extent.registrations / extent.clients;
                    format!("0.load-{}-{}", at * 7 % extent.clients, turn % share)
                }
            };
            let request = ResolveRequest::new(&name).criteria(ResolveCriteria::AnyPeerName);
            let start = Instant::now();
            let found = self.pnrp.resolve_first(request).await;
            self.took.push(start.elapsed());
            match found {
                Ok(found) => assert_eq!(found.name, name),
                Err(error) => panic!("{name}: {error}"),
            }
        }
        self
    }
}

/// What the daemon has in memory, in KiB; 0 where the system does not tell.
fn resident(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map_or(0, |number| number.parse().unwrap())
}

fn rate(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / took.as_secs_f64()
}

#[expect(clippy::print_stdout, reason = "the figures are for people to read")]
fn say(text: &str) {
    println!("load: {text}");
}
