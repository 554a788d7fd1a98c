//! Which addresses belong to a cloud, which of them to use, and what becomes of the rest.
//! MS-PNRP §3.1.4.1, §3.1.5.11, §3.1.7.1, §3.2.7.2.

use std::{collections::BTreeSet, net::Ipv6Addr};

use pnrp_wire::{Endpoint, RouteEntry, limits::LAST_RESERVED_PORT};

use super::{
    Cloud, Event, Now, OpenError, ResolveError, Scope, open::check_endpoints, resolve::Errand,
};

impl Scope {
    /// The scope of a unicast address; `None` for one that no node can have.
    ///
    /// The loopback address counts as link-local: RFC 4007 §4 gives it that scope.
    pub fn of(address: &Ipv6Addr) -> Option<Self> {
        if address.is_unspecified() || address.is_multicast() || address.to_ipv4_mapped().is_some()
        {
            return None;
        }
        Some(match address.segments()[0] & 0xffc0 {
            0xfe80 => Self::LinkLocal,
            0xfec0 => Self::SiteLocal,
            _ if address.is_loopback() => Self::LinkLocal,
            _ => Self::Global,
        })
    }
}

/// The local endpoints of a cloud, and the judgement on everybody else's.
#[derive(Clone, Debug)]
pub(crate) struct LocalEndpoints {
    scope: Scope,
    endpoints: Vec<Endpoint>,
}

impl LocalEndpoints {
    pub(crate) fn new(scope: Scope, endpoints: Vec<Endpoint>) -> Self {
        Self { scope, endpoints }
    }

    /// Takes other endpoints; false when they are the same, in whatever order.
    fn replace(&mut self, endpoints: Vec<Endpoint>) -> bool {
        let same = BTreeSet::from_iter(&endpoints) == BTreeSet::from_iter(&self.endpoints);
        if !same {
            self.endpoints = endpoints;
        }
        !same
    }

    pub(crate) fn as_slice(&self) -> &[Endpoint] {
        &self.endpoints
    }

    pub(crate) fn first(&self) -> Option<Endpoint> {
        self.endpoints.first().copied()
    }

    pub(crate) fn contains(&self, endpoint: &Endpoint) -> bool {
        self.endpoints.contains(endpoint)
    }

    /// Whether a node of this cloud can listen on `address`.
    ///
    /// Loopback addresses belong to a cloud that is itself on loopback, and to no other.
    pub(crate) fn is_usable(&self, address: &Ipv6Addr) -> bool {
        let on_loopback = self
            .endpoints
            .iter()
            .any(|local| local.address.is_loopback());
        Scope::of(address) == Some(self.scope) && address.is_loopback() == on_loopback
    }

    /// Whether an entry can be tried at all. MS-PNRP §3.1.5.11.
    ///
    /// A port below 1024 is the specification's condition; 1024 itself passes, and fails by
    /// itself when the answer from it is dropped.
    pub(crate) fn can_reach(&self, route: &RouteEntry) -> bool {
        route.port() >= LAST_RESERVED_PORT
            && route
                .addresses()
                .iter()
                .all(|address| Scope::of(address).is_some())
            && route
                .addresses()
                .iter()
                .any(|address| self.is_usable(address))
    }

    /// The pair of addresses for a datagram to the node of `route`: of those in the cloud's
    /// scope the remote one with the longest prefix in common with a local one. RFC 3484 §6
    /// rules 2 and 9.
    pub(crate) fn choose(&self, route: &RouteEntry) -> Option<(Endpoint, Endpoint)> {
        route
            .endpoints()
            .filter(|remote| self.is_usable(&remote.address))
            .flat_map(|remote| self.endpoints.iter().map(move |&local| (local, remote)))
            .min_by_key(|(local, remote)| {
                (local.address.to_bits() ^ remote.address.to_bits()).checked_ilog2()
            })
    }

    /// The local endpoint to write to `remote` from.
    pub(crate) fn source_for(&self, remote: &Endpoint) -> Option<Endpoint> {
        self.endpoints.iter().copied().min_by_key(|local| {
            (local.address.to_bits() ^ remote.address.to_bits()).checked_ilog2()
        })
    }
}

impl Cloud {
    /// Where the cloud listens; empty while the host has no address for it.
    pub fn endpoints(&self) -> &[Endpoint] {
        self.local.as_slice()
    }

