//! What can go wrong, told apart as Windows tells it apart.

use std::{io, path::PathBuf, time::Duration};

use pnrp_wire::{PeerNameError, limits::MAX_APP_ENDPOINTS};
use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::model::{RegistrationId, units};

mod hresult;
mod json;
mod unavailable;

pub use json::ErrorBody;
pub(crate) use json::outcome;
use json::system_error;

/// Why a call failed: what is wrong, and after the semicolon what to do about it.
///
/// The daemon sends errors as `{"error":{"code","details","message"}}`, and a client gets the same
/// variant back.
#[derive(Debug, ThisError, Serialize, Deserialize)]
#[serde(tag = "code", content = "details", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Error {
    /// The text is not a peer name.
    #[error("invalid peer name: {reason}")]
    InvalidName {
        /// The text.
        name: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// What follows the first dot of a peer name is too long.
    #[error("invalid peer name: {reason}")]
    ClassifierTooLong {
        /// The name, or the classifier alone.
        name: String,
        /// How long it is, and what to do.
        reason: String,
    },
    /// What follows the first dot of a peer name cannot stand there.
    #[error("invalid classifier: {reason}")]
    InvalidClassifier {
        /// The name, or the classifier alone.
        name: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The peer name has no host name.
    #[error("{name:?} has no host name: {reason}; use the peer name itself")]
    CannotConvertName {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The host name stands for no peer name.
    #[error("{host:?} stands for no peer name: {reason}; host names of PNRP end in .pnrp.net")]
    InvalidHostName {
        /// The host name.
        host: String,
        /// Why.
        reason: String,
    },
    /// The endpoint cannot be published, or not here.
    #[error(
        "{endpoint:?} cannot be used: {reason}; write [ADDRESS%INTERFACE]:PORT/tcp, or :PORT for \
         the node's own addresses"
    )]
    InvalidEndpoint {
        /// The endpoint or address.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There are too many endpoints, or none and nothing else to publish.
    #[error("{reason}; give from 1 to {MAX_APP_ENDPOINTS} endpoints, or none and a payload")]
    InvalidEndpoints {
        /// What is wrong with them.
        reason: String,
    },
    /// A node cannot be found by that text.
    #[error(
        "{host:?} names no node: {reason}; write [ADDRESS%INTERFACE]:PORT, an address, or a name"
    )]
    InvalidHost {
        /// The text.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The comment cannot be published.
    #[error("the comment {reason}; shorten it or leave it out")]
    InvalidComment {
        /// What is wrong with it.
        reason: String,
    },
    /// The payload cannot be published.
    #[error("the payload {reason}; give 1 to 4096 bytes")]
    InvalidPayload {
        /// What is wrong with it.
        reason: String,
    },
    /// The timeout is 0 or too long.
    #[error("a resolve cannot take {} s; give a timeout of up to 600 s", timeout.as_secs_f64())]
    InvalidTimeout {
        /// The timeout.
        #[serde(rename = "timeout_ms", with = "units::milliseconds")]
        timeout: Duration,
    },
    /// The request says something that means nothing.
    #[error("the request cannot be understood: {reason}; see the documentation of pnrpd")]
    InvalidRequest {
        /// What is wrong with it.
        reason: String,
    },
    /// The name belongs to a key this node does not have.
    #[error(
        "{name:?} belongs to a key that is not here; import its identity, give a chain from its \
         owner, or publish under {authority} or 0"
    )]
    ForeignAuthority {
        /// The name.
        name: String,
        /// The authority of the node's own key.
        authority: String,
    },
    /// The node has no usable key.
    #[error("the node has no key to sign with: {reason}; check the state directory")]
    NoIdentity {
        /// Why.
        reason: String,
    },
    /// No identity, or more than one, is called that.
    #[error("no identity can be told by {selector:?}: {reason}; see `pnrp identity list`")]
    IdentityNotFound {
        /// What was asked for.
        selector: String,
        /// Why there is none.
        reason: String,
    },
    /// The identity is here already.
    #[error("the identity {authority} is here already; delete it first to replace it")]
    IdentityExists {
        /// Its authority.
        authority: String,
    },
    /// A name is registered with the identity.
    #[error("the identity {authority} publishes {name:?}; unregister that first")]
    IdentityInUse {
        /// Its authority.
        authority: String,
        /// One of its names.
        name: String,
    },
    /// The identities on disk cannot be read or written.
    #[error("the identities cannot be used: {reason}; check the state directory")]
    IdentityStore {
        /// Why.
        reason: String,
    },
    /// An identity cannot be called so.
    #[error("that is no friendly name: {reason}; choose another")]
    InvalidFriendlyName {
        /// What is wrong with it.
        reason: String,
    },
    /// The node keeps as many identities as it can.
    #[error("{reason}; delete one that is of no use")]
    TooManyIdentities {
        /// How many.
        reason: String,
    },
    /// An identity cannot be changed like that.
    #[error("nothing was changed: {reason}; choose another identity or name")]
    IdentityRefused {
        /// Why.
        reason: String,
    },
    /// A text is no identity that can be taken in.
    #[error("nothing was imported: {reason}; check the file and the password")]
    ImportRefused {
        /// What is wrong with it.
        reason: String,
    },
    /// A text is no public key of PNRP.
    #[error("the public key cannot be used: {reason}; give what `pnrp identity show` prints")]
    InvalidKey {
        /// What is wrong with it.
        reason: String,
    },
    /// A certificate chain does not hold, or not for this.
    #[error("the certificate chain cannot be used: {reason}")]
    InvalidChain {
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// An identity may not delegate what was asked for.
    #[error("nothing was delegated: {reason}; delegate what the signing identity may publish")]
    DelegationRefused {
        /// Why.
        reason: String,
    },
    /// No cloud has the name.
    #[error("there is no cloud {name:?}; there is {}", list(available))]
    CloudNotFound {
        /// The name asked for.
        name: String,
        /// The clouds there are.
        available: Vec<String>,
    },
    /// Several clouds are called that, and one is wanted.
    #[error("{name:?} means several clouds; name one: {}", list(candidates))]
    CloudNameAmbiguous {
        /// The name asked for.
        name: String,
        /// The clouds it may mean.
        candidates: Vec<String>,
    },
    /// The cloud exists and cannot be used.
    #[error("the cloud {name:?} cannot be used: {reason}; check the network and the port")]
    CloudUnavailable {
        /// The cloud.
        name: String,
        /// Why.
        reason: String,
    },
    /// The configuration has turned the cloud off.
    #[error("the cloud {name:?} is turned off; see \"disabled\" in the configuration of pnrpd")]
    CloudDisabled {
        /// The cloud.
        name: String,
    },
    /// The configuration lets names be resolved in the cloud, and none registered.
    #[error(
        "nothing can be registered in the cloud {name:?}, which is for resolving only; see \
         \"resolve_only\" in the configuration of pnrpd"
    )]
    CloudIsResolveOnly {
        /// The cloud.
        name: String,
    },
    /// Names are registered in the cloud.
    #[error(
        "names are registered in the cloud {name:?} ({registered}); stop it by force to withdraw them"
    )]
    CloudInUse {
        /// The cloud.
        name: String,
        /// How many.
        registered: usize,
    },
    /// There is no seed to turn to.
    #[error("the cloud {name:?} has no seed; give pnrpd a --seed, or name a host")]
    NoSeed {
        /// The cloud.
        name: String,
    },
    /// The host takes part in no cloud.
    #[error("this host is in no cloud: {reason}; bring up an interface with an IPv6 address")]
    NoClouds {
        /// Why.
        reason: String,
    },
    /// The system speaks no IPv6.
    #[error("this system has no IPv6, which PNRP needs; turn it on, see `pnrp doctor`")]
    NoIpv6,
    /// The process has registered the name already.
    #[error("this process has registered {name:?} in {cloud:?} already; unregister it first")]
    DuplicateName {
        /// The name.
        name: String,
        /// The cloud.
        cloud: String,
    },
    /// There is no such registration, or it is not clear which is meant.
    #[error("no registration can be told by {selector:?}: {reason}; see `pnrp names`")]
    RegistrationNotFound {
        /// What was asked for.
        selector: String,
        /// Why there is none.
        reason: String,
    },
    /// The registration belongs to another process.
    #[error("the registration {id} belongs to process {owner}; only that process can change it")]
    RegistrationOfAnother {
        /// The registration.
        id: RegistrationId,
        /// The process.
        owner: u32,
    },
    /// A registration cannot become what the update says.
    #[error("nothing was changed: {reason}; unregister the name, and register it again")]
    UpdateRefused {
        /// Why.
        reason: String,
    },
    /// What the node is to keep cannot be read or written.
    #[error("the state cannot be kept: {reason}; give the node a state directory of its own")]
    StateUnusable {
        /// Why.
        reason: String,
    },
    /// There is no room for what the node is to keep.
    #[error("the disk is full: {reason}; make room and try again")]
    DiskFull {
        /// Where.
        reason: String,
    },
    /// A table is full.
    #[error("{reason}; try again later")]
    TooMuchLoad {
        /// Which.
        reason: String,
    },
    /// Nobody in the cloud publishes the name.
    #[error("nobody that could be asked publishes {name:?}; check the name, or try again later")]
    NotFound {
        /// The name.
        name: String,
    },
    /// The resolve took too long.
    #[error("{name:?} was not found in time; allow more time, or check `pnrp trace`")]
    TimedOut {
        /// The name.
        name: String,
    },
    /// There was nobody to ask.
    #[error(
        "{name:?} was not found, for no other node of the cloud is known; give a --peer, or check that UDP port \
         3540 is open"
    )]
    Alone {
        /// The name.
        name: String,
    },
    /// A node was asked whether it is there, and did not say so.
    #[error("{node} does not answer: {reason}; check that it runs, and that UDP port 3540 is open")]
    NoAnswer {
        /// The node.
        node: String,
        /// What happened.
        reason: String,
    },
    /// Nothing answers at the daemon's socket.
    #[error("no pnrpd answers at {}: {source}; {}", socket.display(), unavailable::advice(source))]
    DaemonUnavailable {
        /// The socket.
        socket: PathBuf,
        /// What the system said.
        #[serde(with = "system_error")]
        source: io::Error,
    },
    /// The daemon is of another time.
    #[error(
        "the daemon speaks version {daemon} of its API, and this program version {}; {}",
        crate::API_VERSION,
        unavailable::upgrade(*daemon)
    )]
    UnsupportedVersion {
        /// What the daemon speaks; 0 when it does not say.
        daemon: u32,
    },
    /// The daemon left, or said something a client cannot understand.
    #[error("the daemon's answer is of no use: {reason}; see whether pnrpd still runs")]
    Protocol {
        /// What is wrong.
        reason: String,
    },
    /// The node was closed.
    #[error("the node is closed; open another")]
    Closed,
}

impl Error {
    pub(crate) fn invalid_endpoint(endpoint: &str, reason: &str) -> Self {
        Self::InvalidEndpoint {
            endpoint: endpoint.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// Why a text is no peer name, or no classifier.
    pub(crate) fn invalid_name(name: &str, error: &PeerNameError) -> Self {
        let (name, reason) = (name.to_owned(), error.to_string());
        match error {
            PeerNameError::ClassifierLength(_) => Self::ClassifierTooLong { name, reason },
            PeerNameError::ClassifierNul(_) => Self::InvalidClassifier { name, reason },
            PeerNameError::NoDot(_)
            | PeerNameError::AuthorityCharacter(_)
            | PeerNameError::AuthorityLength(_)
            | PeerNameError::AuthorityUppercase(_)
            | _ => Self::InvalidName { name, reason },
        }
    }

    pub(crate) fn protocol(reason: impl ToString) -> Self {
        Self::Protocol {
            reason: reason.to_string(),
        }
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none on this host".to_owned(),
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests;
