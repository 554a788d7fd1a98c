//! Messages a second through the simulator, beside turmoil.
//!
//! Hosts stand in a ring, and each sends on to the next what it is sent: 300 bytes that take 1 to 5 ms,
//! as many on their way as there are hosts. Ours is what [`pnrp_sim::world::World`] is made of: the
//! wheel, the network and the addresses. turmoil delivers once in each step, of 1 ms unless it is
//! told otherwise; at 1,000 hosts a step takes it seconds, so it is given a few. Below that is what a
//! message costs with the real state machine at both of its ends.
//!
//! Everything runs on one thread, and those of one size in turn.

mod crowd;
mod peer;
mod ring;

use std::{fs, time::Instant};

use peer::PeerRing;
use ring::Ring;

fn main() {
    // What is measured is one core.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread").install(measure);
}

fn measure() {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    println!("one thread, medians; load average {load}");
    println!("hosts in a ring, messages a second");
    for hosts in [100, 1_000] {
        beside(hosts);
    }
    for hosts in [100_000, 1_000_000] {
        let mut ours = Ring::new(hosts);
        let mut rates = Rates::default();
        ours.pass(ENOUGH);
        for _ in 0..ROUNDS {
            rates.take(|| ours.pass(ENOUGH));
        }
        print(hosts, "pnrp-sim", &rates);
        if hosts == BARRED {
            bar(rates.median());
        }
    }
    println!(
        "a settled cloud at work, messages a second: each node resolves a name in 30 s of virtual time"
    );
    for nodes in [1_000, 10_000] {
        let mut crowd = crowd::settled(nodes);
        let mut rates = Rates::default();
        for _ in 0..CROWD_ROUNDS {
            rates.take(|| crowd::work(&mut crowd));
        }
        print(nodes, "pnrp-sim", &rates);
    }
}

/// Both in turn, for as many messages as each can deliver in a second or so.
fn beside(hosts: u32) {
    let (mut ours, mut theirs) = (Ring::new(hosts), PeerRing::new(hosts));
    let steps = if hosts <= QUICK { MANY_STEPS } else { 1 };
    let rounds = if hosts <= QUICK { ROUNDS } else { FEW_ROUNDS };
    ours.pass(ENOUGH);
    theirs.pass(peer::UNTIL_ALL_ARRIVE);
    let (mut our_rates, mut their_rates) = (Rates::default(), Rates::default());
    for _ in 0..rounds {
        our_rates.take(|| ours.pass(ENOUGH));
        their_rates.take(|| theirs.pass(steps));
    }
    print(hosts, "pnrp-sim", &our_rates);
    print(hosts, "turmoil", &their_rates);
    let ratio = our_rates.median() / their_rates.median();
    println!("  {:>9}  pnrp-sim is {ratio:.0} times as fast", "");
    if hosts > QUICK {
        let steps = peer::UNTIL_ALL_ARRIVE + steps * rounds;
        println!(
            "  {:>9}  turmoil was given {steps} steps of 1 ms in all",
            ""
        );
    }
}

/// Messages a second, round by round.
#[derive(Default)]
struct Rates(Vec<f64>);

impl Rates {
    /// Runs a round, which says how many messages were delivered in it.
    fn take(&mut self, round: impl FnOnce() -> u64) {
        let start = Instant::now();
        let messages = round();
        self.0.push(messages as f64 / start.elapsed().as_secs_f64());
        self.0.sort_by(f64::total_cmp);
    }

    fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }
}

fn print(size: u32, whose: &str, rates: &Rates) {
    let (least, most) = (rates.0[0], rates.0[rates.0.len() - 1]);
    let (median, rounds) = (rates.median(), rates.0.len());
    println!(
        "  {size:>9}  {whose:<10}{median:>12.0}  of {rounds} rounds from {least:.0} to {most:.0}"
    );
}

fn bar(rate: f64) {
    let verdict = if rate >= BAR { "met" } else { "missed" };
    println!("  {:>9}  bar {BAR} messages a second: {verdict}", "");
}

/// Messages of a round.
const ENOUGH: u64 = 1_000_000;
const ROUNDS: u32 = 9;
/// Hosts up to which a step of turmoil takes no time to speak of.
const QUICK: u32 = 100;
/// Steps of turmoil in a round.
const MANY_STEPS: u32 = 300;
/// Rounds where a step takes seconds.
const FEW_ROUNDS: u32 = 5;
const CROWD_ROUNDS: u32 = 5;
/// Hosts and messages a second of the bar.
const BARRED: u32 = 100_000;
const BAR: f64 = 500_000.0;
