//! Distances against values written by hand, and against byte-wise arithmetic.

use proptest::prelude::*;

use super::*;
use crate::fixture::{any_id, id, naive_clockwise, naive_closeness};

const LAST: PnrpId = PnrpId::from_bytes([0xff; 32]);

/// R-1.3.1-05
#[test]
fn the_last_id_is_next_to_zero() {
    let mut one = [0; 32];
    one[31] = 1;

    assert_eq!(clockwise(&LAST, &PnrpId::ZERO).to_bytes(), one);
    assert_eq!(clockwise(&PnrpId::ZERO, &LAST).to_bytes(), [0xff; 32]);
    assert_eq!(ring_distance(&PnrpId::ZERO, &LAST).to_bytes(), one);
}

#[test]
fn a_borrow_crosses_the_middle_of_the_number() {
    let mut from = [0; 32];
    from[31] = 1;
    let mut expected = [0; 32];
    expected[16..].fill(0xff);
    let mut to = [0; 32];
    to[15] = 1;

    let distance = clockwise(&PnrpId::from_bytes(from), &PnrpId::from_bytes(to));

    assert_eq!(distance.to_bytes(), expected);
}

#[test]
fn the_midpoint_is_half_the_way_clockwise() {
    assert_eq!(midpoint(&id(0x10), &id(0x20)), id(0x18));
    assert_eq!(midpoint(&id(0xf0), &id(0x10)), id(0x00));
    assert_eq!(midpoint(&id(0x20), &id(0x10)), id(0x98));
    assert_eq!(midpoint(&id(0x20), &id(0x20)), id(0x20));
}

#[test]
fn of_two_equally_far_ids_the_clockwise_one_is_closer() {
    let (target, above, below) = (id(0x10), id(0x18), id(0x08));

    assert!(is_closer(&target, &above, &below));
    assert!(!is_closer(&target, &below, &above));
}

#[test]
fn no_id_is_closer_than_itself() {
    assert!(!is_closer(&id(1), &id(2), &id(2)));
    assert!(!is_closer(&id(1), &id(1), &id(1)));
}

/// R-1.3.1-05
#[test]
fn closeness_wraps_around_zero() {
    assert!(is_closer(&id(0x02), &id(0xff), &id(0x10)));
}

#[test]
fn between_is_the_shorter_arc_without_its_ends() {
    assert!(is_between(&id(0x00), &id(0xf0), &id(0x10)));
    assert!(is_between(&id(0x00), &id(0x10), &id(0xf0)));
    assert!(!is_between(&id(0x80), &id(0xf0), &id(0x10)));
    assert!(!is_between(&id(0xf0), &id(0xf0), &id(0x10)));
    assert!(!is_between(&id(0x10), &id(0xf0), &id(0x10)));
}

#[test]
fn nothing_is_between_an_id_and_itself() {
    assert!(!is_between(&id(0x20), &id(0x10), &id(0x10)));
    assert!(!is_between(&id(0x10), &id(0x10), &id(0x10)));
}

#[test]
fn between_opposite_points_is_clockwise_of_the_first() {
    assert!(is_between(&id(0x40), &id(0x00), &id(0x80)));
    assert!(!is_between(&id(0xc0), &id(0x00), &id(0x80)));
    assert!(is_between(&id(0xc0), &id(0x80), &id(0x00)));
}

#[test]
fn division_carries_from_the_upper_half_into_the_lower() {
    let expected = [0x55; 32];

    assert_eq!(
        clockwise(&PnrpId::ZERO, &LAST).divided_by(3).to_bytes(),
        expected
    );
    assert_eq!(
        clockwise(&PnrpId::ZERO, &LAST).divided_by(0).to_bytes(),
        [0xff; 32]
    );
}

#[test]
fn a_distance_as_a_float_keeps_its_magnitude() {
    assert_eq!(clockwise(&PnrpId::ZERO, &id(0x80)).to_f64(), 2f64.powi(255));
    assert_eq!(TWO_POW_128, 2f64.powi(128));
}

proptest! {
    #[test]
    fn clockwise_is_subtraction(a in any_id(), b in any_id()) {
        prop_assert_eq!(clockwise(&a, &b).to_bytes(), naive_clockwise(&a, &b));
        prop_assert_eq!(clockwise(&a, &b).after(&a), b);
    }

    #[test]
    fn compare_orders_by_distance_then_clockwise(
        target in any_id(),
        a in any_id(),
        b in any_id(),
    ) {
        let expected = naive_closeness(&target, &a).cmp(&naive_closeness(&target, &b));

        prop_assert_eq!(compare(&target, &a, &b), expected);
        prop_assert_eq!(compare(&target, &b, &a), expected.reverse());
        prop_assert_eq!(is_closer(&target, &a, &b), expected == Ordering::Less);
        prop_assert_eq!(expected == Ordering::Equal, a == b);
    }

    #[test]
    fn dividing_and_adding_back_loses_less_than_one_part(
        a in any_id(),
        parts in 1_u32..=1_000,
    ) {
        let whole = clockwise(&PnrpId::ZERO, &a);
        let part = whole.divided_by(parts);

        let mut sum = PnrpId::ZERO;
        for _ in 0..parts {
            sum = part.after(&sum);
        }

        let rest = clockwise(&sum, &a).to_bytes();
        prop_assert!(rest[..28].iter().all(|&byte| byte == 0));
        let rest = u32::from_be_bytes(rest[28..].try_into().unwrap());
        prop_assert!(rest < parts);
    }
}
