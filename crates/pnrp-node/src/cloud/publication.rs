//! Letting others find this node by SSDP. MS-PNRP §3.2.4.1 step 6, §3.2.4.2.

use super::{Cloud, Event};
use crate::ssdp;

impl Cloud {
    /// A name was registered: the first one makes the node worth finding. MS-PNRP §3.2.4.1 step 6.
    pub(crate) fn publish_first(&mut self) {
        if self.registrations.len() == 1 {
            self.publish();
        }
    }

    /// A name was unregistered. MS-PNRP §3.2.4.2 step 5.
    pub(crate) fn withdraw_last(&mut self) {
        if self.registrations.len() == 0 {
            self.withdraw();
        }
    }

    /// Publishes a local endpoint, which takes the place of one that was published.
    pub(crate) fn publish(&mut self) {
        if let (true, Some(endpoint)) = (self.config.sources.has_ssdp, self.local.first()) {
            self.is_published = true;
            let target = ssdp::search_target(self.config.scope);
            self.events.push_back(Event::Publish { target, endpoint });
        }
    }

    pub(crate) fn withdraw(&mut self) {
        if std::mem::take(&mut self.is_published) {
            self.events.push_back(Event::Withdraw);
        }
    }
}
