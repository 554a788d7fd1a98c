//! The real binary with daemons that run in this process, on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::{
    future::pending,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use pnrp_api::{Config, Pnrp, ScopeFilter};
use pnrpd::{ControlSocket, serve};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[test]
fn a_name_is_registered_in_one_process_and_found_from_another() {
    let daemons = Daemons::start();
    let arguments = [
        "register",
        "0.web",
        "--endpoint",
        "[::1]:8080/udp",
        "--comment",
        "hi",
    ];
    let mut publisher = Publisher::start(&daemons.first, &arguments);
    assert_eq!(publisher.registered["name"], "0.web");

    let found = resolve_eventually(&daemons.second, "0.web");
    let keys: Vec<_> = found
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "authority",
        "binding",
        "cloud",
        "comment",
        "elapsed_ms",
        "endpoints",
        "expires",
        "name",
        "payload",
        "pnrp_id",
        "publisher",
        "secure",
        "strength",
    ];
    assert_eq!(keys, expected);
    assert_eq!(found["binding"], Value::Null);
    let endpoint = serde_json::json!({ "address": "::1", "port": 8080, "protocol": "udp" });
    assert_eq!(found["endpoints"], serde_json::json!([endpoint]));
    assert_eq!(found["comment"], "hi");
    assert_eq!(
        found["pnrp_id"],
        publisher.registered["entries"][0]["pnrp_id"]
    );

    let trace = json(&pnrp(&daemons.second, &["trace", "0.web", "--json"]));
    assert_eq!(trace["result"], "found");
    assert_eq!(
        trace["hops"].as_array().unwrap().last().unwrap()["verdict"],
        "published"
    );

    let names = json(&pnrp(&daemons.first, &["names", "--json"]));
    assert_eq!(names[0]["owner"], publisher.child.id());

    assert_eq!(publisher.terminate(), Some(0));
    assert_eq!(
        json(&pnrp(&daemons.first, &["names", "--json"])),
        serde_json::json!([])
    );
}

#[test]
fn a_killed_publisher_leaves_no_name_behind() {
    let daemons = Daemons::start();
    let arguments = ["register", "0.web", "--endpoint", ":80"];
    let mut publisher = Publisher::start(&daemons.first, &arguments);

    publisher.child.kill().unwrap();
    publisher.child.wait().unwrap();

    let none = serde_json::json!([]);
    eventually(|| (json(&pnrp(&daemons.first, &["names", "--json"])) == none).then_some(()));
}

/// Three processes publish one name, two of them at one node.
#[test]
fn as_many_publishers_are_shown_as_are_wanted() {
    let daemons = Daemons::start();
    let publishers: Vec<_> = [
        (&daemons.first, ":81"),
        (&daemons.first, ":82"),
        (&daemons.second, ":83"),
    ]
    .into_iter()
    .map(|(daemon, port)| Publisher::start(daemon, &["register", "0.web", "--endpoint", port]))
    .collect();
    let ids = |max: &str| {
        let arguments = ["resolve", "0.web", "--max", max, "--json"];
        let lines = text(&pnrp(&daemons.second, &arguments));
        let ids = lines.lines().map(|line| {
            let found: Value = serde_json::from_str(line).unwrap();
            found["pnrp_id"].as_str().unwrap().to_owned()
        });
        ids.collect::<Vec<_>>()
    };

    let mut all = eventually(|| Some(ids("9")).filter(|ids| ids.len() == 3));
    let some = ids("2");

    let mut published: Vec<_> = publishers
        .iter()
        .map(|publisher| publisher.registered["entries"][0]["pnrp_id"].clone())
        .collect();
    published.sort_by_key(ToString::to_string);
    all.sort();
    assert_eq!(serde_json::json!(all), serde_json::json!(published));
    assert_eq!(some.len(), 2);
    assert_ne!(some[0], some[1]);
}

#[test]
fn people_get_text() {
    let daemons = Daemons::start();
    let mut publisher =
        Publisher::start(&daemons.first, &["register", "0.web", "--endpoint", ":80"]);
    resolve_eventually(&daemons.second, "0.web");

    let names = text(&pnrp(&daemons.first, &["names"]));
    let clouds = text(&pnrp(&daemons.first, &["cloud", "list"]));
    let cache = text(&pnrp(&daemons.second, &["cloud", "cache", LOOPBACK]));
    let stats = text(&pnrp(&daemons.second, &["cloud", "stats", LOOPBACK]));
    let resolved = text(&pnrp(&daemons.second, &["resolve", "0.web"]));
    let trace = text(&pnrp(&daemons.second, &["trace", "0.web"]));

    assert!(names.contains("[::1]:80/tcp"), "{names}");
    assert!(clouds.contains("LinkLocal_ff00::%"), "{clouds}");
    assert!(cache.contains("[::1]:"), "{cache}");
    assert!(stats.contains("cached"), "{stats}");
    assert!(
        resolved.contains("unproven: anyone can publish an unsecured name"),
        "{resolved}"
    );
    assert!(
        trace
            .lines()
            .last()
            .unwrap()
            .starts_with("Found 0.web at [::1]:80/tcp in "),
        "{trace}"
    );
    assert_eq!(publisher.terminate(), Some(0));
}

/// Two daemons that know each other.
struct Daemons {
    first: PathBuf,
    second: PathBuf,
    _directory: TempDir,
    _runtime: Runtime,
}

impl Daemons {
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let first = directory.path().join("first.sock");
        let second = directory.path().join("second.sock");
        runtime.block_on(async {
            let node = Pnrp::embedded(Config::loopback(0)).await.unwrap();
            let clouds = node.clouds(ScopeFilter::Any).await.unwrap();
            let peer = clouds[0].listening()[0];
            let other = Pnrp::embedded(Config::loopback(0).peer(peer))
                .await
                .unwrap();
            for (node, socket) in [(node, &first), (other, &second)] {
                let control = ControlSocket::bind(socket, 0o600).await.unwrap();
                tokio::spawn(serve(node, control, pending()));
            }
        });
        Self {
            first,
            second,
            _directory: directory,
            _runtime: runtime,
        }
    }
}

/// `pnrp register` while it runs.
struct Publisher {
    child: Child,
    registered: Value,
}

impl Publisher {
    fn start(socket: &Path, arguments: &[&str]) -> Self {
        let mut command = command(socket);
        command.args(arguments).arg("--json").stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            registered: serde_json::from_str(&line).unwrap(),
        }
    }

    fn terminate(&mut self) -> Option<i32> {
        let signalled = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(signalled.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // It has ended already when the test succeeds.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// It takes a moment until the neighbours of a new name are told.
fn resolve_eventually(socket: &Path, name: &str) -> Value {
    eventually(|| {
        let output = pnrp(socket, &["resolve", name, "--json"]);
        output.status.success().then(|| json(&output))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one bound on how long these tests wait"
)]
fn eventually<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "it did not come true in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn pnrp(socket: &Path, arguments: &[&str]) -> Output {
    command(socket)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn command(socket: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pnrp"));
    command.arg("--socket").arg(socket);
    command
}

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&text(output)).unwrap()
}

const LOOPBACK: &str = if cfg!(target_os = "macos") {
    "lo0"
} else {
    "lo"
};