    /// Takes the endpoints that the host has for the cloud from now on. MS-PNRP §3.1.7.1,
    /// §3.2.7.2.
    ///
    /// The same ones have no effect. Without any the cloud keeps all it knows, ends the resolves and
    /// reports [`Event::NoAddress`]. Otherwise every local ID, which stays as it is, is announced with the
    /// new addresses. What waits for an acknowledgment is repeated from a new address; what was to
    /// be sent from an old one and is not repeated is lost.
    ///
    /// # Errors
    /// As for [`Cloud::open`], but for an empty list, and when the cloud is closed; the endpoints
    /// stay as they were.
    pub fn set_endpoints(&mut self, endpoints: Vec<Endpoint>, now: Now) -> Result<(), OpenError> {
        if self.is_closed() {
            return Err(OpenError::Closed);
        }
        if !endpoints.is_empty() {
            check_endpoints(self.config.scope, &endpoints)?;
        }
        if !self.local.replace(endpoints) {
            return Ok(());
        }
        tracing::info!(endpoints = ?self.local.as_slice(), "local endpoints changed");
        match self.local.first() {
            Some(own) => self.move_to(own, now),
            None => self.lose_network(now),
        }
        Ok(())
    }

    /// What peers cannot answer says nothing about them: they stay known.
    fn lose_network(&mut self, now: Now) {
        self.pending.drop_floods();
        self.end_resolves(ResolveError::NoAddress, now);
        self.withdraw();
        self.events.push_back(Event::NoAddress);
    }

    fn move_to(&mut self, own: Endpoint, now: Now) {
        let local = &self.local;
        self.pending.leave(|from, to| match local.contains(from) {
            true => Some(*from),
            false => local.source_for(to),
        });
        self.resolves.set_own_endpoint(own);
        self.forget_vain_seeds();
        if self.registrations.len() > 0 {
            self.publish();
        }
        for local in self.registrations.iter_mut() {
            local.is_announced = false;
            local.told.clear();
        }
        if self.cache.is_empty() {
            self.discover(now);
            return;
        }
        for id in self.registrations.ids() {
            self.resolves
                .cancel_errand(&Errand::Announce(id), &mut self.pending);
            self.reassembly.sweep(&self.pending);
            self.announce(id, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use pnrp_wire::PnrpId;

    use super::*;

    #[test]
    fn scope_follows_the_prefix() {
        let cases = [
            ("fe80::1", Some(Scope::LinkLocal)),
            ("fec0::1", Some(Scope::SiteLocal)),
            ("2001:db8::1", Some(Scope::Global)),
            ("fd00::1", Some(Scope::Global)),
            ("::1", Some(Scope::LinkLocal)),
            ("::", None),
            ("ff02::c", None),
            ("::ffff:192.0.2.1", None),
        ];

        for (address, scope) in cases {
            assert_eq!(Scope::of(&address.parse().unwrap()), scope, "{address}");
        }
    }

    #[test]
    fn loopback_is_usable_on_loopback_only() {
        let on_link = local(Scope::LinkLocal, &["fe80::1"]);
        let on_loopback = local(Scope::LinkLocal, &["::1"]);

        assert!(!on_link.is_usable(&"::1".parse().unwrap()));
        assert!(on_loopback.is_usable(&"::1".parse().unwrap()));
        assert!(!on_loopback.is_usable(&"fe80::1".parse().unwrap()));
    }

    /// R-3.1.5.11-01, R-3.1.5.11-08: an entry below port 1024, or with an address no node can have, is ignored.
    #[test]
    fn entries_that_cannot_be_a_node_are_refused() {
        let link = local(Scope::LinkLocal, &["fe80::1"]);

        assert!(link.can_reach(&entry(3540, &["fe80::2", "2001:db8::2"])));
        assert!(!link.can_reach(&entry(1023, &["fe80::2"])));
        assert!(!link.can_reach(&entry(3540, &["fe80::2", "ff02::1"])));
        assert!(!link.can_reach(&entry(3540, &["2001:db8::2"])));
    }

    /// R-3.1.5.11-04: by RFC 3484.
    #[test]
    fn the_longest_common_prefix_is_chosen() {
        let global = local(Scope::Global, &["2001:db8:1::1", "2001:db8:2::1"]);

        let (from, to) = global
            .choose(&entry(3540, &["2001:db8:f::9", "2001:db8:2::9"]))
            .unwrap();

        assert_eq!(from.address.to_string(), "2001:db8:2::1");
        assert_eq!(to.address.to_string(), "2001:db8:2::9");
    }

    fn local(scope: Scope, addresses: &[&str]) -> LocalEndpoints {
        let endpoints = addresses
            .iter()
            .map(|address| Endpoint {
                address: address.parse().unwrap(),
                port: 3540,
            })
            .collect();
        LocalEndpoints::new(scope, endpoints)
    }

    fn entry(port: u16, addresses: &[&str]) -> RouteEntry {
        let addresses = addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        RouteEntry::new(PnrpId::ZERO, port, addresses).unwrap()
    }
}
