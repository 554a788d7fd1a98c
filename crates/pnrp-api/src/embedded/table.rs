//! The clouds of this host, and those of them that run.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pnrp_node::driver::{CloudHandle, CloudSnapshot, CloudSpec};
use pnrp_wire::Dialect;
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::{Embedded, convert, enumerate, explain::Facts, opening};
use crate::{CloudSelector, Config, Error};

/// The clouds of this host, and those of them that run.
#[derive(Debug, Default)]
pub(super) struct CloudTable {
    /// As the host was looked at last.
    pub(super) specs: Vec<CloudSpec>,
    /// Clouds that run, by name.
    pub(super) running: BTreeMap<String, CloudHandle>,
    /// Clouds that were stopped, until somebody uses them.
    pub(super) stopped: BTreeSet<String>,
    /// Why a cloud could not be started, by name.
    failures: BTreeMap<String, String>,
    /// Since when the interface of a running cloud is gone, by name.
    pub(super) gone: BTreeMap<String, Instant>,
    /// The node is closed.
    pub(super) is_closed: bool,
}

impl CloudTable {
    /// Every cloud: those of the host, and those that run without an address.
    pub(super) fn known(&self) -> Vec<(CloudSpec, Option<CloudHandle>)> {
        let host = self.specs.iter().map(|spec| {
            let handle = self.running.get(&spec.name).cloned();
            (spec.clone(), handle)
        });
        let is_lost = |name: &str| !self.specs.iter().any(|spec| spec.name == name);
        let lost = self.running.iter().filter(|(name, _)| is_lost(name));
        let lost = lost.map(|(_, handle)| {
            let spec = without_addresses(handle.spec());
            (spec, Some(handle.clone()))
        });
        host.chain(lost).collect()
    }

    /// What bears on the state of a cloud.
    pub(super) fn facts<'a>(
        &'a self,
        spec: &CloudSpec,
        config: &Config,
        snapshot: Option<&'a CloudSnapshot>,
    ) -> Facts<'a> {
        Facts {
            scope: spec.scope,
            interface: spec.interface.clone(),
            has_address: !spec.addresses.is_empty(),
            policy: config.policy_of(convert::scope(spec.scope)),
            is_stopped: self.stopped.contains(&spec.name),
            failure: self.failures.get(&spec.name).map(String::as_str),
            snapshot,
        }
    }

    /// Takes out every cloud for good.
    pub(super) fn end(&mut self) -> Vec<CloudHandle> {
        self.is_closed = true;
        std::mem::take(&mut self.running).into_values().collect()
    }

    /// Takes out a cloud that has ended by itself; false when it was taken out before, or runs.
    fn remove_ended(&mut self, name: &str) -> bool {
        let running = self.running.get(name);
        let has_ended = running.is_some_and(|handle| handle.status().has_changed().is_err());
        has_ended && self.running.remove(name).is_some()
    }

    /// Notes that a cloud could not be started; says so once in the log.
    fn note_failure(&mut self, name: &str, reason: &str) {
        let before = self.failures.insert(name.to_owned(), reason.to_owned());
        if before.as_deref() != Some(reason) {
            warn!(cloud = name, reason, "not listening");
        }
    }
}

/// A cloud whose addresses the host has lost.
pub(super) fn without_addresses(spec: CloudSpec) -> CloudSpec {
    CloudSpec {
        addresses: Vec::new(),
        links: Vec::new(),
        ..spec
    }
}

/// What clouds are selected for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Look,
    Resolve,
    Register,
}

impl Embedded {
    /// The clouds that a selector means and that can be used like that, at least one.
    pub(super) async fn select(
        &self,
        selector: &CloudSelector,
        purpose: Purpose,
    ) -> Result<Vec<CloudSpec>, Error> {
        let known = self.table.lock().await.known();
        let known: Vec<CloudSpec> = known.into_iter().map(|(spec, _)| spec).collect();
        choose(&known, selector, purpose, &self.config)
            .map_err(|error| error.unwrap_or_else(|| self.no_clouds("")))
    }

