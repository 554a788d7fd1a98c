//! The order of the IDs: blocks of their upper 64 bits, each beside the slot that holds the rest.
//!
//! A search compares whole words that lie next to each other, finds the slot in the line of memory
//! where it has found the word, and reads a full ID only where two upper halves of the P2P ID are
//! equal, as they are when one name is registered by many nodes.

use pnrp_wire::PnrpId;

use crate::distance::prefix;

/// Slots in the order of the IDs they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// The first prefix of each block.
    firsts: Vec<u64>,
    /// None is empty.
    blocks: Vec<Vec<Place>>,
    len: usize,
}

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Where the first ID that is not below `id` stands; past the end if there is none.
    ///
    /// O(log n) for any IDs, and about three cache lines for evenly spread ones.
    pub(crate) fn lower_bound<'a>(
        &self,
        id: &PnrpId,
        id_of: impl Fn(u32) -> &'a PnrpId,
    ) -> Position {
        let wanted = prefix(id);
        let below = |place: &Place| id_of(place.slot) < id;
        let (low, high) = (self.firsts.first(), self.firsts.last());
        let (low, high) = (low.copied().unwrap_or(0), high.copied().unwrap_or(0));
        let starts = rank(&self.firsts, wanted, low, high);
        let equal = equal_from(&self.firsts, starts, wanted);
        let ties = self.blocks.get(starts..starts + equal).unwrap_or_default();
        let starts = starts + ties.partition_point(|block| block.first().is_some_and(below));
        let Some(block) = starts.checked_sub(1).and_then(|at| self.blocks.get(at)) else {
            return Position::default();
        };
        // The neighbours of the block's first word say where its words lie; they are at hand.
        let low = self.firsts.get(starts - 1).copied().unwrap_or(0);
        let high = self.firsts.get(starts).copied().unwrap_or(u64::MAX);
        let offset = rank(block, wanted, low, high);
        let equal = equal_from(block, offset, wanted);
        let ties = block.get(offset..offset + equal).unwrap_or_default();
        let offset = offset + ties.partition_point(below);
        self.normal(Position {
            block: starts - 1,
            offset,
        })
    }

    /// The slot at a position, and the upper 64 bits of its ID.
    pub(crate) fn at(&self, position: Position) -> Option<(u64, u32)> {
        let place = self.blocks.get(position.block)?.get(position.offset)?;
        Some((place.word(), place.slot))
    }

    /// The position after this one; past the end there is none.
    pub(crate) fn after(&self, position: Position) -> Position {
        self.normal(Position {
            block: position.block,
            offset: position.offset + 1,
        })
    }

    /// The position before this one.
    pub(crate) fn before(&self, position: Position) -> Option<Position> {
        if let Some(offset) = position.offset.checked_sub(1) {
            return Some(Position {
                block: position.block,
                offset,
            });
        }
        let block = position.block.checked_sub(1)?;
        let offset = self.blocks.get(block)?.len().checked_sub(1)?;
        Some(Position { block, offset })
    }

    /// The position of the greatest ID.
    pub(crate) fn last(&self) -> Option<Position> {
        self.before(Position {
            block: self.blocks.len(),
            offset: 0,
        })
    }

    /// All slots in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        self.blocks
            .iter()
            .flat_map(|block| block.iter().map(|place| place.slot))
    }

    /// Puts a slot where [`lower_bound`](Self::lower_bound) said.
    ///
    /// Moves at most [`BLOCK`] places, and splits a block once in half as many insertions.
    pub(crate) fn insert(&mut self, position: Position, prefix: u64, slot: u32) {
        let mut position = self.open(position);
        if self.blocks.is_empty() {
            self.blocks.push(Vec::new());
            self.firsts.push(prefix);
        }
        let Some(block) = self.blocks.get_mut(position.block) else {
            return;
        };
        if block.len() >= BLOCK {
            let upper = block.split_off(BLOCK / 2);
            block.shrink_to_fit();
            let left = block.len();
            let first = upper.first().map_or(prefix, Place::word);
            self.firsts.insert(position.block + 1, first);
            self.blocks.insert(position.block + 1, upper);
            if position.offset > left {
                position.block += 1;
                position.offset -= left;
            }
        }
        if let Some(block) = self.blocks.get_mut(position.block) {
            if block.len() == block.capacity() {
                // Doubling would waste a third of all blocks.
                block.reserve_exact((block.len() / 8).max(4));
            }
            block.insert(position.offset, Place::new(prefix, slot));
            self.len += 1;
        }
        self.note_first(position.block);
    }

    /// Takes out the slot at a position, and joins small neighbours.
    pub(crate) fn remove(&mut self, position: Position) {
        let Some(block) = self.blocks.get_mut(position.block) else {
            return;
        };
        if position.offset >= block.len() {
            return;
        }
        block.remove(position.offset);
        self.len -= 1;
        self.note_first(position.block);
        self.join(position.block);
        if let Some(before) = position.block.checked_sub(1) {
            self.join(before);
        }
    }

    /// Joins a block with the next one if both fit into half a block; drops it if it is empty.
    fn join(&mut self, at: usize) {
        let Some(block) = self.blocks.get(at) else {
            return;
        };
        let next = self.blocks.get(at + 1).map_or(BLOCK, Vec::len);
        if !block.is_empty() && block.len() + next > BLOCK / 2 {
            return;
        }
        let mut block = self.blocks.remove(at);
        self.firsts.remove(at);
        if block.is_empty() {
            return;
        }
        if let Some(next) = self.blocks.get_mut(at) {
            block.append(next);
            *next = block;
        }
        self.note_first(at);
    }

    /// The end of a block is the start of the next.
    fn normal(&self, position: Position) -> Position {
        match self.blocks.get(position.block) {
            Some(block) if position.offset >= block.len() => Position {
                block: position.block + 1,
                offset: 0,
            },
            _ => position,
        }
    }

    /// The start of a block is the end of the one before, where there is more often room.
    fn open(&self, position: Position) -> Position {
        let before = position
            .block
            .checked_sub(1)
            .filter(|_| position.offset == 0);
        match before.and_then(|at| Some((at, self.blocks.get(at)?))) {
            Some((block, before)) => Position {
                block,
                offset: before.len(),
            },
            None => position,
        }
    }

    fn note_first(&mut self, at: usize) {
        let first = self.blocks.get(at).and_then(|block| block.first());
        if let (Some(first), Some(noted)) = (first, self.firsts.get_mut(at)) {
            *noted = first.word();
        }
    }

    /// Whether the blocks say what they should.
    pub(crate) fn check<'a>(&self, id_of: impl Fn(u32) -> &'a PnrpId) -> Result<(), &'static str> {
        let ids: Vec<&PnrpId> = self.slots().map(&id_of).collect();
        if !ids.is_sorted_by(|a, b| a < b) || ids.len() != self.len {
            return Err("the index is out of order");
        }
        let firsts = self
            .blocks
            .iter()
            .map(|block| block.first().map(Place::word));
        if !firsts.eq(self.firsts.iter().copied().map(Some)) {
            return Err("a block starts with another prefix than is noted");
        }
        let agree = |block: &Vec<Place>| {
            let has_its_word = |place: &Place| prefix(id_of(place.slot)) == place.word();
            block.len() <= BLOCK && block.iter().all(has_its_word)
        };
        if !self.blocks.iter().all(agree) {
            return Err("a block's prefixes are not those of its slots");
        }
        Ok(())
    }
}

