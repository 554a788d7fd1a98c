//! Seed servers: nodes that are asked when nobody is known. MS-PNRP §3.1.4.2.1.

use std::{cmp::Reverse, collections::BTreeMap, convert::Infallible, net::Ipv6Addr, str::FromStr};

use pnrp_wire::{Endpoint, limits::DEFAULT_PORT};

use super::{CloudConfig, Scope, addresses::LocalEndpoints};
use crate::ssdp;

/// A node to start from, by name or address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seed {
    /// A name of the DNS, and the port.
    Name(String, u16),
    /// An address, and the port.
    Address(Endpoint),
}

impl FromStr for Seed {
    type Err = Infallible;

    /// Reads `[2001:db8::1]:3541`, `2001:db8::1`, `seed.example:3541` or `seed.example`; the port
    /// is 3540 where none is given. What is no address is taken for a name.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(text).parse() {
            let port = DEFAULT_PORT;
            return Ok(Self::Address(Endpoint { address, port }));
        }
        if let Ok(endpoint) = ssdp::parse_location(text) {
            return Ok(Self::Address(endpoint));
        }
        let named = text.rsplit_once(':');
        let with_port = named.and_then(|(name, port)| Some((name, port.parse().ok()?)));
        let (name, port) = with_port.unwrap_or((text, DEFAULT_PORT));
        Ok(Self::Name(name.to_owned(), port))
    }
}

/// How the addresses of several names are put into one list. MS-PNRP §3.1.4.2.1, product note 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedOrder {
    /// All of them sorted by RFC 6724 §6.
    Merged,
    /// Those of each name sorted, name by name: what Windows does.
    PerName,
}

/// Where a cloud learns of the first other nodes. MS-PNRP §3.1.4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sources {
    /// Nodes known from an earlier run, the most recently used first; ten are used.
    /// MS-PNRP §3.1.4.2, product note 2.
    pub saved_peers: Vec<Endpoint>,
    /// Whether whoever drives the cloud can search by SSDP: no. MS-PNRP §3.1.4.2.2.
    pub has_ssdp: bool,
    /// Seeds that the application has brought; with any, no other is used. MS-PNRP §3.1.4.2.1.
    pub application_seeds: Vec<Seed>,
    /// Seeds that the cloud is configured with. MS-PNRP §3.1.4.2.1.
    pub seeds: Vec<Seed>,
    /// Whether a global cloud without seeds turns to Microsoft's: no. MS-PNRP §3.1.4.2.1.
    pub uses_microsoft_seeds: bool,
    /// How the addresses of several names are ordered.
    pub seed_order: SeedOrder,
    /// Whether a cloud stays silent until something is registered or resolved, or a peer is given:
    /// yes.
    pub is_lazy: bool,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            saved_peers: Vec::new(),
            has_ssdp: false,
            application_seeds: Vec::new(),
            seeds: Vec::new(),
            uses_microsoft_seeds: false,
            seed_order: SeedOrder::Merged,
            is_lazy: true,
        }
    }
}

impl CloudConfig {
    /// The seeds to use: the application's, else the configured ones, else Microsoft's if those
    /// are wanted. MS-PNRP §3.1.4.2.1.
    pub(crate) fn seeds(&self) -> Vec<Seed> {
        let sources = &self.sources;
        let given = [&sources.application_seeds, &sources.seeds];
        if let Some(seeds) = given.into_iter().find(|seeds| !seeds.is_empty()) {
            return seeds.clone();
        }
        if !sources.uses_microsoft_seeds || self.scope != Scope::Global {
            return Vec::new();
        }
        let named = |name: &&str| Seed::Name((*name).to_owned(), DEFAULT_PORT);
        MICROSOFT_SEEDS.iter().map(named).collect()
    }
}

/// Where the seeds are, in the order in which they are to be asked. MS-PNRP §3.1.4.2.1.
///
/// Addresses in which this node cannot be a neighbour of anybody are left out, and so are its own.
pub(crate) fn in_order(
    seeds: &[Seed],
    order: SeedOrder,
    addresses: &BTreeMap<String, Vec<Ipv6Addr>>,
    local: &LocalEndpoints,
) -> Vec<Endpoint> {
    let mut groups: Vec<Vec<Endpoint>> = seeds.iter().map(|seed| seed.places(addresses)).collect();
    if order == SeedOrder::Merged {
        groups = vec![groups.concat()];
    }
    let mut list: Vec<Endpoint> = Vec::new();
    for group in &mut groups {
        group.retain(|at| local.is_usable(&at.address) && !local.contains(at));
        group.sort_by_key(|at| preference(at, local));
        for at in group {
            if !list.contains(at) {
                list.push(*at);
            }
        }
    }
    list
}

impl Seed {
    fn places(&self, addresses: &BTreeMap<String, Vec<Ipv6Addr>>) -> Vec<Endpoint> {
        match self {
            Self::Address(endpoint) => vec![*endpoint],
            Self::Name(name, port) => {
                let addresses = addresses.get(name).into_iter().flatten();
                let at = |&address| Endpoint {
                    address,
                    port: *port,
                };
                addresses.map(at).collect()
            }
        }
    }
}

