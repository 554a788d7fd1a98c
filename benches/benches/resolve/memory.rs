//! What a node that does nothing keeps in memory: how much a process grows by so many.

use std::{env, fs, process::Command, time::Duration};

use crate::{kademlia::Swarms, nodes::Nodes};

/// Tells a process of this program that it is to be weighed, and with what.
pub(crate) const CHILD: &str = "PNRP_BENCH_WEIGH";

/// Runs one process for each row.
pub(crate) fn print() {
    println!("resident memory of an idle node, of {COUNT}");
    let mut ours = f64::NAN;
    for (what, name) in [
        (OPEN, "pnrp-api, embedded"),
        (REGISTERED, "pnrp-api, with a name registered"),
        (KADEMLIA, "libp2p-kad"),
    ] {
        let kibibytes = weigh_in_child(what);
        println!("  {name:<36}{kibibytes:>8.0} KiB");
        if what == REGISTERED {
            ours = kibibytes;
        }
    }
    let verdict = if ours <= 50.0 { "met" } else { "missed" };
    println!("  bar, at most 50 KiB: {verdict}\n");
}

fn weigh_in_child(what: &str) -> f64 {
    let program = env::current_exe().expect("this program");
    let output = Command::new(program).env(CHILD, what).output();
    let output = output.expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{output:?}"))
}

/// Prints how many KiB each of [`COUNT`] nodes adds to a few.
pub(crate) fn weigh(what: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let grown = runtime.block_on(async {
        let _first = start(what, FIRST).await;
        let before = resident();
        let _others = start(what, COUNT).await;
        resident() - before
    });
    println!("{}", grown / COUNT as f64);
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
const KADEMLIA: &str = "kademlia";
const FIRST: usize = 5;
const COUNT: usize = 100;
const SETTLE: Duration = Duration::from_secs(5);
