//! Finding what another node publishes: 50 embedded nodes of one process, each with a secure name,
//! beside 50 of libp2p-kad over QUIC, each with a record. MS-PNRP §3.1.4.4.
//!
//! All are on one runtime of two threads and take turns. A resolve ends when the publisher has
//! signed a nonce with RSA-1024 and the resolver has checked that; libp2p-kad's records are not
//! signed. What a node keeps in memory while it does nothing is measured in processes of its own.

mod kademlia;
mod memory;
mod nodes;
mod turns;

use std::{env, fs, sync::Arc};

use kademlia::Swarms;
use nodes::Nodes;
use turns::Turns;

fn main() {
    if let Some(what) = env::var_os(memory::CHILD) {
        memory::weigh(&what.to_string_lossy());
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    memory::print();
    runtime.block_on(measure());
}

async fn measure() {
    let ours = Nodes::start(COUNT).await;
    ours.register().await;
    let theirs = Swarms::start(COUNT).await;
    theirs.put().await;
    let (ours, theirs) = (Arc::new(ours), Arc::new(theirs));
    turns::warm_up(&ours).await;
    turns::warm_up(&theirs).await;

    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    println!("{COUNT} nodes, {ROUNDS} turns of a second each; load average {load}");
    println!(
        "{:<12}{:<14}{:>10}{:>12}{:>12}{:>18}",
        "at a time", "", "a second", "median", "p99", "processor time"
    );
    let mut all = Vec::new();
    for at_a_time in [1, 8, 64] {
        let (mut our_turns, mut their_turns) = (Turns::default(), Turns::default());
        for _ in 0..ROUNDS {
            our_turns.take(&ours, at_a_time).await;
            their_turns.take(&theirs, at_a_time).await;
        }
        our_turns.print(at_a_time, "pnrp-api");
        their_turns.print(at_a_time, "libp2p-kad");
        all.push(our_turns);
    }
    let (median, p99) = (all[0].latency(0.5), all[0].latency(0.99));
    let most = all.iter().map(Turns::rate).fold(0.0, f64::max);
    bar("one at a time, median at most 0.7 ms", median <= 0.7);
    bar("one at a time, p99 at most 2 ms", p99 <= 2.0);
    bar("at least 3,000 a second", most >= 3_000.0);
}

fn bar(what: &str, is_met: bool) {
    let verdict = if is_met { "met" } else { "missed" };
    println!("  bar, {what}: {verdict}");
}

const COUNT: usize = 50;
const ROUNDS: usize = 5;
