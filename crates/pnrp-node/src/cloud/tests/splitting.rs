//! Clouds that fall apart and grow together again. MS-PNRP §3.2.6.2.1, §3.2.5.11.1.

use std::time::Duration;

use super::{
    link::{Link, name_of},
    ring::wrong_leaf_sets,
};

const PERIOD: Duration = Duration::from_secs(15);

/// R-3.2.6.2.1-01: a link that breaks in two for a minute. Both halves close their rings, and once
/// the link is whole again, so is the ring, without a server and without a multicast.
#[test]
fn a_cloud_that_broke_in_two_is_one_again_after_four_periods() {
    for seed in [31, 32, 33] {
        let mut link = Link::ring(30, seed);
        link.run(Duration::from_secs(30));
        assert_eq!(wrong_leaf_sets(&link), Vec::<usize>::new());

        link.parted_at = Some(15);
        link.run(4 * PERIOD);
        assert!(link.resolve(3, &name_of(9)).result.is_ok());
        assert!(link.resolve(20, &name_of(25)).result.is_ok());
        assert!(link.resolve(3, &name_of(25)).result.is_err());

        link.parted_at = None;
        link.run(4 * PERIOD);
        assert_eq!(wrong_leaf_sets(&link), Vec::<usize>::new(), "seed {seed}");
        for node in 0..15 {
            let there = name_of(29 - node);
            assert!(
                link.resolve(node, &there).result.is_ok(),
                "{there}, seed {seed}"
            );
        }
    }
}

/// R-3.2.6.2.1-01: two clouds that have never met, and one node that is told of a node of the other.
#[test]
fn one_acquaintance_joins_two_clouds() {
    let mut link = Link::new(34);
    link.parted_at = Some(12);
    for part in [0, 12] {
        for index in part..part + 12 {
            let before = (index > part).then(|| super::link::endpoint(index - 1));
            link.add(before.into_iter().collect());
            link.register(index, &name_of(index));
            link.run(Duration::from_millis(200));
        }
    }
    link.run(3 * PERIOD);
    link.parted_at = None;
    assert!(link.resolve(3, &name_of(20)).result.is_err());

    let now = link.now;
    link.nodes[5].handle_discovered(super::link::endpoint(17), now);
    link.run(12 * PERIOD);

    assert_eq!(wrong_leaf_sets(&link), Vec::<usize>::new());
    assert!(link.resolve(3, &name_of(20)).result.is_ok());
}
