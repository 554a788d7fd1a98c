//! Finding other nodes, seed servers, multicast discovery. MS-PNRP §3.1.4.2, §3.1.4.2.1,
//! §3.1.4.2.2, §4.1.1.

use std::collections::BTreeMap;

use pnrp_node::cloud::{
    CloudConfig, DiscoveryMode, DiscoveryRequest, MICROSOFT_SEEDS, ResolveError, Scope, Seed,
    SeedOrder, Sources, Timers,
};
use pnrp_tests::scenario::{Peer, Scenario, config, endpoint, registration, request};
use pnrp_wire::{Body, Endpoint, MessageId, MessageType};

use super::{millis, seconds};

const PEER: u16 = 2;
const SEED: u16 = 7;
const OTHER_SEED: u16 = 8;

/// R-3.1.4.1-09: without peers the first action is the search, which follows on LocalOOB at once.
#[test]
fn discovery_starts_with_the_cloud_unless_that_is_lazy() {
    let mut eager = Scenario::with(sources(|sources| sources.is_lazy = false));
    let mut lazy = Scenario::with(sources(|_| {}));

    assert_eq!(eager.take_discoveries(), [search()]);
    assert_eq!(lazy.take_discoveries(), []);
    assert_eq!(lazy.cloud.discovery_mode(), DiscoveryMode::LocalOob);
}

/// R-3.1.4.2-01, R-3.1.4.2-02, R-3.1.4.2-03: nodes known out of band are asked, all of them, and
/// that ends the round.
#[test]
fn every_known_node_is_asked_before_any_other_means() {
    let peers = [2, 3, 4].map(endpoint).to_vec();
    let mut scenario = Scenario::with(sources(|_| {}).with_peers(peers.clone()));

    assert_eq!(solicited(&mut scenario), peers);
    assert_eq!(scenario.take_discoveries(), []);
    assert_eq!(scenario.cloud.discovery_mode(), DiscoveryMode::Ssdp);
}

/// R-4.1.1-01: the example of the specification, in which an application knows a node.
#[test]
fn a_first_cloud_is_opened_with_an_address_of_the_application() {
    let locals = [1, 2, 3, 4].map(endpoint).to_vec();

    let mut scenario = Scenario::on(config().with_peers(vec![endpoint(9)]), locals.clone());

    assert_eq!(scenario.cloud.open_count(), 1);
    assert_eq!(scenario.cloud.endpoints(), locals);
    assert_eq!(solicited(&mut scenario), [endpoint(9)]);
    scenario.deliver(endpoint(9), super::solicit());
    scenario.expect(MessageType::Advertise);
}

/// R-6-02: of the nodes of an earlier run ten are asked, once there is a reason to.
#[test]
fn ten_nodes_of_an_earlier_run_are_asked() {
    let saved: Vec<_> = (2..14).map(endpoint).collect();
    let mut scenario = Scenario::with(sources(|sources| sources.saved_peers = saved.clone()));
    scenario.expect_silence();

    scenario.resolve(request());

    assert_eq!(solicited(&mut scenario), saved[..10]);
}

/// R-3.1.4.2-04, R-3.1.4.2-05, R-3.1.4.2-06, R-3.1.4.2.2-02: nobody is known, so the search starts
/// at once; the seed waits for another round.
#[test]
fn a_search_follows_at_once_where_nobody_is_known() {
    let scopes = [
        (Scope::Global, "2001:db8::1", "Global"),
        (Scope::SiteLocal, "fec0::1", "SiteLocal"),
        (Scope::LinkLocal, "fe80::1", "LinkLocal"),
    ];
    for (scope, address, name) in scopes {
        let address = address.parse().unwrap();
        let local = Endpoint {
            address,
            port: 3540,
        };
        let mut sources = eager();
        sources.seeds = vec![Seed::Address(Endpoint {
            port: 3541,
            ..local
        })];
        let config = CloudConfig::new(scope).with_sources(sources);

        let mut scenario = Scenario::on(config, vec![local]);

        let requests = scenario.take_discoveries();
        let [DiscoveryRequest::Search { target }] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        let stem = "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:";
        assert_eq!(*target, format!("{stem}{name}"));
        assert_eq!(scenario.cloud.discovery_mode(), DiscoveryMode::SeedServer);
        scenario.expect_silence();
    }
}

/// R-3.1.4.2-07, R-3.1.4.2.1-02, R-1.9-01: at the next maintenance, on port 3540.
#[test]
fn a_seed_is_asked_in_the_round_after_the_search() {
    let mut scenario = Scenario::with(sources(|sources| {
        sources.is_lazy = false;
        sources.seeds = vec!["fe80::7".parse().unwrap()];
    }));

    scenario.advance(seconds(9));
    scenario.expect_silence();
    scenario.advance(seconds(1));

    let (sent, _) = scenario.expect_solicit();
    assert_eq!((sent.to, sent.to.port), (endpoint(SEED), 3540));
    assert_eq!(scenario.cloud.discovery_mode(), DiscoveryMode::LocalOob);
}

