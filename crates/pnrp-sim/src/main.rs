//! scratch
use pnrp_sim::{address::Node, crypto::*, network::*, random::*, time::*, world::*};
use rand::RngExt;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
fn rss() -> u64 {
    std::fs::read_to_string("/proc/self/statm")
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 4
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let n: u32 = a[1].parse().unwrap();
    let settle: u64 = a[2].parse().unwrap();
    let asks: u32 = a[3].parse().unwrap();
    let cache: usize = a[4].parse().unwrap();
    let mut w = World::new(1, Network::new(1, Weather::default()));
    let signer = StandIn::new(1);
    let verifier = Arc::new(StandInVerifier);
    let mut rng = generator(1, Purpose::Population);
    let wall = Instant::now();
    let base = rss();
    // doubling every 20 s
    let mut at = 0.0f64;
    let mut peak = 0;
    for i in 0..n {
        at += 20.0 * std::f64::consts::LN_2 / f64::from(i.max(20));
        w.pass(Time::after(Duration::from_secs_f64(at)));
        let peers = (0..3.min(i))
            .map(|_| w.addresses.endpoint(Node(rng.random_range(0..i))))
            .collect();
        let mut c = stand_in_config(verifier.clone()).with_peers(peers);
        c.limits.cache = cache;
        w.open(Node(i), c);
        w.register(Node(i), format!("0.n{i}").parse().unwrap(), signer.clone());
        peak = peak.max(w.coming());
    }
    let report = |w: &World, what: &str, t: &Traffic, from: Time| {
        let s = (w.now() - from).as_secs_f64();
        println!(
            "{what}: virtual {:.0} s, wall {:.1} s, delivered {} ({:.0}/s wall), {:.2} msg/s/node {:.0} B/s/node, rss {:.1} KiB/node, coming {}",
            w.now().since_start().as_secs_f64(),
            wall.elapsed().as_secs_f64(),
            w.traffic.delivered,
            w.traffic.delivered as f64 / wall.elapsed().as_secs_f64(),
            (w.traffic.sent - t.sent) as f64 / s / f64::from(n),
            (w.traffic.bytes - t.bytes) as f64 / s / f64::from(n),
            (rss() - base) as f64 / f64::from(n),
            w.coming()
        );
    };
    report(&w, "joined", &Traffic::default(), Time(0));
    let (t, from) = (w.traffic, w.now());
    let mut kinds0 = std::collections::BTreeMap::new();
    for (_, c) in w.clouds() {
        for (k, v) in c.stats().counters() {
            *kinds0.entry(k).or_insert(0) += v;
        }
    }
    w.pass(w.now() + Duration::from_secs(settle));
    report(&w, "settled", &t, from);
    let mut kinds = std::collections::BTreeMap::new();
    for (_, c) in w.clouds() {
        for (k, v) in c.stats().counters() {
            *kinds.entry(k).or_insert(0) += v;
        }
    }
    for (k, v) in &kinds {
        let d = v - kinds0.get(k).copied().unwrap_or(0);
        if d > 0 {
            println!(
                "   {k} {:.4}/s/node (joins {:.1}/node)",
                d as f64 / settle as f64 / f64::from(n),
                *kinds0.get(k).unwrap_or(&0) as f64 / f64::from(n)
            );
        }
    }
    let cached: usize = w.clouds().map(|(_, c)| c.cache().len()).sum();
    println!("cached {:.1}/node", cached as f64 / f64::from(n));
    let (t, from) = (w.traffic, w.now());
    for _ in 0..asks {
        let d = 60.0 / f64::from(asks);
        w.pass(w.now() + Duration::from_secs_f64(d));
        let (mut x, mut y) = (0, 0);
        while x == y || !w.network.joins(Node(x), Node(y)) {
            x = rng.random_range(0..n);
            y = rng.random_range(0..n);
        }
        w.resolve(
            Node(x),
            format!("0.n{y}").parse().unwrap(),
            Duration::from_secs(10),
            y,
        );
    }
    w.pass(w.now() + Duration::from_secs(12));
    report(&w, "asked", &t, from);
    let o = w.take_outcomes();
    let ok = o.iter().filter(|o| o.found == Some(Node(o.tag))).count();
    let mut l: Vec<u32> = o.iter().map(|o| o.lookups).collect();
    l.sort();
    let mut e: Vec<_> = o.iter().map(|o| o.elapsed.as_millis()).collect();
    e.sort();
    let q = |f: f64| (o.len() as f64 * f) as usize;
    println!(
        "{} outcomes, {} ok, lookups mean {:.2} p50 {} p90 {} max {}; ms p50 {} p95 {} p99 {} max {}",
        o.len(),
        ok,
        l.iter().sum::<u32>() as f64 / o.len() as f64,
        l[q(0.5)],
        l[q(0.9)],
        l[o.len() - 1],
        e[q(0.5)],
        e[q(0.95)],
        e[q(0.99)],
        e[o.len() - 1]
    );
    for x in o.iter().filter(|o| o.found != Some(Node(o.tag))).take(5) {
        println!("{x:?}");
    }
}
