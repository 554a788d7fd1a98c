//! Counts against the shares that were asked for, and delays against the models.

use proptest::prelude::*;

use super::*;

const BYTES: usize = 200;
const RTT: Duration = Duration::from_millis(100);

fn uniform(weather: Weather) -> Network {
    Network::with_delays(1, DelayModel::Uniform(RTT), weather)
}

fn geometric(seed: u64) -> Network {
    Network::with_delays(seed, DelayModel::Geometric, Weather::fair())
}

/// Pairs of different nodes.
fn pairs(count: u64) -> impl Iterator<Item = (Node, Node)> {
    let node = |word: u64| Node(u32::try_from(mix(word) >> 33).unwrap());
    (0..count).map(move |n| (node(2 * n), node(2 * n + 1)))
}

fn quantile(sorted: &[Duration], share: usize) -> u128 {
    sorted[sorted.len() * share / 100].as_millis()
}

#[test]
fn in_fair_weather_a_datagram_takes_half_a_round_trip() {
    let mut network = uniform(Weather::fair());

    let arrivals = network.carry(Node(1), Node(2), BYTES, Time(1_000));

    assert_eq!(arrivals, [Some(Time(1_000 + 200)), None]);
}

#[test]
fn as_many_are_lost_and_doubled_as_the_weather_says() {
    let mut network = uniform(Weather {
        loss: 0.05,
        duplication: 0.02,
        ..Weather::fair()
    });
    let (mut lost, mut twice) = (0, 0);
    for _ in 0..100_000 {
        match network.carry(Node(1), Node(2), BYTES, Time::ZERO) {
            [None, None] => lost += 1,
            [Some(_), Some(_)] => twice += 1,
            [Some(_), None] => {}
            [None, Some(_)] => panic!("a second without a first"),
        }
    }

    // Three standard deviations are 207 and 133.
    assert!((4_793..5_207).contains(&lost), "{lost}");
    assert!((1_767..2_033).contains(&twice), "{twice}");
}

#[test]
fn jitter_keeps_the_median_and_stays_within_its_share() {
    let mut network = uniform(Weather {
        jitter: 0.1,
        ..Weather::fair()
    });
    let mut arrivals: Vec<_> = (0..10_000)
        .filter_map(|_| network.carry(Node(1), Node(2), BYTES, Time::ZERO)[0])
        .collect();
    arrivals.sort_unstable();

    assert!((180..=182).contains(&arrivals[0].0));
    assert!((199..=202).contains(&arrivals[5_000].0));
    assert!((219..=220).contains(&arrivals[9_999].0));
}

#[test]
fn as_many_pairs_are_deaf_as_the_weather_says() {
    let network = uniform(Weather {
        deaf_pairs: 0.05,
        ..Weather::fair()
    });
    let deaf = pairs(100_000).filter(|(a, b)| !network.joins(*a, *b));
    let deaf = deaf.count();

    assert!((4_793..5_207).contains(&deaf), "{deaf}");
}

#[test]
fn a_deaf_pair_stays_deaf_and_others_reach_both() {
    let mut network = uniform(Weather {
        deaf_pairs: 0.05,
        ..Weather::fair()
    });
    let (a, b) = pairs(1_000).find(|(a, b)| !network.joins(*a, *b)).unwrap();

    for _ in 0..10 {
        assert_eq!(network.carry(a, b, BYTES, Time::ZERO), [None, None]);
        assert_eq!(network.carry(b, a, BYTES, Time::ZERO), [None, None]);
    }
    let common = (0..100).map(Node);
    let mut common = common.filter(|c| network.joins(*c, a) && network.joins(*c, b));
    assert!(common.next().is_some());
}

#[test]
fn a_partition_cuts_until_it_is_healed() {
    let mut network = uniform(Weather::fair());

    network.set_partition(Some(10));
    assert!(!network.joins(Node(9), Node(10)));
    assert!(!network.joins(Node(10), Node(9)));
    assert!(network.joins(Node(0), Node(9)) && network.joins(Node(10), Node(u32::MAX)));
    let cut = network.carry(Node(0), Node(99), BYTES, Time::ZERO);
    assert_eq!(cut, [None, None]);

    network.set_partition(None);
    assert!(network.joins(Node(9), Node(10)));
}

#[test]
fn an_uplink_sends_one_datagram_after_another_and_drops_what_does_not_fit() {
    let mut network = uniform(Weather {
        // 248 bytes with their headers take 31 ms, and four of them fit.
        uplink: Some(Uplink {
            bytes_per_second: 8_000,
            queue: 1_000,
        }),
        ..Weather::fair()
    });
    let mut send = |from, now| network.carry(Node(from), Node(9), BYTES, Time(now))[0];

    let burst = [0; 6].map(|now| send(1, now));
    let [a, b, c, d] = [1, 2, 3, 4].map(|n| Some(Time(n * 31 * 4 + 200)));
    assert_eq!(burst, [a, b, c, d, None, None]);
    assert_eq!(send(2, 0), a);
    // When the first has left, there is room for one.
    assert_eq!(send(1, 31 * 4), Some(Time(5 * 31 * 4 + 200)));
    assert_eq!(send(1, 31 * 4), None);
}

#[test]
fn without_an_uplink_nothing_is_kept_of_nodes() {
    let mut network = uniform(Weather::default());

    network.carry(Node(u32::MAX), Node(0), BYTES, Time::ZERO);

    assert!(network.queues.is_none());
}

#[test]
fn both_models_have_a_median_of_156_ms() {
    for model in [DelayModel::King, DelayModel::Geometric] {
        let network = Network::with_delays(5, model, Weather::fair());
        let trips = pairs(100_000).map(|(a, b)| network.round_trip(a, b));
        let mut trips: Vec<_> = trips.collect();
        trips.sort_unstable();

        let median = quantile(&trips, 50);
        assert!((154..=158).contains(&median), "{model:?} {median}");
        assert!(quantile(&trips, 10) < 90 && quantile(&trips, 90) > 200);
    }
}

#[test]
fn the_same_seed_has_the_same_fate_for_every_datagram() {
    let fates = |seed| {
        let model = DelayModel::Geometric;
        let mut network = Network::with_delays(seed, model, Weather::default());
        let fate = |(a, b)| network.carry(a, b, BYTES, Time::ZERO);
        pairs(1_000).map(fate).collect::<Vec<_>>()
    };

    assert_eq!(fates(1), fates(1));
    assert_ne!(fates(1), fates(2));
}

proptest! {
    #[test]
    fn both_directions_are_alike(seed: u64, a: u32, b: u32) {
        let network = geometric(seed);

        prop_assert_eq!(network.round_trip(Node(a), Node(b)), network.round_trip(Node(b), Node(a)));
        prop_assert_eq!(network.joins(Node(a), Node(b)), network.joins(Node(b), Node(a)));
    }

    #[test]
    fn points_on_a_torus_obey_the_triangle_inequality(seed: u64, a: u32, b: u32, c: u32) {
        let network = geometric(seed);
        let trip = |a, b| network.round_trip(Node(a), Node(b));

        // Rounding down takes up to a microsecond off each side.
        let direct = trip(a, c);
        prop_assert!(direct <= trip(a, b) + trip(b, c) + Duration::from_micros(2));
        prop_assert!(direct < Duration::from_millis(295));
    }
}