/// R-3.1.4.2.1-01
#[test]
fn seeds_of_the_application_come_instead_of_configured_ones() {
    let mut scenario = Scenario::with(sources(|sources| {
        sources.is_lazy = false;
        sources.has_ssdp = false;
        sources.application_seeds = vec![Seed::Address(endpoint(SEED))];
        sources.seeds = vec![Seed::Address(endpoint(OTHER_SEED))];
    }));

    let mut asked = solicited(&mut scenario);
    scenario.advance(seconds(60));
    asked.extend(solicited(&mut scenario));

    assert!(asked.len() >= 3, "{asked:?}");
    assert!(asked.iter().all(|at| *at == endpoint(SEED)), "{asked:?}");
}

/// R-3.1.4.2.1-03: so that the search comes again in the next round.
#[test]
fn without_a_seed_the_modes_start_over() {
    let mut scenario = Scenario::with(sources(|sources| sources.is_lazy = false));
    let mut rounds = vec![scenario.take_discoveries()];
    for _ in 0..3 {
        scenario.advance(seconds(10));
        rounds.push(scenario.take_discoveries());
    }

    assert_eq!(rounds, vec![[search()]; 4]);
    assert_eq!(scenario.cloud.discovery_mode(), DiscoveryMode::SeedServer);
    scenario.expect_silence();
}

/// R-3.1.4.2.1-07, R-3.1.4.2.1-08: from the first to the last and again.
#[test]
fn each_round_asks_the_next_seed() {
    let mut scenario = Scenario::with(sources(|sources| {
        sources.is_lazy = false;
        sources.has_ssdp = false;
        sources.seed_order = SeedOrder::PerName;
        sources.seeds = [SEED, OTHER_SEED]
            .map(|seed| Seed::Address(endpoint(seed)))
            .into();
    }));
    let mut asked = Vec::new();
    while asked.len() < 5 {
        asked.extend(solicited(&mut scenario));
        // Long enough for the repeated SOLICIT, which is none of the next round.
        scenario.advance(seconds(2));
        scenario.take_all();
        scenario.advance(seconds(8));
    }

    let expected = [SEED, OTHER_SEED, SEED, OTHER_SEED, SEED].map(endpoint);
    assert_eq!(asked, expected);
}

/// Not by the specification, which asks a seed in every round: a server that is down is not asked
/// by everybody all the time, but somebody who waits can ask it soon.
#[test]
fn seeds_that_lead_to_nobody_are_left_alone_for_longer_each_time() {
    let mut settings = sources(|sources| {
        sources.has_ssdp = false;
        sources.is_lazy = false;
        sources.seeds = vec![Seed::Address(endpoint(SEED))];
    });
    settings.timers = Timers::default();
    let mut scenario = Scenario::with(settings);
    let mut asked_at: Vec<u32> = Vec::new();
    for second in 0..3_600 {
        // A SOLICIT is sent again after a second.
        let is_repeat = asked_at.last().is_some_and(|last| second < last + 3);
        if !solicited(&mut scenario).is_empty() && !is_repeat {
            asked_at.push(second);
        }
        scenario.advance(seconds(1));
    }

    let waits: Vec<_> = asked_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (round, wait) in waits.iter().enumerate() {
        let middle = (10 << round).min(600);
        // The maintenance comes every ten seconds.
        let range = middle * 3 / 4..=middle * 5 / 4 + 10;
        assert!(range.contains(wait), "{round}: {wait} s, {waits:?}");
    }
    assert!(waits.len() >= 6, "{waits:?}");

    scenario.resolve(request());
    scenario.advance(seconds(2));
    assert_eq!(solicited(&mut scenario).first(), Some(&endpoint(SEED)));
}

/// R-3.1.4.2.1-04, R-3.1.4.2.1-05, R-3.1.4.2.1-06: both names are looked up before any seed is
/// asked, and the nearest of all their addresses is the first.
#[test]
fn the_seeds_of_microsoft_come_from_the_dns() {
    let mut scenario = Scenario::on(
        global(|sources| sources.uses_microsoft_seeds = true),
        here(),
    );

    let names = MICROSOFT_SEEDS.map(str::to_owned).to_vec();
    let lookup = DiscoveryRequest::SeedAddresses { names };
    assert_eq!(scenario.take_discoveries(), [lookup]);
    scenario.expect_silence();

    let [first, second] = MICROSOFT_SEEDS.map(str::to_owned);
    let addresses = BTreeMap::from([
        (first, vec!["2002::1".parse().unwrap()]),
        (second, vec!["2001:db8::2".parse().unwrap()]),
    ]);
    scenario.call(|cloud, now| cloud.handle_seed_addresses(&addresses, now));
    assert_eq!(
        scenario.expect_solicit().0.to,
        global_endpoint("2001:db8::2")
    );

    scenario.call(|cloud, now| cloud.handle_seed_addresses(&addresses, now));
    scenario.expect_silence();
}

