//! One host: what happens to it, and what it puts out.

use pnrp_node::cloud::{Cloud, CryptoJob, CryptoResult, Datagram, Event, JobId, Now, Transmit};

use super::Act;
use crate::{
    address::{Addresses, Node},
    crypto::CryptoCost,
    hostile::Attack,
    time::{Epoch, Time},
};

/// One host: a cloud while it is up.
#[derive(Debug, Default)]
pub(super) struct Host {
    pub(super) cloud: Option<Box<Cloud>>,
    /// How often it has come up.
    pub(super) session: u32,
    /// When the cloud wants to be called, as far as the wheel knows.
    pub(super) alarm: Option<Time>,
    /// When the signatures are made that are wanted so far.
    signed_at: Time,
    /// Messages sent in place of those of its cloud, which are numbered.
    lies: u32,
}

/// What is to come.
#[derive(Debug)]
pub(super) enum Coming {
    Datagram {
        from: Node,
        to: Node,
        payload: Vec<u8>,
    },
    Alarm(Node),
    Signature {
        node: Node,
        session: u32,
        made: Box<(JobId, CryptoResult)>,
    },
    Act(Node, u32, Act),
}

impl Coming {
    /// Whom it happens to.
    pub(super) fn node(&self) -> Node {
        match self {
            Self::Datagram { to: node, .. }
            | Self::Alarm(node)
            | Self::Signature { node, .. }
            | Self::Act(node, ..) => *node,
        }
    }
}

/// What comes of what happens to a host; all that others can notice of it.
#[derive(Debug)]
pub(super) enum Effect {
    /// It sends.
    Sent(Transmit),
    /// Something will happen to it.
    Later(Time, Coming),
    /// It reports something.
    Reported(Event),
}

/// What hosts find around them. It is the same for all of them for the length of a tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) addresses: &'a Addresses,
    pub(super) crypto: CryptoCost,
    pub(super) attack: Option<&'a Attack>,
    pub(super) epoch: Epoch,
    pub(super) time: Time,
}

impl Surroundings<'_> {
    /// The time as the core wants it.
    pub(super) fn now(&self) -> Now {
        self.epoch.now(self.time)
    }
}

impl Host {
    /// Something happens; `effect` is told what comes of it. True if a datagram was delivered.
    pub(super) fn happen(
        &mut self,
        coming: Coming,
        around: &Surroundings<'_>,
        effect: &mut dyn FnMut(Effect),
    ) -> bool {
        let node = coming.node();
        match coming {
            Coming::Datagram { from, payload, .. } => {
                if !self.deliver((from, node), &payload, around, effect) {
                    return false;
                }
                self.settle(node, around, effect);
                return true;
            }
            Coming::Alarm(_) => self.ring(node, around, effect),
            Coming::Signature { session, made, .. } => {
                if let Some(cloud) = self
                    .cloud
                    .as_deref_mut()
                    .filter(|_| self.session == session)
                {
                    let (id, result) = *made;
                    cloud.handle_crypto(id, result, around.now());
                    self.settle(node, around, effect);
                }
            }
            Coming::Act(..) => {}
        }
        false
    }

    fn deliver(
        &mut self,
        (from, to): (Node, Node),
        payload: &[u8],
        around: &Surroundings<'_>,
        effect: &mut dyn FnMut(Effect),
    ) -> bool {
        let Some(cloud) = &mut self.cloud else {
            return false;
        };
        let datagram = Datagram {
            from: around.addresses.endpoint(from),
            to: around.addresses.endpoint(to),
            payload,
        };
        let answer = around
            .attack
            .and_then(|attack| attack.answer((from, to), &datagram, around.now(), &mut self.lies));
        match answer {
            Some(lies) => lies.into_iter().rev().map(Effect::Sent).for_each(effect),
            None => cloud.handle_datagram(datagram, around.now()),
        }
        true
    }

    fn ring(&mut self, node: Node, around: &Surroundings<'_>, effect: &mut dyn FnMut(Effect)) {
        // Another alarm has taken the place of this one.
        if self.alarm != Some(around.time) {
            return;
        }
        self.alarm = None;
        let now = around.now();
        if let Some(cloud) = &mut self.cloud
            && cloud.poll_timeout() <= now.instant
        {
            cloud.handle_timeout(now);
        }
        self.settle(node, around, effect);
    }

    /// Fetches what the cloud has put out, and when it wants to be called.
    pub(super) fn settle(
        &mut self,
        node: Node,
        around: &Surroundings<'_>,
        effect: &mut dyn FnMut(Effect),
    ) {
        let Some(cloud) = &mut self.cloud else { return };
        while let Some((id, job)) = cloud.poll_crypto() {
            self.signed_at = self.signed_at.max(around.time) + around.crypto.of(&job);
            let made = made(node, self.session, id, job);
            effect(Effect::Later(self.signed_at, made));
        }
        while let Some(transmit) = cloud.poll_transmit() {
            effect(Effect::Sent(transmit));
        }
        while let Some(event) = cloud.poll_event() {
            effect(Effect::Reported(event));
        }
        let deadline = around.epoch.time(cloud.poll_timeout()).max(around.time);
        if self.alarm.is_none_or(|alarm| deadline < alarm) {
            self.alarm = Some(deadline);
            effect(Effect::Later(deadline, Coming::Alarm(node)));
        }
    }
}

/// Makes or checks a signature; the cloud is told when it would be done.
fn made(node: Node, session: u32, id: JobId, job: CryptoJob) -> Coming {
    Coming::Signature {
        node,
        session,
        made: Box::new((id, job.run())),
    }
}
