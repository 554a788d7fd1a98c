//! What is kept of each entry, in slots that stay where they are.
//!
//! A record is 68 bytes. The first address is in it; an entry with more has all of them in a
//! table beside it.

use std::{collections::BTreeMap, net::Ipv6Addr, slice, time::Instant};

use pnrp_wire::{PnrpId, RouteEntry};

/// The records, by slot.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    slots: Vec<Record>,
    /// All addresses of the entries that have more than one.
    many: BTreeMap<u32, Box<[Ipv6Addr]>>,
    /// The first of the slots that can be used again.
    free: u32,
}

impl Records {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            many: BTreeMap::new(),
            free: NONE,
        }
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Record> {
        self.slots.get(slot as usize)
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Record> {
        self.slots.get_mut(slot as usize)
    }

    /// The ID in a slot of the index.
    pub(crate) fn id(&self, slot: u32) -> &PnrpId {
        self.get(slot).map_or(&PnrpId::ZERO, |record| &record.id)
    }

    /// The addresses of an entry, at least one.
    pub(crate) fn addresses(&self, slot: u32) -> &[Ipv6Addr] {
        match self.get(slot) {
            Some(record) if record.has_many => self.many.get(&slot).map_or(&[], |many| many),
            Some(record) => slice::from_ref(&record.address),
            None => &[],
        }
    }

    /// Puts a route into a free slot; `None` when there are 2^32 - 1 entries.
    ///
    /// `capacity` is how many slots will be wanted at most.
    pub(crate) fn add(&mut self, route: &RouteEntry, ticks: u32, capacity: usize) -> Option<u32> {
        let record = Record {
            id: route.id(),
            address: Ipv6Addr::UNSPECIFIED,
            heard: ticks,
            next: NONE,
            previous: NONE,
            list: NONE,
            port: 0,
            is_checked: false,
            has_many: false,
        };
        let slot = self.free;
        let slot = if let Some(free) = self.slots.get_mut(slot as usize) {
            self.free = free.next;
            *free = record;
            slot
        } else {
            let slot = u32::try_from(self.slots.len())
                .ok()
                .filter(|&slot| slot != NONE)?;
            self.grow(capacity);
            self.slots.push(record);
            slot
        };
        self.set_route(slot, route);
        Some(slot)
    }

    /// Replaces where the node of an entry listens.
    pub(crate) fn set_route(&mut self, slot: u32, route: &RouteEntry) {
        let Some(record) = self.slots.get_mut(slot as usize) else {
            return;
        };
        if record.has_many {
            self.many.remove(&slot);
        }
        record.port = route.port();
        record.address = *route.addresses().first().unwrap_or(&Ipv6Addr::UNSPECIFIED);
        record.has_many = route.addresses().len() > 1;
        if record.has_many {
            self.many.insert(slot, route.addresses().into());
        }
    }

    /// Frees a slot that no list holds.
    pub(crate) fn remove(&mut self, slot: u32) {
        self.many.remove(&slot);
        if let Some(record) = self.slots.get_mut(slot as usize) {
            record.has_many = false;
            record.next = self.free;
            self.free = slot;
        }
    }

    /// Makes room for an eighth more. Doubling would waste a quarter of all memory.
    fn grow(&mut self, capacity: usize) {
        let len = self.slots.len();
        if len == self.slots.capacity() {
            let left = capacity.saturating_sub(len).max(1);
            self.slots.reserve_exact((len / 8).max(4).min(left));
        }
    }
}

/// What is kept of one entry.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: PnrpId,
    /// The first one.
    pub(crate) address: Ipv6Addr,
    /// When the node last gave a sign of life, in ticks of a [`Clock`].
    pub(crate) heard: u32,
    /// The next in the same list, or the next free slot.
    pub(crate) next: u32,
    pub(crate) previous: u32,
    /// Twice the number of the slice that holds the entry, and one if it is crowded there.
    pub(crate) list: u32,
    pub(crate) port: u16,
    pub(crate) is_checked: bool,
    pub(crate) has_many: bool,
}

impl Record {
    /// Which slice of which level holds the entry.
    pub(crate) fn slice(&self) -> u32 {
        self.list >> 1
    }

    /// Which list of the slice holds it.
    pub(crate) fn is_crowded(&self) -> bool {
        self.list & 1 == 1
    }

    pub(crate) fn set_list(&mut self, slice: u32, is_crowded: bool) {
        self.list = slice << 1 | u32::from(is_crowded);
    }
}

/// Instants as sixteenths of a second since the first one, for 8 years.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock(Option<Instant>);

impl Clock {
    pub(crate) fn ticks(&mut self, now: Instant) -> u32 {
        let since = now.saturating_duration_since(*self.0.get_or_insert(now));
        u32::try_from(since.as_millis() * 2 / 125).unwrap_or(u32::MAX)
    }

    /// The instant of a tick, at most a sixteenth of a second before the one it stands for.
    pub(crate) fn instant(self, ticks: u32) -> Option<Instant> {
        let since = std::time::Duration::from_nanos(u64::from(ticks) * 62_500_000);
        self.0.and_then(|start| start.checked_add(since))
    }
}

/// The end of a list.
pub(crate) const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_68_bytes() {
        assert_eq!(size_of::<Record>(), 68);
    }
}
