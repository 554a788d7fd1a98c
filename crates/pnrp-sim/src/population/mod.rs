//! Who comes, goes and asks.

pub mod sessions;
