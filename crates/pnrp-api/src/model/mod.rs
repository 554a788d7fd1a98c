//! The values that applications, `pnrpd` and its clients exchange.
//!
//! Every type here has one JSON form, used on the daemon's socket and by `pnrp --json`, and is the
//! same whether a node runs in this process or behind the socket.

mod address;
mod cloud;
mod dialect;
mod discovery;
mod endpoint;
mod finding;
mod hop;
mod host;
mod identity;
mod name_event;
mod register;
mod registered;
mod resolve;
pub(crate) mod units;

pub use address::{Address, NodeEndpoint, parse_node_address};
pub use cloud::{
    CacheEntry, CloudEvent, CloudEventKind, CloudFlag, CloudInfo, CloudScope, CloudSelector,
    CloudState, CloudStats, ScopeFilter,
};
pub use dialect::{ByteOrder, ClassifierEncoding, DialectRecord, Presence};
pub use discovery::{CloudDetails, Discovery, DiscoveryMode, Multicast, Pong, SeedInfo};
pub use endpoint::{AppEndpoint, EndpointSpec, Protocol};
pub use finding::{Finding, FindingStatus};
pub use hop::{Hop, Verdict};
pub use host::Host;
pub use identity::{
    Binding, BindingStatus, CertificateInfo, Chain, ChainInfo, DamagedIdentity, DelegationRequest,
    ExportFormat, IdentityInfo, IdentityList,
};
pub use name_event::{NameEvent, NameEventKind};
pub use register::{Payload, Registration};
pub use registered::{
    RegisteredName, RegistrationEntry, RegistrationId, RegistrationReceipt, RegistrationSelector,
};
pub use resolve::{Found, Proof, ResolveCriteria, ResolveEvent, ResolveRequest, Strength};

/// Serializes types as the text they print and parse.
macro_rules! serde_as_text {
    ($($name:ty),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    )+};
}

serde_as_text!(
    Address,
    NodeEndpoint,
    Protocol,
    CloudSelector,
    Host,
    RegistrationId
);
