//! The careless publisher on a host of a lab.

use std::{
    fs::{self, File},
    process::{Child, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{clock::wait_for, lab::Lab, programs::find};

/// What a careless publisher is told.
#[derive(Debug)]
pub struct Careless {
    options: Vec<String>,
    directory: TempDir,
}

impl Careless {
    /// A publisher of a name, with an identity in PEM.
    ///
    /// # Panics
    /// When its files cannot be written.
    pub fn new(identity: &str, name: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the publisher");
        let new = Self {
            options: Vec::new(),
            directory,
        };
        new.option("--name", name)
            .file("--identity", identity.as_bytes())
    }

    /// Adds an option.
    #[must_use]
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.options.extend([name, value].map(str::to_owned));
        self
    }

    /// Adds an option whose value is a file with this content.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn file(self, name: &str, content: &[u8]) -> Self {
        let path = self.directory.path().join(name.trim_start_matches('-'));
        fs::write(&path, content).expect("a file for the publisher");
        self.option(name, &path.display().to_string())
    }

    /// Starts it on port 4000 of a host, and waits until another node has heard of its name.
    ///
    /// # Panics
    /// When it cannot be started, or nobody hears of it.
    pub fn start(self, lab: &Lab, host: u16, peer: u16) -> CarelessPublisher {
        let namespace = lab.host(host);
        let zone = Lab::command(&namespace, "cat")
            .arg("/sys/class/net/eth0/ifindex")
            .output()
            .expect("the number of eth0");
        let zone = String::from_utf8_lossy(&zone.stdout).trim().to_owned();
        let at = |host, port: u16| format!("[{}%{zone}]:{port}", Lab::link_local(host));
        let create = |file: &str| {
            let path = self.directory.path().join(file);
            File::create(path).expect("a file for its output")
        };
        let child = Lab::command(&namespace, find("careless-publisher"))
            .args(&self.options)
            .args(["--local", &at(host, 4000), "--peer", &at(peer, 3540)])
            .stdin(Stdio::null())
            .stdout(create("out"))
            .stderr(create("err"))
            .spawn()
            .expect("careless-publisher cannot be started");
        let publisher = CarelessPublisher {
            child,
            files: self.directory,
        };
        let read = |file: &str| {
            let path = publisher.files.path().join(file);
            fs::read_to_string(path).unwrap_or_default()
        };
        wait_for("announcement", HEARD_WITHIN, || {
            match read("out").contains("announced") {
                true => Ok(()),
                false => Err(read("err")),
            }
        });
        publisher
    }
}

/// A careless publisher that runs; it is killed when this is dropped.
#[derive(Debug)]
pub struct CarelessPublisher {
    child: Child,
    /// Its files, which are there for as long as it runs.
    files: TempDir,
}

impl Drop for CarelessPublisher {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two rounds of maintenance.
const HEARD_WITHIN: Duration = Duration::from_secs(30);
