//! How many cached nodes are asked whether they are still there. docs/decisions/0019-upkeep.md

/// Nodes that have fallen silent lately, and what follows from that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Alertness {
    silent: u32,
    questions: u32,
}

impl Alertness {
    /// A node has fallen silent.
    pub(crate) fn alarm(&mut self) {
        self.silent = self.silent.saturating_add(1);
    }

    /// How many are asked in the next round: more from round to round while nodes turn out to be
    /// silent, and one after a while in which none has.
    pub(crate) fn next(&mut self) -> usize {
        let is_alarmed = std::mem::take(&mut self.silent) > 0;
        self.questions = match is_alarmed {
            true => (2 * self.questions).clamp(2, MOST),
            false => self.questions / 2,
        };
        usize::try_from(self.questions.max(1)).unwrap_or(usize::MAX)
    }
}

/// Questions of a round at most.
const MOST: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_and_more_are_asked_while_nodes_are_silent_and_then_fewer() {
        let mut alertness = Alertness::default();
        assert_eq!([alertness.next(), alertness.next()], [1, 1]);

        let mut alarmed = || {
            alertness.alarm();
            alertness.next()
        };
        let rising: Vec<usize> = (0..6).map(|_| alarmed()).collect();
        let falling: Vec<usize> = (0..6).map(|_| alertness.next()).collect();

        assert_eq!(rising, [2, 4, 8, 16, 16, 16]);
        assert_eq!(falling, [8, 4, 2, 1, 1, 1]);
    }
}
