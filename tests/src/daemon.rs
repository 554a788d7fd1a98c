//! `pnrpd` in a host of a lab, and `pnrp` beside it.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    clock::wait_for,
    lab::Lab,
    programs::{self, find},
};

/// A running daemon; it is killed when this is dropped, and its log shown if the test failed.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    namespace: String,
    /// Its key, socket and log.
    directory: TempDir,
}

impl Daemon {
    /// Starts a daemon that uses `eth0` of a host and synchronizes with other hosts, and waits
    /// until its socket answers.
    pub fn start(lab: &Lab, host: u16, peers: &[u16]) -> Self {
        let daemon = Self::spawn(lab, host, peers);
        daemon.wait_until_ready();
        daemon
    }

    /// As [`start`](Self::start), without waiting.
    pub fn spawn(lab: &Lab, host: u16, peers: &[u16]) -> Self {
        Self::launch(lab, host, &arguments_for(peers))
    }

    /// Starts a daemon with these arguments beside those that say where its files are, and does not
    /// wait.
    pub fn launch<A: AsRef<OsStr>>(lab: &Lab, host: u16, arguments: &[A]) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the daemon");
        let namespace = lab.host(host);
        Remains {
            namespace,
            directory,
        }
        .launch(arguments)
    }

    /// Kills the daemon, and starts another with its state.
    ///
    /// # Panics
    /// When it does not come up again.
    #[must_use]
    pub fn restart(self, peers: &[u16]) -> Self {
        let daemon = self.kill().launch(&arguments_for(peers));
        daemon.wait_until_ready();
        daemon
    }

    /// Kills the daemon, which is not told before.
    pub fn kill(mut self) -> Remains {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let placeholder = tempfile::tempdir().expect("a directory");
        Remains {
            namespace: std::mem::take(&mut self.namespace),
            directory: std::mem::replace(&mut self.directory, placeholder),
        }
    }

    /// Whether the process is the one that was started.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the socket answers.
    pub fn wait_until_ready(&self) {
        let what = format!("answer from pnrpd in {}", self.namespace);
        wait_for(&what, READY_WITHIN, || {
            // Of all commands, this one never starts a node of its own.
            let output = self.run(&["names", "--json"]);
            match output.status.success() {
                true => Ok(()),
                false => Err(format!("{}{}", self.log_tail(), text(&output.stderr))),
            }
        });
    }

    /// A `pnrp` command for this daemon.
    pub fn pnrp(&self, arguments: &[&str]) -> Command {
        let mut command = Lab::command(&self.namespace, find("pnrp"));
        command
            .arg("--socket")
            .arg(self.socket())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a `pnrp` command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.pnrp(arguments).output();
        output.expect("pnrp cannot be started")
    }

    /// Where it keeps what outlasts it.
    pub fn state_dir(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Where programs call it.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        tail(&self.directory.path().join("log"))
    }
}

/// What a killed daemon leaves: its key, and whatever else outlasts it.
#[derive(Debug)]
pub struct Remains {
    namespace: String,
    directory: TempDir,
}

impl Remains {
    /// Starts a daemon with this state, and does not wait.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn launch<A: AsRef<OsStr>>(self, arguments: &[A]) -> Daemon {
        let Self {
            namespace,
            directory,
        } = self;
        let log = File::create(directory.path().join("log")).expect("a log file");
        let child = Lab::command(&namespace, find("pnrpd"))
            .arg("--state-dir")
            .arg(directory.path().join("state"))
            .arg("--socket")
            .arg(directory.path().join("socket"))
            .args(arguments)
            .env_remove("PNRP_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("pnrpd cannot be started");
        Daemon {
            child,
            namespace,
            directory,
        }
    }
}

/// `eth0` alone, and these hosts to synchronize with.
fn arguments_for(peers: &[u16]) -> Vec<String> {
    let mut arguments = vec!["--interface".to_owned(), "eth0".to_owned()];
    for &peer in peers {
        let address = Lab::link_local(peer);
        arguments.extend(["--peer".to_owned(), format!("[{address}%eth0]:3540")]);
    }
    arguments
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            show(&format!(
                "log of pnrpd in {}:\n{}",
                self.namespace,
                self.log_tail()
            ));
        }
    }
}

/// A `pnrp register` that has printed its line; it is killed when this is dropped.
#[derive(Debug)]
pub struct Registered {
    child: Child,
}

impl Registered {
    /// Registers a name at a daemon and waits until it is registered.
    pub fn new(daemon: &Daemon, name: &str, endpoint: &str) -> Self {
        let out = daemon.directory.path().join("registered");
        let err = daemon.directory.path().join("register.err");
        let child = daemon
            .pnrp(&["register", name, "--endpoint", endpoint])
            .stdout(File::create(&out).expect("a file"))
            .stderr(File::create(&err).expect("a file"))
            .spawn()
            .expect("pnrp cannot be started");
        let registered = Self { child };
        wait_for(&format!("registration of {name}"), READY_WITHIN, || {
            let line = fs::read_to_string(&out).unwrap_or_default();
            match line.ends_with('\n') {
                true => Ok(()),
                false => Err(format!("{}{}", daemon.log_tail(), tail(&err))),
            }
        });
        registered
    }

    /// Ends the command as a user would, and waits until it has ended.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn terminate(mut self) {
        programs::signal(self.child.id(), "TERM");
        let status = self.child.wait().expect("pnrp register");
        assert!(status.success(), "pnrp register ended with {status}");
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let first = lines.len().saturating_sub(LOG_LINES);
    lines[first..]
        .iter()
        .map(|line| format!("{line}\n"))
        .collect()
}

#[expect(clippy::print_stderr, reason = "explains a failed test")]
fn show(text: &str) {
    eprintln!("{text}");
}

/// A daemon makes its key first, on a machine that may be busy.
const READY_WITHIN: Duration = Duration::from_secs(30);
const LOG_LINES: usize = 30;
