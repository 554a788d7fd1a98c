//! Changing the seeds of a node that runs.

use std::sync::PoisonError;

use super::{Embedded, opening};
use crate::{Config, Error};

impl Embedded {
    /// Takes the seeds of another configuration; nothing else of it.
    ///
    /// Clouds that run turn to them when they next look for other nodes.
    pub(crate) async fn reseed(&self, seeds: &Config) -> Result<(), Error> {
        seeds.check()?;
        // No cloud starts with the old ones meanwhile.
        let _one_at_a_time = self.starting.lock().await;
        let config = with_seeds_of(&self.config, seeds);
        let handles = self.running_clouds().await;
        for handle in handles {
            handle.set_seeds(opening::seeds_of(&config, &handle.spec()));
        }
        let mut reseeded = self.reseeded.lock().unwrap_or_else(PoisonError::into_inner);
        *reseeded = Some(config);
        Ok(())
    }

    /// The configuration with the seeds that hold at this time.
    pub(super) fn seeded(&self) -> Config {
        let reseeded = self.reseeded.lock().unwrap_or_else(PoisonError::into_inner);
        reseeded.as_ref().unwrap_or(&self.config).clone()
    }
}

fn with_seeds_of(config: &Config, other: &Config) -> Config {
    let mut config = config.clone();
    config.seeds.clone_from(&other.seeds);
    let scopes: Vec<_> = config
        .policies
        .keys()
        .chain(other.policies.keys())
        .collect();
    let policies = scopes.into_iter().map(|&scope| {
        let mut policy = config.policy_of(scope);
        policy.seeds = other.policy_of(scope).seeds;
        (scope, policy)
    });
    config.policies = policies.collect();
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CloudScope, ScopePolicy};

    fn policy(resolve_only: bool, seed: &str) -> ScopePolicy {
        ScopePolicy {
            resolve_only,
            seeds: vec![seed.to_owned()],
            ..ScopePolicy::default()
        }
    }

    #[test]
    fn seeds_are_taken_and_nothing_else() {
        let old = Config::new()
            .port(4_000)
            .seed("old.example")
            .policy(CloudScope::Global, policy(true, "old.example"));
        let new = Config::new()
            .port(5_000)
            .seed("new.example")
            .policy(CloudScope::Global, policy(false, "new.example"))
            .policy(CloudScope::LinkLocal, policy(true, "link.example"));

        let merged = with_seeds_of(&old, &new);

        assert_eq!(merged.port, Some(4_000));
        assert_eq!(merged.seeds, ["new.example"]);
        let global = merged.policy_of(CloudScope::Global);
        assert_eq!(global, policy(true, "new.example"));
        let link = merged.policy_of(CloudScope::LinkLocal);
        assert_eq!(link, policy(false, "link.example"));
        assert!(merged.policy_of(CloudScope::SiteLocal).disabled);
    }
}
