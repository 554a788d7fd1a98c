//! Searches for a second at a time.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::task::JoinSet;

/// Nodes of which each publishes something.
pub(crate) trait Directory: Send + Sync + 'static {
    /// How many.
    fn count(&self) -> usize;

    /// Whether one finds what another publishes.
    fn find(&self, from: usize, of: usize) -> impl Future<Output = bool> + Send;
}

/// Lets every node search until it has found what ten others publish.
pub(crate) async fn warm_up<D: Directory>(directory: &Arc<D>) {
    let count = directory.count();
    for from in 0..count {
        for step in 1..=10 {
            let of = (from + step * count / 11) % count;
            let began = Instant::now();
            while !directory.find(from, of).await {
                assert!(began.elapsed() < Duration::from_secs(60), "{from}: {of}");
            }
        }
    }
}

/// What the turns of one directory came to.
#[derive(Default)]
pub(crate) struct Turns {
    latencies: Vec<Duration>,
    rates: Vec<f64>,
    busy: Vec<f64>,
    missed: usize,
}

impl Turns {
    /// Searches for a second, so many at a time.
    pub(crate) async fn take<D: Directory>(&mut self, directory: &Arc<D>, at_a_time: usize) {
        let mut searches = JoinSet::new();
        let busy_before = processor_time();
        let start = Instant::now();
        for number in 0..at_a_time {
            let seed = (self.rates.len() * 64 + number) as u64;
            searches.spawn(search(Arc::clone(directory), seed, start + TURN));
        }
        let before = self.latencies.len();
        for (found, missed) in searches.join_all().await {
            self.latencies.extend(found);
            self.missed += missed;
        }
        let took = start.elapsed();
        let found = (self.latencies.len() - before) as f64;
        self.rates.push(found / took.as_secs_f64());
        let busy = processor_time() - busy_before;
        self.busy.push(busy.as_secs_f64() * 1e3 / found);
    }

    pub(crate) fn print(&self, at_a_time: usize, name: &str) {
        println!(
            "{at_a_time:<12}{name:<14}{:>10.0}{:>9.2} ms{:>9.2} ms{:>15.2} ms",
            self.rate(),
            self.latency(0.5),
            self.latency(0.99),
            part(self.busy.clone(), 0.5)
        );
        if self.missed > 0 {
            println!("  {} found nothing", self.missed);
        }
    }

    /// Found in a second, in the middle turn.
    pub(crate) fn rate(&self) -> f64 {
        part(self.rates.clone(), 0.5)
    }

    /// Milliseconds within which this part of all searches ended.
    pub(crate) fn latency(&self, of: f64) -> f64 {
        let milliseconds = self.latencies.iter().map(|took| took.as_secs_f64() * 1e3);
        part(milliseconds.collect(), of)
    }
}

/// How long each search took that found something, and how many did not.
async fn search<D: Directory>(
    directory: Arc<D>,
    seed: u64,
    until: Instant,
) -> (Vec<Duration>, usize) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut latencies, mut missed) = (Vec::new(), 0);
    let count = directory.count();
    loop {
        let from = rng.random_range(0..count);
        let of = (from + rng.random_range(1..count)) % count;
        let began = Instant::now();
        if began >= until {
            return (latencies, missed);
        }
        match directory.find(from, of).await {
            true => latencies.push(began.elapsed()),
            false => missed += 1,
        }
    }
}

fn part(mut values: Vec<f64>, of: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * of) as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// What all threads of this process have used of the processors.
fn processor_time() -> Duration {
    let threads = fs::read_dir("/proc/self/task").expect("Linux");
    let of = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    threads
        .flatten()
        .filter_map(of)
        .map(Duration::from_nanos)
        .sum()
}

const TURN: Duration = Duration::from_secs(1);
