//! Hosts on several cores.
//!
//! Within a tick no host can affect another: a datagram arrives a tick later at the earliest. So what
//! happens in one tick happens to many hosts at the same time. Hosts are dealt out to lanes, a lane
//! is worked off in order, and what comes of it is put together again in the order of its causes: the
//! run is the same whether it has one core or many.

use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};

use super::host::{Coming, Effect, Host, Surroundings};
use crate::address::Node;

/// All hosts.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// The lanes of what happens in this tick, in the order of its causes.
    order: Vec<u8>,
    len: usize,
}

/// Some of the hosts, and what happens to them in this tick.
#[derive(Debug, Default)]
struct Lane {
    hosts: Vec<Host>,
    due: Vec<Coming>,
    /// What came of it, and how much of it came of each.
    effects: Vec<(Node, Effect)>,
    counts: Vec<u32>,
    delivered: u64,
}

/// Many more than most machines have cores: whoever is done with one takes another, and the last to be
/// done is waited for no longer than one takes.
const LANES: usize = 32;
/// Less than this in a tick is not worth the work of other cores.
const FEW: usize = 48;

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            lanes: std::iter::repeat_with(Lane::default).take(LANES).collect(),
            order: Vec::new(),
            len: 0,
        }
    }

    /// The number after the highest of a host.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, node: Node) -> Option<&Host> {
        self.lanes.get(lane(node))?.hosts.get(place(node))
    }

    pub(super) fn get_mut(&mut self, node: Node) -> Option<&mut Host> {
        self.lanes.get_mut(lane(node))?.hosts.get_mut(place(node))
    }

    /// The host of a node, which there is from now on.
    pub(super) fn make(&mut self, node: Node) -> Option<&mut Host> {
        self.len = self.len.max(node.index() + 1);
        let lane = self.lanes.get_mut(lane(node))?;
        let place = place(node);
        if lane.hosts.len() <= place {
            lane.hosts.resize_with(place + 1, Host::default);
        }
        lane.hosts.get_mut(place)
    }

    /// Something is due in this tick.
    pub(super) fn push(&mut self, coming: Coming) {
        let lane = lane(coming.node());
        // There are few lanes.
        self.order.push(u8::try_from(lane).unwrap_or(0));
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.due.push(coming);
        }
    }

    /// Lets all that is due happen, then hands out what came of it in the order of its causes, and how
    /// many datagrams were delivered.
    pub(super) fn work(&mut self, around: &Surroundings<'_>) -> u64 {
        if self.order.len() < FEW {
            self.lanes.iter_mut().for_each(|lane| lane.work(around));
        } else {
            self.lanes.par_iter_mut().for_each(|lane| lane.work(around));
        }
        self.lanes
            .iter_mut()
            .map(|lane| std::mem::take(&mut lane.delivered))
            .sum()
    }

    /// What came of [`Self::work`], in the order of its causes.
    pub(super) fn effects(&mut self, take: &mut dyn FnMut(Node, Effect)) {
        let mut open: Vec<_> = self
            .lanes
            .iter_mut()
            .map(|lane| (lane.counts.drain(..), lane.effects.drain(..)))
            .collect();
        for lane in self.order.drain(..) {
            let Some((counts, effects)) = open.get_mut(usize::from(lane)) else {
                continue;
            };
            for _ in 0..counts.next().unwrap_or_default() {
                if let Some((node, effect)) = effects.next() {
                    take(node, effect);
                }
            }
        }
    }
}

impl Lane {
    fn work(&mut self, around: &Surroundings<'_>) {
        for coming in self.due.drain(..) {
            let before = self.effects.len();
            let node = coming.node();
            if let Some(host) = self.hosts.get_mut(place(node)) {
                let effects = &mut self.effects;
                let is_delivered =
                    host.happen(coming, around, &mut |effect| effects.push((node, effect)));
                self.delivered += u64::from(is_delivered);
            }
            let count = self.effects.len() - before;
            self.counts.push(u32::try_from(count).unwrap_or(u32::MAX));
        }
    }
}

fn lane(node: Node) -> usize {
    node.index() % LANES
}

fn place(node: Node) -> usize {
    node.index() / LANES
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{
        crowd::{Crowd, Settings},
        network::{Network, Weather},
    };

    /// What a cloud does whose nodes come all at once, on so many cores.
    fn crowded(cores: usize) -> String {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build();
        pool.unwrap().install(|| {
            let settings = Settings {
                doubling: Duration::from_millis(200),
                ..Settings::default()
            };
            let network = Network::new(settings.seed, Weather::default());
            let mut crowd = Crowd::new(settings, network);
            crowd.grow(400, &mut |_| ());
            crowd.rest(Duration::from_secs(3));
            let outcomes = crowd.ask(300, Duration::from_secs(1), &mut |_| ());
            assert_eq!(crowd.watch.faults(), []);
            format!("{:?} {:?}", crowd.world.traffic, outcomes)
        })
    }

    #[test]
    fn a_run_is_the_same_on_one_core_and_on_many() {
        let one = crowded(1);

        assert!(one.contains("found: Some"), "{one}");
        assert_eq!(one, crowded(2));
        assert_eq!(one, crowded(5));
    }
}
