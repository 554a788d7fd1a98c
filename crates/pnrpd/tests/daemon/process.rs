//! A daemon in a process of its own, and what it says.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::net::{UnixDatagram, UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// Where a daemon keeps everything; several can follow each other in one.
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    pub(crate) socket: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("pnrpd.toml"), "").unwrap();
        let socket = directory.path().join("socket");
        Self { directory, socket }
    }

    pub(crate) fn with(config: &str) -> Self {
        let place = Self::new();
        place.configure(config);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn configure(&self, config: &str) {
        fs::write(self.path("pnrpd.toml"), config).unwrap();
    }

    /// The program on loopback, with its files here and nothing from the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pnrpd"));
        for name in [
            "PNRP_SOCKET",
            "RUST_LOG",
            "STATE_DIRECTORY",
            "NOTIFY_SOCKET",
        ] {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .args(["--config".as_ref(), self.path("pnrpd.toml").as_os_str()])
            .args(["--state-dir".as_ref(), self.path("state").as_os_str()])
            .args(["--socket".as_ref(), self.socket.as_os_str()])
            .args(["--interface", loopback(), "--no-ssdp"])
            .stdin(Stdio::null());
        command
    }

    /// What a run that ends by itself says: its status, and what it has written.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Starts a daemon and waits until it is ready.
    pub(crate) fn start(&self) -> Daemon {
        let daemon = self.spawn();
        daemon.told("READY=1");
        daemon
    }

    /// Starts a daemon.
    pub(crate) fn spawn(&self) -> Daemon {
        let told = self.path("notify");
        // The one before it has left its file.
        let _ = fs::remove_file(&told);
        let notify = UnixDatagram::bind(&told).unwrap();
        notify.set_read_timeout(Some(DEADLINE)).unwrap();
        let log = File::create(self.path("log")).unwrap();
        let child = self
            .command(&[])
            .env("NOTIFY_SOCKET", told)
            .stderr(log)
            .spawn()
            .unwrap();
        Daemon {
            child,
            notify,
            socket: self.socket.clone(),
            log: self.path("log"),
        }
    }
}

/// A running daemon; it is killed when this is dropped.
pub(crate) struct Daemon {
    child: Child,
    notify: UnixDatagram,
    pub(crate) socket: PathBuf,
    log: PathBuf,
}

impl Daemon {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the service manager is told this, and returns the whole message.
    pub(crate) fn told(&self, text: &str) -> String {
        let mut buffer = [0; 4_096];
        loop {
            let Ok(length) = self.notify.recv(&mut buffer) else {
                panic!("{text} was not told in time; the log:\n{}", self.log());
            };
            let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if message.contains(text) {
                return message;
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn connect(&self) -> UnixStream {
        connect(&self.socket)
    }

    /// Status and body of an answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        ask(&self.socket, method, path, body).expect("an answer")
    }

    /// Ends it as a service manager does; false when it fails.
    pub(crate) fn stop(mut self) -> bool {
        self.signal(Signal::SIGTERM);
        self.child.wait().unwrap().success()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn connect(socket: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// Status and body of an answer; nothing when the daemon has gone.
pub(crate) fn ask(socket: &Path, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(DEADLINE)).ok()?;
    stream
        .write_all(request(method, path, body).as_bytes())
        .ok()?;
    read_answer(&mut stream)
}

pub(crate) fn send(stream: &mut UnixStream, method: &str, path: &str, body: &str) {
    let request = request(method, path, body);
    stream.write_all(request.as_bytes()).unwrap();
}

pub(crate) fn request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// All that comes until the daemon ends it.
pub(crate) fn read_stream(stream: &mut UnixStream) -> String {
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    all
}

/// Status and body of an answer that ends with its connection.
pub(crate) fn read_answer(stream: &mut UnixStream) -> Option<(u16, String)> {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    })?;
    // An answer that was cut off says nothing.
    (length.parse() == Ok(body.len())).then(|| (status, body.to_owned()))
}

pub(crate) fn loopback() -> &'static str {
    if cfg!(target_os = "linux") {
        "lo"
    } else {
        "lo0"
    }
}

/// More than anything here takes on a machine that is busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
