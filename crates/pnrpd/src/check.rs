//! What settings would do, for people to read before the daemon does it.

use std::fmt::Write as _;

use pnrp_api::{CloudScope, ScopePolicy};

use crate::{Settings, state};

impl Settings {
    /// Says what the daemon would do; changes nothing.
    ///
    /// # Errors
    /// When it would refuse to start, as far as that can be told without starting.
    pub fn report(&self) -> anyhow::Result<String> {
        self.access.check()?;
        let state = match state::version_of(&self.state_dir)? {
            Some(layout) => format!("layout {layout}"),
            None if self.state_dir.exists() => "without a layout, which is written".to_owned(),
            None => "is made".to_owned(),
        };
        let mut lines = Lines(String::new());
        match &self.file {
            Some(file) => lines.add("configuration", &file.display().to_string()),
            None => lines.add("configuration", "none; flags and defaults"),
        }
        let directory = self.state_dir.display();
        lines.add("state directory", &format!("{directory} ({state})"));
        let sockets = self.sockets.iter().map(|path| path.display().to_string());
        let sockets: Vec<_> = sockets.collect();
        lines.add("socket", &sockets.join(", or "));
        lines.add("open to", &self.access.to_string());
        let port = match self.port {
            Some(port) => port.to_string(),
            None => "3540, or another when it is taken".to_owned(),
        };
        lines.add("UDP port", &port);
        lines.add("interfaces", &listed(&self.interfaces, "all but loopback"));
        let peers: Vec<_> = self.peers.iter().map(ToString::to_string).collect();
        lines.add("peers", &listed(&peers, "none"));
        lines.add("seeds", &listed(&self.seeds, "none"));
        let multicast = match (self.no_ssdp, self.ssdp_notify) {
            (true, _) => "off",
            (false, true) => "searches, answers and notifications",
            (false, false) => "searches and answers",
        };
        lines.add("multicast", multicast);
        for scope in [
            CloudScope::Global,
            CloudScope::SiteLocal,
            CloudScope::LinkLocal,
        ] {
            let policy = self.policies.get(&scope).cloned();
            let policy = policy.unwrap_or_else(|| ScopePolicy::default_of(scope));
            lines.add(&format!("{scope} clouds"), &describe(&policy));
        }
        lines.add("log", &format!("{}, as {}", self.log, self.log_format));
        lines.add("limits", &self.limits.to_string());
        Ok(lines.0)
    }

    /// What is allowed and seldom meant.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.access.mode & 0o002 != 0 {
            doubts.push(format!(
                "socket_mode {:#o} gives every user of this host the keys of all identities",
                self.access.mode
            ));
        }
        if self.access.group.is_some() && self.access.mode & 0o020 == 0 {
            doubts.push(format!(
                "socket_group is given, but socket_mode {:#o} does not let a group in",
                self.access.mode
            ));
        }
        if self.no_ssdp && self.ssdp_notify {
            doubts.push("ssdp_notify does nothing, for no_ssdp is true".to_owned());
        }
        let alone = self.no_ssdp && self.peers.is_empty() && self.seeds.is_empty();
        if alone && self.policies.values().all(|policy| policy.seeds.is_empty()) {
            doubts.push(
                "no_ssdp is true and there is no peer and no seed: the node finds nobody by itself"
                    .to_owned(),
            );
        }
        doubts
    }
}

/// Named lines in a column.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        // A string takes everything.
        let _ = writeln!(self.0, "{name:<18}{value}");
    }
}

fn listed(items: &[String], none: &str) -> String {
    match items {
        [] => none.to_owned(),
        items => items.join(", "),
    }
}

fn describe(policy: &ScopePolicy) -> String {
    if policy.disabled {
        return "disabled".to_owned();
    }
    let mut words = vec![if policy.resolve_only {
        "resolve only".to_owned()
    } else {
        "register and resolve".to_owned()
    }];
    if policy.no_ssdp {
        words.push("no multicast".to_owned());
    }
    if !policy.seeds.is_empty() {
        words.push(format!("seeds {}", policy.seeds.join(", ")));
    }
    words.join(", ")
}
