//! From the node's values to those applications see.

use std::{
    collections::BTreeMap,
    net::Ipv6Addr,
    time::{Duration, UNIX_EPOCH},
};

use pnrp_node::{
    cloud::{self, OwnerId, Scope, Seed},
    driver::{
        CachedEntry, CloudHandle, CloudSpec, DiscoverySnapshot, LocalName, MulticastSnapshot,
    },
};
use pnrp_wire::{Authority, Endpoint, FileTime};

use super::{
    book::{Entry, Part},
    explain::Facts,
};
use crate::{
    Address, AppEndpoint, Binding, CacheEntry, CloudFlag, CloudInfo, CloudScope, CloudState,
    CloudStats, Discovery, DiscoveryMode, Found, Hop, Host, Multicast, NodeEndpoint, Payload,
    Proof, Protocol, RegisteredName, Registration, RegistrationId, SeedInfo, Strength, Verdict,
};

pub(super) fn cloud(
    spec: &CloudSpec,
    handle: Option<&CloudHandle>,
    facts: &Facts<'_>,
) -> CloudInfo {
    let port = handle.and_then(|handle| handle.local_addresses().first().map(|at| at.port()));
    let snapshot = facts.snapshot;
    CloudInfo {
        name: spec.name.clone(),
        scope: scope(spec.scope),
        scope_id: spec.zone,
        state: facts.state(),
        why: facts.why(),
        flags: flags(spec, facts),
        addresses: addresses(spec, &spec.addresses),
        port,
        cached: snapshot.map_or(0, |cloud| cloud.cached),
        registered: snapshot.map_or(0, |cloud| cloud.registered),
        size_estimate: snapshot.and_then(|cloud| cloud.size_estimate),
    }
}

fn flags(spec: &CloudSpec, facts: &Facts<'_>) -> Vec<CloudFlag> {
    let is_local = spec.scope != Scope::Global;
    let local = is_local.then_some(CloudFlag::NameLocal);
    let resolving = facts.policy.resolve_only.then_some(CloudFlag::ResolveOnly);
    local.into_iter().chain(resolving).collect()
}

pub(super) fn stats(spec: &CloudSpec, facts: &Facts<'_>) -> CloudStats {
    let info = cloud(spec, None, facts);
    let counters = facts.snapshot.map(|cloud| cloud.counters.clone());
    CloudStats {
        name: info.name,
        state: info.state,
        cached: info.cached,
        registered: info.registered,
        size_estimate: info.size_estimate,
        counters: counters.unwrap_or_default().into_iter().collect(),
    }
}

/// A seed as users write it.
pub(super) fn seed(seed: &Seed, spec: &CloudSpec) -> Host {
    match seed {
        Seed::Name(name, port) => Host::Name(name.clone(), *port),
        Seed::Address(at) => {
            let address = Address::in_zone(at.address, spec.interface.as_deref());
            Host::Address(address, at.port)
        }
    }
}

pub(super) fn addresses(spec: &CloudSpec, addresses: &[Ipv6Addr]) -> Vec<Address> {
    let addresses = addresses.iter();
    addresses
        .map(|ip| Address::in_zone(*ip, spec.interface.as_deref()))
        .collect()
}

pub(super) fn discovery(spec: &CloudSpec, snapshot: &DiscoverySnapshot) -> Discovery {
    let seeds = snapshot.seeds.iter().map(|known| SeedInfo {
        host: seed(&known.seed, spec),
        addresses: addresses(spec, &known.addresses),
        failure: known.failure.clone(),
    });
    Discovery {
        next: match snapshot.mode {
            cloud::DiscoveryMode::LocalOob => DiscoveryMode::KnownNodes,
            cloud::DiscoveryMode::Ssdp => DiscoveryMode::Multicast,
            cloud::DiscoveryMode::SeedServer => DiscoveryMode::Seed,
        },
        known: node_endpoints(spec, &snapshot.known),
        multicast: snapshot.multicast.clone().map(multicast),
        seeds: seeds.collect(),
    }
}

fn multicast(counts: MulticastSnapshot) -> Multicast {
    let MulticastSnapshot {
        is_published,
        searches_sent,
        answers_heard,
        searches_heard,
        answers_sent,
        notifications_heard,
        others_heard,
        failure,
    } = counts;
    Multicast {
        is_published,
        searches_sent,
        answers_heard,
        searches_heard,
        answers_sent,
        notifications_heard,
        others_heard,
        failure,
    }
}

pub(super) fn cache_entry(spec: &CloudSpec, entry: &CachedEntry) -> CacheEntry {
    CacheEntry {
        pnrp_id: entry.pnrp_id.to_string(),
        endpoints: node_endpoints(spec, &entry.endpoints),
        level: None,
        leaf: entry.leaf,
        age: entry.age,
    }
}

