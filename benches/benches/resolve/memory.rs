//! What a node that does nothing keeps in memory: how much a process grows by so many.

use std::{fs, time::Duration};

use crate::{child::Child, kademlia::Swarms, nodes::Nodes};

/// Runs processes for each row, one after the other: how much the heap keeps of the moment when so many
/// join at once differs from run to run.
pub(crate) fn print() {
    println!("resident memory of an idle node, of {COUNT}, in KiB");
    println!("  {:<36}{:>8}{:>12}", "", "median", "range");
    let mut ours = f64::NAN;
    for (what, name, runs) in [
        (OPEN, "pnrp-api, embedded", 3),
        (REGISTERED, "pnrp-api, with a name registered", 9),
        (KADEMLIA, "libp2p-kad", 1),
    ] {
        let run = |_: usize| Child::start(what).line().parse::<f64>().expect("KiB");
        let mut weights: Vec<f64> = (0..runs).map(run).collect();
        weights.sort_by(f64::total_cmp);
        let (least, median, most) = (weights[0], weights[runs / 2], weights[runs - 1]);
        println!("  {name:<36}{median:>8.0}{least:>8.0} to {most:.0}");
        if what == REGISTERED {
            ours = median;
        }
    }
    let verdict = if ours <= 50.0 { "met" } else { "missed" };
    println!("  bar, at most 50 KiB: {verdict}\n");
}

/// Prints how many KiB each of [`COUNT`] nodes adds to a few.
pub(crate) async fn weigh(what: &str) {
    let _first = start(what, FIRST).await;
    let before = resident();
    let _others = start(what, COUNT).await;
    println!("{}", (resident() - before) / COUNT as f64);
}

/// Nodes that have had time to get to know each other.
async fn start(what: &str, count: usize) -> (Option<Nodes>, Option<Swarms>) {
    let (mut nodes, mut swarms) = (None, None);
    if what == KADEMLIA {
        swarms = Some(Swarms::start(count).await);
    } else {
        let started = Nodes::start(count).await;
        if what == REGISTERED {
            started.register().await;
        }
        nodes = Some(started);
    }
    tokio::time::sleep(SETTLE).await;
    (nodes, swarms)
}

/// KiB of this process.
fn resident() -> f64 {
    let text = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).expect("KiB")
}

const OPEN: &str = "open";
const REGISTERED: &str = "registered";
const KADEMLIA: &str = "knows";
const FIRST: usize = 5;
const COUNT: usize = 100;
const SETTLE: Duration = Duration::from_secs(10);
