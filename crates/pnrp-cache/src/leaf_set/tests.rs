//! Leaf sets by example, and against a sorted vector.

use proptest::prelude::*;

use super::*;
use crate::fixture::{any_id, id, ids, naive_clockwise};

#[test]
fn each_side_keeps_the_five_nearest_in_order() {
    let others = [
        0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0,
    ];

    let leaves = leaves_of(0x80, &others);

    assert_eq!(leaves.above(), ids(&[0x90, 0xa0, 0xb0, 0xc0, 0xd0]));
    assert_eq!(leaves.below(), ids(&[0x70, 0x60, 0x50, 0x40, 0x30]));
    assert_eq!(leaves.members().count(), 10);
}

#[test]
fn the_sides_wrap_around_zero() {
    let leaves = leaves_of(0x00, &[0xfe, 0xff, 0x01, 0x02]);

    assert_eq!(leaves.above(), ids(&[0x01, 0x02, 0xfe, 0xff]));
    assert_eq!(leaves.below(), ids(&[0xff, 0xfe, 0x02, 0x01]));
}

#[test]
fn a_few_ids_are_on_both_sides_and_are_members_once() {
    let leaves = leaves_of(0x80, &[0x70, 0x90]);

    assert_eq!(leaves.above(), ids(&[0x90, 0x70]));
    assert_eq!(leaves.below(), ids(&[0x70, 0x90]));
    assert_eq!(leaves.members().collect::<Vec<_>>(), ids(&[0x90, 0x70]));
}

#[test]
fn gaps_lie_between_neighbours_and_not_beyond_full_sides() {
    let others = [0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0, 0xd0];
    let leaves = leaves_of(0x80, &others);

    let gaps = leaves.gaps();

    assert_eq!(gaps.len(), 10);
    assert_eq!(gaps[0], (id(0x80), id(0x90)));
    assert_eq!(gaps[9], (id(0x70), id(0x80)));
    assert!(!gaps.contains(&(id(0xd0), id(0x30))));
}

#[test]
fn gaps_of_a_few_leaves_cover_the_ring_once() {
    assert_eq!(
        leaves_of(0x80, &[0x70, 0x90]).gaps(),
        [
            (id(0x80), id(0x90)),
            (id(0x90), id(0x70)),
            (id(0x70), id(0x80))
        ]
    );
    assert_eq!(leaves_of(0x80, &[]).gaps(), [(id(0x80), id(0x80))]);
}

#[test]
fn the_local_id_is_neither_admitted_nor_inserted() {
    let mut leaves = leaves_of(0x80, &[]);

    assert!(!leaves.would_admit(&id(0x80)));
    assert!(!leaves.insert(id(0x80)));
    assert_eq!(leaves.members().count(), 0);
}

#[test]
fn a_member_would_be_admitted_but_is_not_inserted_again() {
    let mut leaves = leaves_of(0x80, &[0x90]);

    assert!(leaves.would_admit(&id(0x90)));
    assert!(!leaves.insert(id(0x90)));
}

#[test]
fn full_sides_admit_only_what_is_closer_than_their_farthest() {
    let mut leaves = leaves_of(
        0x80,
        &[0x90, 0x91, 0x92, 0x93, 0x94, 0x70, 0x6f, 0x6e, 0x6d, 0x6c],
    );

    assert!(!leaves.would_admit(&id(0x95)));
    assert!(!leaves.insert(id(0x95)));
    assert!(leaves.would_admit(&id(0x85)));
    assert!(leaves.insert(id(0x85)));
    assert!(!leaves.contains(&id(0x94)));
}

#[test]
fn removing_takes_an_id_off_both_sides() {
    let mut leaves = leaves_of(0x80, &[0x70, 0x90]);

    assert!(leaves.remove(&id(0x70)));
    assert!(!leaves.remove(&id(0x70)));
    assert_eq!(
        (leaves.above(), leaves.below()),
        (&*ids(&[0x90]), &*ids(&[0x90]))
    );
}

/// MS-PNRP §3.2.6.2.1.1.
#[test]
fn the_estimate_is_twice_the_ring_over_the_gap() {
    assert_eq!(leaves_of(0x80, &[0x78, 0x88]).size_estimate(), Some(32.0));
    assert_eq!(leaves_of(0x00, &[0xff, 0x01]).size_estimate(), Some(256.0));
}

/// MS-PNRP §3.2.6.2.1.1.
#[test]
fn one_neighbour_means_a_cloud_of_two() {
    assert_eq!(leaves_of(0x80, &[0x81]).size_estimate(), Some(2.0));
}

/// MS-PNRP §3.2.6.2.1.1.
#[test]
fn no_neighbour_or_one_too_close_gives_no_estimate() {
    assert_eq!(leaves_of(0x80, &[]).size_estimate(), None);
    let mut leaves = LeafSet::new(neighbour(0x08));
    leaves.insert(neighbour(0x07));
    leaves.insert(neighbour(0x0a));
    assert_eq!(leaves.size_estimate(), Some(8_589_934_592.0 / 3.0));

    leaves.insert(neighbour(0x09));
    assert_eq!(leaves.size_estimate(), None);
}

proptest! {
    #[test]
    fn both_sides_are_the_first_five_of_all_ids_sorted_by_distance(
        local in any_id(),
        offered in prop::collection::vec(any_id(), 0..40),
    ) {
        let mut leaves = LeafSet::new(local);
        let mut seen: Vec<PnrpId> = Vec::new();
        for id in offered {
            let was_admissible = leaves.would_admit(&id);
            let before = leaves.clone();
            let inserted = leaves.insert(id);
            if id != local && !seen.contains(&id) {
                seen.push(id);
            }

            let above = nearest(&seen, |id| naive_clockwise(&local, id));
            let below = nearest(&seen, |id| naive_clockwise(id, &local));
            prop_assert_eq!(leaves.above(), above);
            prop_assert_eq!(leaves.below(), below);
            prop_assert_eq!(inserted, leaves != before);
            prop_assert_eq!(was_admissible, leaves.contains(&id));
        }
    }

    #[test]
    fn an_estimate_is_at_least_two_and_below_2_to_the_32(
        local in any_id(),
        offered in prop::collection::vec(any_id(), 0..8),
    ) {
        let mut leaves = LeafSet::new(local);
        for id in offered {
            leaves.insert(id);
        }

        if let Some(estimate) = leaves.size_estimate() {
            prop_assert!((2.0..4_294_967_296.0).contains(&estimate));
        }
    }
}

fn nearest(all: &[PnrpId], distance: impl Fn(&PnrpId) -> [u8; 32]) -> Vec<PnrpId> {
    let mut sorted = all.to_vec();
    sorted.sort_by_key(distance);
    sorted.truncate(5);
    sorted
}

fn leaves_of(local: u8, others: &[u8]) -> LeafSet {
    let mut leaves = LeafSet::new(id(local));
    for &other in others {
        leaves.insert(id(other));
    }
    leaves
}

/// The multiple of 2^224 whose fourth byte this is: neighbours in steps of a 2^32nd of the ring.
fn neighbour(fourth: u8) -> PnrpId {
    let mut bytes = [0; 32];
    bytes[3] = fourth;
    PnrpId::from_bytes(bytes)
}
