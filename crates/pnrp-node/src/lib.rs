//! A PNRP node. To be written.

pub mod cloud;
#[cfg(feature = "driver")]
pub mod driver;
