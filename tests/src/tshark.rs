//! tshark reads captures, dumpcap makes them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::{
    clock::wait_for,
    lab::{Lab, Link},
    pcap::{self, Datagram, PNRP_PORT},
    programs::{is_installed, signal},
};

/// Whether captures can be dissected here.
///
/// # Errors
/// With the reason, when they cannot.
pub fn available() -> Result<(), String> {
    is_installed("tshark")
        .then_some(())
        .ok_or_else(|| "tshark is not installed".to_owned())
}

/// What tshark says of the PNRP layer of each frame, values and bytes.
pub fn dissect(capture: &Path) -> Vec<Value> {
    let json = run(
        capture,
        &["--no-duplicate-keys", "-T", "json", "-x", "-Y", "pnrp"],
    );
    let frames: Value = serde_json::from_slice(&json).expect("JSON from tshark");
    let frames = frames.as_array().expect("a list of frames");
    frames
        .iter()
        .map(|frame| frame["_source"]["layers"]["pnrp"].clone())
        .collect()
}

/// What tshark calls each frame, such as `PNRP FLOOD Message`.
pub fn summaries(capture: &Path) -> Vec<String> {
    let text = run(capture, &["-T", "fields", "-e", "_ws.col.Info"]);
    String::from_utf8_lossy(&text)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// What tshark says of some fields of each frame of SSDP, from whatever port it was sent; a field
/// that a frame does not have is empty.
pub fn ssdp_fields<const N: usize>(capture: &Path, names: [&str; N]) -> Vec<[String; N]> {
    let mut arguments = vec!["-d", "udp.port==1024-65535,ssdp"];
    arguments.extend(["-T", "fields", "-E", "separator=/t"]);
    arguments.extend(names.iter().flat_map(|name| ["-e", name]));
    let text = String::from_utf8(run(capture, &arguments)).expect("text from tshark");
    let frames = text.lines().map(|line| {
        let values: Vec<_> = line.split('\t').map(str::to_owned).collect();
        values.try_into().expect("a value for each field")
    });
    frames.collect()
}

fn run(capture: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("tshark")
        .args(["-n", "-r"])
        .arg(capture)
        .args(arguments)
        .output()
        .expect("tshark cannot be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark: {complaint}");
    output.stdout
}

/// What is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// What comes from or goes to port 3540.
    Pnrp,
    /// All other UDP, for answers to searches do not need to come from port 1900.
    Ssdp,
}

impl Traffic {
    fn filter(self) -> String {
        match self {
            Self::Pnrp => format!("udp port {PNRP_PORT} or udp port {MARK_PORT}"),
            Self::Ssdp => format!("udp and not port {PNRP_PORT}"),
        }
    }
}

/// A capture in progress; dumpcap is killed when this is dropped.
#[derive(Debug)]
pub struct Capture {
    child: Child,
    path: PathBuf,
    /// Somebody whose datagrams are captured: a namespace and its interface.
    marker: (String, String),
}

impl Capture {
    /// Records the PNRP traffic of link A at the switch, and waits until the recording runs.
    pub fn start(lab: &Lab, path: &Path) -> Self {
        Self::on_link(lab, Link::A, Traffic::Pnrp, path)
    }

    /// Records what is sent on a link, at the switch.
    pub fn on_link(lab: &Lab, link: Link, traffic: Traffic, path: &Path) -> Self {
        let (namespace, interface) = lab.somebody_on(link);
        let marker = (namespace, interface.to_owned());
        Self::record(&lab.switch(), link.bridge(), traffic, path, marker)
    }

    /// Records what a host sends and receives at an interface.
    pub fn at_host(lab: &Lab, host: u16, interface: &str, traffic: Traffic, path: &Path) -> Self {
        let marker = (lab.host(host), interface.to_owned());
        Self::record(&lab.host(host), interface, traffic, path, marker)
    }

    fn record(
        namespace: &str,
        interface: &str,
        traffic: Traffic,
        path: &Path,
        marker: (String, String),
    ) -> Self {
        let complaints = path.with_extension("err");
        let child = Lab::command(namespace, "dumpcap")
            .args(["-q", "-P", "-i", interface, "-f", &traffic.filter(), "-w"])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&complaints).expect("a file"))
            .spawn()
            .expect("dumpcap cannot be started");
        let capture = Self {
            child,
            path: path.to_owned(),
            marker,
        };
        wait_for("capture", Duration::from_secs(20), || {
            let is_open = fs::metadata(path).is_ok_and(|file| file.len() >= 24);
            let said = fs::read_to_string(&complaints).unwrap_or_default();
            match is_open && said.contains("File:") {
                true => Ok(()),
                false => Err(said),
            }
        });
        capture
    }

    /// Ends the recording: what was recorded from the start until this call.
    ///
    /// Frames stay in buffers for a while. So a host sends a mark after them, until the mark is in
    /// the file.
    pub fn stop(mut self) -> Vec<Datagram> {
        wait_for("end of the capture", Duration::from_secs(20), || {
            self.send_mark();
            let recorded = fs::read(&self.path).unwrap_or_default();
            let is_there = recorded.windows(MARK.len()).any(|bytes| bytes == MARK);
            is_there.then_some(()).ok_or("no mark in it".to_owned())
        });
        signal(self.child.id(), "INT");
        let status = self.child.wait().expect("dumpcap");
        assert!(status.success(), "dumpcap ended with {status}");
        let mut datagrams = pcap::read_all(&self.path);
        datagrams.retain(|datagram| !datagram.has_port(MARK_PORT));
        datagrams
    }

    /// Sends a mark to all hosts, none of which listens.
    fn send_mark(&self) {
        let mark = String::from_utf8_lossy(MARK);
        let (namespace, interface) = &self.marker;
        let send = format!("printf '{mark}' >/dev/udp/ff02::1%{interface}/{MARK_PORT}");
        let sent = Lab::command(namespace, "bash").args(["-c", &send]).status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "bash cannot send"
        );
    }
}

const MARK: &[u8] = b"end of capture";
/// Discard.
const MARK_PORT: u16 = 9;

impl Drop for Capture {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
