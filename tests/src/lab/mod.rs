//! Hosts on links: network namespaces joined by bridges in a namespace of their own.
//!
//! [`Lab::new`] puts all hosts on one link. [`Lab::with_cables`] takes a list of cables for each
//! host, and [`Lab::add_cable`] adds one to a host that runs. Host `i`, from 1, has `fe80::i/64` on
//! each of its links, and `2001:db8:1::i/64` on link A or `2001:db8:2::i/64` on link B; addresses
//! are usable at once, with no search for duplicates. What happens to traffic between hosts is up to
//! a [`Filter`], what happens at a host to its [`Interface`].
//!
//! Nothing is put into the root namespace. Names carry the process ID, so labs of several tests do
//! not collide.

use std::{
    fmt::Write as _,
    fs,
    net::Ipv6Addr,
    os::unix::fs::MetadataExt as _,
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::programs::is_installed;

mod filter;
mod interface;
mod run;

pub use filter::Filter;
pub use interface::Interface;
use run::{ip, nft, run_ip};

/// Some hosts on one or two links; they vanish when this is dropped.
#[derive(Debug)]
pub struct Lab {
    prefix: String,
    /// The cables of host 1 first.
    cables: Vec<Vec<Cable>>,
}

/// A link, which is a bridge in the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The only one, unless cables are given.
    A,
    /// Another.
    B,
}

impl Link {
    /// The bridge, where all traffic of the link passes.
    pub fn bridge(self) -> &'static str {
        match self {
            Self::A => "br0",
            Self::B => "br1",
        }
    }

    /// The global address of host `number` on this link.
    pub fn global(self, number: u16) -> Ipv6Addr {
        Ipv6Addr::new(0x2001, 0xdb8, self.number(), 0, 0, 0, 0, number)
    }

    /// What the bridge calls the cable of a host.
    fn port(self, host: u16) -> String {
        format!("p{host}-{}", self.number())
    }

    fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::B => 2,
        }
    }
}

/// A cable from an interface of a host to a link.
#[derive(Clone, Debug)]
pub struct Cable {
    /// What the host calls the interface.
    pub interface: &'static str,
    /// Where it leads to.
    pub link: Link,
    /// What the host is called there.
    pub addresses: Addresses,
}

