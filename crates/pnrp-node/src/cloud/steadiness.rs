//! How much upkeep a neighbourhood needs that does not change. docs/decisions/0019-upkeep.md

/// Rounds of maintenance since a leaf came or went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steadiness {
    quiet: u32,
    round: u32,
}

/// What a round of maintenance may ask others for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upkeep {
    /// Everything.
    All,
    /// A local ID is announced once more.
    Announcement,
    /// A gap of a leaf set is looked into.
    Leaves,
    /// A gap of the cache is looked into.
    Balance,
    /// Nothing.
    Nothing,
}

impl Steadiness {
    /// A leaf came or went.
    pub(crate) fn disturb(&mut self) {
        self.quiet = 0;
    }

    /// What the next round may do.
    pub(crate) fn next(&mut self) -> Upkeep {
        let rests = match self.quiet {
            ..QUIET => {
                self.quiet += 1;
                return Upkeep::All;
            }
            QUIET..STEADY => 1,
            STEADY..VERY_STEADY => 2,
            VERY_STEADY.. => 4,
        };
        self.quiet = self.quiet.saturating_add(1);
        self.round = self.round.wrapping_add(1);
        if !self.round.is_multiple_of(rests) {
            return Upkeep::Nothing;
        }
        match (self.round / rests) % 3 {
            0 => Upkeep::Announcement,
            1 => Upkeep::Leaves,
            _ => Upkeep::Balance,
        }
    }
}

impl Upkeep {
    /// Whether this is part of it.
    pub(crate) fn includes(self, part: Self) -> bool {
        self == Self::All || self == part
    }
}

/// Rounds without a change after which each does one thing only.
const QUIET: u32 = 3;
/// After which every second does nothing.
const STEADY: u32 = 8;
/// After which only every fourth does anything.
const VERY_STEADY: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changing_neighbourhood_gets_everything_and_a_steady_one_less_and_less() {
        let mut steadiness = Steadiness::default();

        let first: Vec<Upkeep> = (0..QUIET).map(|_| steadiness.next()).collect();
        let active = |steadiness: &mut Steadiness, rounds: u32| {
            let rounds = (0..rounds).map(|_| steadiness.next());
            rounds.filter(|upkeep| *upkeep != Upkeep::Nothing).count()
        };

        assert_eq!(first, [Upkeep::All; 3]);
        assert_eq!(active(&mut steadiness, 5), 5);
        assert_eq!(active(&mut steadiness, 8), 4);
        assert_eq!(active(&mut steadiness, 400), 100);
        steadiness.disturb();
        assert_eq!(steadiness.next(), Upkeep::All);
    }

    #[test]
    fn a_steady_neighbourhood_gets_all_three_things_in_turn() {
        let mut steadiness = Steadiness::default();
        let rounds: Vec<Upkeep> = (0..100).map(|_| steadiness.next()).collect();

        for part in [Upkeep::Announcement, Upkeep::Leaves, Upkeep::Balance] {
            let count = rounds.iter().filter(|upkeep| **upkeep == part).count();
            assert!((7..=11).contains(&count), "{part:?} {count} times");
        }
    }
}
