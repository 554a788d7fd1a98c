//! Who holds what was published.
//!
//! A node that is about to take an ID into a leaf set asks for its CPA and certificate chain
//! (MS-PNRP §3.2.5.1), which nobody else asks for without the payload. A leaf that has done so, and
//! has been answered, holds the entry. A LOOKUP cannot show it: each one carries an own endpoint in
//! its path (§3.2.7.1), and nobody refers to a node in the path.

use pnrp_wire::{Endpoint, PnrpId};

use crate::cloud::{Cloud, Event, RegistrationId, compact::CompactMap};

/// How many of an ID's neighbours hold its entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// On the clockwise side.
    pub above: Held,
    /// On the counter-clockwise side.
    pub below: Held,
}

/// One side of a [`Receipt`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Known neighbours, at most five.
    pub leaves: usize,
    /// Those of them that have asked for the proof.
    pub holding: usize,
}

impl Receipt {
    /// Whether a search from either side meets somebody who knows the ID.
    pub fn is_visible(&self) -> bool {
        self.above.holding > 0 && self.below.holding > 0
    }
}

/// Where those who asked for the proof of one ID have asked from.
#[derive(Debug, Default)]
pub(super) struct Holders {
    endpoints: CompactMap<Endpoint, ()>,
    reported: Receipt,
}

/// Endpoints remembered for one ID: a leaf set, and as many again for leaves to come.
const MOST_HOLDERS: usize = 4 * pnrp_cache::LEAVES_PER_SIDE;

impl Cloud {
    /// How many of the neighbours of a registration hold its entry.
    pub fn receipt(&self, id: RegistrationId) -> Option<Receipt> {
        let local = self.registrations.get(id)?;
        let holds = |leaf: &&PnrpId| {
            let cached = self.cache.get(leaf);
            let holders = &local.holders.endpoints;
            cached.is_some_and(|cached| cached.endpoints().any(|at| holders.contains_key(&at)))
        };
        let side = |leaves: &[PnrpId]| Held {
            leaves: leaves.len(),
            holding: leaves.iter().filter(holds).count(),
        };
        Some(Receipt {
            above: side(local.leaves.above()),
            below: side(local.leaves.below()),
        })
    }

    /// A node has been given the proof that a leaf owes.
    pub(crate) fn note_holder(&mut self, id: &PnrpId, from: Endpoint) {
        let cache = &self.cache;
        let is_known = |at: &Endpoint, leaves: &[PnrpId]| {
            let leaves = leaves.iter().filter_map(|leaf| cache.get(leaf));
            leaves
                .into_iter()
                .any(|leaf| leaf.endpoints().any(|its| its == *at))
        };
        let local = self
            .registrations
            .iter_mut()
            .find(|local| local.pnrp_id == *id);
        let Some(local) = local else { return };
        let holders = &mut local.holders.endpoints;
        if holders.len() >= MOST_HOLDERS {
            let leaves: Vec<PnrpId> = local.leaves.members().collect();
            holders.retain(|at, ()| is_known(at, &leaves));
        }
        if holders.len() < MOST_HOLDERS {
            holders.insert(from, ());
        }
        self.report_receipt(id);
    }

    /// Reports the receipt of a local ID if it has changed.
    pub(crate) fn report_receipt(&mut self, local: &PnrpId) {
        let Some(id) = self.registrations.named_by(local) else {
            return;
        };
        let receipt = self.receipt(id).unwrap_or_default();
        if let Some(local) = self.registrations.get_mut(id)
            && std::mem::replace(&mut local.holders.reported, receipt) != receipt
        {
            self.events.push_back(Event::Held { id, receipt });
        }
    }
}
