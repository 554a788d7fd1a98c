//! A node that says again what it said when the trace was taken.

use std::time::Duration;

use pnrp_identity::{SignError, Signer, sign_cpa};
use pnrp_wire::{
    AppEndpoint, AuthorityBuffer, Cpa, CpaKind, Dialect, Endpoint, FileTime, Inquire, InvalidValue,
    Lookup, Nonce, PeerName, PnrpId, RouteEntry,
};

use crate::replay::ReplayVerdict;

/// One answer, or silence.
#[derive(Clone, Debug)]
pub(super) struct Step {
    verdict: ReplayVerdict,
    elapsed: Duration,
    is_played: bool,
}

impl Step {
    pub(super) fn new(verdict: ReplayVerdict, elapsed: Duration) -> Self {
        Self {
            verdict,
            elapsed,
            is_played: false,
        }
    }

    /// The time to its answer, if there was one.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        (!self.is_silent()).then_some(self.elapsed)
    }

    fn is_silent(&self) -> bool {
        self.verdict == ReplayVerdict::Unreachable
    }

    /// Whether a LOOKUP can come to this.
    fn follows_lookup(&self) -> bool {
        !self.is_about_proof()
    }

    /// Whether an INQUIRE for the proof can come to this.
    fn follows_inquire(&self) -> bool {
        match self.verdict {
            ReplayVerdict::Accepted | ReplayVerdict::DeadEnd | ReplayVerdict::Suspicious => false,
            ReplayVerdict::Unreachable
            | ReplayVerdict::NotRegistered
            | ReplayVerdict::Busy
            | ReplayVerdict::Unproven
            | ReplayVerdict::Published => true,
        }
    }

    fn is_about_proof(&self) -> bool {
        matches!(
            self.verdict,
            ReplayVerdict::Published | ReplayVerdict::Unproven
        )
    }
}

/// A node of a trace.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) endpoint: Endpoint,
    pub(super) id: PnrpId,
    /// How long it takes to answer what the trace does not tell of.
    pub(super) round_trip: Duration,
    steps: Vec<Step>,
    /// The nodes that it knows, in the order in which it names them.
    pub(super) names: Vec<usize>,
}

/// What a node says, and how long after it was asked.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) after: Duration,
    pub(super) buffer: AuthorityBuffer,
}

impl Node {
    pub(super) fn new(
        (endpoint, id): (Endpoint, PnrpId),
        round_trip: Duration,
        steps: Vec<Step>,
        names: Vec<usize>,
    ) -> Self {
        Self {
            endpoint,
            id,
            round_trip,
            steps,
            names,
        }
    }

    pub(super) fn route(&self) -> Result<RouteEntry, InvalidValue> {
        RouteEntry::new(self.id, self.endpoint.port, vec![self.endpoint.address])
    }

    /// What it says to a LOOKUP for the target; `None` is silence. Of those that it knows it names
    /// the first that was not asked yet, as any node does. MS-PNRP §3.2.5.2.
    pub(super) fn on_lookup(&mut self, lookup: &Lookup, known: &[RouteEntry]) -> Option<Answer> {
        let is_new =
            |route: &&RouteEntry| route.endpoints().all(|at| !lookup.visited.contains(&at));
        let step = self.play(Step::follows_lookup);
        // Whoever was asked for its proof alone is there, and knows nobody closer.
        let is_publisher = self.steps.last().is_some_and(Step::is_about_proof);
        let (verdict, after) = match step {
            Some((step, is_first)) if is_first || !is_publisher => (step.verdict, step.elapsed),
            Some(_) | None => (ReplayVerdict::Accepted, self.round_trip),
        };
        let mut buffer = AuthorityBuffer::default();
        match verdict {
            ReplayVerdict::Unreachable => return None,
            ReplayVerdict::Accepted => buffer.route = known.iter().find(is_new).cloned(),
            ReplayVerdict::Suspicious => buffer.missing_from_leaf_set = true,
            ReplayVerdict::NotRegistered => buffer.id_not_found = true,
            ReplayVerdict::Busy => buffer.busy = true,
            ReplayVerdict::DeadEnd | ReplayVerdict::Unproven | ReplayVerdict::Published => {}
        }
        Some(Answer { after, buffer })
    }

    /// What it says to an INQUIRE for its proof; `None` is silence, and so is what the trace does not
    /// tell of.
    pub(super) fn on_inquire(
        &mut self,
        inquire: &Inquire,
        (name, signer): (&PeerName, &dyn Signer),
        utc: FileTime,
    ) -> Result<Option<Answer>, SignError> {
        let Some((step, _)) = self.play(Step::follows_inquire) else {
            return Ok(None);
        };
        let mut buffer = AuthorityBuffer::default();
        match step.verdict {
            ReplayVerdict::Published => {
                let nonce = inquire.nonce.unwrap_or(Nonce::ZERO);
                let statements = self.statements(name, signer, nonce, utc);
                buffer.cpa = Some(sign_cpa(statements, signer, &Dialect::default())?);
            }
            ReplayVerdict::NotRegistered => buffer.id_not_found = true,
            ReplayVerdict::Busy => buffer.busy = true,
            ReplayVerdict::Unproven => {}
            ReplayVerdict::Unreachable
            | ReplayVerdict::Accepted
            | ReplayVerdict::DeadEnd
            | ReplayVerdict::Suspicious => return Ok(None),
        }
        let after = step.elapsed;
        Ok(Some(Answer { after, buffer }))
    }

    /// What it says to a question that the trace does not tell of.
    pub(super) fn on_other(&self) -> Option<Answer> {
        let last = self.steps.last();
        if last.is_some_and(Step::is_silent) {
            return None;
        }
        Some(Answer {
            after: self.round_trip,
            buffer: AuthorityBuffer {
                id_not_found: last.is_some_and(|last| last.verdict == ReplayVerdict::NotRegistered),
                ..AuthorityBuffer::default()
            },
        })
    }

    /// The next step that fits a question, and that it is; or the last that fitted, and that it is
    /// played again.
    fn play(&mut self, fits: fn(&Step) -> bool) -> Option<(Step, bool)> {
        let mut fitting = self.steps.iter_mut().filter(|step| fits(step));
        if let Some(next) = fitting.find(|step| !step.is_played) {
            next.is_played = true;
            return Some((next.clone(), true));
        }
        let last = self.steps.iter().rfind(|step| fits(step));
        last.map(|last| (last.clone(), false))
    }

    fn statements(&self, name: &PeerName, signer: &dyn Signer, nonce: Nonce, utc: FileTime) -> Cpa {
        Cpa {
            kind: CpaKind::Publish(nonce),
            has_extended_payload: false,
            not_after: utc.plus(LIFETIME),
            service_location: self.id.service_location(),
            authority: *name.authority(),
            classifier_hash: Some(name.classifier().hash(&Dialect::default())),
            friendly_name: None,
            service_addresses: vec![self.endpoint],
            app_endpoints: vec![AppEndpoint {
                address: self.endpoint.address,
                port: APP_PORT,
                protocol: TCP,
            }],
            public_key: signer.public_key(),
        }
    }
}

const LIFETIME: Duration = Duration::from_secs(86_400);
/// What the name stands for.
const APP_PORT: u16 = 8_080;
const TCP: u16 = 6;
