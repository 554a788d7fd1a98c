//! A timing wheel: what happens when, in constant time however much is to come.

use std::mem;

use crate::time::Time;

/// Things to come, in the order of their times; what has the same time comes in the order it was
/// put in.
///
/// Two rings of slots: one of a tick each, and one whose slots are a whole turn of the first and are
/// dealt out to it when their turn comes. What is further away waits in a list of its own.
#[derive(Debug)]
pub struct Wheel<T> {
    now: Time,
    near: Vec<List>,
    far: Vec<List>,
    beyond: List,
    pieces: Pieces<T>,
    len: usize,
}

/// Slots of the first ring, 16.4 s of them.
const NEAR: u64 = 1 << 16;
/// Slots of the second ring, 4.7 h of them.
const FAR: u64 = 1 << 10;

impl<T> Wheel<T> {
    /// A wheel at the start of time.
    pub fn new() -> Self {
        Self {
            now: Time::ZERO,
            near: vec![List::EMPTY; index(NEAR)],
            far: vec![List::EMPTY; index(FAR)],
            beyond: List::EMPTY,
            pieces: Pieces::default(),
            len: 0,
        }
    }

    /// The time of what was taken out last.
    pub fn now(&self) -> Time {
        self.now
    }

    /// How many things are to come. O(1).
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is to come. O(1).
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts something in; what is late happens now. O(1).
    pub fn push(&mut self, at: Time, item: T) {
        self.len += 1;
        self.file(at.max(self.now), item);
    }

    /// Takes out the next thing that happens no later than `end`, and moves on to its time; moves
    /// on to `end` when there is none.
    pub fn pop(&mut self, end: Time) -> Option<(Time, T)> {
        while self.now <= end {
            let slot = self.near.get_mut(index(self.now.0 % NEAR))?;
            if let Some(next) = self.pieces.pop(slot) {
                self.len -= 1;
                return Some(next);
            }
            if self.now == end {
                return None;
            }
            self.turn();
        }
        None
    }

    /// Takes out the next thing that happens at `now`, without moving on.
    pub fn pop_at(&mut self, now: Time) -> Option<T> {
        let (_, item) = (self.now == now).then(|| self.pop(now))??;
        Some(item)
    }

    /// Moves on by a tick, and deals out the next slot of the second ring after each turn.
    fn turn(&mut self) {
        self.now.0 += 1;
        if !self.now.0.is_multiple_of(NEAR) {
            return;
        }
        let turn = self.now.0 / NEAR;
        if turn.is_multiple_of(FAR) {
            let waiting = mem::replace(&mut self.beyond, List::EMPTY);
            self.deal(waiting);
        }
        if let Some(slot) = self.far.get_mut(index(turn % FAR)) {
            let waiting = mem::replace(slot, List::EMPTY);
            self.deal(waiting);
        }
    }

    /// Files a list again, in its order.
    fn deal(&mut self, mut list: List) {
        while let Some((at, item)) = self.pieces.pop(&mut list) {
            self.file(at, item);
        }
    }

    fn file(&mut self, at: Time, item: T) {
        let turns = (at.0 / NEAR) - (self.now.0 / NEAR);
        let list = if turns == 0 {
            self.near.get_mut(index(at.0 % NEAR))
        } else if (at.0 / NEAR) / FAR == (self.now.0 / NEAR) / FAR {
            self.far.get_mut(index((at.0 / NEAR) % FAR))
        } else {
            Some(&mut self.beyond)
        };
        if let Some(list) = list {
            self.pieces.push(list, (at, item));
        }
    }
}

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Indices below 2^16 fit everywhere.
fn index(slot: u64) -> usize {
    usize::try_from(slot).unwrap_or(0)
}

/// A list through the pieces.
#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    last: u32,
}

impl List {
    const EMPTY: Self = Self {
        first: NONE,
        last: NONE,
    };
}

const NONE: u32 = u32::MAX;

/// What all lists are made of: a few things that come one after the other lie side by side, for one that
/// lies elsewhere in memory takes longer to fetch than all of these.
#[derive(Debug)]
struct Pieces<T> {
    all: Vec<Piece<T>>,
    free: u32,
}

#[derive(Debug)]
struct Piece<T> {
    next: u32,
    /// How many of its things have been taken out, and put in.
    taken: u16,
    filled: u16,
    things: [Option<(Time, T)>; ROOM],
}

