//! A daemon in a process of its own, and commands that talk to it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// A daemon on loopback; it is killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) directory: TempDir,
    pub(crate) socket: PathBuf,
}

impl Daemon {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// One that knows another. A node tells about others only when it knows of a name, so the other
    /// publishes one.
    pub(crate) fn beside(other: &Self) -> Self {
        let register = ["register", "0.first", "--endpoint", ":1", "--persist"];
        assert!(other.run(&register).status.success());
        Self::with(&["--peer", &other.address()])
    }

    fn with(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("pnrpd.sock");
        let config = directory.path().join("pnrpd.toml");
        fs::write(&config, "").unwrap();
        let mut command = Command::new(program());
        for name in [
            "PNRP_SOCKET",
            "RUST_LOG",
            "STATE_DIRECTORY",
            "NOTIFY_SOCKET",
        ] {
            command.env_remove(name);
        }
        let mut child = command
            .args(["--config".as_ref(), config.as_os_str()])
            .arg("--state-dir")
            .arg(directory.path().join("state"))
            .args(["--socket".as_ref(), socket.as_os_str()])
            .args(["--interface", LOOPBACK, "--no-ssdp"])
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let is_ready = log.by_ref().any(|line| line.unwrap().contains("ready"));
        assert!(is_ready, "the daemon has ended");
        // Whoever writes into a full pipe stops.
        std::thread::spawn(move || log.count());
        Self {
            child,
            directory,
            socket,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        let cloud = self.json(&["cloud", "show", LOOPBACK]);
        cloud["listening"][0].as_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        command(&self.socket, arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Output {
        feed(self.command(arguments), input)
    }

    /// What a command prints as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Ends it as an accident would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that goes on until it is ended.
pub(crate) struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    pub(crate) fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    pub(crate) fn json(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Its exit status after SIGTERM.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.wait()
    }

    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already when the test succeeds.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(socket: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pnrp"));
    for name in ["PNRP_SOCKET", "PNRP_PASSWORD", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.arg("--socket").arg(socket).args(arguments);
    command.stdin(Stdio::null());
    command
}

pub(crate) fn feed(mut command: Command, input: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one bound on how long these tests wait"
)]
pub(crate) fn eventually<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "it did not come true in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The program `pnrpd`, which cargo builds for its own package alone.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--package", "pnrpd", "--bin", "pnrpd"])
            .args(["--message-format", "json-render-diagnostics"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let lines = output.stdout.split(|&byte| byte == b'\n');
        let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
        let mut executable =
            messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        executable.next_back().unwrap()
    })
}

pub(crate) const LOOPBACK: &str = if cfg!(target_os = "macos") {
    "lo0"
} else {
    "lo"
};
