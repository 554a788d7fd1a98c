//! LOOKUPs answered in a second over UDP on `::1`, beside what an echo on the same runtime answers.
//! MS-PNRP §3.2.5.2.
//!
//! A node on a runtime of one thread and an echo on another answer in turn what one socket sends,
//! of which so many datagrams are on their way at a time. The socket is on the same runtime as who
//! answers, so one core does it all, and its processor time is what counts: that is the same
//! whatever else the machine does. Then it is on a thread of its own, which says something on two
//! cores that do nothing else.

mod cloud;
mod echo;
mod load;
mod thread;

use std::{fs, net::SocketAddr, time::Duration};

use cloud::NodeUnderTest;
use echo::Echo;
use load::Turn;
use thread::RuntimeThread;

fn main() {
    let node = NodeUnderTest::start();
    let lookups = node.lookups();
    let echo = Echo::start(node.answer_len(&lookups));
    println!(
        "a LOOKUP of {} bytes, an AUTHORITY of {}; {} route entries cached, {} proven leaves",
        lookups.longest(),
        echo.answer_len(),
        node.cached(),
        node.leaves()
    );
    let both = Both {
        echo: (echo.address(), echo.thread().clone()),
        node: (node.address(), node.thread().clone()),
    };

    print_title("both ends on one thread", "a second of its time");
    let mut ratios = Vec::new();
    for in_flight in [1, 8, 64, 256] {
        let turns =
            both.take_turns(|to, thread| lookups.on_the_same_thread(to, thread, in_flight, TURN));
        ratios.push(turns.print(in_flight, Turn::by_processor_time));
    }
    let verdict = if ratios[2] >= BAR { "met" } else { "missed" };
    println!("bar, {BAR:.2} of the echo with 64 on their way: {verdict}");

    print_title("sent from another thread", "a second");
    for in_flight in [8, 64] {
        let turns =
            both.take_turns(|to, thread| lookups.on_another_thread(to, thread, in_flight, TURN));
        turns.print(in_flight, Turn::by_the_clock);
    }
}

fn print_title(title: &str, unit: &str) {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    println!("\n{title}, answers in {unit}; load average {load}");
    println!(
        "{:<14}{:>10}{:>10}{:>8}",
        "on their way", "echo", "node", "ratio"
    );
}

/// Those that are measured.
struct Both {
    echo: (SocketAddr, RuntimeThread),
    node: (SocketAddr, RuntimeThread),
}

impl Both {
    /// Each round begins with the other.
    fn take_turns(&self, turn: impl Fn(SocketAddr, &RuntimeThread) -> Turn) -> Turns {
        let mut turns = Turns::default();
        let take = |(address, thread): &(SocketAddr, RuntimeThread)| turn(*address, thread);
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                turns.echo.push(take(&self.echo));
                turns.node.push(take(&self.node));
            } else {
                turns.node.push(take(&self.node));
                turns.echo.push(take(&self.echo));
            }
        }
        turns
    }
}

/// What both have answered.
#[derive(Default)]
struct Turns {
    echo: Vec<Turn>,
    node: Vec<Turn>,
}

impl Turns {
    /// Prints medians, and returns that of the ratios of rounds, whose two turns follow each other.
    fn print(&self, in_flight: usize, rate: fn(&Turn) -> f64) -> f64 {
        let [echo, node] = [&self.echo, &self.node].map(|turns| median(turns.iter().map(rate)));
        let rounds = self.echo.iter().zip(&self.node);
        let ratio = median(rounds.map(|(echo, node)| rate(node) / rate(echo)));
        println!("{in_flight:<14}{echo:>10.0}{node:>10.0}{ratio:>8.2}");
        let turns = self.echo.iter().chain(&self.node);
        let lost: u64 = turns.map(|turn| turn.lost).sum();
        if lost > 0 {
            println!("  {lost} were not answered within 100 ms");
        }
        ratio
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

const ROUNDS: usize = 31;
const TURN: Duration = Duration::from_millis(100);
const BAR: f64 = 0.8;
