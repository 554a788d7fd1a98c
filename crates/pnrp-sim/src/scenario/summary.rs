//! What resolves came to.

use crate::{
    address::Node,
    crowd::Crowd,
    measure::Histogram,
    report::{Bar, Distribution, Figure},
    world::Outcome,
};

/// Resolves of one kind, counted.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) asked: u64,
    pub(crate) right: u64,
    /// Led to somebody else than whoever the name stands for.
    pub(crate) wrong: u64,
    /// LOOKUPs of those that succeeded.
    pub(crate) lookups: Histogram,
    /// Microseconds of those that succeeded, the INQUIRE included.
    pub(crate) latency: Histogram,
}

impl Summary {
    /// Resolves for names of [`Crowd::name_of`].
    pub(crate) fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut summary = Self::default();
        for outcome in outcomes {
            summary.add(outcome, Crowd::owner_of(&outcome.name));
        }
        summary
    }

    /// Counts one, whose right answer is known.
    pub(crate) fn add(&mut self, outcome: &Outcome, expected: Option<Node>) {
        self.asked += 1;
        if outcome.found.is_none() {
            return;
        }
        if outcome.found != expected {
            self.wrong += 1;
            return;
        }
        self.right += 1;
        self.lookups.record(u64::from(outcome.lookups));
        let micros = outcome.elapsed.as_micros();
        self.latency
            .record(u64::try_from(micros).unwrap_or(u64::MAX));
    }

    /// In per cent; 0 of nothing.
    pub(crate) fn success(&self) -> f64 {
        in_per_cent(self.right, self.asked)
    }

    /// The figures that every scenario with resolves gives.
    pub(crate) fn figures(&self, success: Option<Bar>) -> Vec<Figure> {
        vec![
            Figure::count("resolves", self.asked),
            Figure::barred("success", "%", self.success(), success),
            Figure::count("wrong answers", self.wrong),
            Figure::new("LOOKUPs, mean", "", self.lookups.mean()),
        ]
    }

    /// LOOKUPs and latency.
    pub(crate) fn distributions(&self, of: &str) -> Vec<Distribution> {
        let name = |what: &str| match of {
            "" => what.to_owned(),
            _ => format!("{what}, {of}"),
        };
        vec![
            Distribution::new(name("LOOKUPs"), "", &self.lookups, 1.0),
            Distribution::new(name("latency"), "ms", &self.latency, 1000.0),
        ]
    }
}

/// A share in per cent; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn in_per_cent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 * 100.0 / whole as f64
}
