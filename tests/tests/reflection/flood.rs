//! Ten thousand INQUIREs a second with forged sources, and somebody honest among them.

use std::{
    collections::VecDeque,
    net::Ipv6Addr,
    time::{Duration, Instant},
};

use pnrp_node::cloud::Budgets;
use pnrp_wire::{Body, Endpoint, Inquire, MessageType, Nonce, PnrpId, limits::FRAGMENT_LEN};

use super::{
    published::publisher,
    wire::{Wire, at, decode, encode, endpoint},
};

const PER_MILLISECOND: usize = 10;
const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);
/// What may leave for all unproved addresses in a second, beside challenges.
const SHARED: usize = 64 * 1_024;
/// What may leave for those of one /48, challenges included: 4 KiB, and a datagram more as a
/// second ends.
const OF_A_PLACE: usize = 4 * 1_024 + 1_216;

/// R-5.1-06
#[test]
fn a_flood_from_random_addresses_gets_64_kib_a_second_and_nobody_else_notices() {
    let mut random = Random(1);
    let out = flood(60, || {
        let bits = u128::from(random.next()) << 64 | u128::from(random.next());
        Ipv6Addr::from_bits(0b001 << 125 | bits >> 3)
    });

    assert!(out.answers.most <= SHARED, "{out:?}");
    assert!(out.answers.most > SHARED * 9 / 10, "{out:?}");
    assert!(out.challenges.total < out.asked, "{out:?}");
}

/// R-5.1-06
#[test]
fn a_flood_that_claims_one_address_gets_4_kib_a_second() {
    let out = flood(4, || Ipv6Addr::new(0x2001, 0xdb8, 0xbad, 0, 0, 0, 0, 1));

    assert!(out.all.most <= OF_A_PLACE, "{out:?}");
}

/// R-5.1-06
#[test]
fn a_flood_that_claims_one_site_gets_4_kib_a_second() {
    let mut random = Random(2);
    let out = flood(4, || {
        let site = 0x2001_0db8_0bad_u128 << 80;
        Ipv6Addr::from_bits(site | u128::from(random.next()) << 16)
    });

    assert!(out.all.most <= OF_A_PLACE, "{out:?}");
}

/// R-5.1-06: 100 sites of one /32.
#[test]
fn a_flood_that_claims_a_hundred_sites_gets_64_kib_a_second() {
    let mut random = Random(3);
    let out = flood(4, || {
        let site = (0x2001_0db8_1000_u128 + u128::from(random.next() % 100)) << 80;
        Ipv6Addr::from_bits(site | u128::from(random.next()))
    });

    assert!(out.answers.most <= SHARED, "{out:?}");
}

/// What left for forged addresses.
#[derive(Debug)]
struct Outcome {
    /// Bytes received with forged sources.
    asked: usize,
    challenges: Meter,
    answers: Meter,
    all: Meter,
}

/// Floods the publisher for some seconds, and fails if an answer in pieces leaves for a forged
/// address, or an honest newcomer waits for longer than two seconds.
fn flood(seconds: u64, mut address: impl FnMut() -> Ipv6Addr) -> Outcome {
    let (mut wire, id, name) = publisher(Budgets::default());
    let mut out = Outcome {
        asked: 0,
        challenges: Meter::new(wire.now.instant),
        answers: Meter::new(wire.now.instant),
        all: Meter::new(wire.now.instant),
    };
    let mut honest = Vec::new();
    // Every other question is one that a single datagram answers.
    let questions = [true, false].map(|everything| encode(1, inquire(id, everything)));
    for millisecond in 0..seconds * 1_000 {
        for question in questions.iter().cycle().take(PER_MILLISECOND) {
            out.asked += question.len();
            wire.inject(at(address()), question);
        }
        if millisecond % 5_000 == 3_000 {
            honest.push(newcomer(&mut wire, millisecond, &name));
        }
        wire.run(MILLISECOND);
        out.count(&mut wire);
    }
    for (node, endpoint, resolve, since) in honest {
        let found = wire.found_at(node, resolve).expect("found");
        assert!(found - since < 2 * SECOND, "{:?}", found - since);
        pieces_follow_a_challenge(&wire, endpoint, since);
    }
    println!(
        "{seconds} s: {} bytes in; to forged addresses {} of challenges and {} of answers, at most {} and {} in a second",
        out.asked, out.challenges.total, out.answers.total, out.challenges.most, out.answers.most,
    );
    out
}

