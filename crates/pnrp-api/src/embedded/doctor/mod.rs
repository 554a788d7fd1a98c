//! Examining a node: why a cloud is missing or alone, in plain words, with the next step.
//!
//! `facts.rs` collects what can be known, with a search by multicast in `probe.rs`. The other files
//! each judge some of it, and do nothing else.

use std::sync::Arc;

use super::Embedded;
use crate::{Error, Finding};

mod addresses;
mod clock;
mod clouds;
mod facts;
mod kept;
mod multicast;
mod ports;
mod probe;
mod seeds;
mod state;

impl Embedded {
    /// Looks at everything that a node needs. Takes a few seconds, for nodes on the links are
    /// searched for, and those that are found are asked.
    pub(crate) async fn doctor(self: &Arc<Self>) -> Result<Vec<Finding>, Error> {
        let facts = self.facts().await?;
        let mut findings = addresses::check(&facts.host, &facts.missing, &facts.clouds);
        findings.extend(facts.clouds.iter().flat_map(|cloud| {
            let port = ports::check(cloud);
            let links = multicast::check(cloud);
            let seeds = seeds::check(cloud);
            let state = clouds::check(cloud);
            port.into_iter().chain(links).chain(seeds).chain(state)
        }));
        findings.extend(facts.lost_seeds.iter().map(|seed| seeds::lost(seed)));
        findings.extend(clock::check(facts.year, &facts.clouds));
        findings.extend(state::check(facts.state_dir.as_ref()));
        findings.extend(kept::check(&facts.kept));
        Ok(findings)
    }
}
