//! Rows measured in turn, round after round, so that whatever else the machine does hits all alike.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const ROUNDS: usize = 601;
/// Long against reading the clock, short against what disturbs a machine.
const TURN: Duration = Duration::from_micros(500);

/// What is measured together.
#[derive(Default)]
pub struct Rounds<'a> {
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    name: &'static str,
    bytes: usize,
    times: u64,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
}

/// One row's median.
pub struct Median {
    /// Whose.
    pub name: &'static str,
    /// Of the message.
    pub bytes: usize,
    /// For one message.
    pub nanoseconds: f64,
}

impl<'a> Rounds<'a> {
    /// Adds a row. What `once` returns is dropped within the time measured.
    pub fn row<T>(&mut self, name: &'static str, bytes: usize, mut once: impl FnMut() -> T + 'a) {
        self.timed_row(name, bytes, move |times| {
            let start = Instant::now();
            for _ in 0..times {
                black_box(once());
            }
            start.elapsed()
        });
    }

    /// Adds a row that says itself how long so many times took.
    pub fn timed_row(
        &mut self,
        name: &'static str,
        bytes: usize,
        run: impl FnMut(u64) -> Duration + 'a,
    ) {
        let run = Box::new(run);
        let times = 1;
        self.rows.push(Row {
            name,
            bytes,
            times,
            run,
        });
    }

    /// Measures everything, each round from another row on; the medians are in the order of rows.
    pub fn run(mut self) -> Vec<Median> {
        self.rows.iter_mut().for_each(Row::calibrate);
        let count = self.rows.len();
        let mut turns = vec![Vec::with_capacity(ROUNDS); count];
        for round in 0..ROUNDS {
            for row in (0..count).map(|row| (round + row) % count) {
                turns[row].push(self.rows[row].turn());
            }
        }
        let rows = self.rows.iter().zip(turns);
        rows.map(|(row, turns)| row.median(turns)).collect()
    }
}

impl Row<'_> {
    /// Finds how many times fill a turn, and warms up.
    fn calibrate(&mut self) {
        while (self.run)(self.times) < TURN {
            self.times *= 2;
        }
    }

    fn turn(&mut self) -> f64 {
        (self.run)(self.times).as_nanos() as f64 / self.times as f64
    }

    fn median(&self, mut turns: Vec<f64>) -> Median {
        turns.sort_by(f64::total_cmp);
        Median {
            name: self.name,
            bytes: self.bytes,
            nanoseconds: turns[turns.len() / 2],
        }
    }
}
