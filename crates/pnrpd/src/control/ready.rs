//! Whether the node can do what it is there for, as far as it can tell.
//!
//! A daemon that answers while its node knows nobody is the worst of failures, for nobody notices.
//! So a cloud in use has to be sound: it has found others, each of its names has a neighbour on
//! both sides, and a neighbour has been told.

use axum::{extract::State, http::StatusCode, response::Response};
use pnrp_api::{CacheEntry, CloudInfo, CloudState, Error, RegisteredName, ScopeFilter};
use serde::Serialize;
use serde_json::json;

use super::{
    Control,
    answer::{Refusal, json},
};

/// What a cloud contributes.
#[derive(Debug, Serialize)]
struct Readiness {
    name: String,
    state: CloudState,
    /// Nothing when it is not in use.
    sound: Option<bool>,
    /// What is amiss.
    why: Option<String>,
    /// Lookups of an ID beside its own that have come back.
    self_lookups: u64,
}

pub(super) async fn show(State(control): State<Control>) -> Result<Response, Refusal> {
    let names = control.pnrp.names().await?;
    let mut clouds = Vec::new();
    for cloud in control.pnrp.clouds(ScopeFilter::Any).await? {
        let cache = found(control.pnrp.cache(&cloud.name).await)?.unwrap_or_default();
        let stats = found(control.pnrp.stats(&cloud.name).await)?;
        let counters = stats.map(|stats| stats.counters).unwrap_or_default();
        let tests = counters
            .iter()
            .filter(|(name, _)| name.starts_with("split_tests_"));
        let judged = judge(&cloud, &names, &cache);
        clouds.push(Readiness {
            sound: judged.as_ref().map(Result::is_ok),
            why: judged.and_then(Result::err),
            self_lookups: tests.map(|(_, count)| count).sum(),
            name: cloud.name,
            state: cloud.state,
        });
    }
    let used: Vec<_> = clouds.iter().filter(|it| it.sound.is_some()).collect();
    let settles = |it: &&Readiness| {
        matches!(it.state, CloudState::Synchronizing | CloudState::Dead)
            || (it.state == CloudState::Active && it.sound == Some(false))
    };
    let has_company = used.is_empty() || used.iter().any(|it| it.sound == Some(true));
    let ready = has_company && !used.iter().any(settles);
    let status = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok(json(status, &json!({ "ready": ready, "clouds": clouds })))
}

/// A cloud that has gone since it was listed has nothing.
fn found<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Err(Error::CloudNotFound { .. }) => Ok(None),
        asked => asked.map(Some),
    }
}

/// Whether a cloud that is in use is sound; nothing when it is not in use.
fn judge(
    cloud: &CloudInfo,
    names: &[RegisteredName],
    cache: &[CacheEntry],
) -> Option<Result<(), String>> {
    match cloud.state {
        CloudState::Virtual | CloudState::Disabled | CloudState::NoNet => None,
        CloudState::Synchronizing => Some(Err("it looks for other nodes".to_owned())),
        CloudState::Dead => Some(Err("it has stopped working".to_owned())),
        CloudState::Alone => Some(Err("no other node was found".to_owned())),
        CloudState::Active => {
            let mut own = names.iter().filter(|name| name.cloud == cloud.name);
            let amiss = own.find_map(|name| {
                let fault = fault(&name.pnrp_id, name.announced, cache)?;
                Some(format!("{}: {fault}", name.name))
            });
            Some(amiss.map_or(Ok(()), Err))
        }
    }
}

/// What is amiss with a name of this ID.
fn fault(own: &str, is_announced: bool, cache: &[CacheEntry]) -> Option<&'static str> {
    if !is_announced {
        return Some("no other node was told of it");
    }
    // Digits of equal number sort as the numbers do, and the ring goes on at its beginning.
    let others = || cache.iter().filter(|entry| entry.pnrp_id != own);
    let by_id = |entry: &&CacheEntry| entry.pnrp_id.clone();
    let above = others().filter(|entry| entry.pnrp_id.as_str() > own);
    let above = above
        .min_by_key(by_id)
        .or_else(|| others().min_by_key(by_id));
    let below = others().filter(|entry| entry.pnrp_id.as_str() < own);
    let below = below
        .max_by_key(by_id)
        .or_else(|| others().max_by_key(by_id));
    let is_leaf = |entry: Option<&CacheEntry>| entry.is_some_and(|entry| entry.leaf);
    match is_leaf(above) && is_leaf(below) {
        true => None,
        false => Some("it has no neighbour on one side"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn entry(id: &str, leaf: bool) -> CacheEntry {
        CacheEntry {
            pnrp_id: id.to_owned(),
            endpoints: Vec::new(),
            level: None,
            leaf,
            age: Duration::ZERO,
        }
    }

    #[test]
    fn a_name_has_a_leaf_on_both_sides_of_the_ring() {
        let is_sound = |cache: &[CacheEntry]| fault("50", true, cache).is_none();

        assert!(is_sound(&[entry("40", true), entry("60", true)]));
        assert!(is_sound(&[entry("10", true), entry("20", true)]));
        assert!(is_sound(&[entry("90", true)]));
        assert!(is_sound(&[
            entry("10", false),
            entry("40", true),
            entry("60", true)
        ]));
        assert!(!is_sound(&[entry("40", true), entry("60", false)]));
        assert!(!is_sound(&[]));
        assert!(!is_sound(&[entry("50", true)]));
    }

    #[test]
    fn a_name_that_nobody_was_told_of_is_no_use() {
        let cache = [entry("40", true), entry("60", true)];

        assert!(fault("50", false, &cache).is_some());
    }
}
