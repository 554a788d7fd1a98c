//! Which addresses nodes have.
//!
//! Node `n` has `n` in the low half of its address. Honest nodes are spread over providers, sites
//! and links; the nodes of one hostile owner share a prefix.

use std::{net::Ipv6Addr, ops::Range};

use pnrp_wire::{Endpoint, limits::DEFAULT_PORT};

use crate::random::mix;

/// A node of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub u32);

impl Node {
    /// Where it stands in a list of all.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Providers, each of which has a /32.
const PROVIDERS: u64 = 4_096;
/// Sites of a provider, each of which has a /48.
const SITES: u64 = 65_536;

/// How addresses are given out.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    seed: u64,
    /// Nodes of one owner.
    owned: Option<(Range<u32>, Ownership)>,
}

/// How far the addresses of one owner are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// They share 64 bits.
    Link,
    /// They share 48 bits.
    Site,
    /// They share 32 bits.
    Provider,
}

impl Addresses {
    /// Addresses by chance.
    pub fn new(seed: u64) -> Self {
        Self { seed, owned: None }
    }

    /// Gives a range of nodes to one owner.
    pub fn own(&mut self, nodes: Range<u32>, ownership: Ownership) {
        self.owned = Some((nodes, ownership));
    }

    /// Where a node listens.
    pub fn endpoint(&self, node: Node) -> Endpoint {
        let Node(number) = node;
        let chance = mix(self.seed ^ u64::from(number));
        let spread = (chance % PROVIDERS, chance / PROVIDERS % SITES, chance >> 48);
        let owner = mix(self.seed ^ u64::from(u32::MAX));
        let owner = (owner % PROVIDERS, owner / PROVIDERS % SITES, owner >> 48);
        let (provider, site, link) = match &self.owned {
            Some((nodes, ownership)) if nodes.contains(&number) => match ownership {
                Ownership::Link => owner,
                Ownership::Site => (owner.0, owner.1, spread.2),
                Ownership::Provider => (owner.0, spread.1, spread.2),
            },
            _ => spread,
        };
        let upper = 0x2400_0000_u64 << 32 | provider << 32 | site << 16 | (link & 0xffff);
        let address = u128::from(upper) << 64 | u128::from(number);
        Endpoint {
            address: Ipv6Addr::from(address),
            port: DEFAULT_PORT,
        }
    }

    /// Who listens there, if anybody might.
    pub fn node(&self, endpoint: &Endpoint) -> Option<Node> {
        let [.., a, b, c, d] = endpoint.address.octets();
        let node = Node(u32::from_be_bytes([a, b, c, d]));
        (self.endpoint(node) == *endpoint).then_some(node)
    }
}
