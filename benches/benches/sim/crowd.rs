//! A cloud of real nodes, where messages cost what the state machine makes of them.

use std::time::Duration;

use pnrp_sim::{
    crowd::{Crowd, Settings},
    network::{Network, Weather},
};

/// A cloud in which little changes any more.
pub(crate) fn settled(nodes: u32) -> Crowd {
    let settings = Settings::default();
    let network = Network::new(settings.seed, Weather::default());
    let mut crowd = Crowd::new(settings, network);
    crowd.grow(nodes, &mut |_| ());
    crowd.rest(SETTLING);
    crowd
}

/// Has as many names resolved as there are nodes; returns how many messages were delivered meanwhile.
pub(crate) fn work(crowd: &mut Crowd) -> u64 {
    let before = crowd.world.traffic.delivered;
    let outcomes = crowd.ask(crowd.size(), OVER, &mut |_| ());
    let found = outcomes.iter().filter(|outcome| outcome.found.is_some());
    assert!(found.count() * 100 > outcomes.len() * 99);
    crowd.world.traffic.delivered - before
}

/// Time in which all begin; the last gets ten seconds more.
const OVER: Duration = Duration::from_secs(20);
const SETTLING: Duration = Duration::from_secs(90);
