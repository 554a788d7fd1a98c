//! Watching a name, and calls from threads that run no async code.

use std::time::Duration;

use pnrp_api::{
    Config, Error, NameEvent, NameEventKind, NameWatch, Pnrp, Registration, ResolveCriteria,
    ResolveEvent, ResolveRequest, ScopeFilter, blocking,
};
use tokio::time::timeout;

use crate::daemon::{DEADLINE, Daemon, eventually};

/// What another node publishes is added, changed and gone for whoever watches.
#[tokio::test]
async fn a_watch_tells_what_becomes_of_a_publisher() {
    let publisher = Daemon::start(Config::loopback(0)).await;
    let embedded = Pnrp::embedded(publisher.peer_of(Config::loopback(0)).await);
    let embedded = embedded.await.unwrap();
    let daemon = Daemon::start(publisher.peer_of(Config::loopback(0)).await).await;
    let request = || ResolveRequest::new("0.web").timeout(Duration::from_secs(5));
    let mut watches = [
        embedded.watch_name(request()).await.unwrap(),
        daemon.client().await.watch_name(request()).await.unwrap(),
    ];

    let client = publisher.client().await;
    let mut published = client.register(web().comment("first")).await.unwrap();
    let pnrp_id = published.entries()[0].pnrp_id.clone();
    let added = next(&mut watches).await;
    published.update(web().comment("second")).await.unwrap();
    let changed = next(&mut watches).await;
    published.unregister().await.unwrap();
    let gone = next(&mut watches).await;

    for (events, kind, comment) in [
        (added, NameEventKind::Added, "first"),
        (changed, NameEventKind::Changed, "second"),
        (gone, NameEventKind::Gone, "second"),
    ] {
        for event in events {
            assert_eq!(event.kind, kind);
            assert_eq!(event.found.comment.as_deref(), Some(comment));
            assert_eq!(event.found.pnrp_id, pnrp_id);
        }
    }
}

#[tokio::test]
async fn a_watch_is_refused_as_a_resolve_is() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let embedded = Pnrp::embedded(Config::loopback(0)).await.unwrap();

    for pnrp in [embedded, daemon.client().await] {
        let refused = pnrp.watch_name(ResolveRequest::new("web")).await;
        assert!(matches!(refused, Err(Error::InvalidName { .. })));
        let nowhere = ResolveRequest::new("0.web").cloud("eth77".parse().unwrap());
        let refused = pnrp.watch_name(nowhere).await;
        assert!(matches!(refused, Err(Error::CloudNotFound { .. })));
    }
}

#[tokio::test]
async fn a_watch_ends_with_the_node_or_the_daemon() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let embedded = Pnrp::embedded(Config::loopback(0)).await.unwrap();
    let request = || ResolveRequest::new("0.web").timeout(Duration::from_secs(5));
    let mut local = embedded.watch_name(request()).await.unwrap();
    let mut remote = daemon.client().await.watch_name(request()).await.unwrap();

    embedded.close().await;
    daemon.stop().await;

    assert!(timeout(DEADLINE, local.next()).await.unwrap().is_none());
    assert!(timeout(DEADLINE, remote.next()).await.unwrap().is_none());
}

#[test]
fn a_thread_without_a_runtime_registers_updates_and_resolves() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let daemon = runtime.block_on(Daemon::start(Config::loopback(0)));

    let embedded = blocking::Pnrp::embedded(Config::loopback(0)).unwrap();
    let through_daemon = blocking::Pnrp::connect(Some(&daemon.socket)).unwrap();
    for pnrp in [embedded, through_daemon] {
        use_all_of(&pnrp);
        // Nothing breaks in a thread that runs async code.
        runtime.block_on(async { use_all_of(&pnrp) });
        pnrp.close();
    }
    runtime.block_on(daemon.stop());
}

fn use_all_of(pnrp: &blocking::Pnrp) {
    let any = || {
        ResolveRequest::new("0.web")
            .criteria(ResolveCriteria::AnyPeerName)
            .timeout(Duration::from_secs(5))
    };
    let mut published = pnrp.register(web().comment("first")).unwrap();
    published.update(web().comment("second")).unwrap();
    pnrp.update(published.id(), web().comment("third")).unwrap();

    assert_eq!(pnrp.clouds(ScopeFilter::LinkLocal).unwrap().len(), 1);
    assert_eq!(pnrp.names().unwrap()[0].id, published.id());
    let first = pnrp.resolve_first(any()).unwrap();
    assert_eq!(first.comment.as_deref(), Some("third"));
    assert_eq!(pnrp.resolve_all(any()).unwrap().len(), 1);
    let events: Vec<ResolveEvent> = pnrp.resolve(any()).unwrap().collect();
    assert!(matches!(
        events.last(),
        Some(ResolveEvent::Ended { result: Ok(()) })
    ));
    let mut watch = pnrp.watch_name(any()).unwrap();
    assert_eq!(watch.next().unwrap().kind, NameEventKind::Added);

    drop(published);
    assert_eq!(pnrp.names().unwrap(), []);
    let second = pnrp.register(web()).unwrap();
    second.unregister().unwrap();
    let third = pnrp.register(web()).unwrap();
    pnrp.unregister(third.id()).unwrap();
    assert_eq!(pnrp.names().unwrap(), []);
    let error = pnrp.resolve_first(ResolveRequest::new("web")).unwrap_err();
    assert!(matches!(error, Error::InvalidName { .. }), "{error}");
}

#[tokio::test]
async fn a_watch_that_is_dropped_gives_its_place_back() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;

    // More than the daemon keeps at once.
    for _ in 0..300 {
        let request = ResolveRequest::new("0.web").timeout(Duration::from_secs(5));
        eventually(|| async { client.watch_name(request.clone()).await.ok() }).await;
    }
}

async fn next(watches: &mut [NameWatch; 2]) -> Vec<NameEvent> {
    let mut events = Vec::new();
    for watch in watches {
        events.push(timeout(DEADLINE, watch.next()).await.unwrap().unwrap());
    }
    events
}

fn web() -> Registration {
    Registration::new("0.web").endpoint("[::1]:8080".parse().unwrap())
}
