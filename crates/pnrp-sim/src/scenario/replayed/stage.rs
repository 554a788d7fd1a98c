//! One resolver among the nodes of a trace.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::Context as _;
use pnrp_identity::Signer;
use pnrp_node::cloud::{
    Cloud, CloudConfig, Datagram, Event, Hop, LocalNames, Pace, ResolveError, ResolveRequest,
    Search, Timers, Transmit,
};
use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, Dialect, Endpoint, Flood, FloodContent, Inquire,
    Lookup, Message, MessageId, PeerName, PnrpId, RouteEntry, SearchCriteria,
};

use super::{
    node::{Answer, Node},
    script::{LOCATION, Script},
};
use crate::{
    crypto::{StandIn, StandInVerifier},
    random::{self, Purpose},
    replay::ReplayOutcome,
    time::{Epoch, Time},
    wheel::Wheel,
};

/// How the resolve ended this time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Played {
    pub(super) outcome: ReplayOutcome,
    pub(super) elapsed: Duration,
    /// LOOKUPs asked, each counted once however often it was sent.
    pub(super) lookups: u64,
    /// Every node that was asked, in the order of the answers.
    pub(super) trace: Vec<Hop>,
}

/// Has a resolver with these timers and this search play the script.
///
/// # Errors
/// When it does not learn of the nodes that it has to know before, or an invariant of it does not
/// hold.
pub(super) fn play(
    script: &Script,
    seed: u64,
    (pace, search): (Pace, Search),
) -> anyhow::Result<Played> {
    let mut stage = Stage::open(script, seed, (pace, search))?;
    stage.introduce(script)?;
    stage.resolve(script)
}

#[derive(Debug)]
struct Stage {
    resolver: Endpoint,
    cloud: Cloud,
    epoch: Epoch,
    wheel: Wheel<Coming>,
    /// When the resolver wants to be called, as far as the wheel knows.
    alarm: Option<Time>,
    signer: Arc<dyn Signer>,
    target: PnrpId,
    name: PeerName,
    nodes: Vec<Node>,
    routes: Vec<RouteEntry>,
    /// Before the resolve everybody answers, or the resolver would not know them.
    is_playing: bool,
    /// Questions that have come, so that repetitions are known.
    heard: BTreeSet<MessageId>,
    lookups: u64,
    sent: u32,
    ended: Option<(Result<(), ResolveError>, Vec<Hop>)>,
}

#[derive(Debug)]
enum Coming {
    Datagram { from: Endpoint, payload: Vec<u8> },
    Alarm,
}

impl Stage {
    fn open(script: &Script, seed: u64, (pace, search): (Pace, Search)) -> anyhow::Result<Self> {
        let timers = match pace {
            Pace::Literal => Timers::literal(),
            Pace::Adaptive => Timers::default(),
        };
        let config = CloudConfig::new(script.scope)
            .with_timers(timers)
            .with_search(search)
            .with_verifier(Arc::new(StandInVerifier))
            .without_diversity();
        let epoch = Epoch::new();
        let endpoints = vec![script.resolver];
        let seed_of_node = random::seed(seed, Purpose::Node, 0);
        let cloud = Cloud::open(config, endpoints, seed_of_node, epoch.now(Time::ZERO));
        let routes: Result<Vec<_>, _> = script.nodes.iter().map(Node::route).collect();
        let mut stage = Self {
            resolver: script.resolver,
            cloud: cloud.context("the resolver cannot be opened")?,
            epoch,
            wheel: Wheel::new(),
            alarm: None,
            signer: StandIn::numbered(seed),
            target: script.target,
            name: script.name.clone(),
            nodes: script.nodes.clone(),
            routes: routes.context("a node of the trace cannot have an entry")?,
            is_playing: false,
            heard: BTreeSet::new(),
            lookups: 0,
            sent: 0,
            ended: None,
        };
        stage.settle()?;
        Ok(stage)
    }

