//! Telling what happens to clouds.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Weak},
};

use tokio::sync::watch;

use super::Embedded;
use crate::{CloudEvent, CloudEventKind, CloudInfo, CloudWatch, ScopeFilter};

impl Embedded {
    pub(crate) fn watch_clouds(self: &Arc<Self>) -> CloudWatch {
        let mut changes = self.changes.subscribe();
        // What is there already is told first.
        changes.mark_changed();
        CloudWatch::local(LocalWatch {
            node: Arc::downgrade(self),
            changes,
            seen: BTreeMap::new(),
            events: VecDeque::new(),
        })
    }
}

/// What was seen of the clouds, and what has happened to them since.
#[derive(Debug)]
pub(crate) struct LocalWatch {
    node: Weak<Embedded>,
    changes: watch::Receiver<u64>,
    seen: BTreeMap<String, CloudInfo>,
    events: VecDeque<CloudEvent>,
}

impl LocalWatch {
    /// `None` when the node is gone.
    pub(crate) async fn next(&mut self) -> Option<CloudEvent> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            self.changes.changed().await.ok()?;
            let node = self.node.upgrade()?;
            let clouds = node.clouds(ScopeFilter::Any).await.ok()?;
            let now = clouds.into_iter().map(|cloud| (cloud.name.clone(), cloud));
            let now: BTreeMap<_, _> = now.collect();
            self.events.extend(differences(&self.seen, &now));
            self.seen = now;
        }
    }
}

fn differences(
    before: &BTreeMap<String, CloudInfo>,
    now: &BTreeMap<String, CloudInfo>,
) -> Vec<CloudEvent> {
    let event = |kind, cloud: &CloudInfo| CloudEvent {
        kind,
        cloud: cloud.clone(),
    };
    let removed = before
        .iter()
        .filter(|(name, _)| !now.contains_key(*name))
        .map(|(_, cloud)| event(CloudEventKind::Removed, cloud));
    let present = now.iter().filter_map(|(name, cloud)| {
        let kind = match before.get(name) {
            None => CloudEventKind::Added,
            Some(before) if is_other(before, cloud) => CloudEventKind::Changed,
            Some(_) => return None,
        };
        Some(event(kind, cloud))
    });
    removed.chain(present).collect()
}

/// Counts change all the time.
fn is_other(before: &CloudInfo, now: &CloudInfo) -> bool {
    before.state != now.state
        || before.addresses != now.addresses
        || before.port != now.port
        || before.flags != now.flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CloudScope, CloudState};

    fn cloud(name: &str, state: CloudState) -> (String, CloudInfo) {
        let info = CloudInfo {
            name: name.to_owned(),
            scope: CloudScope::Global,
            scope_id: 0,
            state,
            why: None,
            flags: Vec::new(),
            addresses: Vec::new(),
            port: None,
            cached: 0,
            registered: 0,
            size_estimate: None,
        };
        (name.to_owned(), info)
    }

    #[test]
    fn clouds_are_added_changed_and_removed() {
        let before = BTreeMap::from([
            cloud("a", CloudState::Virtual),
            cloud("b", CloudState::Virtual),
            cloud("c", CloudState::Virtual),
        ]);
        let mut now = BTreeMap::from([
            cloud("b", CloudState::Alone),
            cloud("c", CloudState::Virtual),
            cloud("d", CloudState::Virtual),
        ]);
        now.get_mut("c").unwrap().cached = 7;

        let events = differences(&before, &now);

        let kinds: Vec<_> = events
            .iter()
            .map(|event| (event.kind, event.cloud.name.as_str()))
            .collect();
        let expected = [
            (CloudEventKind::Removed, "a"),
            (CloudEventKind::Changed, "b"),
            (CloudEventKind::Added, "d"),
        ];
        assert_eq!(kinds, expected);
    }
}
