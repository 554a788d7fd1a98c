//! What a cloud reports to whoever drives it.

use std::time::Duration;

use pnrp_identity::BindingPublicKey;
use pnrp_wire::{
    AppEndpoint, Authority, ByteOrder, Dialect, Endpoint, FileTime, FriendlyName, Payload,
    PeerName, PnrpId,
};
use thiserror::Error;

use super::{CloudState, PingError, PingId, Receipt, RegistrationId, ResolveId, SplitEvidence};

/// Something that happened in a cloud.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A node was asked during a resolve, and this came of it.
    Hop {
        /// The resolve.
        id: ResolveId,
        /// The node and its answer.
        hop: Hop,
    },
    /// A resolve found a publisher.
    Found {
        /// The resolve.
        id: ResolveId,
        /// What the publisher says.
        found: Box<Found>,
    },
    /// A resolve is over; nothing more is reported of it.
    ResolveEnded {
        /// The resolve.
        id: ResolveId,
        /// `Ok` when a publisher was found.
        result: Result<(), ResolveError>,
        /// Every node that was asked, in the order of their answers.
        trace: Vec<Hop>,
    },
    /// The cloud is in another state than it was: at first it is [`CloudState::Virtual`].
    StateChanged {
        /// The state.
        state: CloudState,
    },
    /// A ping is over.
    Pinged {
        /// The ping.
        id: PingId,
        /// The time from the first transmission to the answer.
        result: Result<Duration, PingError>,
    },
    /// A peer of another make has settled bytes that the specification leaves open.
    Calibrated {
        /// The dialect from now on.
        dialect: Dialect,
    },
    /// A test whether the cloud has fallen apart is over. MS-PNRP §3.2.5.11.1.
    SplitTested {
        /// What it found.
        evidence: SplitEvidence,
    },
    /// Another number of neighbours holds the entry of a registration.
    Held {
        /// The registration.
        id: RegistrationId,
        /// How many do.
        receipt: Receipt,
    },
    /// A registration was announced to the cloud.
    Announced {
        /// The registration.
        id: RegistrationId,
    },
    /// Other nodes are to be looked for by means that a cloud does not have.
    Discover(DiscoveryRequest),
    /// Searches for the target are to be answered with the endpoint, in place of any before.
    /// MS-PNRP §3.2.4.1 step 6.
    Publish {
        /// The search target.
        target: &'static str,
        /// Where the node listens.
        endpoint: Endpoint,
    },
    /// Searches are no longer to be answered. MS-PNRP §3.2.4.2 step 5.
    Withdraw,
    /// The host has no address for the cloud any more. MS-PNRP §3.1.7.1.
    NoAddress,
    /// Nobody has had the cloud open for a while, and its state is deleted. Nothing follows.
    /// MS-PNRP §3.1.6.1.
    Closed {
        /// [`Cloud::most_recent_peers`](super::Cloud::most_recent_peers) of the end.
        recent: Vec<Endpoint>,
    },
}

/// How whoever drives a cloud helps it to find other nodes. MS-PNRP §3.1.4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryRequest {
    /// By an SSDP search on the interfaces of the cloud. What is answered goes to
    /// [`Cloud::handle_ssdp_response`](super::Cloud::handle_ssdp_response). MS-PNRP §3.1.4.2.2.
    Search {
        /// The search target.
        target: &'static str,
    },
    /// By the IPv6 addresses of seed servers in the DNS, which go to
    /// [`Cloud::handle_seed_addresses`](super::Cloud::handle_seed_addresses). MS-PNRP §3.1.4.2.1.
    SeedAddresses {
        /// The host names.
        names: Vec<String>,
    },
}

/// One node asked during a resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where the node listens.
    pub endpoint: Endpoint,
    /// The ID under which it was asked.
    pub id: PnrpId,
    /// Leading bits that this ID shares with the target.
    pub shared_bits: u32,
    /// From the first transmission to the answer, or to giving up.
    pub elapsed: Duration,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of asking a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It named a closer node, or is the closest itself.
    Accepted,
    /// It knows nothing that helps.
    DeadEnd,
    /// It did not answer.
    Unreachable,
    /// It should know the target, and does not.
    Suspicious,
    /// The ID it was asked under is not registered there.
    NotRegistered,
    /// It declined for lack of resources.
    Busy,
    /// It answered, and its proof does not hold.
    Unproven,
    /// It proved that it publishes the name.
    Published,
}

