//! A neighbour on port 1900 that knows nothing of PNRP: `src/bin/ssdp-neighbour.rs`.

use std::{
    fs::File,
    net::Ipv6Addr,
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{clock::wait_for, lab::Lab, programs::find};

/// What UPnP devices answer to.
pub const ROOT_DEVICE: &str = "upnp:rootdevice";
/// What PNRP nodes of a link answer to. MS-PNRP §3.1.4.2.2.
pub const PNRP_ON_THE_LINK: &str =
    "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal";
/// The port of SSDP.
pub const SSDP_PORT: u16 = 1_900;

/// What port 1900 is shared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// `SO_REUSEADDR`.
    Address,
    /// `SO_REUSEADDR` and `SO_REUSEPORT`.
    AddressAndPort,
}

/// A program that answers searches for a target; it is killed when this is dropped.
#[derive(Debug)]
pub struct Answering {
    child: Child,
    #[expect(dead_code, reason = "its output is there for as long as it runs")]
    directory: TempDir,
}

impl Answering {
    /// Starts one on `eth0` of a host, and waits until it listens.
    ///
    /// # Panics
    /// When it does not.
    pub fn start(lab: &Lab, host: u16, target: &str, sharing: Sharing) -> Self {
        let directory = tempfile::tempdir().expect("a directory for its output");
        let out = directory.path().join("out");
        let err = directory.path().join("err");
        let mut command = Lab::command(&lab.host(host), find("ssdp-neighbour"));
        command.args(["answer", "eth0", target]);
        match sharing {
            Sharing::Address => {}
            Sharing::AddressAndPort => {
                command.arg("reuse-port");
            }
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(File::create(&out).expect("a file"))
            .stderr(File::create(&err).expect("a file"))
            .spawn()
            .expect("ssdp-neighbour cannot be started");
        let answering = Self { child, directory };
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        wait_for("SSDP neighbour", Duration::from_secs(10), || {
            match read(&out).contains("listening") {
                true => Ok(()),
                false => Err(read(&err)),
            }
        });
        answering
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer to a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who sent it.
    pub from: Ipv6Addr,
    /// All of it.
    pub text: String,
}

/// Searches once from `eth0` of a host: all that answers within the time.
///
/// # Panics
/// When the search cannot be sent.
pub fn search(lab: &Lab, host: u16, target: &str, within: Duration) -> Vec<Answer> {
    let milliseconds = within.as_millis().to_string();
    let output = Lab::command(&lab.host(host), find("ssdp-neighbour"))
        .args(["search", "eth0", target, &milliseconds])
        .output()
        .expect("ssdp-neighbour cannot be started");
    assert!(output.status.success(), "ssdp-neighbour: {output:?}");
    let lines = String::from_utf8(output.stdout).expect("text");
    let answers = lines.lines().map(|line| {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        let part = |key: &str| answer[key].as_str().expect("text").to_owned();
        Answer {
            from: part("from").parse().expect("an IPv6 address"),
            text: part("text"),
        }
    });
    answers.collect()
}

/// Sends garbage and messages of other services from `eth0` of a host to all who listen.
///
/// # Panics
/// When they cannot be sent.
pub fn shout(lab: &Lab, host: u16) {
    let status = Lab::command(&lab.host(host), find("ssdp-neighbour"))
        .args(["shout", "eth0"])
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "ssdp-neighbour cannot shout"
    );
}