/// R-3.1.4.2.1-04: neither used nor looked up unless that is wanted, and only for the internet.
#[test]
fn the_seeds_of_microsoft_are_off_by_default() {
    let mut global = Scenario::on(global(|_| {}), here());
    let mut link = Scenario::with(sources(|sources| {
        sources.is_lazy = false;
        sources.has_ssdp = false;
        sources.uses_microsoft_seeds = true;
    }));

    assert_eq!(global.take_discoveries(), []);
    assert_eq!(link.take_discoveries(), []);
}

/// A lookup that does not end is repeated when the round comes again; one without a result leaves
/// the seeds for later.
#[test]
fn a_name_without_an_address_does_not_end_discovery() {
    let seed: Seed = "seed.example".parse().unwrap();
    let mut scenario = Scenario::on(global(|sources| sources.seeds = vec![seed]), here());
    let names = vec!["seed.example".to_owned()];
    let lookup = [DiscoveryRequest::SeedAddresses { names }];
    assert_eq!(scenario.take_discoveries(), lookup);

    scenario.advance(seconds(10));
    assert_eq!(scenario.take_discoveries(), lookup);

    scenario.call(|cloud, now| cloud.handle_seed_addresses(&BTreeMap::new(), now));
    assert_eq!(scenario.cloud.discovery_mode(), DiscoveryMode::LocalOob);
    // Seeds are left alone for 7.5 to 12.5 s, by chance, so the next round asks or the one after it does.
    scenario.advance(millis(9_999));
    assert_eq!(scenario.take_discoveries(), []);
    scenario.advance(millis(1));
    let next = scenario.take_discoveries();
    scenario.advance(seconds(10));
    assert_eq!(scenario.take_discoveries(), lookup);
    assert!(next.is_empty() || next == lookup, "{next:?}");
}

/// R-3.1.4.2-03, R-3.1.4.2-06: what they allow instead, to go on after a wait, is done while a
/// resolve waits: a known node that is gone, and a link without an answer, cost no maintenance.
#[test]
fn a_resolve_that_waits_goes_through_all_modes() {
    let seed = Peer::located(1, SEED);
    let mut scenario = Scenario::with(
        sources(|sources| sources.seeds = vec![Seed::Address(seed.endpoint)])
            .with_peers(vec![endpoint(PEER)]),
    );
    let id = scenario.resolve(request());
    assert_eq!(solicited(&mut scenario), [endpoint(PEER)]);

    scenario.advance(millis(750));
    assert_eq!(scenario.take_discoveries(), [search()]);
    scenario.advance(millis(750));
    assert!(solicited(&mut scenario).contains(&seed.endpoint));

    scenario.introduce(&seed);
    scenario.advance(seconds(5));
    scenario.serve();
    assert_eq!(scenario.end_of(id), Some(Ok(())));
}

/// Nor does a registration wait; and when the turn is over, the next round is the maintenance's.
#[test]
fn a_use_starts_one_turn() {
    let mut scenario = Scenario::with(sources(|_| {}));
    scenario.advance(seconds(5));
    assert_eq!(scenario.take_discoveries(), []);

    scenario.register(registration());
    scenario.advance(millis(4_900));

    assert_eq!(scenario.take_discoveries(), [search(), search()]);
}

/// A resolve in a cloud that nobody is known in lasts as long as an answer can come.
#[test]
fn a_resolve_waits_for_the_answers_to_a_search() {
    let mut scenario = Scenario::with(sources(|_| {}));
    let id = scenario.resolve(request());

    scenario.advance(millis(2_400));
    assert_eq!(scenario.end_of(id), None);
    scenario.advance(millis(100));
    assert_eq!(scenario.end_of(id), Some(Err(ResolveError::Alone)));
}

fn eager() -> Sources {
    let mut sources = Sources::default();
    sources.has_ssdp = true;
    sources.is_lazy = false;
    sources
}

/// Settings of a lazy cloud that can search, with a change.
fn sources(change: impl FnOnce(&mut Sources)) -> CloudConfig {
    let mut sources = Sources::default();
    sources.has_ssdp = true;
    change(&mut sources);
    config().with_sources(sources)
}

/// Settings of a global cloud that cannot search and starts at once.
fn global(change: impl FnOnce(&mut Sources)) -> CloudConfig {
    let mut sources = Sources::default();
    sources.is_lazy = false;
    change(&mut sources);
    CloudConfig::new(Scope::Global).with_sources(sources)
}

fn here() -> Vec<Endpoint> {
    vec![global_endpoint("2001:db8::1")]
}

fn global_endpoint(address: &str) -> Endpoint {
    let address = address.parse().unwrap();
    Endpoint {
        address,
        port: 3540,
    }
}

fn search() -> DiscoveryRequest {
    let target = pnrp_node::ssdp::search_target(Scope::LinkLocal);
    DiscoveryRequest::Search { target }
}

/// To whom SOLICITs went, in order, each conversation once.
fn solicited(scenario: &mut Scenario) -> Vec<Endpoint> {
    let mut seen: Vec<MessageId> = Vec::new();
    let mut list = Vec::new();
    for sent in scenario.take_all() {
        if matches!(sent.message.body, Body::Solicit(_)) && !seen.contains(&sent.message.id) {
            seen.push(sent.message.id);
            list.push(sent.to);
        }
    }
    list
}