/// The addresses that an interface has from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// None.
    None,
    /// `fe80::i`.
    LinkLocal,
    /// `fe80::i`, and the host's global address on the link.
    All,
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

    /// Whether traffic between hosts can be filtered here.
    ///
    /// # Errors
    /// With the reason, when it cannot.
    pub fn filters_available() -> Result<(), String> {
        Self::available()?;
        is_installed("nft")
            .then_some(())
            .ok_or_else(|| "nft (nftables) is not installed".to_owned())
    }

    /// Makes a link with some hosts; the interface of each is `eth0`.
    ///
    /// # Panics
    /// When the system refuses; what was made until then is removed.
    pub fn new(hosts: u16) -> Self {
        let cable = Cable {
            interface: "eth0",
            link: Link::A,
            addresses: Addresses::All,
        };
        Self::with_cables(vec![vec![cable]; hosts.into()])
    }

    /// Makes hosts with these cables, those of host 1 first.
    ///
    /// # Panics
    /// When the system refuses; what was made until then is removed.
    pub fn with_cables(cables: Vec<Vec<Cable>>) -> Self {
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let lab = Self {
            prefix: format!("pnrp{}-{number}-", process::id()),
            cables,
        };
        lab.make_room_for_neighbours();
        lab.make_switch();
        lab.make_hosts();
        lab
    }

    /// The numbers of the hosts.
    pub fn hosts(&self) -> impl Iterator<Item = u16> + use<> {
        let count = u16::try_from(self.cables.len()).expect("so many hosts have no numbers");
        1..=count
    }

    /// The namespace of host `number`.
    pub fn host(&self, number: u16) -> String {
        format!("{}{number}", self.prefix)
    }

    /// The namespace of the bridges.
    pub fn switch(&self) -> String {
        format!("{}sw", self.prefix)
    }

    /// The link-local address of host `number`.
    pub fn link_local(number: u16) -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number)
    }

    /// An interface of a host.
    pub fn interface(&self, host: u16, name: &str) -> Interface {
        Interface::new(self.host(host), name)
    }

    /// A host on a link, and its interface there.
    pub(crate) fn somebody_on(&self, link: Link) -> (String, &'static str) {
        let mut hosts = self.hosts().zip(&self.cables);
        let found = hosts.find_map(|(host, cables)| {
            let cable = cables.iter().find(|cable| cable.link == link)?;
            Some((self.host(host), cable.interface))
        });
        found.expect("a host on the link")
    }

    /// A program to be run in one of the namespaces.
    pub fn command(namespace: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(program);
        command
    }

    /// Lays a new cable to a host that may have programs running.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn add_cable(&mut self, host: u16, cable: Cable) {
        run_ip(None, &self.lay(host, &cable));
        run_ip(Some(&self.switch()), &plug(host, &cable));
        run_ip(Some(&self.host(host)), &bring_up(host, &cable));
        self.cables[usize::from(host) - 1].push(cable);
    }

    /// Decides what happens to traffic between hosts; [`Filter::default`] lets all pass.
    ///
    /// # Panics
    /// When `nft` refuses.
    pub fn set_filter(&self, filter: &Filter) {
        filter.apply(&self.switch());
    }

    /// How many frames the present filter has dropped.
    ///
    /// # Panics
    /// When there is none, or `nft` refuses.
    pub fn dropped(&self) -> u64 {
        filter::dropped(&self.switch())
    }

    /// Lets a host drop the UDP datagrams that come to a port, whoever listens there.
    ///
    /// # Panics
    /// When `nft` refuses.
    pub fn block_udp(&self, host: u16, port: u16) {
        let table = format!(
            "table inet lab {{\n\
             chain input {{ type filter hook input priority 0; policy accept;\n\
             udp dport {port} drop\n\
             }}\n}}\n"
        );
        nft(&self.host(host), &table);
    }

    /// Raises the limit on neighbours, which all namespaces share.
    fn make_room_for_neighbours(&self) {
        let hosts = u32::try_from(self.cables.len()).unwrap_or(u32::MAX);
        let wanted = hosts.saturating_mul(256).max(8_192);
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
        // The bridges themselves must not join groups or answer.
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
        let mut bridges = "link set lo up\n".to_owned();
        for link in [Link::A, Link::B] {
            let bridge = link.bridge();
            let _ = writeln!(
                bridges,
                "link add {bridge} type bridge mcast_snooping 0 forward_delay 0 stp_state 0\n\
                 link set {bridge} up"
            );
        }
        run_ip(Some(&switch), &bridges);
    }

    fn make_hosts(&self) {
        let (mut namespaces, mut cables, mut ports) = (String::new(), String::new(), String::new());
        for (host, of_host) in self.hosts().zip(&self.cables) {
            let _ = writeln!(namespaces, "netns add {}", self.host(host));
            for cable in of_host {
                cables += &self.lay(host, cable);
                ports += &plug(host, cable);
            }
        }
        run_ip(None, &namespaces);
        run_ip(None, &cables);
        run_ip(Some(&self.switch()), &ports);
        for (host, of_host) in self.hosts().zip(&self.cables) {
            let setup: String = of_host.iter().map(|cable| bring_up(host, cable)).collect();
            run_ip(Some(&self.host(host)), &format!("link set lo up\n{setup}"));
        }
    }

    /// The `ip` command that makes a cable, to be run in the root namespace.
    fn lay(&self, host: u16, cable: &Cable) -> String {
        let [high, low] = host.to_be_bytes();
        let Cable {
            interface, link, ..
        } = cable;
        format!(
            "link add {interface} address 02:00:00:{:02x}:{high:02x}:{low:02x} netns {} \
             type veth peer name {} netns {}\n",
            link.number() - 1,
            self.host(host),
            link.port(host),
            self.switch()
        )
    }
}

/// The `ip` command that joins a cable to its bridge, to be run in the switch.
fn plug(host: u16, cable: &Cable) -> String {
    let link = cable.link;
    format!("link set {} master {} up\n", link.port(host), link.bridge())
}

/// The `ip` commands that set an interface up, to be run in the host.
fn bring_up(host: u16, cable: &Cable) -> String {
    let Cable {
        interface,
        link,
        addresses,
    } = cable;
    let mut setup = format!("link set {interface} addrgenmode none\nlink set {interface} up\n");
    let (link_local, global) = (Lab::link_local(host), link.global(host));
    let chosen: &[Ipv6Addr] = match addresses {
        Addresses::None => &[],
        Addresses::LinkLocal => &[link_local],
        Addresses::All => &[link_local, global],
    };
    for address in chosen {
        let _ = writeln!(setup, "addr add {address}/64 dev {interface} nodad");
    }
    setup
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
