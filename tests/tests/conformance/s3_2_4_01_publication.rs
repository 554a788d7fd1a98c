//! Publication by SSDP, from the first registration to the last. MS-PNRP §3.2.4.1 step 6,
//! §3.2.4.2.

use pnrp_node::{
    cloud::{Event, Scope, Sources},
    ssdp,
};
use pnrp_tests::scenario::{LOCAL, Scenario, config, endpoint, registration};

/// R-3.2.4.1-10, R-3.2.4.2-05: not with the second, and not while one is left.
#[test]
fn a_node_is_published_while_it_has_a_name() {
    let mut scenario = Scenario::with(config().with_sources(searchable()));
    let mut other = registration();
    other.name = "0.other".parse().unwrap();

    let (first, _) = scenario.register(registration());
    let (second, _) = scenario.register(other);
    assert_eq!(publications(&scenario), [published()]);
    scenario.unregister(first);
    assert_eq!(publications(&scenario), [published()]);
    scenario.unregister(second);
    assert_eq!(publications(&scenario), [published(), Event::Withdraw]);

    scenario.register(registration());
    let all = [published(), Event::Withdraw, published()];
    assert_eq!(publications(&scenario), all);
}

/// R-3.2.4.1-11: what is answered to a search leads another node here.
#[test]
fn the_answer_to_a_search_names_the_published_place() {
    let mut scenario = Scenario::with(config().with_sources(searchable()));
    scenario.register(registration());
    let published = publications(&scenario);
    let [Event::Publish { target, endpoint }] = published.as_slice() else {
        panic!("{published:?}")
    };

    let heard = ssdp::Request::parse(&ssdp::search(target)).unwrap();
    assert!(heard.is_search_for(target));
    let answer = ssdp::answer(target, *endpoint);

    let text = String::from_utf8(answer.clone()).unwrap();
    assert!(text.contains("\r\nAL:[fe80::1]:3540\r\n"), "{text}");
    let response = ssdp::Response::parse(&answer).unwrap();
    assert_eq!(response.endpoint(), Ok(*endpoint));
}

/// Nobody is asked for what cannot be done.
#[test]
fn without_ssdp_nothing_is_published() {
    let (mut scenario, registered, _) = Scenario::registered();
    scenario.unregister(registered);

    assert_eq!(publications(&scenario), []);
}

fn searchable() -> Sources {
    let mut sources = Sources::default();
    sources.has_ssdp = true;
    sources
}

fn published() -> Event {
    Event::Publish {
        target: ssdp::search_target(Scope::LinkLocal),
        endpoint: endpoint(LOCAL),
    }
}

fn publications(scenario: &Scenario) -> Vec<Event> {
    let is_publication = |event: &&Event| matches!(event, Event::Publish { .. } | Event::Withdraw);
    let events = scenario.events().iter();
    events.filter(is_publication).cloned().collect()
}