/// A registration in each of its clouds; a persistent one without any as it is kept.
pub(super) fn names(
    id: RegistrationId,
    entry: &Entry,
    local: &BTreeMap<(String, cloud::RegistrationId), LocalName>,
) -> Vec<RegisteredName> {
    let of_part = |(cloud, part): (&String, &Part)| {
        let local = local.get(&(cloud.clone(), part.id))?;
        Some(RegisteredName {
            cloud: cloud.clone(),
            pnrp_id: local.pnrp_id.to_string(),
            endpoints: app_endpoints(&part.handle.spec(), &local.registration.endpoints),
            announced: local.announced,
            ..unplaced(id, &entry.wanted, Some(entry.owner()))
        })
    };
    let names: Vec<_> = entry.parts().filter_map(of_part).collect();
    // A cloud may have taken it since the clouds were asked.
    match entry.wanted.persist && names.is_empty() {
        true => vec![unplaced(id, &entry.wanted, None)],
        false => names,
    }
}

/// A registration that is in no cloud.
pub(super) fn unplaced(
    id: RegistrationId,
    wanted: &Registration,
    owner: Option<OwnerId>,
) -> RegisteredName {
    let process = owner.filter(|_| !wanted.persist);
    RegisteredName {
        id,
        name: wanted.name.clone(),
        cloud: wanted.cloud.to_string(),
        pnrp_id: String::new(),
        endpoints: Vec::new(),
        comment: wanted.comment.clone(),
        owner: process.map_or(0, |owner| u32::try_from(owner.0).unwrap_or(u32::MAX)),
        persistent: wanted.persist,
        announced: false,
    }
}

pub(super) fn hop(spec: &CloudSpec, hop: &cloud::Hop) -> Hop {
    Hop {
        cloud: spec.name.clone(),
        endpoint: node_endpoint(spec, hop.endpoint),
        pnrp_id: hop.id.to_string(),
        bits: hop.shared_bits,
        rtt: hop.elapsed,
        verdict: verdict(hop.verdict),
    }
}

pub(super) fn found(spec: &CloudSpec, found: cloud::Found, binding: Option<Binding>) -> Found {
    let authority = *found.name.authority();
    let secure = authority != Authority::Unsecured;
    Found {
        name: found.name.to_string(),
        cloud: spec.name.clone(),
        pnrp_id: found.id.to_string(),
        endpoints: app_endpoints(spec, &found.endpoints),
        comment: found.comment.map(|comment| comment.as_str().to_owned()),
        payload: found.payload.map(Payload::from_wire),
        authority: authority.to_string(),
        secure,
        strength: if secure {
            Strength::Legacy
        } else {
            Strength::None
        },
        expires: UNIX_EPOCH + unix_time(found.not_after),
        elapsed: found.elapsed,
        node: node_endpoints(spec, &found.node),
        proof: match found.proof {
            cloud::Proof::Local => Proof::Local,
            cloud::Proof::Cpa {
                signer,
                certificates,
                ..
            } => Proof::Cpa {
                signer: signer.to_string(),
                certificates,
            },
        },
        binding,
    }
}

pub(super) fn app_endpoints(
    spec: &CloudSpec,
    endpoints: &[pnrp_wire::AppEndpoint],
) -> Vec<AppEndpoint> {
    let convert = |endpoint: &pnrp_wire::AppEndpoint| AppEndpoint {
        address: Address::in_zone(endpoint.address, spec.interface.as_deref()),
        port: endpoint.port,
        protocol: Protocol::from_number(endpoint.protocol),
    };
    endpoints.iter().map(convert).collect()
}

/// Bounded by the year 9999, as hostile times need not fit the system's.
fn unix_time(time: FileTime) -> Duration {
    Duration::from_secs(time.unix_seconds().min(253_402_300_799))
}

fn node_endpoints(spec: &CloudSpec, endpoints: &[Endpoint]) -> Vec<NodeEndpoint> {
    endpoints
        .iter()
        .map(|endpoint| node_endpoint(spec, *endpoint))
        .collect()
}

pub(super) fn node_endpoint(spec: &CloudSpec, endpoint: Endpoint) -> NodeEndpoint {
    NodeEndpoint {
        address: Address::in_zone(endpoint.address, spec.interface.as_deref()),
        port: endpoint.port,
    }
}

pub(super) fn scope(scope: Scope) -> CloudScope {
    match scope {
        Scope::Global => CloudScope::Global,
        Scope::SiteLocal => CloudScope::SiteLocal,
        Scope::LinkLocal => CloudScope::LinkLocal,
    }
}

pub(super) fn state(state: cloud::CloudState) -> CloudState {
    match state {
        cloud::CloudState::Virtual => CloudState::Virtual,
        cloud::CloudState::Synchronizing => CloudState::Synchronizing,
        cloud::CloudState::Active => CloudState::Active,
        cloud::CloudState::Alone => CloudState::Alone,
        cloud::CloudState::NoNet => CloudState::NoNet,
    }
}

fn verdict(verdict: cloud::Verdict) -> Verdict {
    match verdict {
        cloud::Verdict::Accepted => Verdict::Accepted,
        cloud::Verdict::DeadEnd => Verdict::DeadEnd,
        cloud::Verdict::Unreachable => Verdict::Unreachable,
        cloud::Verdict::Suspicious => Verdict::Suspicious,
        cloud::Verdict::NotRegistered => Verdict::NotRegistered,
        cloud::Verdict::Busy => Verdict::Busy,
        cloud::Verdict::Unproven => Verdict::Unproven,
        cloud::Verdict::Published => Verdict::Published,
    }
}
