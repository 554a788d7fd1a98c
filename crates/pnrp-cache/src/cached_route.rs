//! One entry of the cache, as its readers see it.

use std::{fmt, net::Ipv6Addr, time::Instant};

use pnrp_wire::{Endpoint, PnrpId, RouteEntry};

use crate::{RouteCache, records::Record};

/// A route entry in a cache, and what is known of it.
///
/// A view: two references and a number. Reading an entry costs what reading its fields costs;
/// only [`route`](Self::route) makes something new.
#[derive(Clone, Copy)]
pub struct CachedRoute<'a> {
    pub(crate) cache: &'a RouteCache,
    pub(crate) record: &'a Record,
    pub(crate) slot: u32,
}

impl<'a> CachedRoute<'a> {
    /// The ID.
    pub fn id(&self) -> PnrpId {
        self.record.id
    }

    /// The UDP port of every address.
    pub fn port(&self) -> u16 {
        self.record.port
    }

    /// The addresses, at least one. O(1) for one; O(log m) for more, where m entries have more.
    pub fn addresses(&self) -> &'a [Ipv6Addr] {
        self.cache.addresses(self.slot)
    }

    /// The addresses, each with the port.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> + use<'a> {
        let port = self.record.port;
        let with_port = move |&address| Endpoint { address, port };
        self.addresses().iter().map(with_port)
    }

    /// The entry as it is sent: an allocation where there is more than one address.
    #[expect(
        clippy::expect_used,
        reason = "what is cached was a route entry and is not changed"
    )]
    pub fn route(&self) -> RouteEntry {
        RouteEntry::from_slice(self.id(), self.port(), self.addresses())
            .expect("one to twenty addresses")
    }

    /// Whether this is the same ID at the same addresses and port.
    pub fn is(&self, route: &RouteEntry) -> bool {
        self.id() == route.id() && self.is_at(route)
    }

    /// Whether a valid CPA has shown these addresses.
    pub fn cpa_checked(&self) -> bool {
        self.record.is_checked
    }

    /// When its node last gave a sign of life, to a sixteenth of a second.
    pub fn last_heard(&self) -> Option<Instant> {
        self.cache.instant(self.record.heard)
    }

    /// Whether the addresses and the port are these.
    pub(crate) fn is_at(&self, route: &RouteEntry) -> bool {
        self.port() == route.port() && self.addresses() == route.addresses()
    }
}

impl PartialEq for CachedRoute<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
            && self.port() == other.port()
            && self.addresses() == other.addresses()
            && self.cpa_checked() == other.cpa_checked()
            && self.last_heard() == other.last_heard()
    }
}

impl fmt::Debug for CachedRoute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedRoute")
            .field("id", &self.id())
            .field("port", &self.port())
            .field("addresses", &self.addresses())
            .field("cpa_checked", &self.cpa_checked())
            .field("last_heard", &self.last_heard())
            .finish()
    }
}
