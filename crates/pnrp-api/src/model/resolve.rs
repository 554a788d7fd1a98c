//! What to look for, and what a resolve reports.

use std::{
    fmt,
    net::Ipv6Addr,
    str::FromStr,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use super::{AppEndpoint, Binding, CloudSelector, Hop, NodeEndpoint, Payload, units};
use crate::{Error, error::outcome};

/// A name to look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// The peer name.
    pub name: String,
    /// Where to look.
    #[serde(default)]
    pub cloud: CloudSelector,
    /// Whose registrations count, and whether the nearest is wanted.
    #[serde(default)]
    pub criteria: ResolveCriteria,
    /// When to give up: at most 600 s.
    #[serde(
        default = "default_timeout",
        rename = "timeout_ms",
        with = "units::milliseconds"
    )]
    pub timeout: Duration,
    /// "Nearest" is measured from here rather than from the node's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Ipv6Addr>,
    /// How many publishers to report, from whichever clouds they come: 1 to 500.
    #[serde(default = "one")]
    pub max: u32,
}

impl ResolveRequest {
    /// The longest timeout.
    pub const MAX_TIMEOUT: Duration = Duration::from_secs(600);
    /// The most publishers.
    pub const MAX_RESULTS: u32 = 500;

    /// A search for one publisher in all clouds for up to 30 s.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cloud: CloudSelector::All,
            criteria: ResolveCriteria::Default,
            timeout: default_timeout(),
            hint: None,
            max: one(),
        }
    }

    /// Sets where to look.
    #[must_use]
    pub fn cloud(mut self, cloud: CloudSelector) -> Self {
        self.cloud = cloud;
        self
    }

    /// Sets whose registrations count.
    #[must_use]
    pub fn criteria(mut self, criteria: ResolveCriteria) -> Self {
        self.criteria = criteria;
        self
    }

    /// Sets when to give up.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Measures "nearest" from an address.
    #[must_use]
    pub fn hint(mut self, hint: Ipv6Addr) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Sets how many publishers to report.
    #[must_use]
    pub fn max(mut self, max: u32) -> Self {
        self.max = max;
        self
    }
}

fn one() -> u32 {
    1
}

fn default_timeout() -> Duration {
    Duration::from_secs(30)
}

/// Whose registrations answer a resolve: the seven values of Windows' `PNRP_RESOLVE_CRITERIA`.
///
/// "Nearest" compares the upper half of the service location with the hint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolveCriteria {
    /// The same as `NonCurrentProcessPeerName` (0).
    #[default]
    Default,
    /// Those of other nodes (1).
    RemotePeerName,
    /// The nearest of other nodes (2).
    NearestRemotePeerName,
    /// All but those of the calling process (3).
    NonCurrentProcessPeerName,
    /// The nearest, those of the calling process left out (4).
    NearestNonCurrentProcessPeerName,
    /// All (5).
    AnyPeerName,
    /// The nearest (6).
    NearestPeerName,
}

impl ResolveCriteria {
    /// All values, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Default,
        Self::RemotePeerName,
        Self::NearestRemotePeerName,
        Self::NonCurrentProcessPeerName,
        Self::NearestNonCurrentProcessPeerName,
        Self::AnyPeerName,
        Self::NearestPeerName,
    ];

    fn text(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::RemotePeerName => "remote-peer-name",
            Self::NearestRemotePeerName => "nearest-remote-peer-name",
            Self::NonCurrentProcessPeerName => "non-current-process-peer-name",
            Self::NearestNonCurrentProcessPeerName => "nearest-non-current-process-peer-name",
            Self::AnyPeerName => "any-peer-name",
            Self::NearestPeerName => "nearest-peer-name",
        }
    }
}

impl fmt::Display for ResolveCriteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for ResolveCriteria {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL
            .into_iter()
            .find(|criteria| criteria.text() == text);
        found.ok_or_else(|| Error::InvalidRequest {
            reason: format!(
                "{text:?} is none of {}",
                Self::ALL.map(Self::text).join(", ")
            ),
        })
    }
}

/// What a resolve reports, in order; `Ended` is the last.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ResolveEvent {
    /// A node was asked.
    Hop(Hop),
    /// A publisher was found.
    Found(Box<Found>),
    /// The resolve is over in every cloud.
    Ended {
        /// `Ok` when a publisher was found, or why none was.
        #[serde(rename = "error", with = "outcome")]
        result: Result<(), Error>,
    },
}