    /// Has the resolver learn of those whom it knows before: each floods its own entry, which the
    /// resolver examines. MS-PNRP §3.1.5.5, §3.1.5.11.
    fn introduce(&mut self, script: &Script) -> anyhow::Result<()> {
        for &place in &script.known {
            let (Some(node), Some(route)) = (self.nodes.get(place), self.routes.get(place)) else {
                continue;
            };
            let (from, id) = (node.endpoint, node.id);
            let flood = Body::Flood(Flood {
                suppress_ack: true,
                validate: PnrpId::ZERO,
                content: FloodContent {
                    revoke: None,
                    route: Some(route.clone()),
                },
                already_flooded: Vec::new(),
            });
            let at = self.wheel.now();
            self.deliver_at(at, from, flood);
            self.run(at + EXAMINATION, &|stage| stage.cloud.cache().contains(&id))?;
            anyhow::ensure!(
                self.cloud.cache().contains(&id),
                "the resolver does not take {from} into its cache; this is a defect of the replay"
            );
        }
        Ok(())
    }

    fn resolve(mut self, script: &Script) -> anyhow::Result<Played> {
        let request = ResolveRequest {
            name: script.name.clone(),
            criteria: SearchCriteria::AnyPeerName,
            local: LocalNames::Exclude,
            location_prefix: Some(LOCATION),
            max: 1,
            timeout: script.timeout,
        };
        let started = self.wheel.now();
        self.is_playing = true;
        let begun = self.cloud.resolve(request, self.epoch.now(started));
        begun.context("the resolve cannot begin")?;
        self.settle()?;
        let end = started + script.timeout + EXAMINATION;
        self.run(end, &|stage| stage.ended.is_some())?;
        let ended = self.ended.take();
        let (result, trace) = ended.context("the resolve has no end; this is a defect")?;
        Ok(Played {
            outcome: outcome(result),
            elapsed: self.wheel.now() - started,
            lookups: self.lookups,
            trace,
        })
    }

    /// Goes on until something is so, or the time is over.
    fn run(&mut self, end: Time, is_over: &dyn Fn(&Self) -> bool) -> anyhow::Result<()> {
        while !is_over(self) {
            let Some((_, coming)) = self.wheel.pop(end) else {
                return Ok(());
            };
            self.happen(coming);
            self.settle()?;
        }
        Ok(())
    }

    fn happen(&mut self, coming: Coming) {
        let time = self.wheel.now();
        let now = self.epoch.now(time);
        match coming {
            Coming::Datagram { from, payload } => {
                let datagram = Datagram {
                    from,
                    to: self.resolver,
                    payload: &payload,
                };
                self.cloud.handle_datagram(datagram, now);
            }
            // Another alarm may have taken its place.
            Coming::Alarm if self.alarm == Some(time) => {
                self.alarm = None;
                if self.cloud.poll_timeout() <= now.instant {
                    self.cloud.handle_timeout(now);
                }
            }
            Coming::Alarm => {}
        }
    }

    /// Fetches what the resolver has put out, and when it wants to be called.
    fn settle(&mut self) -> anyhow::Result<()> {
        let time = self.wheel.now();
        let now = self.epoch.now(time);
        // What a trace tells includes the check of a proof, which takes no time of its own here.
        while let Some((id, job)) = self.cloud.poll_crypto() {
            self.cloud.handle_crypto(id, job.run(), now);
        }
        while let Some(event) = self.cloud.poll_event() {
            if let Event::ResolveEnded { result, trace, .. } = event {
                self.ended = Some((result, trace));
            }
        }
        while let Some(transmit) = self.cloud.poll_transmit() {
            self.hear(transmit)?;
        }
        if let Err(what) = self.cloud.check() {
            anyhow::bail!("an invariant does not hold: {what}; this is a defect of the engine");
        }
        let deadline = self.epoch.time(self.cloud.poll_timeout()).max(time);
        if self.alarm.is_none_or(|alarm| deadline < alarm) {
            self.alarm = Some(deadline);
            self.wheel.push(deadline, Coming::Alarm);
        }
        Ok(())
    }

