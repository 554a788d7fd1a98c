//! Which scenarios make up a report.

use std::time::Duration;

use pnrp_node::cloud::Pace;

use crate::{
    crowd::Build,
    scenario::{
        Churn, ChurnBars, Common, DeadEntries, DeadHop, FlashCrowd, MassJoin, MassLeave,
        Publishers, RealKeys, Scenario, Split, Static, StaticBars, Sybil, Upkeep,
    },
};

/// A scenario, and what it is run with.
#[derive(Debug)]
pub struct Planned {
    /// What happens.
    pub scenario: Box<dyn Scenario>,
    /// In which circumstances.
    pub common: Common,
}

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every bar but those of larger clouds: half an hour.
    Full,
    /// What every test run has time for: half a minute.
    Brief,
    /// A hundred thousand nodes, and a million: hours, and 24 GiB of memory.
    Large,
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Sessions of 15 minutes, and what is asked of a cloud with them.
const QUARTER: (Duration, ChurnBars) = (
    minutes(15),
    ChurnBars {
        first: Some(99.5),
        second: Some(99.9),
        bytes: None,
    },
);
/// Sessions of 1.4 minutes.
const SHORTEST: (Duration, ChurnBars) = (
    seconds(84),
    ChurnBars {
        first: Some(95.0),
        second: None,
        bytes: Some(900.0),
    },
);
/// What is asked of 15,000 nodes.
const OF_15_000: StaticBars = StaticBars {
    lookups: Some((3, 5)),
    latency: Some((600.0, 1_300.0)),
};
/// Entries that a node of a large cloud caches, for the sake of memory: most find no more than seventy
/// while it grows.
const SMALL_CACHE: usize = 96;
/// Nodes that one who joins a large cloud knows: one of 8,000 cannot reach any of three.
const FEW_ACQUAINTANCES: usize = 3;

/// The scenarios of a report.
pub fn plan(extent: Extent, seed: u64) -> Vec<Planned> {
    let scenarios = match extent {
        Extent::Full => full(),
        Extent::Brief => brief(),
        Extent::Large => large(),
    };
    let with = |entry: Entry| Planned {
        scenario: entry.scenario,
        common: Common {
            seed,
            ..entry.common
        },
    };
    scenarios.into_iter().map(with).collect()
}

/// A scenario, and what differs from the usual circumstances.
struct Entry {
    scenario: Box<dyn Scenario>,
    common: Common,
}

fn entry(scenario: impl Scenario + 'static) -> Entry {
    Entry {
        scenario: Box::new(scenario),
        common: Common::default(),
    }
}

/// A large cloud, whose nodes are small. It grows as fast as nodes can join, for what happens meanwhile
/// costs as much as joining does.
fn large_cloud(scenario: Static) -> Entry {
    Entry {
        common: Common {
            cache: SMALL_CACHE,
            build: Build::Small,
            acquaintances: FEW_ACQUAINTANCES,
            doubling: seconds(8),
            settling: seconds(15),
            ..Common::default()
        },
        ..entry(Static {
            at_rest: Duration::ZERO,
            within: Some(seconds(5)),
            ..scenario
        })
    }
}

fn paced(pace: Pace, scenario: impl Scenario + 'static) -> Entry {
    Entry {
        common: Common {
            pace,
            ..Common::default()
        },
        ..entry(scenario)
    }
}

fn of_size(nodes: u32, resolves: u32) -> Static {
    Static {
        nodes,
        resolves,
        use_before: Duration::ZERO,
        at_rest: seconds(30),
        within: None,
        bars: StaticBars::default(),
    }
}

fn churn(nodes: u32, (median, bars): (Duration, ChurnBars), span: Duration) -> Churn {
    Churn {
        nodes,
        median,
        span,
        bars,
    }
}

fn full() -> Vec<Entry> {
    let mut entries = vec![
        entry(of_size(1_000, 100_000)),
        entry(of_size(10_000, 100_000)),
        entry(Static {
            use_before: minutes(20),
            bars: OF_15_000,
            ..of_size(15_000, 50_000)
        }),
        entry(Upkeep {
            nodes: 5_000,
            calm: minutes(10),
            span: minutes(20),
        }),
    ];
    for (median, bars) in [
        (minutes(60), ChurnBars::default()),
        QUARTER,
        (minutes(5), ChurnBars::default()),
        SHORTEST,
    ] {
        entries.push(entry(churn(2_000, (median, bars), minutes(30))));
    }
    for pace in [Pace::Adaptive, Pace::Literal] {
        entries.push(paced(
            pace,
            DeadHop {
                nodes: 2_000,
                resolves: 20_000,
            },
        ));
        for dead in [0.0, 5.0, 20.0] {
            entries.push(paced(
                pace,
                DeadEntries {
                    nodes: 2_000,
                    dead,
                    resolves: 10_000,
                },
            ));
        }
    }
    entries.extend([
        entry(Split {
            half: 5_000,
            broken: minutes(15),
            periods: 40,
            resolves: 1_000,
        }),
        entry(MassJoin {
            nodes: 2_000,
            newcomers: 8_000,
            within: seconds(10),
            watched: minutes(3),
        }),
        entry(MassLeave {
            nodes: 10_000,
            leaving: 50.0,
            watched: minutes(5),
        }),
        entry(FlashCrowd {
            nodes: 10_000,
            resolves: 5_000,
            within: seconds(10),
        }),
        entry(Publishers {
            nodes: 5_000,
            publishers: 200,
            resolves: 5_000,
        }),
        entry(RealKeys {
            nodes: 150,
            resolves: 1_000,
        }),
    ]);
    let hostile = Sybil::all(2_000, &[1.0, 5.0, 10.0], 1_000);
    entries.extend(hostile.into_iter().map(entry));
    entries
}

fn brief() -> Vec<Entry> {
    let mut entries = vec![
        entry(of_size(1_000, 5_000)),
        entry(Upkeep {
            nodes: 500,
            calm: minutes(10),
            span: minutes(10),
        }),
        entry(churn(500, QUARTER, minutes(30))),
        entry(churn(500, SHORTEST, minutes(10))),
        entry(Split {
            half: 500,
            broken: minutes(10),
            periods: 12,
            resolves: 300,
        }),
        entry(MassJoin {
            nodes: 200,
            newcomers: 800,
            within: seconds(5),
            watched: minutes(1),
        }),
        entry(RealKeys {
            nodes: 40,
            resolves: 200,
        }),
    ];
    for pace in [Pace::Adaptive, Pace::Literal] {
        entries.push(paced(
            pace,
            DeadHop {
                nodes: 500,
                resolves: 4_000,
            },
        ));
        entries.push(paced(
            pace,
            DeadEntries {
                nodes: 500,
                dead: 5.0,
                resolves: 1_000,
            },
        ));
    }
    entries
}

fn large() -> Vec<Entry> {
    vec![
        large_cloud(of_size(100_000, 100_000)),
        large_cloud(of_size(1_000_000, 100_000)),
    ]
}