/// What a publisher says about a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The name asked for.
    pub name: String,
    /// The cloud it was found in.
    pub cloud: String,
    /// The ID of the registration, as 64 hexadecimal digits.
    pub pnrp_id: String,
    /// Where the application listens.
    pub endpoints: Vec<AppEndpoint>,
    /// The publisher's comment.
    pub comment: Option<String>,
    /// The application's data.
    pub payload: Option<Payload>,
    /// The name's authority: `0`, or 40 hexadecimal digits.
    pub authority: String,
    /// Whether only the holder of one key can publish the name.
    pub secure: bool,
    /// What that is worth.
    pub strength: Strength,
    /// Until when the publisher's statement holds.
    #[serde(with = "units::rfc3339")]
    pub expires: SystemTime,
    /// From the start of the resolve.
    #[serde(rename = "elapsed_ms", with = "units::milliseconds")]
    pub elapsed: Duration,
    /// Where the publishing node listens.
    pub node: Vec<NodeEndpoint>,
    /// Why this is to be believed.
    pub proof: Proof,
    /// Whether it is the publisher it was; none when the name was never seen bound.
    pub binding: Option<Binding>,
}

impl Found {
    /// When the publisher's statement expires, as RFC 3339 text.
    pub fn expires_text(&self) -> String {
        units::rfc3339::text(self.expires)
    }
}

/// How hard it is to publish somebody else's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Anyone can publish an unsecured name.
    None,
    /// RSA-1024 and SHA-1, which is what the protocol fixes.
    Legacy,
}

/// Why a result is to be believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proof {
    /// The name is registered at this node.
    Local,
    /// The publishing node signed a certified peer address that names this ID, has not expired,
    /// and repeats the nonce it was asked with.
    Cpa {
        /// The authority of the key that signed.
        signer: String,
        /// Certificates from the name's owner to that key; 0 when it is the owner's.
        #[serde(default)]
        certificates: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_read_as_they_print() {
        for criteria in ResolveCriteria::ALL {
            assert_eq!(
                criteria.to_string().parse::<ResolveCriteria>().unwrap(),
                criteria
            );
        }
    }

    #[test]
    fn a_request_needs_only_its_name() {
        let request: ResolveRequest = serde_json::from_str(r#"{"name":"0.web"}"#).unwrap();

        assert_eq!(request, ResolveRequest::new("0.web"));
        assert_eq!(request.timeout, Duration::from_secs(30));
    }

    #[test]
    fn a_request_comes_back_from_json() {
        let request = ResolveRequest::new("0.web")
            .cloud(CloudSelector::Named("eth0".to_owned()))
            .criteria(ResolveCriteria::NearestPeerName)
            .timeout(Duration::from_millis(1_500))
            .hint("2001:db8::1".parse().unwrap())
            .max(7);

        let json = serde_json::to_string(&request).unwrap();

        assert!(
            json.contains(r#""criteria":"nearest-peer-name","timeout_ms":1500.0"#),
            "{json}"
        );
        assert_eq!(
            serde_json::from_str::<ResolveRequest>(&json).unwrap(),
            request
        );
    }

    #[test]
    fn the_end_of_a_resolve_says_why() {
        let found = ResolveEvent::Ended { result: Ok(()) };
        let alone = ResolveEvent::Ended {
            result: Err(Error::Alone { name: "0.x".into() }),
        };

        let found = serde_json::to_string(&found).unwrap();
        let alone = serde_json::to_string(&alone).unwrap();

        assert_eq!(found, r#"{"event":"ended","error":null}"#);
        assert!(
            alone.starts_with(r#"{"event":"ended","error":{"code":"alone""#),
            "{alone}"
        );
        let ResolveEvent::Ended { result } = serde_json::from_str(&alone).unwrap() else {
            panic!("another event came back");
        };
        assert!(matches!(result, Err(Error::Alone { name }) if name == "0.x"));
    }

    #[test]
    fn a_hop_is_one_flat_object() {
        let hop = ResolveEvent::Hop(Hop {
            cloud: "Global_".to_owned(),
            endpoint: "[2001:db8::1]:3540".parse().unwrap(),
            pnrp_id: "00".repeat(32),
            bits: 4,
            rtt: Duration::from_micros(12_345),
            verdict: super::super::Verdict::DeadEnd,
        });

        let json = serde_json::to_string(&hop).unwrap();

        let expected = format!(
            r#"{{"event":"hop","cloud":"Global_","endpoint":"[2001:db8::1]:3540","pnrp_id":"{}","bits":4,"rtt_ms":12.345,"verdict":"dead_end"}}"#,
            "00".repeat(32)
        );
        assert_eq!(json, expected);
    }
}
