//! What can happen to an interface of a host.

use std::net::Ipv6Addr;

use super::{Lab, run_ip};

/// An interface of a host.
#[derive(Clone, Debug)]
pub struct Interface {
    namespace: String,
    name: String,
}

impl Interface {
    pub(super) fn new(namespace: String, name: &str) -> Self {
        Self {
            namespace,
            name: name.to_owned(),
        }
    }

    /// Turns it off. It loses its addresses.
    pub fn down(&self) {
        self.ip(&format!("link set {} down", self.name));
    }

    /// Turns it on. It has no addresses.
    pub fn up(&self) {
        self.ip(&format!("link set {} up", self.name));
    }

    /// Renames it while it is on; its addresses stay.
    #[must_use]
    pub fn rename(self, name: &str) -> Self {
        self.ip(&format!("link set {} name {name}", self.name));
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// Adds an address that can be used at once.
    pub fn add(&self, address: Ipv6Addr) {
        self.ip(&format!("addr add {address}/64 dev {} nodad", self.name));
    }

    /// Adds an address as a host does that makes sure that nobody else has it. It asks six times,
    /// so the address is tentative for six to seven seconds: a daemon starts meanwhile, however busy the
    /// machine is.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn add_tentative(&self, address: Ipv6Addr) {
        let setting = format!("/proc/sys/net/ipv6/conf/{}/dad_transmits", self.name);
        let set = Lab::command(&self.namespace, "sh")
            .args(["-c", &format!("echo 6 >{setting}")])
            .status();
        assert!(
            set.is_ok_and(|status| status.success()),
            "cannot set {setting}"
        );
        self.ip(&format!("addr add {address}/64 dev {}", self.name));
    }

    /// Removes an address.
    pub fn remove(&self, address: Ipv6Addr) {
        self.ip(&format!("addr del {address}/64 dev {}", self.name));
    }

    /// Whether it has an address that cannot be used yet.
    pub fn is_tentative(&self) -> bool {
        let output = Lab::command(&self.namespace, "ip")
            .args(["-6", "addr", "show", "dev", &self.name, "tentative"])
            .output()
            .expect("ip cannot be started");
        assert!(output.status.success(), "{}: {output:?}", self.name);
        !output.stdout.is_empty()
    }

    fn ip(&self, command: &str) {
        run_ip(Some(&self.namespace), &format!("{command}\n"));
    }
}
