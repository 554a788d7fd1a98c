//! What the switch drops.

use std::fmt::Write as _;

use super::{Lab, Link, nft};

/// What happens to frames between hosts. Neighbour discovery is dropped by a cut only: a host that
/// loses it takes its neighbours for dead, for seconds after the loss has ended.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    cut: Option<[Vec<u16>; 2]>,
    udp_loss: u8,
    no_udp_multicast: bool,
}

impl Filter {
    /// Drops every frame between the hosts of one side and those of the other.
    #[must_use]
    pub fn cut(mut self, one: &[u16], other: &[u16]) -> Self {
        self.cut = Some([one.to_vec(), other.to_vec()]);
        self
    }

    /// Drops so many of a hundred UDP datagrams, at random.
    ///
    /// # Panics
    /// When that is more than all.
    #[must_use]
    pub fn lose_udp(mut self, percent: u8) -> Self {
        assert!(percent <= 100, "{percent} of a hundred are too many");
        self.udp_loss = percent;
        self
    }

    /// Drops UDP datagrams to groups.
    #[must_use]
    pub fn drop_udp_multicast(mut self) -> Self {
        self.no_udp_multicast = true;
        self
    }

    /// Replaces the filter of the switch.
    pub(super) fn apply(&self, switch: &str) {
        nft(switch, &self.rules());
    }

    /// A rule set that replaces the one before, at once.
    fn rules(&self) -> String {
        let mut rules = "table bridge lab {}\n\
             delete table bridge lab\n\
             table bridge lab {\n\
             counter dropped {}\n\
             chain forward { type filter hook forward priority 0; policy accept;\n"
            .to_owned();
        if let Some(sides) = &self.cut {
            let [one, other] = sides.each_ref().map(|side| ports(side));
            for (from, to) in [(&one, &other), (&other, &one)] {
                let _ = writeln!(
                    rules,
                    "iifname {{ {from} }} oifname {{ {to} }} counter name dropped drop"
                );
            }
        }
        if self.no_udp_multicast {
            rules += "ip6 daddr ff00::/8 meta l4proto udp counter name dropped drop\n";
        }
        if let Some(last) = self.udp_loss.checked_sub(1) {
            let _ = writeln!(
                rules,
                "meta l4proto udp numgen random mod 100 <= {last} counter name dropped drop"
            );
        }
        rules + "}\n}\n"
    }
}

/// The names of all ports that hosts may have. Those that do not exist match nothing.
fn ports(hosts: &[u16]) -> String {
    let both = hosts
        .iter()
        .flat_map(|&host| [Link::A, Link::B].map(|link| link.port(host)));
    both.map(|port| format!("\"{port}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What `nft` has counted.
pub(super) fn dropped(switch: &str) -> u64 {
    let output = Lab::command(switch, "nft")
        .args(["list", "counter", "bridge", "lab", "dropped"])
        .output()
        .expect("nft cannot be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let count = words
        .find(|word| *word == "packets")
        .and_then(|_| words.next());
    let count = count.and_then(|count| count.parse().ok());
    count.unwrap_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        panic!("no count of dropped frames in {text:?}: {complaint}")
    })
}