    /// The one cloud that is called so.
    pub(super) async fn only(&self, cloud: &str) -> Result<CloudSpec, Error> {
        // As users write it: "link-local" is the only one of that scope, if there is only one.
        let selector: CloudSelector = cloud.parse().unwrap_or_default();
        let selected = self.select(&selector, Purpose::Look).await?;
        match (selected.as_slice(), selector) {
            ([], _) => Err(self.no_clouds("")),
            ([first, ..], CloudSelector::Named(_)) | ([first], _) => Ok(first.clone()),
            (several, CloudSelector::All | CloudSelector::AllLinkLocal) => {
                Err(Error::CloudNameAmbiguous {
                    name: cloud.to_owned(),
                    candidates: several.iter().map(|spec| spec.name.clone()).collect(),
                })
            }
        }
    }

    pub(super) async fn running(&self, spec: &CloudSpec) -> Option<CloudHandle> {
        self.table.lock().await.running.get(&spec.name).cloned()
    }

    pub(super) async fn running_clouds(&self) -> Vec<CloudHandle> {
        let table = self.table.lock().await;
        table.running.values().cloned().collect()
    }

    /// Starts a cloud before anybody uses it, where the configuration has a reason to.
    pub(super) async fn start_early(self: &Arc<Self>, spec: &CloudSpec) -> Result<(), Error> {
        let policy = self.config.policy_of(convert::scope(spec.scope));
        let has_peer = !enumerate::peers_of(spec, &self.config.peers).is_empty();
        if policy.disabled || spec.addresses.is_empty() {
            return Ok(());
        }
        if self.config.loopback || has_peer {
            self.start(spec).await?;
        } else if self.config.listens_at_once {
            // What fails is in the log, and tried again when the host or a user has a reason to.
            let _ = self.start(spec).await;
        }
        Ok(())
    }

