//! What changes of this node mean for the resolves in progress. MS-PNRP §3.1.6.1, §3.1.7.1.

use pnrp_wire::Endpoint;

use super::Resolves;
use crate::cloud::{Cloud, Now, ResolveError};

impl Resolves {
    /// The first node of each path is this one. MS-PNRP §3.1.4.4.2 step 3.
    pub(crate) fn set_own_endpoint(&mut self, own: Endpoint) {
        for resolve in self.entries.values_mut() {
            resolve.path.splice(..resolve.path.len().min(1), [own]);
        }
    }
}

impl Cloud {
    /// Ends every resolve, for a reason that lies in this node.
    pub(crate) fn end_resolves(&mut self, error: ResolveError, now: Now) {
        for resolve in std::mem::take(&mut self.resolves.entries).into_values() {
            for asked in &resolve.asked {
                self.drop_pending(asked.message);
            }
            self.end(resolve, Err(error), now);
        }
    }
}
