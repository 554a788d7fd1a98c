//! Finding what another node publishes: 50 embedded nodes of one process, each with a secure name,
//! beside 50 of libp2p-kad over QUIC, each with a record. MS-PNRP §3.1.4.4.
//!
//! Each fifty are in a process and on a runtime of two threads, and the processes take turns. A
//! resolve ends when the publisher has signed a nonce with RSA-1024 and the resolver has checked
//! that; libp2p-kad's records are not signed. What a node keeps in memory while it does nothing is
//! measured in processes of its own.

mod child;
mod kademlia;
mod memory;
mod nodes;
mod signatures;
mod turns;

use std::{env, fs};

use child::Child;
use turns::{Directory, Turns};

fn main() {
    let Some(role) = env::var_os(child::ROLE) else {
        memory::print();
        measure();
        return;
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(async {
            match &*role.to_string_lossy() {
                OURS => turns::serve(start_nodes().await).await,
                THEIRS => turns::serve(start_swarms().await).await,
                what => memory::weigh(what).await,
            }
        });
}

async fn start_nodes() -> impl Directory {
    let nodes = nodes::Nodes::start(COUNT).await;
    nodes.register().await;
    nodes
}

async fn start_swarms() -> impl Directory {
    let swarms = kademlia::Swarms::start(COUNT).await;
    swarms.put().await;
    swarms
}

fn measure() {
    let (mut ours, mut theirs) = (Child::start(OURS), Child::start(THEIRS));
    // They say so when they are ready.
    assert_eq!([ours.line(), theirs.line()], ["ready", "ready"]);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    println!("{COUNT} nodes, {ROUNDS} turns of a second each, medians; load average {load}");
    println!(
        "{:<12}{:<14}{:>10}{:>12}{:>12}{:>18}",
        "at a time", "", "a second", "median", "p99", "processor time"
    );
    let mut all = Vec::new();
    let mut signatures = signatures::Signatures::new();
    for at_a_time in [1, 8, 64] {
        let (mut our_turns, mut their_turns) = (Turns::default(), Turns::default());
        for _ in 0..ROUNDS {
            our_turns.push(&ours.ask(&at_a_time.to_string()));
            their_turns.push(&theirs.ask(&at_a_time.to_string()));
            signatures.measure();
        }
        our_turns.print(at_a_time, OURS);
        their_turns.print(at_a_time, THEIRS);
        all.push((our_turns, their_turns));
    }
    println!(
        "  an RSA-1024 signature, and checking it, in turn with these: {:.2} ms",
        signatures.median()
    );
    let (one, kad_one) = &all[0];
    bar(
        "median of one at a time, ms",
        one.median(),
        kad_one.median(),
        |it| it <= 0.7,
    );
    bar("p99 of one at a time, ms", one.p99(), kad_one.p99(), |it| {
        it <= 2.0
    });
    let most = |rates: Vec<f64>| rates.into_iter().fold(0.0, f64::max);
    let rate = most(all.iter().map(|(ours, _)| ours.rate()).collect());
    let kad_rate = most(all.iter().map(|(_, theirs)| theirs.rate()).collect());
    bar("a second, at most at a time", rate, kad_rate, |it| {
        it >= 3_000.0
    });
}

fn bar(what: &str, ours: f64, theirs: f64, is_met: fn(f64) -> bool) {
    let verdict = if is_met(ours) { "met" } else { "missed" };
    let ratio = ours / theirs;
    println!("  {what:<32}{ours:>10.2}, {ratio:.2} of {THEIRS}'s; bar {verdict}");
}

const OURS: &str = "pnrp-api";
const THEIRS: &str = "libp2p-kad";
const COUNT: usize = 50;
const ROUNDS: usize = 9;
