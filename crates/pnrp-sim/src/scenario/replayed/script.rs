//! The nodes of a trace, as a script: who shares how much with the target, who names whom, and whom
//! the resolver knows before.
//!
//! A trace tells whom the resolver asked and what came of it, and not how it had learned of them. That
//! is taken from the order: whoever named a node that shares more bits than itself has named the
//! next, and the resolver asks the closest first of those that it knew before.

use std::{collections::BTreeMap, net::Ipv6Addr, time::Duration};

use pnrp_node::cloud::Scope;
use pnrp_wire::{Dialect, Endpoint, PeerName, PnrpId, ServiceLocation, limits::LAST_RESERVED_PORT};
use thiserror::Error;

use super::node::{Node, Step};
use crate::replay::{Replay, ReplayHop, ReplayOutcome, ReplayVerdict};

/// Why no scenario can be made of a trace. Hops are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// No node can listen there. MS-PNRP §3.1.5.2.
    #[error(
        "hop {hop} cannot be replayed: no node listens at {endpoint}; an address is unicast IPv6, and \
         a port above {LAST_RESERVED_PORT}"
    )]
    NoNode {
        /// Which hop.
        hop: usize,
        /// Where it is said to listen.
        endpoint: Endpoint,
    },
    /// A cloud has one scope. MS-PNRP §1.3.3.
    #[error(
        "hop {hop} cannot be replayed: {endpoint} is of another scope than the first hop, and a cloud \
         has only one; trace one cloud at a time"
    )]
    OtherScope {
        /// Which hop.
        hop: usize,
        /// Where it listens.
        endpoint: Endpoint,
    },
    /// The end of an ID is needed to tell nodes apart.
    #[error(
        "hop {hop} cannot be replayed: it shares {bits} bits with the target, and nodes can be made \
         up that share at most {MOST_BITS}"
    )]
    TooClose {
        /// Which hop.
        hop: usize,
        /// How many bits it shares.
        bits: u32,
    },
    /// The upper half of an ID is that of its name. MS-PNRP §3.1.4.4.1.
    #[error(
        "hop {hop} cannot be replayed: it published the name, and its ID shares {bits} bits with the \
         target, where every publisher shares at least {P2P_ID_BITS}"
    )]
    NoPublisher {
        /// Which hop.
        hop: usize,
        /// How many bits it shares.
        bits: u32,
    },
    /// The resolver would have asked it earlier had it known it, and nobody can have named it.
    #[error(
        "hop {hop} cannot be replayed: it shares {bits} bits with the target, more than those asked \
         before it, none of which has named a node; the resolver learned of it by something that the \
         trace does not show"
    )]
    NobodyNamed {
        /// Which hop.
        hop: usize,
        /// How many bits it shares.
        bits: u32,
    },
    /// What went wrong had nothing to do with other nodes.
    #[error(
        "the trace cannot be replayed: its resolve failed within the resolver, and a trace does not \
         say why"
    )]
    Failed,
}

/// Everything that is made of a trace, but for the resolver itself.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) nodes: Vec<Node>,
    /// Which of them the resolver knows before, in the order of the trace.
    pub(super) known: Vec<usize>,
    /// Where the resolver listens.
    pub(super) resolver: Endpoint,
    pub(super) scope: Scope,
    pub(super) name: PeerName,
    pub(super) target: PnrpId,
    /// When the resolve is given up.
    pub(super) timeout: Duration,
}

impl Script {
    pub(super) fn new(replay: &Replay) -> Result<Self, ScriptError> {
        if replay.outcome == ReplayOutcome::Failed {
            return Err(ScriptError::Failed);
        }
        let scope = scope(&replay.hops)?;
        let mut hops = replay.hops.clone();
        let resolver = spare(&hops, 0);
        let mut timeout = PATIENCE.max(2 * replay.elapsed());
        if let (ReplayOutcome::TimedOut, Some(last)) = (replay.outcome, hops.last()) {
            // Somebody was being waited for, whom the trace does not show.
            let endpoint = spare(&hops, 1);
            timeout = replay.elapsed() + WAITING;
            hops.push(ReplayHop {
                endpoint,
                elapsed: WAITING,
                gained: 0,
                verdict: ReplayVerdict::Unreachable,
                ..last.clone()
            });
        }
        let name = name();
        let p2p_id = name.p2p_id(&Dialect::default());
        let target = PnrpId::new(p2p_id, ServiceLocation::new(LOCATION, RESOLVER_SUFFIX));
        let mut cast = Cast::default();
        for index in 0..hops.len() {
            cast.add(&hops, index)?;
        }
        let (nodes, known) = cast.finish(target);
        Ok(Self {
            nodes,
            known,
            resolver,
            scope,
            name,
            target,
            timeout,
        })
    }
}