/// What RFC 6724 §6, which takes the place of RFC 3484 §6, sorts destinations by, among those of one
/// scope: a matching label (rule 5),
/// precedence (rule 6), the prefix in common with the source (rule 9); the least comes first.
fn preference(to: &Endpoint, local: &LocalEndpoints) -> (bool, Reverse<u8>, Option<u32>) {
    let (precedence, label) = policy(&to.address);
    let Some(from) = local.source_for(to) else {
        return (true, Reverse(precedence), None);
    };
    let differing = (from.address.to_bits() ^ to.address.to_bits()).checked_ilog2();
    let (_, own_label) = policy(&from.address);
    (label != own_label, Reverse(precedence), differing)
}

/// Precedence and label of an address in the default policy table of RFC 6724 §2.1.
fn policy(address: &Ipv6Addr) -> (u8, u8) {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => (50, 0),
        [0, 0, 0, 0, 0, 0xffff, ..] => (35, 4),
        [0, 0, 0, 0, 0, 0, ..] => (1, 3),
        [0x2002, ..] => (30, 2),
        [0x2001, 0, ..] => (5, 5),
        [first, ..] if first & 0xfe00 == 0xfc00 => (3, 13),
        [first, ..] if first & 0xffc0 == 0xfec0 => (1, 11),
        [0x3ffe, ..] => (1, 12),
        _ => (40, 1),
    }
}

/// The seeds that Microsoft ran for the global cloud. Their addresses come from the DNS, never
/// from here. MS-PNRP §3.1.4.2.1.
pub const MICROSOFT_SEEDS: [&str; 2] = ["pnrpv2.ipv6.microsoft.com", "pnrpv21.ipv6.microsoft.com"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_name_or_an_address_with_or_without_a_port() {
        let cases = [
            ("[2001:db8::1]:3541", at("2001:db8::1", 3541)),
            ("[2001:db8::1]", at("2001:db8::1", 3540)),
            ("2001:db8::1", at("2001:db8::1", 3540)),
            (
                "seed.example:3541",
                Seed::Name("seed.example".to_owned(), 3541),
            ),
            ("seed.example", Seed::Name("seed.example".to_owned(), 3540)),
        ];

        for (text, seed) in cases {
            assert_eq!(text.parse(), Ok(seed), "{text}");
        }
    }

    /// R-3.1.4.2.1-06, R-6-03
    #[test]
    fn addresses_are_sorted_together_or_name_by_name() {
        let local = LocalEndpoints::new(Scope::Global, vec![endpoint("2001:db8:1::1", 3540)]);
        let seeds = ["a.example".parse().unwrap(), "b.example".parse().unwrap()];
        let addresses = BTreeMap::from([
            ("a.example".to_owned(), ips(&["2002::a", "2001:db8:8::a"])),
            ("b.example".to_owned(), ips(&["2002::b", "2001:db8:1::b"])),
        ]);
        let sorted = |order| {
            let list = in_order(&seeds, order, &addresses, &local).into_iter();
            list.map(|at| at.address).collect::<Vec<_>>()
        };

        let merged = ["2001:db8:1::b", "2001:db8:8::a", "2002::a", "2002::b"];
        assert_eq!(sorted(SeedOrder::Merged), ips(&merged));
        let per_name = ["2001:db8:8::a", "2002::a", "2001:db8:1::b", "2002::b"];
        assert_eq!(sorted(SeedOrder::PerName), ips(&per_name));
    }

    #[test]
    fn the_policy_table_is_that_of_rfc_6724() {
        let local = LocalEndpoints::new(Scope::Global, vec![endpoint("2001:db8:1::1", 3540)]);
        let texts = ["3ffe::1", "fd00::1", "2001::1", "2002::1", "2600::1"];
        let seeds = texts.map(|text| at(text, 3540));

        let list = in_order(&seeds, SeedOrder::Merged, &BTreeMap::new(), &local);

        let sorted: Vec<_> = list.iter().map(|at| at.address).collect();
        let mut expected = ips(&texts);
        expected.reverse();
        assert_eq!(sorted, expected);
    }

    #[test]
    fn own_and_foreign_addresses_are_no_seeds() {
        let own = endpoint("2001:db8:1::1", 3540);
        let local = LocalEndpoints::new(Scope::Global, vec![own]);
        let seeds = [
            Seed::Address(own),
            at("fe80::1", 3540),
            at("2001:db8::2", 3540),
        ];

        let list = in_order(&seeds, SeedOrder::Merged, &BTreeMap::new(), &local);

        assert_eq!(list, [endpoint("2001:db8::2", 3540)]);
    }

    fn at(address: &str, port: u16) -> Seed {
        Seed::Address(endpoint(address, port))
    }

    fn endpoint(address: &str, port: u16) -> Endpoint {
        let address = address.parse().unwrap();
        Endpoint { address, port }
    }

    fn ips(texts: &[&str]) -> Vec<Ipv6Addr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }
}
