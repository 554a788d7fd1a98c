//! What a node that does nothing keeps in memory: how much a process grows by so many.

use std::{fs, time::Duration};

use crate::{child::Child, kademlia::Swarms, nodes::Nodes};

/// Runs one process for each row.
pub(crate) fn print() {
    println!("resident memory of an idle node, of {COUNT}");
    let mut ours = f64::NAN;
    for (what, name) in [
        (OPEN, "pnrp-api, embedded"),
        (REGISTERED, "pnrp-api, with a name registered"),
        (KADEMLIA, "libp2p-kad"),
    ] {
        let kibibytes: f64 = Child::start(what).line().parse().expect("KiB");
        println!("  {name:<36}{kibibytes:>8.0} KiB");
        if what == REGISTERED {
            ours = kibibytes;
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
