//! What a cloud can be asked to do, and the names of what it is doing.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{Signer, ValidChain};
use pnrp_wire::{AppEndpoint, FriendlyName, Payload, PeerName, SearchCriteria};

/// Names one registration of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub u64);

/// Names one resolve of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResolveId(pub u64);

/// Whoever registers and resolves: a process, as criteria such as "not the calling process" mean
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerId(pub u64);

/// How far a cloud reaches. MS-PNRP §1.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The internet (scope number 1).
    Global,
    /// A site (scope number 2).
    SiteLocal,
    /// One link (scope number 3).
    LinkLocal,
}

/// A name to publish, with all that a resolver will see.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The name.
    pub name: PeerName,
    /// Whose key signs.
    pub signer: Arc<dyn Signer>,
    /// What lets that key publish a name of another authority.
    pub cert_chain: Option<ValidChain>,
    /// Where the application listens, at most 10.
    pub endpoints: Vec<AppEndpoint>,
    /// A comment.
    pub comment: Option<FriendlyName>,
    /// The application's data; required when there is no endpoint.
    pub payload: Option<Payload>,
    /// Whether the signer's Ed25519 key signs too, in the payload.
    pub binds: bool,
    /// Upper half of the service location; a local address by default. MS-PNRP §3.2.4.1 step 3.
    pub location_prefix: Option<u64>,
    /// Life of each CPA, brought into 12 hours to 7 days. MS-PNRP §2.2.3.1.
    pub lifetime: Duration,
    /// Whose registration it is.
    pub owner: OwnerId,
}

/// What a registration can be changed to say. The name, the key and the place on the ring stay.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistrationUpdate {
    /// Where the application listens, at most 10.
    pub endpoints: Vec<AppEndpoint>,
    /// A comment.
    pub comment: Option<FriendlyName>,
    /// The application's data; required when there is no endpoint.
    pub payload: Option<Payload>,
}

impl Registration {
    /// Whether an extended payload goes with each CPA.
    pub(crate) fn has_payload(&self) -> bool {
        self.binds || self.payload.is_some()
    }
}

/// What to look for, and how hard.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolveRequest {
    /// The name.
    pub name: PeerName,
    /// How much of the ID has to match.
    pub criteria: SearchCriteria,
    /// Which local registrations may answer.
    pub local: LocalNames,
    /// "Nearest" is measured from here; a local address by default. MS-PNRP §3.1.4.4.
    pub location_prefix: Option<u64>,
    /// How many publishers are wanted; at least one is looked for.
    pub max: usize,
    /// When to give up.
    pub timeout: Duration,
}

/// Which local registrations may answer a resolve. MS-PNRP §3.1.4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalNames {
    /// None.
    Exclude,
    /// Those of other owners.
    ExcludeOwner(OwnerId),
    /// All.
    Include,
}

/// What a cloud is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudState {
    /// Listening; nobody has registered or resolved anything, and no peer is known.
    Virtual,
    /// Looking for other nodes.
    Synchronizing,
    /// Other nodes are known.
    Active,
    /// No other node was found.
    Alone,
    /// The host has no address for the cloud.
    NoNet,
}