/// The nodes met so far in a trace.
#[derive(Debug, Default)]
struct Cast {
    places: BTreeMap<(Endpoint, u32), usize>,
    parts: Vec<Part>,
    known: Vec<usize>,
    /// The fewest bits of a node that was known before: the next such cannot share more.
    fewest: Option<u32>,
}

/// One node in the making.
#[derive(Debug)]
struct Part {
    endpoint: Endpoint,
    bits: u32,
    /// Among those of as many bits, the higher is closer.
    rank: i16,
    steps: Vec<Step>,
    names: Vec<usize>,
}

impl Cast {
    fn add(&mut self, hops: &[ReplayHop], index: usize) -> Result<(), ScriptError> {
        let (before, rest) = hops.split_at(index);
        let Some(hop) = rest.first() else {
            return Ok(());
        };
        let (bits, number) = (hop.bits, index + 1);
        if bits > MOST_BITS {
            return Err(ScriptError::TooClose { hop: number, bits });
        }
        if hop.is_inquire() && bits < P2P_ID_BITS {
            return Err(ScriptError::NoPublisher { hop: number, bits });
        }
        let step = Step::new(hop.verdict, hop.elapsed);
        if let Some(known) = self.part(hop) {
            known.steps.push(step);
            return Ok(());
        }
        let place = self.parts.len();
        let rank = match self.giver(before, hop) {
            Some(giver) => {
                if let Some(giver) = self.parts.get_mut(giver) {
                    giver.names.push(place);
                }
                self.rank(bits).1 + 1
            }
            None if self.may_be_known(hop) => {
                self.known.push(place);
                self.fewest = Some(self.fewest.map_or(bits, |fewest| fewest.min(bits)));
                self.rank(bits).0 - 1
            }
            None => return Err(ScriptError::NobodyNamed { hop: number, bits }),
        };
        self.places.insert((hop.endpoint, bits), place);
        self.parts.push(Part {
            endpoint: hop.endpoint,
            bits,
            rank,
            steps: vec![step],
            names: Vec::new(),
        });
        Ok(())
    }

    fn part(&mut self, hop: &ReplayHop) -> Option<&mut Part> {
        let place = *self.places.get(&(hop.endpoint, hop.bits))?;
        self.parts.get_mut(place)
    }

    /// Who has named a node that is asked for the first time, if the resolver did not know it before.
    fn giver(&self, before: &[ReplayHop], hop: &ReplayHop) -> Option<usize> {
        let (last, earlier) = before.split_last()?;
        let place = |hop: &ReplayHop| self.places.get(&(hop.endpoint, hop.bits)).copied();
        let has_accepted = |hop: &&ReplayHop| hop.verdict == ReplayVerdict::Accepted;
        // Whoever brings no bits and is accepted must have named somebody.
        let is_again = || earlier.iter().any(|hop| place(hop) == place(last));
        if has_accepted(&last) && (hop.bits >= last.bits || last.gained == 0 || is_again()) {
            return place(last);
        }
        if self.may_be_known(hop) {
            return None;
        }
        // The resolver goes back to whoever has named somebody before.
        before.iter().rev().find(has_accepted).and_then(place)
    }

    /// Whether the resolver can have known a node from the start and asks it only now: those before
    /// it are closer. A silent node may have been asked long before it is given up.
    fn may_be_known(&self, hop: &ReplayHop) -> bool {
        hop.is_silent() || self.fewest.is_none_or(|fewest| hop.bits <= fewest)
    }

    /// The lowest and the highest rank so far among those that share so many bits.
    fn rank(&self, bits: u32) -> (i16, i16) {
        let same = self.parts.iter().filter(|part| part.bits == bits);
        same.fold((0, 0), |(low, high), part| {
            (low.min(part.rank), high.max(part.rank))
        })
    }

