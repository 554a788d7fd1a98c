//! Searching for other nodes by SSDP, and hearing of them. MS-PNRP §3.1.4.2.2, §3.1.5.1.

use pnrp_wire::{Endpoint, limits::LAST_RESERVED_PORT};

use super::{Cloud, Discard, DiscoveryRequest, Now};
use crate::ssdp::{self, Presence};

impl Cloud {
    /// MS-PNRP §3.1.4.2.2.
    pub(super) fn search_by_multicast(&mut self, now: Now) {
        let target = ssdp::search_target(self.config.scope);
        self.discovery.targets.clear();
        self.discovery.search_target = Some(target);
        if self.config.sources.has_ssdp {
            self.request(DiscoveryRequest::Search { target }, now);
        }
    }

    /// Takes an SSDP response, and synchronizes with the node that it names; a bad one is dropped
    /// and counted. MS-PNRP §3.1.5.1.
    ///
    /// Whoever drives the cloud passes what arrives on an interface to the clouds of that
    /// interface: link-local clouds share a search target.
    pub fn handle_ssdp_response(&mut self, response: &[u8], now: Now) {
        if let Err(discard) = self.on_ssdp_response(response, now) {
            tracing::trace!(%discard, "discarded");
            self.discard(&discard);
        }
    }

    fn on_ssdp_response(&mut self, response: &[u8], now: Now) -> Result<(), Discard> {
        let response = ssdp::Response::parse(response)?;
        if self.discovery.search_target != Some(response.target.as_str()) {
            return Err(Discard::ForeignSearch);
        }
        self.synchronize_with_target(response.endpoint()?, now)
    }

    /// Takes an SSDP notification; the node that it names is synchronized with when no other is
    /// known. One of something else has no effect, and a bad one is counted.
    ///
    /// MS-PNRP does not say that nodes notify; one that does has the same to say as in a response.
    pub fn handle_ssdp_notification(&mut self, notification: &[u8], now: Now) {
        if let Err(discard) = self.on_ssdp_notification(notification, now) {
            tracing::trace!(%discard, "discarded");
            self.discard(&discard);
        }
    }

    fn on_ssdp_notification(&mut self, notification: &[u8], now: Now) -> Result<(), Discard> {
        let request = ssdp::Request::parse(notification)?;
        let ssdp::Request::Notify {
            target,
            presence: Presence::Alive,
            endpoint: Some(endpoint),
        } = request
        else {
            return Ok(());
        };
        let is_for_us = target == ssdp::search_target(self.config.scope);
        // Whoever has company has heard of the others already, or will.
        let is_wanted = is_for_us && self.is_used && self.cache.is_empty();
        match is_wanted {
            true => self.synchronize_with_target(endpoint, now),
            false => Ok(()),
        }
    }

    /// Synchronizes with a node that was heard of. MS-PNRP §3.1.5.1.
    fn synchronize_with_target(&mut self, target: Endpoint, now: Now) -> Result<(), Discard> {
        let is_node = target.port > LAST_RESERVED_PORT && self.local.is_usable(&target.address);
        if !is_node || self.local.contains(&target) {
            return Err(Discard::UnusableTarget);
        }
        // A search is sent and answered more than once.
        if self.discovery.targets.contains(&target) {
            return Err(Discard::RepeatedTarget);
        }
        if self.discovery.targets.len() >= MAX_TARGETS {
            return Err(Discard::EnoughTargets);
        }
        self.discovery.targets.push(target);
        self.start_conversation(target, now);
        Ok(())
    }
}

/// Answers to one search that are followed. MS-PNRP §3.1.5.1.
const MAX_TARGETS: usize = 5;
