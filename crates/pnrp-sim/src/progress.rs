//! How far a run is, on standard error. Nothing here reaches a report: it is about the machine.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

/// Shows how far something is: a bar on a terminal, a line now and then elsewhere.
#[derive(Debug)]
pub struct Progress {
    task: Task,
    started: Instant,
    /// When something was last shown.
    shown: Duration,
    is_terminal: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// So much virtual time is to pass.
    Time(Duration),
    /// So many are to be done.
    Count(u64),
}

impl Progress {
    /// Starts on something. `messages` is how many were delivered before.
    pub fn start(title: impl Into<String>, goal: Goal, messages: u64) -> Self {
        Self {
            task: Task {
                title: title.into(),
                goal,
                messages,
            },
            started: clock(),
            shown: Duration::ZERO,
            is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Shows how far it is, unless that was shown a moment ago. `done` is of the kind of the goal,
    /// `messages` how many were delivered in all. A call reads the clock, which costs about 50 ns.
    pub fn update(&mut self, done: Goal, messages: u64) {
        let elapsed = clock().saturating_duration_since(self.started);
        let interval = if self.is_terminal {
            ON_TERMINALS
        } else {
            ELSEWHERE
        };
        if elapsed.saturating_sub(self.shown) < interval {
            return;
        }
        self.shown = elapsed;
        let line = self.task.line(done, messages, elapsed);
        if self.is_terminal {
            write(&format!("\r{line}{CLEAR_REST}"));
        } else {
            write(&format!("{line}\n"));
        }
    }

    /// Takes the bar away, says what it took, and returns that.
    pub fn finish(self, messages: u64) -> Duration {
        let elapsed = clock().saturating_duration_since(self.started);
        let line = self.task.last_line(messages, elapsed);
        if self.is_terminal {
            write(&format!("\r{line}{CLEAR_REST}\n"));
        } else {
            write(&format!("{line}\n"));
        }
        elapsed
    }
}

/// What is being done, without a clock.
#[derive(Debug)]
struct Task {
    title: String,
    goal: Goal,
    /// Delivered before it was started.
    messages: u64,
}

impl Task {
    /// At most 79 characters if the title has no more than 20.
    fn line(&self, done: Goal, messages: u64, elapsed: Duration) -> String {
        let share = self.share(done);
        let bar: String = (0..CELLS)
            .map(|cell| {
                if f64::from(cell) < share * f64::from(CELLS) {
                    '#'
                } else {
                    '.'
                }
            })
            .collect();
        let left = if share > 0.0 {
            let total = elapsed.as_secs_f64() / share;
            span(total - elapsed.as_secs_f64()) + " left"
        } else {
            String::new()
        };
        format!(
            "{}  [{bar}] {:3.0} %  {}  {}/s  {left}",
            self.title,
            (100.0 * share).floor(),
            reached(done),
            self.rate(messages, elapsed)
        )
    }

    fn last_line(&self, messages: u64, elapsed: Duration) -> String {
        format!(
            "{}: {} in {}, {} messages/s",
            self.title,
            reached(self.goal),
            span(elapsed.as_secs_f64()),
            self.rate(messages, elapsed)
        )
    }

    /// The share of the goal that is reached, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a bar has 20 cells")]
    fn share(&self, done: Goal) -> f64 {
        let share = match (done, self.goal) {
            (Goal::Time(done), Goal::Time(goal)) => done.as_secs_f64() / goal.as_secs_f64(),
            (Goal::Count(done), Goal::Count(goal)) => done as f64 / goal as f64,
            (Goal::Time(_), Goal::Count(_)) | (Goal::Count(_), Goal::Time(_)) => 0.0,
        };
        if share.is_finite() {
            share.min(1.0)
        } else {
            1.0
        }
    }

    /// Messages per second of the clock on the wall, in a few characters.
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn rate(&self, messages: u64, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs_f64().max(0.001);
        let rate = messages.saturating_sub(self.messages) as f64 / seconds;
        match rate {
            million if million >= 999_500.0 => format!("{:.2} M", rate / 1e6),
            thousand if thousand >= 999.5 => format!("{:.0} k", rate / 1e3),
            _ => format!("{rate:.0}"),
        }
    }
}

fn reached(done: Goal) -> String {
    match done {
        Goal::Time(time) => span(time.as_secs_f64()),
        Goal::Count(count) => count.to_string(),
    }
}

/// A span of time in its two largest units.
fn span(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.clamp(0.0, LONGEST)).as_secs();
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600, whole / 60);
    match whole {
        0..10 => format!("{:.1} s", seconds.max(0.0)),
        10..100 => format!("{whole} s"),
        100..6_000 => format!("{minutes} min {} s", whole % 60),
        6_000..172_800 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

fn write(text: &str) {
    let mut out = io::stderr().lock();
    // Progress that nobody can see is no reason to stop.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a run takes on this machine is told to the user and to nobody else"
)]
fn clock() -> Instant {
    Instant::now()
}

const ON_TERMINALS: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_secs(30);
/// Takes off what a longer line has left behind.
const CLEAR_REST: &str = "\x1b[K";
/// Of the bar.
const CELLS: u32 = 20;
/// A thousand years.
const LONGEST: f64 = 3.2e10;

#[cfg(test)]
mod tests {
    use super::*;

    fn task(goal: Goal) -> Task {
        Task {
            title: "churn".to_owned(),
            goal,
            messages: 1_000,
        }
    }

    #[test]
    fn a_line_shows_virtual_time_rate_and_time_left() {
        let task = task(Goal::Time(Duration::from_secs(3_600)));
        let done = Goal::Time(Duration::from_secs(900));

        let line = task.line(done, 5_001_000, Duration::from_secs(10));

        let expected = "churn  [#####...............]  25 %  15 min 0 s  500 k/s  30 s left";
        assert_eq!(line, expected);
    }

    #[test]
    fn counts_are_shown_too_and_nothing_is_promised_at_the_start() {
        let task = task(Goal::Count(15_000));

        let line = task.line(Goal::Count(0), 1_000, Duration::ZERO);

        assert_eq!(line, "churn  [....................]   0 %  0  0/s  ");
    }

    #[test]
    fn the_last_line_says_what_it_took() {
        let task = task(Goal::Time(Duration::from_secs(7_200)));

        let line = task.last_line(15_001_000, Duration::from_millis(7_500));

        assert_eq!(line, "churn: 2 h 0 min in 7.5 s, 2.00 M messages/s");
    }

    #[test]
    fn a_goal_of_nothing_is_reached() {
        assert_eq!(task(Goal::Count(0)).share(Goal::Count(0)), 1.0);
        let none = Goal::Time(Duration::ZERO);
        assert_eq!(task(none).share(none), 1.0);
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let cases = [
            (0.0, "0.0 s"),
            (99.9, "99 s"),
            (125.0, "2 min 5 s"),
            (7_260.0, "2 h 1 min"),
            (180_000.0, "2 d 2 h"),
        ];

        for (seconds, text) in cases {
            assert_eq!(span(seconds), text);
        }
    }
}
