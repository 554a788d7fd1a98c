//! The worked examples of MS-PNRP §4, a file for each, step by step: one real cloud among
//! hand-made peers where the example looks at one node, real clouds on a wire where it looks at
//! several.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod s4_1_1_opening;
mod s4_1_2_synchronization;
mod s4_1_3_publisher;
mod s4_1_3_resolver;
mod s4_2_registering;
mod s4_3_unregistering;
mod s4_4_flooding;