/// What a publisher says about a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The name asked for.
    pub name: PeerName,
    /// The ID of this registration.
    pub id: PnrpId,
    /// Where the application listens.
    pub endpoints: Vec<AppEndpoint>,
    /// The publisher's comment.
    pub comment: Option<FriendlyName>,
    /// The application's data.
    pub payload: Option<Payload>,
    /// The Ed25519 key that bound it all, for whoever has seen that key before.
    pub binding: Option<BindingPublicKey>,
    /// When the statement expires.
    pub not_after: FileTime,
    /// Where the publishing node listens.
    pub node: Vec<Endpoint>,
    /// Why this is to be believed.
    pub proof: Proof,
    /// From the start of the resolve.
    pub elapsed: Duration,
}

/// Why a result is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The name is registered at this node.
    Local,
    /// A CPA that satisfies MS-PNRP §3.1.5.7.
    Cpa {
        /// The authority of the key that signed it.
        signer: Authority,
        /// The order its signature came in.
        signature_order: ByteOrder,
        /// Certificates in the chain from the name's owner to that key; 0 when it is the owner's.
        certificates: usize,
    },
}

/// Why a resolve found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// No node that could be reached publishes the name.
    #[error("no node of the cloud publishes the name")]
    NotFound,
    /// The cloud has no other node to ask.
    #[error("no other node of the cloud is known")]
    Alone,
    /// The deadline passed first.
    #[error("the deadline passed before a publisher was found")]
    DeadlinePassed,
    /// The table of resolves is full.
    #[error("too many resolves are in progress")]
    TooManyResolves,
    /// The cloud has no local address.
    #[error("the cloud has no local address")]
    NoAddress,
    /// Nobody has the cloud open.
    #[error("the cloud is closed")]
    Closed,
}

/// Why a registration was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The node only resolves. MS-PNRP §1.3.3.3.
    #[error("nothing can be registered in a cloud that is for resolving only")]
    ResolveOnly,
    /// Neither an endpoint nor data.
    #[error("a registration needs an endpoint or a payload")]
    NothingToPublish,
    /// More than ten endpoints.
    #[error("a registration has at most 10 endpoints, not {0}")]
    TooManyEndpoints(usize),
    /// An endpoint with port 0.
    #[error("port 0 cannot be published")]
    PortZero,
    /// The name's authority belongs to another key, and no certificate chain leads from that to
    /// the signing key.
    #[error("the authority of \"{0}\" is not that of the signing key")]
    ForeignAuthority(PeerName),
    /// The signing key has no Ed25519 key beside it, or the name is unsecured.
    #[error("\"{0}\" cannot be bound: that takes a secure name and an identity with a binding key")]
    NoBinding(PeerName),
    /// The payload leaves no room for the binding.
    #[error("the payload has no room for the stronger binding")]
    PayloadTooLong,
    /// The certificate chain starts from another authority than the name's.
    #[error("the certificate chain is that of another authority than \"{0}\" has")]
    ForeignChain(PeerName),
    /// The certificate chain ends with another key than the signer's.
    #[error("the certificate chain ends with the key of {found}, and {signer} signs")]
    ChainOfAnotherKey {
        /// The authority of its last key.
        found: Authority,
        /// The authority of the signing key.
        signer: Authority,
    },
    /// The certificate chain does not delegate the classifier.
    #[error("the certificate chain does not allow \"{0}\" to be published")]
    NotDelegated(PeerName),
    /// There is no such registration to change.
    #[error("the name is not registered any more")]
    NotRegistered,
    /// The owner has registered the name in this cloud already.
    #[error("\"{0}\" is registered in this cloud by the same process")]
    Duplicate(PeerName),
    /// The table of registrations is full.
    #[error("too many names are registered in this cloud")]
    TooMany,
    /// The cloud has no local address.
    #[error("the cloud has no local address")]
    NoAddress,
    /// Nobody has the cloud open.
    #[error("the cloud is closed")]
    Closed,
}
