//! Where the command works in a test, and what it is expected to say.

use std::{
    fs,
    future::pending,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddrV6,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{LazyLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use pnrp_api::{Config, Pnrp, ScopeFilter};
use pnrpd::{ControlSocket, serve};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A directory of files that the command is run in, with keys beside them.
pub(crate) struct Place {
    directory: TempDir,
    /// Without one, the command works on the state directory.
    socket: Option<PathBuf>,
    /// Where the daemon listens.
    pub(crate) peer: Option<SocketAddrV6>,
    password: Option<String>,
}

impl Place {
    /// A machine without a daemon.
    pub(crate) fn on_directory() -> Self {
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join("state")).unwrap();
        Self {
            directory,
            socket: None,
            peer: None,
            password: None,
        }
    }

    /// A machine with a daemon, in a cloud of loopback.
    pub(crate) fn at_daemon(peer: Option<SocketAddrV6>) -> Self {
        let mut place = Self::on_directory();
        let socket = place.path("pnrpd.sock");
        let config = Config::loopback(0).state_dir(place.path("state"));
        let config = peer.into_iter().fold(config, Config::peer);
        RUNTIME.block_on(async {
            let node = Pnrp::embedded(config).await.unwrap();
            let clouds = node.clouds(ScopeFilter::Any).await.unwrap();
            place.peer = Some(clouds[0].listening()[0]);
            let control = ControlSocket::bind(&socket, 0o600).await.unwrap();
            tokio::spawn(serve(node, control, pending()));
        });
        place.socket = Some(socket);
        place
    }

    /// One of each, for what has to be the same.
    pub(crate) fn both() -> [Self; 2] {
        [Self::on_directory(), Self::at_daemon(None)]
    }

    /// The same with `PNRP_PASSWORD` set.
    pub(crate) fn with_password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pnrp"));
        command
            .current_dir(self.directory.path())
            .env_remove("PNRP_PASSWORD")
            .env("PNRP_SOCKET", self.path("pnrpd.sock"))
            .args(arguments);
        let takes_directory = matches!(arguments.first(), Some(&("identity" | "delegate")));
        if self.socket.is_none() && takes_directory {
            command.arg("--state-dir").arg(self.path("state"));
        }
        if let Some(password) = &self.password {
            command.env("PNRP_PASSWORD", password);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read it may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ended(arguments, child)
    }

    /// What a command that succeeds prints.
    pub(crate) fn text(&self, arguments: &[&str]) -> String {
        succeeded(arguments, &self.run(arguments)).0
    }

    /// What a command that succeeds prints, and its notes.
    pub(crate) fn text_and_notes(&self, arguments: &[&str]) -> (String, String) {
        succeeded(arguments, &self.run(arguments))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.text(&arguments)).unwrap()
    }

    /// Runs a command that has to fail, and returns its one line.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], status: i32, reason: &str) -> String {
        refused(arguments, &self.run(arguments), status, reason)
    }

    /// The authority of a new identity.
    pub(crate) fn make(&self, name: &str) -> String {
        field(&self.json(&["identity", "new", name]), "authority")
    }

    /// The public key of an identity, as one line.
    pub(crate) fn public_key(&self, who: &str) -> String {
        let key = self.text(&["identity", "show", who, "--public-key"]);
        key.trim_end().to_owned()
    }
}

/// `pnrp register` while it runs.
pub(crate) struct Publisher(Child);

impl Publisher {
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.command(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("registered "), "{line:?}");
        Self(child)
    }

    pub(crate) fn stop(mut self) {
        let signalled = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(signalled.unwrap().success());
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // It has ended already when the test succeeds.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a command left behind. One that goes on, such as a registration that had to be refused, is
/// ended.
fn ended(arguments: &[&str], child: Child) -> Output {
    let id = child.id().to_string();
    let (sender, output) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = output.recv_timeout(LONGEST);
    if output.is_err() {
        Command::new("kill").arg(id).status().unwrap();
    }
    assert!(output.is_ok(), "{arguments:?} does not end");
    output.unwrap().unwrap()
}

#[track_caller]
pub(crate) fn succeeded(arguments: &[&str], output: &Output) -> (String, String) {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    (String::from_utf8(output.stdout.clone()).unwrap(), stderr)
}

/// One line that says what is wrong and what to do, and an exit status.
#[track_caller]
pub(crate) fn refused(arguments: &[&str], output: &Output, status: i32, reason: &str) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    let errors: Vec<_> = stderr
        .lines()
        .filter(|line| !line.starts_with("note: "))
        .collect();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}: {stderr}"
    );
    assert_eq!(errors.len(), 1, "{arguments:?}: {stderr}");
    assert!(errors[0].starts_with("pnrp: "), "{arguments:?}: {stderr}");
    assert!(errors[0].contains("; "), "{arguments:?}: {stderr}");
    assert!(errors[0].contains(reason), "{arguments:?}: {stderr}");
    errors[0].to_owned()
}

#[track_caller]
pub(crate) fn field(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap().to_owned()
}

/// Tries again until there is a value. An attempt runs a process, which is pause enough.
#[expect(
    clippy::disallowed_methods,
    reason = "the one bound on how long these tests wait"
)]
pub(crate) fn eventually<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LONGEST;
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "it did not come true in time");
    }
}

/// Rights of a file, without its kind.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// How long anything may take.
const LONGEST: Duration = Duration::from_secs(60);
/// The daemons of all tests.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
});
