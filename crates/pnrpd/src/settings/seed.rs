//! A seed in the configuration, checked where it stands.

use pnrp_api::Host;
use serde::{Deserialize, Deserializer, de};

/// The text of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeedText(pub(super) String);

impl<'de> Deserialize<'de> for SeedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse::<Host>() {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(de::Error::custom(error)),
        }
    }
}
