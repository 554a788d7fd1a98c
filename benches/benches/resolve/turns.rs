//! Searches for a second at a time.

use std::{
    fs, io,
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

/// Takes a turn for every line of input, which says how many searches run at a time.
pub(crate) async fn serve<D: Directory>(directory: D) {
    let directory = Arc::new(directory);
    warm_up(&directory).await;
    println!("ready");
    for seed in 0.. {
        // Nothing else is to be done meanwhile, but nodes have to be driven.
        let line = tokio::task::spawn_blocking(|| io::stdin().lines().next());
        let Ok(Some(Ok(line))) = line.await else {
            return;
        };
        let at_a_time = line.parse().expect("a number");
        println!("{}", take(&directory, at_a_time, seed).await);
    }
}

/// Lets every node search until it has found what ten others publish.
async fn warm_up<D: Directory>(directory: &Arc<D>) {
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

/// Searches for a second; the result is a line for [`Turns::push`].
async fn take<D: Directory>(directory: &Arc<D>, at_a_time: u64, seed: u64) -> String {
    let mut searches = JoinSet::new();
    let busy_before = processor_time();
    let start = Instant::now();
    for number in 0..at_a_time {
        let seed = seed << 8 | number;
        searches.spawn(search(Arc::clone(directory), seed, start + TURN));
    }
    let (mut latencies, mut missed) = (Vec::new(), 0);
    for (found, not_found) in searches.join_all().await {
        latencies.extend(found.iter().map(Duration::as_secs_f64));
        missed += not_found;
    }
    let took = start.elapsed().as_secs_f64();
    let busy = (processor_time() - busy_before).as_secs_f64();
    let found = latencies.len() as f64;
    let median = 1e3 * part(latencies.clone(), 0.5);
    let p99 = 1e3 * part(latencies, 0.99);
    let (rate, busy) = (found / took, 1e3 * busy / found);
    format!("{rate} {median} {p99} {busy} {missed}")
}

/// What the turns of one directory came to: in each, how many it found in a second, milliseconds
/// to the median and to the 99th of a hundred, processor time for one, and how often it failed.
#[derive(Default)]
pub(crate) struct Turns(Vec<[f64; 5]>);

impl Turns {
    pub(crate) fn push(&mut self, line: &str) {
        let mut numbers = line.split_whitespace().map(|it| it.parse().ok());
        let turn = [(); 5].map(|()| numbers.next().flatten().expect("five numbers"));
        self.0.push(turn);
    }

    pub(crate) fn print(&self, at_a_time: u64, name: &str) {
        println!(
            "{at_a_time:<12}{name:<14}{:>10.0}{:>9.2} ms{:>9.2} ms{:>15.2} ms",
            self.rate(),
            self.median(),
            self.p99(),
            self.middle(3)
        );
        let missed: f64 = self.0.iter().map(|turn| turn[4]).sum();
        if missed > 0.0 {
            println!("  {missed} found nothing");
        }
    }

    pub(crate) fn rate(&self) -> f64 {
        self.middle(0)
    }

    pub(crate) fn median(&self) -> f64 {
        self.middle(1)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.middle(2)
    }

    fn middle(&self, column: usize) -> f64 {
        part(self.0.iter().map(|turn| turn[column]).collect(), 0.5)
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
