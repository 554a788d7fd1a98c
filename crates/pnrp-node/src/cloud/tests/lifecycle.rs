//! A cloud whose host moves, whose users come and go, and to which anything is told about other
//! nodes. MS-PNRP §3.1.4.1, §3.1.4.5, §3.1.6.1, §3.1.7.1.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::link::{Link, config, endpoint, registration, request};
use crate::{
    cloud::{CloudState, Event, Scope, Seed, Sources},
    ssdp,
};

/// The node under test; another one publishes a name beside it.
const NODE: usize = 0;
/// An address at which nobody hears it.
const ELSEWHERE: usize = 10;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What the driver was asked to publish is what there is, a deadline that was handled has
    /// passed, and after the end there is nothing.
    #[test]
    fn no_order_of_events_confuses_a_cloud(steps in prop::collection::vec(0_u8..14, 1..60)) {
        let mut link = Link::new(7);
        link.add_configured(config(vec![]).with_sources(sources()));
        link.add(vec![]);
        link.register(1, "0.beside");

        for step in steps {
            let was_closed = link.nodes[NODE].is_closed();
            let (sent, reported) = (sent(&link), link.events.len());
            take(&mut link, step);
            check(&link);
            if was_closed {
                prop_assert_eq!(self::sent(&link), sent);
                prop_assert!(link.events[reported..].iter().all(|(node, _)| *node != NODE));
            }
        }
    }
}

fn take(link: &mut Link, step: u8) {
    let now = link.now;
    let node = &mut link.nodes[NODE];
    match step {
        0 | 1 => {
            let _ = node.register(registration(&format!("0.name-{step}")), now);
        }
        2 => {
            let last = node.registrations().map(|(id, _)| id).last();
            last.map(|id| node.unregister(id, now));
        }
        3 => {
            let _ = node.resolve(request("0.beside"), now);
        }
        4..=7 => {
            let places: &[usize] = match step {
                4 => &[],
                5 => &[NODE],
                6 => &[ELSEWHERE],
                _ => &[ELSEWHERE, NODE],
            };
            let places = places.iter().copied().map(endpoint).collect();
            let moved = node.set_endpoints(places, now);
            assert_eq!(moved.is_err(), node.is_closed());
        }
        8 => {
            let was_open = node.open_count() > 0;
            assert_eq!(node.release(now).is_ok(), was_open);
        }
        9 => {
            let _ = node.reopen();
        }
        10 => {
            let target = ssdp::search_target(Scope::LinkLocal);
            node.handle_ssdp_response(&ssdp::answer(target, endpoint(1)), now);
        }
        11 => {
            let found = vec![endpoint(1).address];
            let addresses = BTreeMap::from([("seed.example".to_owned(), found)]);
            node.handle_seed_addresses(&addresses, now);
        }
        12 => link.run(Duration::from_secs(1)),
        _ => link.run(Duration::from_secs(400)),
    }
    link.collect();
}

fn check(link: &Link) {
    let node = &link.nodes[NODE];
    assert_eq!(node.check(), Ok(()));
    let told = link.events.iter().filter(|(at, _)| *at == NODE);
    let published = told.fold(None, |published, (_, event)| {
        if let Event::Publish { endpoint, .. } = event {
            Some(*endpoint)
        } else if *event == Event::Withdraw {
            None
        } else {
            published
        }
    });
    let has_names = node.registrations().count() > 0;
    let expected = node.endpoints().first().filter(|_| has_names);
    assert_eq!(published.as_ref(), expected);

    let is_without_network = node.endpoints().is_empty() && !node.is_closed();
    assert_eq!(node.state() == CloudState::NoNet, is_without_network);
    if node.is_closed() {
        assert_eq!(node.table_sizes(), [0; 4]);
        assert!(node.poll_timeout() > link.now.instant + Duration::from_secs(86_400 * 365));
    }
}

fn sent(link: &Link) -> u64 {
    link.nodes[NODE].stats().sent.total()
}

fn sources() -> Sources {
    Sources {
        has_ssdp: true,
        seeds: vec![Seed::Name("seed.example".to_owned(), 3540)],
        ..Sources::default()
    }
}