    /// A node hears a question, and answers when it did. It reacts to the first transmission alone, for
    /// a trace counts from there.
    fn hear(&mut self, transmit: Transmit) -> anyhow::Result<()> {
        let Transmit { to, payload, .. } = transmit;
        let message = Message::decode(&payload, &Dialect::default());
        let message = message.context("the resolver has sent what is no message")?;
        if !self.heard.insert(message.id) {
            return Ok(());
        }
        let answer = match &message.body {
            Body::Lookup(lookup) => self.on_lookup(to, lookup),
            Body::Inquire(inquire) => self.on_inquire(to, inquire)?,
            Body::Solicit(_)
            | Body::Advertise(_)
            | Body::Request(_)
            | Body::Flood(_)
            | Body::Authority(_)
            | Body::Ack(_) => None,
        };
        if let Some(Answer { after, buffer }) = answer {
            let data = buffer.encode(&Dialect::default());
            let fragment = Body::Authority(AuthorityFragment {
                acked: message.id,
                size: u16::try_from(data.len()).context("an answer is short")?,
                offset: 0,
                data,
            });
            let at = self.wheel.now() + after;
            self.deliver_at(at, to, fragment);
        }
        Ok(())
    }

    fn on_lookup(&mut self, at: Endpoint, lookup: &Lookup) -> Option<Answer> {
        let is_searched = self.is_playing && lookup.target == self.target;
        self.lookups += u64::from(is_searched);
        let routes = &self.routes;
        let node = node_at(&mut self.nodes, at, lookup.validate)?;
        if !is_searched {
            return node.on_other();
        }
        let names = node.names.iter();
        let known: Vec<RouteEntry> = names.filter_map(|&it| routes.get(it).cloned()).collect();
        node.on_lookup(lookup, &known)
    }

    fn on_inquire(&mut self, at: Endpoint, inquire: &Inquire) -> anyhow::Result<Option<Answer>> {
        let utc = self.epoch.now(self.wheel.now()).utc;
        let Some(node) = node_at(&mut self.nodes, at, inquire.validate) else {
            return Ok(None);
        };
        if !self.is_playing {
            return Ok(Some(Answer {
                after: node.round_trip.min(LONGEST_EXAMINATION),
                buffer: AuthorityBuffer::default(),
            }));
        }
        if !inquire.want_cpa {
            return Ok(node.on_other());
        }
        let proof = node.on_inquire(inquire, (&self.name, self.signer.as_ref()), utc);
        proof.context("the stand-in cannot sign")
    }

    fn deliver_at(&mut self, at: Time, from: Endpoint, body: Body) {
        self.sent += 1;
        let id = MessageId(self.sent);
        let payload = Message { id, body }.encode(&Dialect::default());
        self.wheel.push(at, Coming::Datagram { from, payload });
    }
}

fn node_at(nodes: &mut [Node], at: Endpoint, id: PnrpId) -> Option<&mut Node> {
    let mut nodes = nodes.iter_mut();
    nodes.find(|node| node.endpoint == at && node.id == id)
}

fn outcome(result: Result<(), ResolveError>) -> ReplayOutcome {
    match result {
        Ok(()) => ReplayOutcome::Found,
        Err(ResolveError::NotFound) => ReplayOutcome::NotFound,
        Err(ResolveError::DeadlinePassed) => ReplayOutcome::TimedOut,
        Err(ResolveError::Alone) => ReplayOutcome::Alone,
        // The engine may learn of further errors.
        Err(_) => ReplayOutcome::Failed,
    }
}

/// More than it takes to examine one entry, or to end a resolve whose time is up.
const EXAMINATION: Duration = Duration::from_secs(5);
/// Before the resolve, nobody answers later than this: an answer that took a repetition would count as
/// a sign of losses.
const LONGEST_EXAMINATION: Duration = Duration::from_millis(900);