/// A cloud that nobody has heard of, and the resolve it begins with.
fn newcomer(
    wire: &mut Wire,
    millisecond: u64,
    name: &pnrp_wire::PeerName,
) -> (usize, Endpoint, pnrp_node::cloud::ResolveId, Instant) {
    let site = 0x100 + u16::try_from(millisecond / 1_000).expect("a minute");
    let node = wire.add(endpoint(site), Budgets::default());
    let resolve = wire.resolve(node, name);
    (node, endpoint(site), resolve, wire.now.instant)
}

/// No piece of a long answer goes to a newcomer before the INQUIRE that it has had the time to
/// answer.
fn pieces_follow_a_challenge(wire: &Wire, newcomer: Endpoint, since: Instant) {
    let sent = |is_it: fn(&Body) -> bool| {
        let mut log = wire.log.iter();
        log.find(|(at, to, message)| *to == newcomer && *at >= since && is_it(&message.body))
            .map(|(at, ..)| *at)
    };
    let challenge = sent(|body| matches!(body, Body::Inquire(_))).expect("a challenge");
    let piece = sent(
        |body| matches!(body, Body::Authority(piece) if usize::from(piece.size) > FRAGMENT_LEN),
    );
    let round_trip = Duration::from_millis(50);
    assert!(piece.expect("a long answer") >= challenge + round_trip);
}

/// Asks for everything, or for the CPA alone.
fn inquire(validate: PnrpId, everything: bool) -> Body {
    Body::Inquire(Inquire {
        validate,
        want_cpa: true,
        want_extended_payload: everything,
        want_cert_chain: everything,
        nonce: Some(Nonce([7; 16])),
    })
}

impl Outcome {
    fn count(&mut self, wire: &mut Wire) {
        let now = wire.now.instant;
        let (mut challenges, mut answers) = (0, 0);
        for transmit in wire.astray.drain(..) {
            if transmit.payload.get(7) == Some(&MessageType::Inquire.code()) {
                challenges += transmit.payload.len();
                continue;
            }
            answers += transmit.payload.len();
            let Body::Authority(piece) = decode(&transmit.payload).body else {
                panic!("{transmit:?}")
            };
            assert!(usize::from(piece.size) <= FRAGMENT_LEN);
        }
        self.challenges.add(now, challenges);
        self.answers.add(now, answers);
        self.all.add(now, challenges + answers);
    }
}

/// Bytes, and the most of them in any second after the first two, in which the budget that has
/// been saved is spent.
struct Meter {
    started: Instant,
    total: usize,
    most: usize,
    last_second: VecDeque<(Instant, usize)>,
    in_last_second: usize,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in all, at most {} a second", self.total, self.most)
    }
}

impl Meter {
    fn new(started: Instant) -> Self {
        Self {
            started,
            total: 0,
            most: 0,
            last_second: VecDeque::new(),
            in_last_second: 0,
        }
    }

    fn add(&mut self, now: Instant, bytes: usize) {
        self.total += bytes;
        self.in_last_second += bytes;
        self.last_second.push_back((now, bytes));
        while let Some((at, bytes)) = self.last_second.front().copied()
            && at + SECOND <= now
        {
            self.in_last_second -= bytes;
            self.last_second.pop_front();
        }
        if now >= self.started + 2 * SECOND {
            self.most = self.most.max(self.in_last_second);
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