    fn finish(self, target: PnrpId) -> (Vec<Node>, Vec<usize>) {
        let steps = self.parts.iter().flat_map(|part| &part.steps);
        let mut answered: Vec<Duration> = steps.filter_map(Step::round_trip).collect();
        answered.sort_unstable();
        let usual = answered.get(answered.len() / 2).copied();
        let usual = usual.unwrap_or(USUAL_ROUND_TRIP);
        let nodes = self.parts.into_iter().map(|part| {
            let id = made_up(target, part.bits, part.rank);
            let own = part.steps.iter().find_map(Step::round_trip);
            Node::new(
                (part.endpoint, id),
                own.unwrap_or(usual),
                part.steps,
                part.names,
            )
        });
        (nodes.collect(), self.known)
    }
}

/// An ID that shares exactly `bits` leading bits with the target, from which it is 2^(255 - `bits`)
/// away, a little less the higher its rank: so that of two nodes the one that shares more bits is
/// the closer.
fn made_up(target: PnrpId, bits: u32, rank: i16) -> PnrpId {
    let mut bytes = *target.as_bytes();
    let (at, bit) = (usize::try_from(bits / 8).unwrap_or(0), 0x80 >> (bits % 8));
    let mut is_above = true;
    if let Some(byte) = bytes.get_mut(at) {
        is_above = *byte & bit == 0;
        *byte ^= bit;
    }
    let middle = 0x8000_u16;
    let end = match is_above {
        true => middle.wrapping_add_signed(rank.saturating_neg()),
        false => middle.wrapping_add_signed(rank),
    };
    if let Some(last) = bytes.last_chunk_mut() {
        *last = end.to_be_bytes();
    }
    PnrpId::from_bytes(bytes)
}

/// The scope that all hops have.
fn scope(hops: &[ReplayHop]) -> Result<Scope, ScriptError> {
    let kind = |endpoint: &Endpoint| {
        let scope = Scope::of(&endpoint.address);
        let is_open = endpoint.port > LAST_RESERVED_PORT;
        let scope = scope.filter(|_| is_open)?;
        Some((scope, endpoint.address.is_loopback()))
    };
    let mut first = None;
    for (hop, ReplayHop { endpoint, .. }) in (1..).zip(hops) {
        let endpoint = *endpoint;
        let kind = kind(&endpoint).ok_or(ScriptError::NoNode { hop, endpoint })?;
        if *first.get_or_insert(kind) != kind {
            return Err(ScriptError::OtherScope { hop, endpoint });
        }
    }
    Ok(first.map_or(Scope::Global, |(scope, _)| scope))
}

/// An endpoint of the same kind at which no hop listens, different for each number.
fn spare(hops: &[ReplayHop], number: u16) -> Endpoint {
    let Some(first) = hops.first() else {
        return Endpoint {
            address: Ipv6Addr::LOCALHOST,
            port: u16::MAX - number,
        };
    };
    let same_host = |port| Endpoint {
        port,
        ..first.endpoint
    };
    // One host listens on so many ports that some are free in any trace that can be read.
    let ports = (LAST_RESERVED_PORT + 1..=u16::MAX).rev().map(same_host);
    let is_free = |at: &Endpoint| hops.iter().all(|hop| hop.endpoint != *at);
    let mut free = ports.filter(is_free);
    free.nth(number.into()).unwrap_or(first.endpoint)
}

fn name() -> PeerName {
    #[expect(clippy::expect_used, reason = "the form is fixed")]
    NAME.parse().expect("a peer name")
}

/// The name that is resolved. A trace does not tell its own, and nothing depends on it.
const NAME: &str = "0.replayed";
/// The upper half of the service location that is looked for; nothing depends on it either.
pub(super) const LOCATION: u64 = 0x2001_0db8_0000_0000;
/// Lower half of the service location that a resolver looks for. MS-PNRP §3.1.4.4.
const RESOLVER_SUFFIX: u64 = 0x8000_0000_0000_0000;
/// Bits of an ID that follow from the name. MS-PNRP §3.1.4.4.1.
const P2P_ID_BITS: u32 = 128;
/// Bits that made-up IDs share with the target: the last 16 tell them apart, and are small beside
/// the rest.
const MOST_BITS: u32 = 224;
/// Longer than a resolve can take that ends by itself.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the node was waited for at which a resolve ran out of time: less than it takes to give
/// one up.
const WAITING: Duration = Duration::from_secs(1);
/// The round trip of nodes where none has answered.
const USUAL_ROUND_TRIP: Duration = Duration::from_millis(100);
