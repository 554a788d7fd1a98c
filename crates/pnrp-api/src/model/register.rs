//! What to publish.

use std::{net::Ipv6Addr, time::Duration};

use pnrp_wire as wire;
use serde::{Deserialize, Serialize};

use super::{Chain, CloudSelector, EndpointSpec, units};
use crate::Error;

/// A name to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The peer name.
    pub name: String,
    /// Where the application listens, at most 10 in one cloud.
    #[serde(default)]
    pub endpoints: Vec<EndpointSpec>,
    /// A comment of at most 39 UTF-16 units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The application's data; required when there is no endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Publish near this address rather than near the node's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Ipv6Addr>,
    /// How long a resolver may rely on an answer, brought into 12 hours to 7 days.
    #[serde(
        default = "default_lifetime",
        rename = "lifetime_s",
        with = "units::seconds"
    )]
    pub lifetime: Duration,
    /// Where to publish.
    #[serde(default)]
    pub cloud: CloudSelector,
    /// Who signs: an authority, eight or more digits of it, a friendly name, or `default`. Without
    /// it, whoever the name or the chain belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// What lets the signing identity publish a name of another authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
    /// Whether the identity's Ed25519 key signs too. Other implementations see more data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bind: bool,
    /// Whether the node keeps the registration and makes it again at its next start. It belongs to
    /// the node then, and not to the process that asked for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub persist: bool,
}

impl Registration {
    /// A name without endpoints, for every cloud, for a day.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            endpoints: Vec::new(),
            comment: None,
            payload: None,
            hint: None,
            lifetime: default_lifetime(),
            cloud: CloudSelector::All,
            identity: None,
            chain: None,
            bind: false,
            persist: false,
        }
    }

    /// Sets who signs.
    #[must_use]
    pub fn identity(mut self, selector: impl Into<String>) -> Self {
        self.identity = Some(selector.into());
        self
    }

    /// Sets what lets the signing identity publish a name of another authority.
    #[must_use]
    pub fn chain(mut self, chain: Chain) -> Self {
        self.chain = Some(chain);
        self
    }

    /// Lets the identity's Ed25519 key sign too.
    #[must_use]
    pub fn bind(mut self) -> Self {
        self.bind = true;
        self
    }

    /// Lets the node keep the registration until it is unregistered by its ID or name.
    #[must_use]
    pub fn persist(mut self) -> Self {
        self.persist = true;
        self
    }

    /// Adds an endpoint.
    #[must_use]
    pub fn endpoint(mut self, endpoint: EndpointSpec) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Sets the comment.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Sets the application's data.
    #[must_use]
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = Some(payload);
        self
    }

    /// Publishes near an address.
    #[must_use]
    pub fn hint(mut self, hint: Ipv6Addr) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Sets how long a resolver may rely on an answer.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets where to publish.
    #[must_use]
    pub fn cloud(mut self, cloud: CloudSelector) -> Self {
        self.cloud = cloud;
        self
    }
}

fn default_lifetime() -> Duration {
    Duration::from_secs(86_400)
}

/// An application's data: at most [`MAX_BYTES`](Payload::MAX_BYTES) bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Payload {
    /// Text without NUL.
    String(String),
    /// Bytes.
    Binary(#[serde(with = "units::base64_bytes")] Vec<u8>),
}

impl Payload {
    /// The most bytes a payload takes.
    pub const MAX_BYTES: usize = wire::limits::MAX_EXTENDED_PAYLOAD;

    /// Text when the bytes are text that can be sent as such, else binary.
    ///
    /// # Errors
    /// When there are no bytes, or more than 4,096.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, Error> {
        let text = std::str::from_utf8(&bytes).map(|text| Self::String(text.to_owned()));
        if let Ok(text) = text
            && text.to_wire().is_ok()
        {
            return Ok(text);
        }
        let binary = Self::Binary(bytes);
        binary.to_wire()?;
        Ok(binary)
    }

    /// Refuses what MS-PNRP §2.2.3.3 cannot express.
    pub(crate) fn to_wire(&self) -> Result<wire::Payload, Error> {
        let payload = match self {
            Self::String(text) => wire::Payload::string(text),
            Self::Binary(bytes) => wire::Payload::binary(bytes.clone()),
        };
        payload.map_err(|invalid| Error::InvalidPayload {
            reason: invalid.reason.to_owned(),
        })
    }

    pub(crate) fn from_wire(payload: wire::Payload) -> Self {
        match payload {
            wire::Payload::String(units) => Self::String(String::from_utf16_lossy(&units)),
            wire::Payload::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_needs_only_its_name() {
        let registration: Registration = serde_json::from_str(r#"{"name":"0.web"}"#).unwrap();

        assert_eq!(registration, Registration::new("0.web"));
    }

    #[test]
    fn a_misspelt_key_is_refused_by_name() {
        let error = serde_json::from_str::<Registration>(r#"{"name":"0.web","comnent":"x"}"#)
            .unwrap_err()
            .to_string();

        assert!(error.contains("`comnent`"), "{error}");
    }

    #[test]
    fn a_full_registration_comes_back_from_json() {
        let registration = Registration::new("0.web")
            .endpoint("[fe80::1%eth0]:80/udp".parse().unwrap())
            .endpoint(EndpointSpec::port(443))
            .comment("a comment")
            .payload(Payload::Binary(vec![0, 255]))
            .hint("2001:db8::1".parse().unwrap())
            .lifetime(Duration::from_secs(90_000))
            .cloud(CloudSelector::AllLinkLocal)
            .persist();

        let json = serde_json::to_string(&registration).unwrap();

        assert!(
            json.contains(r#""payload":{"type":"binary","value":"AP8="}"#),
            "{json}"
        );
        assert_eq!(
            serde_json::from_str::<Registration>(&json).unwrap(),
            registration
        );
    }

    #[test]
    fn bytes_become_text_when_they_are_text() {
        let text = Payload::String("grüße".to_owned());

        assert_eq!(Payload::from_bytes("grüße".into()).unwrap(), text);
        assert_eq!(
            Payload::from_bytes(vec![0xff]).unwrap(),
            Payload::Binary(vec![0xff])
        );
        assert_eq!(
            Payload::from_bytes(vec![0]).unwrap(),
            Payload::Binary(vec![0])
        );
    }

    #[test]
    fn the_bounds_of_payloads_hold() {
        assert!(Payload::from_bytes(Vec::new()).is_err());
        assert!(Payload::from_bytes(vec![b'a'; 4_097]).is_err());
        // Text ends in a NUL, which binary data does without.
        let text = "a".repeat(4_095);
        assert_eq!(
            Payload::from_bytes(text.clone().into()).unwrap(),
            Payload::String(text)
        );
        let long = vec![b'a'; 4_096];
        assert_eq!(
            Payload::from_bytes(long.clone()).unwrap(),
            Payload::Binary(long)
        );
    }
}
