//! The order of the IDs: blocks of their upper 64 bits, beside the slots that hold the rest.
//!
//! A search compares whole words that lie next to each other, and reads a full ID only where two
//! upper halves of the P2P ID are equal, as they are when one name is registered by many nodes.

use pnrp_wire::PnrpId;

use crate::distance::prefix;

/// Slots in the order of the IDs they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// The first prefix of each block.
    firsts: Vec<u64>,
    /// None is empty.
    blocks: Vec<Block>,
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
        let below = |slot: Option<u32>| slot.is_some_and(|slot| id_of(slot) < id);
        let (low, high) = (self.firsts.first(), self.firsts.last());
        let (low, high) = (low.copied().unwrap_or(0), high.copied().unwrap_or(0));
        let starts = rank(&self.firsts, wanted, low, high);
        let equal = equal_from(&self.firsts, starts, wanted);
        let ties = self.blocks.get(starts..starts + equal).unwrap_or_default();
        let starts = starts + ties.partition_point(|block| below(block.slots.first().copied()));
        let Some(block) = starts.checked_sub(1).and_then(|at| self.blocks.get(at)) else {
            return Position::default();
        };
        // The neighbours of the block's first word say where its words lie; they are at hand.
        let low = self.firsts.get(starts - 1).copied().unwrap_or(0);
        let high = self.firsts.get(starts).copied().unwrap_or(u64::MAX);
        let offset = rank(&block.prefixes, wanted, low, high);
        let equal = equal_from(&block.prefixes, offset, wanted);
        let ties = block.slots.get(offset..offset + equal).unwrap_or_default();
        let offset = offset + ties.partition_point(|slot| below(Some(*slot)));
        self.normal(Position {
            block: starts - 1,
            offset,
        })
    }

    /// The slot at a position, and the upper 64 bits of its ID.
    pub(crate) fn at(&self, position: Position) -> Option<(u64, u32)> {
        let block = self.blocks.get(position.block)?;
        let prefix = block.prefixes.get(position.offset)?;
        Some((*prefix, *block.slots.get(position.offset)?))
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
        let offset = self.blocks.get(block)?.slots.len().checked_sub(1)?;
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
            .flat_map(|block| block.slots.iter().copied())
    }

    /// Puts a slot where [`lower_bound`](Self::lower_bound) said.
    ///
    /// Moves at most [`BLOCK`] places, and splits a block once in half as many insertions.
    pub(crate) fn insert(&mut self, position: Position, prefix: u64, slot: u32) {
        let mut position = self.open(position);
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
            self.firsts.push(prefix);
        }
        let Some(block) = self.blocks.get_mut(position.block) else {
            return;
        };
        if block.slots.len() >= BLOCK {
            let upper = block.split();
            let left = block.slots.len();
            self.firsts.insert(
                position.block + 1,
                upper.prefixes.first().copied().unwrap_or(prefix),
            );
            self.blocks.insert(position.block + 1, upper);
            if position.offset > left {
                position.block += 1;
                position.offset -= left;
            }
        }
        if let Some(block) = self.blocks.get_mut(position.block) {
            block.insert(position.offset, prefix, slot);
            self.len += 1;
        }
        self.note_first(position.block);
    }

    /// Takes out the slot at a position, and joins small neighbours.
    pub(crate) fn remove(&mut self, position: Position) {
        let Some(block) = self.blocks.get_mut(position.block) else {
            return;
        };
        if position.offset >= block.slots.len() {
            return;
        }
        block.prefixes.remove(position.offset);
        block.slots.remove(position.offset);
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
        let next = self
            .blocks
            .get(at + 1)
            .map_or(BLOCK, |next| next.slots.len());
        if !block.slots.is_empty() && block.slots.len() + next > BLOCK / 2 {
            return;
        }
        let mut block = self.blocks.remove(at);
        self.firsts.remove(at);
        if block.slots.is_empty() {
            return;
        }
        if let Some(next) = self.blocks.get_mut(at) {
            block.prefixes.append(&mut next.prefixes);
            block.slots.append(&mut next.slots);
            *next = block;
        }
        self.note_first(at);
    }

    /// The end of a block is the start of the next.
    fn normal(&self, position: Position) -> Position {
        match self.blocks.get(position.block) {
            Some(block) if position.offset >= block.slots.len() => Position {
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
                offset: before.slots.len(),
            },
            None => position,
        }
    }

    fn note_first(&mut self, at: usize) {
        let first = self.blocks.get(at).and_then(|block| block.prefixes.first());
        if let (Some(first), Some(noted)) = (first, self.firsts.get_mut(at)) {
            *noted = *first;
        }
    }

    /// Whether the blocks say what they should.
    #[cfg(any(test, debug_assertions, fuzzing))]
    pub(crate) fn check<'a>(&self, id_of: impl Fn(u32) -> &'a PnrpId) -> Result<(), &'static str> {
        let ids: Vec<&PnrpId> = self.slots().map(&id_of).collect();
        if !ids.is_sorted_by(|a, b| a < b) || ids.len() != self.len {
            return Err("the index is out of order");
        }
        let firsts = self.blocks.iter().map(|block| block.prefixes.first());
        if !firsts.eq(self.firsts.iter().map(Some)) {
            return Err("a block starts with another prefix than is noted");
        }
        let agree = |block: &Block| {
            let ids = block.slots.iter().map(|slot| prefix(id_of(*slot)));
            block.slots.len() <= BLOCK && ids.eq(block.prefixes.iter().copied())
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

#[derive(Clone, Debug, Default)]
struct Block {
    prefixes: Vec<u64>,
    slots: Vec<u32>,
}

impl Block {
    fn insert(&mut self, offset: usize, prefix: u64, slot: u32) {
        if self.slots.len() == self.slots.capacity() {
            // Doubling would waste a third of all blocks.
            let more = (self.slots.len() / 8).max(4);
            self.prefixes.reserve_exact(more);
            self.slots.reserve_exact(more);
        }
        self.prefixes.insert(offset, prefix);
        self.slots.insert(offset, slot);
    }

    /// Keeps the lower half.
    fn split(&mut self) -> Self {
        let middle = self.slots.len() / 2;
        let upper = Self {
            prefixes: self.prefixes.split_off(middle),
            slots: self.slots.split_off(middle),
        };
        self.prefixes.shrink_to_fit();
        self.slots.shrink_to_fit();
        upper
    }
}

/// How many of the sorted words, which lie from `low` to `high`, are below `wanted`.
///
/// Guesses where evenly spread words would be and counts in a window around it, without a branch
/// and with loads that do not wait for each other; halves where the words are not so spread.
fn rank(words: &[u64], wanted: u64, low: u64, high: u64) -> usize {
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
        let below: usize = window.iter().map(|word| usize::from(*word < wanted)).sum();
        let starts = below > 0 || from == 0;
        if starts && (below < WINDOW || from == last) {
            return from + below;
        }
    }
    words.partition_point(|word| *word < wanted)
}

/// `len * way / whole`, in 32 bits of precision.
fn guess(way: u64, whole: u64, len: usize) -> usize {
    let shift = 32_u32.saturating_sub(whole.leading_zeros());
    let steps = u64::try_from(len).unwrap_or(u64::from(u32::MAX));
    let at = (way >> shift).saturating_mul(steps) / (whole >> shift).max(1);
    usize::try_from(at).unwrap_or(len).min(len)
}

/// How many words from `start` on equal `wanted`.
fn equal_from(words: &[u64], start: usize, wanted: u64) -> usize {
    let rest = words.get(start..).unwrap_or_default();
    match rest.first() {
        Some(first) if *first == wanted => rest.partition_point(|word| *word == wanted),
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
