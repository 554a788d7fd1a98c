//! Hosts on one link: network namespaces joined by a bridge in a namespace of its own.
//!
//! Host `i`, from 1, has `eth0` with `fe80::i/64` and `2001:db8:1::i/64`. Nothing is put into the
//! root namespace. Names carry the process ID, so labs of several tests do not collide.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    net::Ipv6Addr,
    os::unix::fs::MetadataExt as _,
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::programs::is_installed;

/// Some hosts on one link; they vanish when this is dropped.
#[derive(Debug)]
pub struct Lab {
    prefix: String,
    hosts: u16,
}

/// Labs and probes of this process so far.
static LABS: AtomicU32 = AtomicU32::new(0);

impl Lab {
    /// Whether labs can be made here.
    ///
    /// # Errors
    /// With the reason, when they cannot.
    pub fn available() -> Result<(), String> {
        if !cfg!(target_os = "linux") {
            return Err("network namespaces need Linux".to_owned());
        }
        if !fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            return Err("network namespaces need root".to_owned());
        }
        if !is_installed("ip") {
            return Err("ip (iproute2) is not installed".to_owned());
        }
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let probe = format!("pnrp{}-{number}-probe", process::id());
        ip(None, &format!("netns add {probe}\nnetns del {probe}\n"))
            .map_err(|why| format!("network namespaces cannot be made: {why}"))
    }

    /// Makes a link with some hosts.
    ///
    /// # Panics
    /// When the system refuses; what was made until then is removed.
    pub fn new(hosts: u16) -> Self {
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let lab = Self {
            prefix: format!("pnrp{}-{number}-", process::id()),
            hosts,
        };
        lab.make_room_for_neighbours();
        lab.make_switch();
        lab.make_hosts();
        lab
    }

    /// The numbers of the hosts.
    pub fn hosts(&self) -> impl Iterator<Item = u16> + use<> {
        1..=self.hosts
    }

    /// The namespace of host `number`.
    pub fn host(&self, number: u16) -> String {
        format!("{}{number}", self.prefix)
    }

    /// The namespace of the bridge `br0`, where all traffic passes.
    pub fn switch(&self) -> String {
        format!("{}sw", self.prefix)
    }

    /// The link-local address of host `number`.
    pub fn link_local(number: u16) -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number)
    }

    /// A program to be run in one of the namespaces.
    pub fn command(namespace: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(program);
        command
    }

    /// Raises the limit on neighbours, which all namespaces share.
    fn make_room_for_neighbours(&self) {
        let wanted = u32::from(self.hosts).saturating_mul(256).max(8_192);
        for name in ["gc_thresh1", "gc_thresh2", "gc_thresh3"] {
            let path = format!("/proc/sys/net/ipv6/neigh/default/{name}");
            let present = fs::read_to_string(&path).ok();
            let present: u32 = present
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(0);
            if name == "gc_thresh3" && present >= wanted {
                return;
            }
        }
        for name in ["gc_thresh3", "gc_thresh2", "gc_thresh1"] {
            let path = format!("/proc/sys/net/ipv6/neigh/default/{name}");
            // Without it, labs of a few hosts work all the same.
            let _ = fs::write(path, wanted.to_string());
        }
    }

    fn make_switch(&self) {
        let switch = self.switch();
        run_ip(None, &format!("netns add {switch}\n"));
        // The bridge itself must not join groups or answer.
        let quiet = Self::command(&switch, "sh")
            .args([
                "-c",
                "for i in all default; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done",
            ])
            .status();
        assert!(
            quiet.is_ok_and(|status| status.success()),
            "cannot enter {switch}"
        );
        let bridge = "link set lo up\n\
            link add br0 type bridge mcast_snooping 0 forward_delay 0 stp_state 0\n\
            link set br0 up\n";
        run_ip(Some(&switch), bridge);
    }

    fn make_hosts(&self) {
        let switch = self.switch();
        let (mut namespaces, mut cables, mut ports) = (String::new(), String::new(), String::new());
        for number in self.hosts() {
            let host = self.host(number);
            let [high, low] = number.to_be_bytes();
            let _ = writeln!(namespaces, "netns add {host}");
            let _ = writeln!(
                cables,
                "link add eth0 address 02:00:00:00:{high:02x}:{low:02x} netns {host} \
                 type veth peer name p{number} netns {switch}"
            );
            let _ = writeln!(ports, "link set p{number} master br0 up");
        }
        run_ip(None, &namespaces);
        run_ip(None, &cables);
        run_ip(Some(&switch), &ports);
        for number in self.hosts() {
            let address = Self::link_local(number);
            let setup = format!(
                "link set lo up\n\
                 link set eth0 addrgenmode none\n\
                 link set eth0 up\n\
                 addr add {address}/64 dev eth0 nodad\n\
                 addr add 2001:db8:1::{number:x}/64 dev eth0 nodad\n"
            );
            run_ip(Some(&self.host(number)), &setup);
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let names = self.hosts().map(|number| self.host(number));
        for name in names.chain([self.switch()]) {
            // One that was not made yet cannot be removed.
            let _ = ip(None, &format!("netns del {name}\n"));
        }
    }
}

fn run_ip(namespace: Option<&str>, batch: &str) {
    if let Err(why) = ip(namespace, batch) {
        panic!("ip: {why}\n{batch}");
    }
}

/// Runs a batch of `ip` commands.
fn ip(namespace: Option<&str>, batch: &str) -> Result<(), String> {
    let mut command = Command::new("ip");
    if let Some(namespace) = namespace {
        command.args(["-n", namespace]);
    }
    let child = command
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| error.to_string())?;
    let written = child
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(batch.as_bytes()));
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let is_written = matches!(written, Some(Ok(())));
    if output.status.success() && is_written {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
