//! scratch
use pnrp_node::cloud::Pace;
use pnrp_sim::{course::Course, scenario::*};
use std::time::{Duration, Instant};
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
    let n: u32 = a[2].parse().unwrap();
    let arg = |i: usize, d: u32| a.get(i).map_or(d, |x| x.parse().unwrap());
    let s = |x: u32| Duration::from_secs(x.into());
    let mut common = Common::default();
    common.cache = std::env::var("CACHE").map_or(common.cache, |x| x.parse().unwrap());
    let e = |n: &str, d: u64| std::env::var(n).map_or(d, |x| x.parse().unwrap());
    common.doubling = Duration::from_secs(e("DOUBLING", 20));
    common.settling = Duration::from_secs(e("SETTLING", 90));
    let scenario: Box<dyn Scenario> = match a[1].as_str() {
        "static" => Box::new(Static {
            nodes: n,
            resolves: arg(3, 10000),
            use_before: s(arg(4, 0)),
            bars: StaticBars::default(),
        }),
        "churn" => Box::new(Churn {
            nodes: n,
            median: s(arg(3, 900)),
            span: s(arg(4, 900)),
            bars: Default::default(),
        }),
        "upkeep" => Box::new(Upkeep {
            nodes: n,
            calm: s(600),
            span: s(600),
        }),
        "dead" => Box::new(DeadEntries {
            nodes: n,
            dead: arg(3, 5).into(),
            pace: if arg(4, 0) == 0 {
                Pace::Adaptive
            } else {
                Pace::Literal
            },
            resolves: 5000,
        }),
        "hop" => Box::new(DeadHop {
            nodes: n,
            pace: if arg(3, 0) == 0 {
                Pace::Adaptive
            } else {
                Pace::Literal
            },
            resolves: 5000,
        }),
        "split" => Box::new(Split {
            half: n,
            broken: s(arg(3, 300)),
            periods: 40,
            resolves: 1000,
        }),
        "join" => Box::new(MassJoin {
            nodes: n,
            newcomers: arg(3, n),
            within: s(5),
            watched: s(120),
        }),
        "leave" => Box::new(MassLeave {
            nodes: n,
            leaving: arg(3, 50).into(),
            watched: s(120),
        }),
        "flash" => Box::new(FlashCrowd {
            nodes: n,
            resolves: n / 2,
            within: s(10),
        }),
        "publishers" => Box::new(Publishers {
            nodes: n,
            publishers: arg(3, 50),
            resolves: 2000,
        }),
        "keys" => Box::new(RealKeys {
            nodes: n,
            resolves: 500,
        }),
        _ => panic!(),
    };
    let wall = Instant::now();
    let run = scenario.run(&common, &mut Course::default()).unwrap();
    println!("{} {:?}", run.title, run.parameters);
    for f in &run.figures {
        println!(
            "  {} {} {} {:?} {:?}",
            f.name,
            f.value,
            f.unit,
            f.bar,
            f.is_met()
        );
    }
    for d in &run.distributions {
        println!(
            "  {} mean {} p50 {} p90 {} p95 {} p99 {} max {} {}",
            d.name, d.mean, d.p50, d.p90, d.p95, d.p99, d.max, d.unit
        );
    }
    for d in &run.series {
        println!("  {} {:?}", d.name, d.points);
    }
    println!(
        "wall {:.1} s rss {} MiB",
        wall.elapsed().as_secs_f64(),
        rss() / 1024
    );
}