/// Things in a piece. Most slots of a small run hold one or two.
const ROOM: usize = 5;

impl<T> Pieces<T> {
    fn push(&mut self, list: &mut List, thing: (Time, T)) {
        let last = self.all.get_mut(list.last as usize);
        let last = match last.filter(|piece| usize::from(piece.filled) < ROOM) {
            Some(piece) => piece,
            None => {
                let new = self.unused();
                match self.all.get_mut(list.last as usize) {
                    Some(piece) => piece.next = new,
                    None => list.first = new,
                }
                list.last = new;
                let Some(piece) = self.all.get_mut(new as usize) else {
                    return;
                };
                piece
            }
        };
        if let Some(place) = last.things.get_mut(usize::from(last.filled)) {
            *place = Some(thing);
            last.filled += 1;
        }
    }

    fn pop(&mut self, list: &mut List) -> Option<(Time, T)> {
        let piece = self.all.get_mut(list.first as usize)?;
        let thing = piece.things.get_mut(usize::from(piece.taken))?.take();
        piece.taken += 1;
        if piece.taken == piece.filled {
            let emptied = mem::replace(&mut list.first, piece.next);
            if list.first == NONE {
                list.last = NONE;
            }
            piece.next = mem::replace(&mut self.free, emptied);
        }
        thing
    }

    /// An empty piece at the end of its list.
    fn unused(&mut self) -> u32 {
        if let Some(piece) = self.all.get_mut(self.free as usize) {
            let free = mem::replace(&mut piece.next, NONE);
            (piece.taken, piece.filled) = (0, 0);
            return mem::replace(&mut self.free, free);
        }
        let position = u32::try_from(self.all.len()).unwrap_or(NONE);
        assert!(position != NONE, "fewer than 2^32 pieces are needed");
        self.all.push(Piece {
            next: NONE,
            taken: 0,
            filled: 0,
            things: [const { None }; ROOM],
        });
        position
    }
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            free: NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // A wheel turns tick by tick.
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// The model is a sorted list.
        #[test]
        fn things_come_out_by_time_and_then_in_the_order_they_were_put_in(
            waits in prop::collection::vec(
                (prop_oneof![0_u64..3, 0_u64..150_000], 0_usize..4),
                1..60,
            ),
        ) {
            let mut wheel = Wheel::new();
            let mut model: Vec<(Time, usize)> = Vec::new();
            let end = Time(u64::MAX);
            for (number, (wait, taken)) in waits.into_iter().enumerate() {
                let at = Time(wheel.now().0 + wait);
                wheel.push(at, number);
                let place = model.partition_point(|(time, _)| *time <= at);
                model.insert(place, (at, number));
                for _ in 0..taken.min(model.len()) {
                    prop_assert_eq!(wheel.pop(end), Some(model.remove(0)));
                }
                prop_assert_eq!(wheel.len(), model.len());
            }
            for expected in model {
                prop_assert_eq!(wheel.pop(end), Some(expected));
            }
            prop_assert!(wheel.is_empty());
        }
    }

    #[test]
    fn what_is_further_away_than_the_second_ring_waits_for_it() {
        let mut wheel = Wheel::new();
        let turn = NEAR * FAR;
        wheel.push(Time(turn + 7), 'b');
        wheel.push(Time(turn - 1), 'a');
        wheel.push(Time(turn + 7), 'c');

        let order: Vec<_> = std::iter::from_fn(|| wheel.pop(Time(2 * turn))).collect();

        assert_eq!(
            order,
            [
                (Time(turn - 1), 'a'),
                (Time(turn + 7), 'b'),
                (Time(turn + 7), 'c')
            ]
        );
    }

    #[test]
    fn nothing_comes_out_before_its_time() {
        let mut wheel = Wheel::new();
        wheel.push(Time(70_000), 'a');

        assert_eq!(wheel.pop(Time(69_999)), None);
        assert_eq!(wheel.now(), Time(69_999));
        assert_eq!(wheel.pop(Time(70_000)), Some((Time(70_000), 'a')));
        wheel.push(Time(1), 'b');
        assert_eq!(wheel.pop(Time(80_000)), Some((Time(70_000), 'b')));
    }
}
