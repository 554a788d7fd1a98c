//! What is counted during a run.

mod histogram;
mod series;

pub use histogram::{BadHistogram, Histogram};
pub use series::Series;