    /// Starts those clouds that do not run yet. One that cannot be started is left out when
    /// others can.
    pub(super) async fn start_all(
        self: &Arc<Self>,
        specs: &[CloudSpec],
    ) -> Result<Vec<CloudHandle>, Error> {
        let mut handles = Vec::new();
        let mut failure = None;
        for spec in specs {
            match self.start(spec).await {
                Ok(handle) => handles.push(handle),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if handles.is_empty() => Err(error),
            _ => Ok(handles),
        }
    }

    /// Starts a cloud unless it runs. One that was stopped is in use again.
    pub(super) async fn start(self: &Arc<Self>, spec: &CloudSpec) -> Result<CloudHandle, Error> {
        if let Some(handle) = self.running(spec).await {
            return Ok(handle);
        }
        // An address that is still being checked for duplicates keeps nobody else waiting but
        // those who start a cloud.
        let _one_at_a_time = self.starting.lock().await;
        if let Some(handle) = self.running(spec).await {
            return Ok(handle);
        }
        let dialect = self.dialect_of(spec);
        let saved = self.peers.get(spec);
        let options = opening::options(&self.seeded(), spec, dialect, &saved);
        let opened = CloudHandle::open(spec.clone(), options).await;
        let mut table = self.table.lock().await;
        if table.is_closed {
            return Err(Error::Closed);
        }
        let handle = opened.map_err(|error| {
            let reason = error.to_string();
            table.note_failure(&spec.name, &reason);
            Error::CloudUnavailable {
                name: spec.name.clone(),
                reason,
            }
        })?;
        let port = handle.local_addresses().first().map(|at| at.port());
        info!(cloud = spec.name, port, "cloud started");
        if dialect != Dialect::default() {
            info!(
                cloud = spec.name,
                ?dialect,
                "the dialect is not the default one"
            );
        }
        table.failures.remove(&spec.name);
        table.stopped.remove(&spec.name);
        table.running.insert(spec.name.clone(), handle.clone());
        drop(table);
        self.attend(&handle);
        self.tell_change();
        Ok(handle)
    }

    /// Forgets a cloud that has ended by itself, so that it can be started again.
    pub(super) async fn forget_ended(&self, name: &str) {
        let mut book = self.book.lock().await;
        if self.table.lock().await.remove_ended(name) {
            error!(
                cloud = name,
                "the cloud has ended unasked; it is started again when it is used"
            );
            book.forget_cloud(name);
        }
    }

    /// What was learned wins over what is configured, unless that is to stay as it is.
    pub(super) fn dialect_of(&self, spec: &CloudSpec) -> Dialect {
        let configured = self.config.dialect.over(Dialect::default());
        match self.config.is_dialect_final {
            true => configured,
            false => self.dialects.get(spec, configured),
        }
    }
}

/// The clouds that a selector means and that can be used like that. Of several, those that cannot
/// be are left out; `None` when there is no cloud at all.
fn choose(
    known: &[CloudSpec],
    selector: &CloudSelector,
    purpose: Purpose,
    config: &Config,
) -> Result<Vec<CloudSpec>, Option<Error>> {
    if known.is_empty() {
        return Err(None);
    }
    let mut selected: Vec<_> = known
        .iter()
        .filter(|spec| enumerate::is_selected(spec, selector))
        .cloned()
        .collect();
    let Some(first) = selected.first().map(|spec| spec.name.clone()) else {
        return Err(Some(Error::CloudNotFound {
            name: selector.to_string(),
            available: known.iter().map(|spec| spec.name.clone()).collect(),
        }));
    };
    if purpose == Purpose::Look {
        return Ok(selected);
    }
    let policy = |spec: &CloudSpec| config.policy_of(convert::scope(spec.scope));
    selected.retain(|spec| !policy(spec).disabled);
    let Some(enabled) = selected.first().map(|spec| spec.name.clone()) else {
        return Err(Some(Error::CloudDisabled { name: first }));
    };
    if purpose == Purpose::Register {
        selected.retain(|spec| !policy(spec).resolve_only);
    }
    match selected.is_empty() {
        true => Err(Some(Error::CloudIsResolveOnly { name: enabled })),
        false => Ok(selected),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::enumerate::tests::{global, link},
        *,
    };
    use crate::{CloudScope, ScopePolicy};

    fn chosen(config: &Config, selector: &str, purpose: Purpose) -> Result<Vec<String>, Error> {
        let known = [global(), link("eth0", 2)];
        let selector = selector.parse().unwrap();
        let chosen = choose(&known, &selector, purpose, config).map_err(Option::unwrap);
        Ok(chosen?.into_iter().map(|spec| spec.name).collect())
    }

    const LINK: &str = "LinkLocal_ff00::%2/8";

    #[test]
    fn a_disabled_cloud_is_seen_and_not_used() {
        let policy = ScopePolicy {
            disabled: true,
            ..ScopePolicy::default()
        };
        let config = Config::new().policy(CloudScope::Global, policy);

        assert_eq!(
            chosen(&config, "global", Purpose::Look).unwrap(),
            ["Global_"]
        );
        assert_eq!(chosen(&config, "all", Purpose::Resolve).unwrap(), [LINK]);
        for purpose in [Purpose::Resolve, Purpose::Register] {
            let error = chosen(&config, "global", purpose).unwrap_err();
            assert!(matches!(error, Error::CloudDisabled { .. }), "{error}");
            assert_eq!(error.hresult(), 0x8007_2CEE);
        }
    }

    #[test]
    fn a_cloud_for_resolving_takes_no_registration() {
        let policy = ScopePolicy {
            resolve_only: true,
            ..ScopePolicy::default()
        };
        let config = Config::new().policy(CloudScope::LinkLocal, policy);

        assert_eq!(chosen(&config, "eth0", Purpose::Resolve).unwrap(), [LINK]);
        assert_eq!(
            chosen(&config, "all", Purpose::Register).unwrap(),
            ["Global_"]
        );
        let error = chosen(&config, "eth0", Purpose::Register).unwrap_err();
        assert!(matches!(error, Error::CloudIsResolveOnly { .. }), "{error}");
        assert_eq!(error.hresult(), 0x8007_2CF1);
    }

    #[test]
    fn a_host_without_clouds_has_none_to_choose_from() {
        let all = CloudSelector::All;

        let chosen = choose(&[], &all, Purpose::Look, &Config::new());

        assert!(matches!(chosen, Err(None)));
    }
}
