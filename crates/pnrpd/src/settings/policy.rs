//! What the configuration file says of the clouds of one scope.

use pnrp_api::{CloudScope, ScopePolicy};
use serde::Deserialize;

use super::seed::SeedText;

/// A table `[global]`, `[site_local]` or `[link_local]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Keys")]
pub(super) struct ScopeTable(Keys);

/// Its keys, each by itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// Site-local clouds are off unless this is false.
    disabled: Option<bool>,
    #[serde(default)]
    resolve_only: bool,
    #[serde(default)]
    no_ssdp: bool,
    #[serde(default)]
    seed: Vec<SeedText>,
}

impl TryFrom<Keys> for ScopeTable {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Self, String> {
        if keys.disabled == Some(true) && keys.resolve_only {
            return Err(
                "disabled and resolve_only are both true, but nothing is resolved in a disabled \
                 cloud; leave one out"
                    .to_owned(),
            );
        }
        Ok(Self(keys))
    }
}

impl ScopeTable {
    pub(super) fn policy(self, scope: CloudScope) -> ScopePolicy {
        let default = ScopePolicy::default_of(scope);
        ScopePolicy {
            disabled: self.0.disabled.unwrap_or(default.disabled),
            resolve_only: self.0.resolve_only,
            no_ssdp: self.0.no_ssdp,
            seeds: self.0.seed.into_iter().map(|seed| seed.0).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str, scope: CloudScope) -> ScopePolicy {
        toml::from_str::<ScopeTable>(text).unwrap().policy(scope)
    }

    #[test]
    fn a_site_has_its_cloud_only_when_it_is_not_disabled() {
        assert!(policy("", CloudScope::SiteLocal).disabled);
        assert!(policy("no_ssdp = true", CloudScope::SiteLocal).disabled);
        assert!(!policy("disabled = false", CloudScope::SiteLocal).disabled);
        assert!(!policy("", CloudScope::Global).disabled);
    }
}