/// A place in the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    block: usize,
    offset: usize,
}

/// The upper 64 bits of an ID, in halves so that they need no padding beside the slot.
#[derive(Clone, Copy, Debug)]
struct Place {
    high: u32,
    low: u32,
    slot: u32,
}

impl Place {
    fn new(prefix: u64, slot: u32) -> Self {
        let [high, low] = [prefix >> 32, prefix & u64::from(u32::MAX)]
            .map(|half| u32::try_from(half).unwrap_or(u32::MAX));
        Self { high, low, slot }
    }
}

/// What a search compares.
trait Word {
    fn word(&self) -> u64;
}

impl Word for u64 {
    fn word(&self) -> u64 {
        *self
    }
}

impl Word for Place {
    fn word(&self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

/// How many of the sorted words, which lie from `low` to `high`, are below `wanted`.
///
/// Guesses where evenly spread words would be and counts in a window around it, without a branch
/// and with loads that do not wait for each other; halves where the words are not so spread.
fn rank<W: Word>(words: &[W], wanted: u64, low: u64, high: u64) -> usize {
    let guess = guess(
        wanted.saturating_sub(low),
        high.saturating_sub(low),
        words.len(),
    );
    let last = words.len().saturating_sub(WINDOW);
    let from = guess.saturating_sub(WINDOW / 2).min(last);
    let window = words
        .get(from..)
        .and_then(|rest| rest.first_chunk::<WINDOW>());
    if let Some(window) = window {
        let is_below = |its: &W| usize::from(its.word() < wanted);
        let below: usize = window.iter().map(is_below).sum();
        let starts = below > 0 || from == 0;
        if starts && (below < WINDOW || from == last) {
            return from + below;
        }
    }
    words.partition_point(|its| its.word() < wanted)
}

/// `len * way / whole`, in 32 bits of precision.
fn guess(way: u64, whole: u64, len: usize) -> usize {
    let shift = 32_u32.saturating_sub(whole.leading_zeros());
    let steps = u64::try_from(len).unwrap_or(u64::from(u32::MAX));
    let at = (way >> shift).saturating_mul(steps) / (whole >> shift).max(1);
    usize::try_from(at).unwrap_or(len).min(len)
}

/// How many words from `start` on equal `wanted`.
fn equal_from<W: Word>(words: &[W], start: usize, wanted: u64) -> usize {
    let rest = words.get(start..).unwrap_or_default();
    match rest.first() {
        Some(first) if first.word() == wanted => rest.partition_point(|its| its.word() == wanted),
        _ => 0,
    }
}

/// The most entries of a block: moving half of them costs about as much as a search.
const BLOCK: usize = 256;
/// How many words around the guess are looked at: a guess among 256 evenly spread words is off by
/// eight, give or take.
const WINDOW: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_rank_is_how_many_words_are_smaller(
            mut words in prop::collection::vec(
                prop_oneof![0_u64..50, any::<u64>(), Just(u64::MAX)], 0..300),
            wanted in prop_oneof![0_u64..50, any::<u64>(), Just(u64::MAX)],
        ) {
            words.sort_unstable();
            let (low, high) = (words.first().copied(), words.last().copied());
            let (low, high) = (low.unwrap_or(7), high.unwrap_or(5));

            let below = words.iter().filter(|word| **word < wanted).count();
            prop_assert_eq!(rank(&words, wanted, low, high), below);
            let equal = words.iter().filter(|word| **word == wanted).count();
            prop_assert_eq!(equal_from(&words, below, wanted), equal);
        }

        #[test]
        fn blocks_split_and_join_and_stay_in_order(
            seeds in prop::collection::vec(any::<u16>(), 1_500..2_500),
            left in 0_usize..40,
        ) {
            // Sixteen prefixes only, so that whole blocks share one.
            let id = |seed: u16| {
                let mut bytes = [0; 32];
                bytes[0] = u8::try_from(seed % 16).unwrap();
                bytes[30..].copy_from_slice(&seed.to_be_bytes());
                PnrpId::from_bytes(bytes)
            };
            let mut kept: Vec<PnrpId> = Vec::new();
            let mut index = Index::default();
            for seed in seeds {
                let position = index.lower_bound(&id(seed), |slot| &kept[slot as usize]);
                let found = index.at(position).map(|(_, slot)| kept[slot as usize]);
                if found != Some(id(seed)) {
                    index.insert(position, prefix(&id(seed)), u32::try_from(kept.len()).unwrap());
                    kept.push(id(seed));
                }
            }
            index.check(|slot| &kept[slot as usize]).unwrap();

            for id in kept.iter().skip(left) {
                let position = index.lower_bound(id, |slot| &kept[slot as usize]);
                prop_assert_eq!(index.at(position).map(|(_, slot)| &kept[slot as usize]), Some(id));
                index.remove(position);
            }
            index.check(|slot| &kept[slot as usize]).unwrap();
            prop_assert_eq!(index.len(), left.min(kept.len()));
        }
    }
}
