//! Receiving an SSDP response. MS-PNRP §3.1.5.1.

use pnrp_node::{
    cloud::{Scope, Sources},
    ssdp::{self, Presence},
};
use pnrp_tests::scenario::{LOCAL, STRANGER, Scenario, config, endpoint, request};
use pnrp_wire::{Endpoint, MessageType};

use super::seconds;

/// R-3.1.5.1-01, R-3.1.4.2.2-03: to the search of this cloud, and to no other.
#[test]
fn a_response_to_another_search_is_dropped() {
    let mut scenario = searching();
    let target = ssdp::search_target(Scope::Global);

    let other = ssdp::answer(target, endpoint(2));
    scenario.call(|cloud, now| cloud.handle_ssdp_response(&other, now));

    scenario.expect_silence();
    assert_eq!(discarded(&scenario, "foreign_search"), 1);
}

/// R-3.1.5.1-01: before the first search there is nothing to match.
#[test]
fn a_response_to_no_search_is_dropped() {
    let mut scenario = Scenario::default();

    respond(&mut scenario, endpoint(2));

    scenario.expect_silence();
    assert_eq!(discarded(&scenario, "foreign_search"), 1);
}

/// R-3.1.5.1-02
#[test]
fn a_place_without_brackets_is_discarded() {
    for place in ["fe80::2:3540", "[fe80::2]", "192.0.2.2:3540"] {
        let mut scenario = searching();
        let target = ssdp::search_target(Scope::LinkLocal);
        let response = format!(
            "HTTP/1.1 200 OK\r\nST:{target}\r\nUSN:[fe80::2]:3540\r\nAL:{place}\r\nExt:\r\n\r\n"
        );

        scenario.call(|cloud, now| cloud.handle_ssdp_response(response.as_bytes(), now));

        scenario.expect_silence();
        assert_eq!(discarded(&scenario, "malformed_ssdp"), 1, "{place}");
    }
}

/// R-3.1.5.1-03, R-3.1.5.1-04: five nodes are synchronized with.
#[test]
fn the_sixth_node_is_left_alone() {
    let mut scenario = searching();
    for number in 2..=6 {
        respond(&mut scenario, endpoint(number));
        assert_eq!(scenario.expect_solicit().0.to, endpoint(number));
    }

    respond(&mut scenario, endpoint(7));

    scenario.expect_silence();
    assert_eq!(discarded(&scenario, "enough_targets"), 1);
}

/// R-3.1.4.2.2-01: the next search is a new start.
#[test]
fn another_search_leads_to_five_more() {
    let mut scenario = searching();
    (2..=6).for_each(|number| respond(&mut scenario, endpoint(number)));
    scenario.advance(seconds(25));
    assert!(!scenario.take_discoveries().is_empty());
    scenario.take_all();

    respond(&mut scenario, endpoint(7));

    assert_eq!(scenario.expect_solicit().0.to, endpoint(7));
}

/// A node answers each repetition of a search; it is one of the five once.
#[test]
fn a_node_that_answers_again_is_counted_once() {
    let mut scenario = searching();
    for number in [2, 2, 2, 2, 2, 3] {
        respond(&mut scenario, endpoint(number));
    }

    let targets: Vec<_> = scenario.take_all().iter().map(|sent| sent.to).collect();
    assert_eq!(targets, [endpoint(2), endpoint(3)]);
    assert_eq!(discarded(&scenario, "repeated_target"), 4);
}

/// The node hears its own answer, and answers of nodes that it cannot reach.
#[test]
fn a_response_that_names_no_other_node_of_the_cloud_is_dropped() {
    let mut scenario = searching();
    let reserved = Endpoint {
        port: 1024,
        ..endpoint(2)
    };
    let global = Endpoint {
        address: "2001:db8::2".parse().unwrap(),
        port: 3540,
    };
    for place in [endpoint(LOCAL), reserved, global] {
        respond(&mut scenario, place);
    }

    scenario.expect_silence();
    assert_eq!(discarded(&scenario, "unusable_target"), 3);
}

/// A node found by a search makes a resolve succeed that waits for it.
#[test]
fn a_resolve_goes_on_with_whoever_answers() {
    let mut scenario = searching();
    let id = scenario.resolve(request());
    respond(&mut scenario, endpoint(STRANGER));

    let (sent, _) = scenario.expect_solicit();

    assert_eq!(sent.to, endpoint(STRANGER));
    assert_eq!(sent.message.message_type(), MessageType::Solicit);
    assert_eq!(scenario.end_of(id), None);
}

/// Not by the specification, which does not say that nodes notify: one that does is synchronized
/// with by whoever is alone, and by nobody else.
#[test]
fn a_node_that_notifies_is_asked_by_whoever_is_alone() {
    let target = ssdp::search_target(Scope::LinkLocal);
    let alive = ssdp::notification(target, endpoint(2), Presence::Alive);
    let mut lazy = Scenario::default();
    lazy.call(|cloud, now| cloud.handle_ssdp_notification(&alive, now));
    lazy.expect_silence();

    let mut scenario = searching();
    for of_no_interest in [
        ssdp::notification(target, endpoint(3), Presence::Leaving),
        ssdp::notification("upnp:rootdevice", endpoint(3), Presence::Alive),
    ] {
        scenario.call(|cloud, now| cloud.handle_ssdp_notification(&of_no_interest, now));
    }
    scenario.expect_silence();

    scenario.call(|cloud, now| cloud.handle_ssdp_notification(&alive, now));
    assert_eq!(scenario.expect_solicit().0.to, endpoint(2));
    scenario.call(|cloud, now| cloud.handle_ssdp_notification(&alive, now));
    scenario.expect_silence();
    assert_eq!(discarded(&scenario, "repeated_target"), 1);
}

/// A cloud that has just sent its first search.
fn searching() -> Scenario {
    let mut sources = Sources::default();
    sources.has_ssdp = true;
    sources.is_lazy = false;
    let mut scenario = Scenario::with(config().with_sources(sources));
    assert_eq!(scenario.take_discoveries().len(), 1);
    scenario
}

fn respond(scenario: &mut Scenario, from: Endpoint) {
    let response = ssdp::answer(ssdp::search_target(Scope::LinkLocal), from);
    scenario.call(|cloud, now| cloud.handle_ssdp_response(&response, now));
}

fn discarded(scenario: &Scenario, reason: &str) -> u64 {
    let counts = &scenario.cloud.stats().discarded;
    counts.get(reason).copied().unwrap_or_default()
}
