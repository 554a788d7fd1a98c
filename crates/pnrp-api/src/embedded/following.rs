//! Following the host: its clouds come and go, and so do their addresses.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Weak},
    time::Duration,
};

use pnrp_node::{
    cloud::Scope,
    driver::{CloudSpec, InterfaceWatch},
};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::{Embedded, enumerate, interfaces, table::without_addresses};
use crate::Error;

/// The host at one moment.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) specs: Vec<CloudSpec>,
    /// Indexes of all its interfaces; `None` when the system does not tell.
    indexes: Option<BTreeSet<u32>>,
}

/// Looks at the host again whenever it may have changed.
pub(super) async fn follow(node: Weak<Embedded>, mut watch: InterfaceWatch) {
    loop {
        watch.changed().await;
        let Some(node) = node.upgrade() else {
            return;
        };
        node.look_again().await;
    }
}

/// What is to be done about one cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// It runs, and these are its addresses now.
    Follow(CloudSpec),
    /// It does not run, and there may be a reason to start it.
    Consider(CloudSpec),
    /// It runs, and its interface does not come back.
    Close(String),
}

/// What a host with these clouds means for those that run.
fn actions(running: &[CloudSpec], host: &[CloudSpec], gone_for_good: &[String]) -> Vec<Action> {
    let now = |name: &str| host.iter().find(|spec| spec.name == name).cloned();
    let followed = running.iter().map(|before| match now(&before.name) {
        Some(spec) => Action::Follow(spec),
        None if gone_for_good.contains(&before.name) => Action::Close(before.name.clone()),
        None => Action::Follow(without_addresses(before.clone())),
    });
    let runs = |spec: &CloudSpec| running.iter().any(|other| other.name == spec.name);
    let appeared = host.iter().filter(|spec| !runs(spec));
    followed
        .chain(appeared.cloned().map(Action::Consider))
        .collect()
}

/// Notes whose interface is gone, forgets those whose interface is back, and returns those that
/// have been gone for long.
fn long_gone(
    gone: &mut BTreeMap<String, Instant>,
    running: &[CloudSpec],
    indexes: &BTreeSet<u32>,
    now: Instant,
) -> Vec<String> {
    let is_gone =
        |spec: &&CloudSpec| spec.scope == Scope::LinkLocal && !indexes.contains(&spec.zone);
    let missing: Vec<&CloudSpec> = running.iter().filter(is_gone).collect();
    gone.retain(|name, _| missing.iter().any(|spec| spec.name == *name));
    for spec in missing {
        gone.entry(spec.name.clone()).or_insert(now);
    }
    let is_long = |since: &Instant| now.duration_since(*since) >= PATIENCE;
    let long = gone.iter().filter(|(_, since)| is_long(since));
    long.map(|(name, _)| name.clone()).collect()
}

impl Embedded {
    /// Reads the host's interfaces beside the runtime.
    pub(super) async fn look(&self) -> Result<Host, Error> {
        let config = self.config.clone();
        let looked = tokio::task::spawn_blocking(move || -> io::Result<Host> {
            let specs = enumerate::specs(&config)?;
            let all = interfaces::interfaces().inspect_err(|error| {
                debug!(%error, "the system does not list its interfaces");
            });
            let indexes = all.map(|all| all.iter().map(|interface| interface.index).collect());
            Ok(Host {
                specs,
                indexes: indexes.ok(),
            })
        });
        let host = looked.await.map_err(|_| Error::Closed)?;
        host.map_err(|error| self.no_clouds(&error.to_string()))
    }

    /// Looks at the host, and brings everything in step with it.
    pub(super) async fn look_again(self: &Arc<Self>) {
        match self.look().await {
            Ok(host) => self.settle(host).await,
            // The next change, or the next round, tries it again.
            Err(error) => warn!(%error, "the host's addresses are not known"),
        }
    }

