//! When to look at the interfaces again.

use std::{io, time::Duration};

use super::super::system::ChangeNotices;

/// Tells when interfaces or addresses of this host may have changed.
pub struct InterfaceWatch {
    /// `None` when the system tells nothing.
    notices: Option<ChangeNotices>,
}

impl std::fmt::Debug for InterfaceWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InterfaceWatch").finish_non_exhaustive()
    }
}

impl InterfaceWatch {
    /// Begins to watch, on the current tokio runtime.
    pub fn start() -> Self {
        let notices = ChangeNotices::new().inspect_err(|error: &io::Error| {
            tracing::warn!(%error, "the system does not tell of changed addresses; they are read \
                           now and then");
        });
        Self {
            notices: notices.ok(),
        }
    }

    /// Waits until something may have changed: a moment after the system has said so, for changes
    /// come in groups, and now and then in any case.
    pub async fn changed(&mut self) {
        let period = match self.notices {
            Some(_) => PERIOD,
            None => PERIOD_UNTOLD,
        };
        let first = tokio::time::timeout(period, next(&mut self.notices)).await;
        if first.is_err() {
            return;
        }
        let settled = async {
            while tokio::time::timeout(PAUSE, next(&mut self.notices))
                .await
                .is_ok()
            {}
        };
        // What never settles is looked at all the same.
        let _ = tokio::time::timeout(LONGEST_PAUSE, settled).await;
    }
}

/// An error says that something has been missed, which is a change as well.
async fn next(notices: &mut Option<ChangeNotices>) {
    match notices {
        Some(notices) => {
            if let Err(error) = notices.next().await {
                tracing::debug!(%error, "a change of addresses was missed");
                tokio::time::sleep(PAUSE).await;
            }
        }
        None => std::future::pending().await,
    }
}

const PERIOD: Duration = Duration::from_secs(30);
const PERIOD_UNTOLD: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
