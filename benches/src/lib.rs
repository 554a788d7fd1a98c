//! What all measurements share: a short criterion, and medians set against each other.
//!
//! Absolute times say more about the machine than about the code. What is compared is measured
//! in one run, and the ratio is what counts. Criterion measures one thing for seconds, in a cache
//! that it has to itself; [`Rounds`] takes turns of less than a millisecond, for bars on ratios.

mod rounds;

use std::{env, fs, path::PathBuf, time::Duration};

use criterion::Criterion;
use serde_json::Value;

pub use rounds::{Median, Rounds};

/// Criterion with results where [`Comparison::print`] finds them.
pub fn criterion() -> Criterion {
    Criterion::default()
        .output_directory(&directory())
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2))
        .without_plots()
        .configure_from_args()
}

/// Our median against that of a peer.
pub struct Comparison<'a> {
    /// Criterion's group.
    pub group: &'a str,
    /// Our benchmark in it.
    pub ours: &'a str,
    /// The other's.
    pub peer: &'a str,
}

impl Comparison<'_> {
    /// Prints one line: both medians and how many times the peer's ours is.
    pub fn print(&self) {
        let Self { group, ours, peer } = self;
        if let (Some(a), Some(b)) = (median(group, ours), median(group, peer)) {
            println!(
                "ratio {group}: {ours} {a:.1} ns / {peer} {b:.1} ns = {:.2}",
                a / b
            );
        }
    }
}

/// The median in nanoseconds; `None` when a filter on the command line left it out.
fn median(group: &str, name: &str) -> Option<f64> {
    let file = directory()
        .join(group)
        .join(name)
        .join("new/estimates.json");
    let estimates: Value = serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

fn directory() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    PathBuf::from(target).join("criterion")
}