    /// Brings clouds and registrations in step with the host.
    async fn settle(self: &Arc<Self>, host: Host) {
        let bound = self.book.lock().await.bound_to_a_cloud();
        let (actions, is_changed) = {
            let mut table = self.table.lock().await;
            if table.is_closed {
                return;
            }
            let running: Vec<CloudSpec> =
                table.running.values().map(|handle| handle.spec()).collect();
            let mut gone = match &host.indexes {
                Some(indexes) => long_gone(&mut table.gone, &running, indexes, Instant::now()),
                None => Vec::new(),
            };
            gone.retain(|name| !bound.contains(name));
            let is_changed = table.specs != host.specs;
            table.specs = host.specs;
            (actions(&running, &table.specs, &gone), is_changed)
        };
        for action in actions {
            match action {
                Action::Follow(spec) => {
                    if let Some(handle) = self.running(&spec).await {
                        handle.follow(spec);
                    }
                }
                Action::Consider(spec) => self.consider(&spec).await,
                Action::Close(name) => self.close_gone(&name).await,
            }
        }
        if is_changed {
            self.tell_change();
        }
        self.place_names().await;
    }

    async fn consider(self: &Arc<Self>, spec: &CloudSpec) {
        if !self.table.lock().await.stopped.contains(&spec.name) {
            // What fails is in the log, and tried again.
            let _ = self.start_early(spec).await;
        }
    }

    /// Closes a cloud whose interface is gone.
    async fn close_gone(&self, name: &str) {
        let removed = {
            let mut table = self.table.lock().await;
            table.gone.remove(name);
            table.running.remove(name)
        };
        let Some(handle) = removed else {
            return;
        };
        info!(cloud = name, "closed, for its interface is gone");
        self.book.lock().await.forget_cloud(name);
        self.save_peers(&handle).await;
        handle.close().await;
        self.tell_change();
    }
}

/// How long a cloud stays whose interface is gone.
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::slice;

    use super::{
        super::enumerate::tests::{global, link},
        *,
    };

    fn moved(mut spec: CloudSpec, addresses: &[&str]) -> CloudSpec {
        spec.addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        spec
    }

    #[test]
    fn a_running_cloud_follows_its_addresses() {
        let new = moved(global(), &["2001:db8:2::1"]);

        let found = actions(&[global()], slice::from_ref(&new), &[]);

        assert_eq!(found, [Action::Follow(new)]);
    }

    #[test]
    fn a_running_cloud_stays_without_addresses() {
        let found = actions(&[link("eth0", 2)], &[], &[]);

        assert_eq!(found, [Action::Follow(without_addresses(link("eth0", 2)))]);
    }

    #[test]
    fn a_cloud_that_appears_is_considered() {
        let found = actions(&[global()], &[global(), link("eth0", 2)], &[]);

        let expected = [Action::Follow(global()), Action::Consider(link("eth0", 2))];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_interface_that_comes_back_with_another_index_is_another_cloud() {
        let before = link("usb0", 7);

        let found = actions(
            slice::from_ref(&before),
            &[link("usb0", 8)],
            slice::from_ref(&before.name),
        );

        let expected = [
            Action::Close(before.name),
            Action::Consider(link("usb0", 8)),
        ];
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn an_interface_counts_as_gone_for_good_after_a_minute() {
        let running = [link("usb0", 7), global()];
        let (present, absent) = (BTreeSet::from([2, 7]), BTreeSet::from([2]));
        let mut gone = BTreeMap::new();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut look = |indexes: &BTreeSet<u32>, now| long_gone(&mut gone, &running, indexes, now);

        assert_eq!(look(&absent, at(0)), Vec::<String>::new());
        assert_eq!(look(&absent, at(59)), Vec::<String>::new());
        assert_eq!(look(&absent, at(60)), ["LinkLocal_ff00::%7/8"]);
        assert_eq!(look(&present, at(61)), Vec::<String>::new());
        assert_eq!(look(&absent, at(62)), Vec::<String>::new());
    }
}
