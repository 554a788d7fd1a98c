//! Two to fifty clouds on a virtual link, by topic.

mod administration;
mod asking;
mod binding;
mod bounds;
mod calibration;
mod dead_hops;
mod delegation;
mod epoch;
mod hops;
mod hostile;
mod joining;
mod lifecycle;
mod link;
mod losses;
mod resolving;
mod ring;
mod several;
mod splitting;
mod wire_rules;

pub(crate) use epoch::epoch;
