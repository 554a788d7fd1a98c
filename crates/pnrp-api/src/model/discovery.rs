//! How a cloud finds others, and all that is known of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Address, CloudInfo, DialectRecord, Host, NodeEndpoint, units};

/// All that is known of a cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudDetails {
    /// What `cloud list` says.
    #[serde(flatten)]
    pub info: CloudInfo,
    /// Where the node listens.
    pub listening: Vec<NodeEndpoint>,
    /// How other nodes are looked for; `None` when the cloud is not started.
    pub discovery: Option<Discovery>,
    /// The readings of the wire format in use.
    pub dialect: DialectRecord,
}

/// How a cloud looks for other nodes, and what has come of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Where it looks next.
    pub next: DiscoveryMode,
    /// Nodes it was given, that have spoken to it, and those of an earlier run.
    pub known: Vec<NodeEndpoint>,
    /// What was said and heard by multicast; `None` when that is turned off, or the cloud is on no
    /// link.
    pub multicast: Option<Multicast>,
    /// The seeds, in the order in which they were given.
    pub seeds: Vec<SeedInfo>,
}

/// Where a cloud looks for other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscoveryMode {
    /// At nodes that are known.
    KnownNodes,
    /// On its links, by multicast.
    Multicast,
    /// At a seed.
    Seed,
}

/// What a cloud has said and heard by SSDP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multicast {
    /// Whether searches of others are answered: something is registered.
    pub is_published: bool,
    /// Searches sent, each repeat counted.
    pub searches_sent: u64,
    /// Answers to them.
    pub answers_heard: u64,
    /// Searches for this cloud, this node's own included.
    pub searches_heard: u64,
    /// Answers sent.
    pub answers_sent: u64,
    /// Notifications of nodes of this cloud.
    pub notifications_heard: u64,
    /// Whatever else was heard on the port of SSDP.
    pub others_heard: u64,
    /// Why the group cannot be listened to, or sent to, if that failed last.
    pub failure: Option<String>,
}

/// A seed, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedInfo {
    /// The seed.
    pub host: Host,
    /// Its addresses, as far as they are known.
    pub addresses: Vec<Address>,
    /// Why they are not.
    pub failure: Option<String>,
}

/// A node has said that it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// The cloud in which it was asked.
    pub cloud: String,
    /// The node.
    pub from: NodeEndpoint,
    /// The time its answer took.
    #[serde(rename = "time_ms", with = "units::milliseconds")]
    pub time: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_has_its_time_in_milliseconds() {
        let pong = Pong {
            cloud: "Global_".to_owned(),
            from: "[2001:db8::1]:3540".parse().unwrap(),
            time: Duration::from_micros(1_250),
        };

        let json = serde_json::to_string(&pong).unwrap();

        let expected = r#"{"cloud":"Global_","from":"[2001:db8::1]:3540","time_ms":1.25}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Pong>(&json).unwrap(), pong);
    }
}
