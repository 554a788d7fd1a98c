//! Systems other than Linux: the addresses are looked at again when the system says that some
//! changed, where it says so, and else every few seconds.

use std::{collections::BTreeMap, future::poll_fn, io, net::Ipv6Addr};

use if_watch::tokio::IfWatcher;

use super::Condition;

/// Tells that interfaces or addresses have changed, not what.
pub(in super::super) struct ChangeNotices {
    watcher: IfWatcher,
}

impl ChangeNotices {
    pub(in super::super) fn new() -> io::Result<Self> {
        let watcher = IfWatcher::new()?;
        Ok(Self { watcher })
    }

    /// Waits for the next change.
    ///
    /// # Errors
    /// When the system could not tell what has changed.
    pub(in super::super) async fn next(&mut self) -> io::Result<()> {
        let change = poll_fn(|context| self.watcher.poll_if_event(context)).await;
        change.map(|_| ())
    }
}

/// Not known here: every address counts as good, and binding tells.
pub(in super::super) fn address_conditions() -> BTreeMap<(u32, Ipv6Addr), Condition> {
    BTreeMap::new()
}
