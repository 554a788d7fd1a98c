//! Which entries each slice of each level holds, the one heard longest ago first.
//!
//! Lists run through the records, so that noting a sign of life or taking an entry out costs the
//! same however many there are.

use crate::{
    level::Place,
    records::{NONE, Records},
};

/// The slices that hold or held an entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slices {
    all: Vec<Slice>,
    /// Their numbers in the order of their places.
    in_order: Vec<u32>,
    crowded: usize,
}

impl Slices {
    /// Which slice stands for a place. O(log s) for s slices; O(s) if it is new.
    pub(crate) fn at(&mut self, place: Place) -> u32 {
        let at = match self.search(place) {
            Ok(at) => return self.in_order.get(at).copied().unwrap_or(NONE),
            Err(at) => at,
        };
        // Doubling would waste a third of all slices.
        let more = (self.all.len() / 8).max(4);
        if self.all.len() == self.all.capacity() {
            self.all.reserve_exact(more);
        }
        if self.in_order.len() == self.in_order.capacity() {
            self.in_order.reserve_exact(more);
        }
        let number = u32::try_from(self.all.len()).unwrap_or(NONE);
        self.all.push(Slice::new(place));
        self.in_order.insert(at, number);
        number
    }

    /// The slice that stands for a place, if there ever was an entry.
    pub(crate) fn find(&self, place: Place) -> Option<&Slice> {
        self.get(*self.in_order.get(self.search(place).ok()?)?)
    }

    fn search(&self, place: Place) -> Result<usize, usize> {
        let all = &self.all;
        self.in_order.binary_search_by(|&number| {
            let slice = all.get(number as usize);
            slice.map(|slice| slice.place).cmp(&Some(place))
        })
    }

    pub(crate) fn get(&self, slice: u32) -> Option<&Slice> {
        self.all.get(slice as usize)
    }

    /// All slices, and the numbers that records know them by.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slice)> {
        (0..).zip(&self.all)
    }

    /// How many entries are crowded.
    pub(crate) fn crowded(&self) -> usize {
        self.crowded
    }

    /// Puts an entry at the end of a list of a slice: heard last.
    pub(crate) fn push(&mut self, records: &mut Records, slot: u32, slice: u32, is_crowded: bool) {
        let Some(list) = self.list(slice, is_crowded) else {
            return;
        };
        let previous = list.last;
        list.last = slot;
        list.len += 1;
        if list.first == NONE {
            list.first = slot;
        }
        self.crowded += usize::from(is_crowded);
        if let Some(record) = records.get_mut(previous) {
            record.next = slot;
        }
        if let Some(record) = records.get_mut(slot) {
            record.previous = previous;
            record.next = NONE;
            record.set_list(slice, is_crowded);
        }
    }

    /// Takes an entry out of its list.
    pub(crate) fn take(&mut self, records: &mut Records, slot: u32) {
        let Some(record) = records.get(slot) else {
            return;
        };
        let (previous, next) = (record.previous, record.next);
        let (slice, is_crowded) = (record.slice(), record.is_crowded());
        let Some(list) = self.list(slice, is_crowded) else {
            return;
        };
        list.len = list.len.saturating_sub(1);
        match records.get_mut(previous) {
            Some(before) => before.next = next,
            None => list.first = next,
        }
        match records.get_mut(next) {
            Some(after) => after.previous = previous,
            None => list.last = previous,
        }
        self.crowded -= usize::from(is_crowded);
    }

    /// Forgets all lists, and returns their entries in order.
    pub(crate) fn clear(&mut self, records: &Records) -> Vec<u32> {
        let slots = self.all.iter().flat_map(|slice| {
            let crowded = walk(records, slice.crowded.first);
            walk(records, slice.others.first).chain(crowded)
        });
        let slots = slots.collect();
        *self = Self::default();
        slots
    }

    fn list(&mut self, slice: u32, is_crowded: bool) -> Option<&mut List> {
        let slice = self.all.get_mut(slice as usize)?;
        Some(if is_crowded {
            &mut slice.crowded
        } else {
            &mut slice.others
        })
    }
}

/// The entries of one slice.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(crate) place: Place,
    /// Those over a cap of [`Diversity`](crate::Diversity) when they last gave a sign of life.
    pub(crate) crowded: List,
    pub(crate) others: List,
}

impl Slice {
    const fn new(place: Place) -> Self {
        Self {
            place,
            crowded: List::EMPTY,
            others: List::EMPTY,
        }
    }

    pub(crate) fn len(&self) -> usize {
        (self.crowded.len + self.others.len) as usize
    }
}

/// A list through the records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// Heard longest ago.
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) len: u32,
}

impl List {
    const EMPTY: Self = Self {
        first: NONE,
        last: NONE,
        len: 0,
    };
}

/// The slots of a list from one of them on.
pub(crate) fn walk(records: &Records, from: u32) -> impl Iterator<Item = u32> {
    let existing = |slot: u32| records.get(slot).map(|_| slot);
    std::iter::successors(existing(from), move |slot| {
        existing(records.get(*slot)?.next)
    })
}
