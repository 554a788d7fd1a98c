//! What a run takes of the machine. It differs from run to run, so it is kept apart from what runs find.

use std::{fs, time::Duration};

use crate::report::{Bar, Figure, Run};

/// Time, messages and memory of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// Wall time of its stages.
    pub wall: Duration,
    /// Messages delivered in it.
    pub messages: u64,
    /// Most resident memory beyond what the process had before, in bytes; of the first run of a
    /// process, where the system tells.
    pub memory: Option<u64>,
}

/// Memory that a cloud of a million nodes may take for each, in KiB.
const MEMORY: f64 = 20.0;
/// Time that it may take, in seconds.
const TIME: f64 = 3_600.0;
const MILLION: f64 = 1e6;

impl Spent {
    /// As figures of a run, which says how many nodes there were.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn figures(&self, run: &Run) -> Vec<Figure> {
        let nodes = run.number("nodes").unwrap_or_default();
        let of_a_million = |bar| (nodes >= MILLION).then_some(bar);
        let seconds = self.wall.as_secs_f64();
        let mut figures = vec![
            Figure::barred("wall time", "s", seconds, of_a_million(Bar::AtMost(TIME))),
            Figure::count("messages delivered", self.messages),
            Figure::new(
                "messages delivered",
                "/s",
                self.messages as f64 / seconds.max(1e-9),
            ),
        ];
        if let Some(memory) = self.memory.filter(|_| nodes > 0.0) {
            let each = memory as f64 / 1_024.0 / nodes;
            let bar = of_a_million(Bar::AtMost(MEMORY));
            figures.push(Figure::barred("resident memory", "KiB/node", each, bar));
        }
        figures
    }
}

/// Resident memory of this process in bytes, where `/proc` tells.
pub fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}
