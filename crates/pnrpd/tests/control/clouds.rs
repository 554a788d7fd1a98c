//! Looking after clouds, through the socket and in the same process.

use std::time::Duration;

use pnrp_api::{
    CloudEventKind, CloudFlag, CloudScope, CloudState, Config, Error, Host, Pnrp, Registration,
    ResolveRequest, ScopeFilter, ScopePolicy,
};
use tokio::time::timeout;

use crate::daemon::{DEADLINE, Daemon, eventually, get, post};

/// The one cloud of a node on loopback.
async fn cloud_of(pnrp: &Pnrp) -> String {
    pnrp.clouds(ScopeFilter::Any).await.unwrap().remove(0).name
}

fn web() -> Registration {
    Registration::new("0.web").endpoint(":80".parse().unwrap())
}

fn policy(change: impl FnOnce(&mut ScopePolicy)) -> Config {
    let mut policy = ScopePolicy::default();
    change(&mut policy);
    Config::loopback(0).policy(CloudScope::LinkLocal, policy)
}

#[tokio::test]
async fn a_disabled_cloud_is_listed_and_refuses_everything() {
    let daemon = Daemon::start(policy(|it| it.disabled = true)).await;
    let client = daemon.client().await;

    let cloud = client.clouds(ScopeFilter::Any).await.unwrap().remove(0);
    let registered = client.register(web()).await.map(drop).unwrap_err();
    let resolved = client.resolve(ResolveRequest::new("0.web")).await;
    let started = client.start_cloud(&cloud.name).await.unwrap_err();

    assert_eq!(cloud.state, CloudState::Disabled);
    assert!(cloud.why.unwrap().contains("[link_local]"));
    for error in [registered, resolved.map(drop).unwrap_err(), started] {
        assert!(matches!(error, Error::CloudDisabled { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_cloud_for_resolving_only_finds_names_and_takes_none() {
    let publisher = Daemon::start(Config::loopback(0)).await;
    let _published = publisher.client().await.register(web()).await.unwrap();
    let config = publisher.peer_of(policy(|it| it.resolve_only = true)).await;
    let daemon = Daemon::start(config).await;
    let client = daemon.client().await;

    let refused = client.register(web()).await.map(drop).unwrap_err();
    let request = || ResolveRequest::new("0.web");
    eventually(|| async { client.resolve_first(request()).await.ok() }).await;
    let cloud = client.clouds(ScopeFilter::Any).await.unwrap().remove(0);

    assert!(
        matches!(refused, Error::CloudIsResolveOnly { .. }),
        "{refused}"
    );
    assert_eq!(cloud.flags, [CloudFlag::NameLocal, CloudFlag::ResolveOnly]);
}

#[tokio::test]
async fn a_seed_that_is_no_host_is_refused_when_the_node_is_opened() {
    let opened = Pnrp::embedded(Config::loopback(0).seed("192.0.2.1")).await;

    assert!(
        matches!(opened, Err(Error::InvalidHost { .. })),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_cloud_is_shown_with_all_that_is_known_of_it() {
    let first = Daemon::start(Config::loopback(0)).await;
    let config = policy(|it| it.seeds = vec!["no-such-host.invalid".to_owned()]);
    let daemon = Daemon::start(first.peer_of(config).await).await;
    let client = daemon.client().await;
    let name = cloud_of(&client).await;

    let cloud = client.cloud(&name).await.unwrap();
    let seeds = client.seeds(&name).await.unwrap();

    assert_eq!(cloud.info.name, name);
    assert_eq!(cloud.listening.len(), 1);
    let discovery = cloud.discovery.unwrap();
    assert_eq!(discovery.known.len(), 1);
    assert_eq!(discovery.multicast, None);
    assert_eq!(discovery.seeds[0].host.to_string(), "no-such-host.invalid");
    assert!(seeds[0].failure.is_some() && seeds[0].addresses.is_empty());
}

#[tokio::test]
async fn a_stopped_cloud_withdraws_by_force_only_and_comes_back_when_used() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let name = cloud_of(&client).await;
    let _published = client.register(web()).await.unwrap();

    let refused = client.stop_cloud(&name, false).await.unwrap_err();
    assert!(
        matches!(refused, Error::CloudInUse { registered: 1, .. }),
        "{refused}"
    );
    let stopped = client.stop_cloud(&name, true).await.unwrap();
    assert_eq!(stopped.info.state, CloudState::Virtual);
    assert!(stopped.info.why.unwrap().starts_with("stopped"));
    assert_eq!((stopped.info.port, stopped.listening.len()), (None, 0));
    assert_eq!(client.names().await.unwrap(), []);

    let started = client.start_cloud(&name).await.unwrap();
    assert_eq!(started.listening.len(), 1);
    assert_eq!(client.names().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_node_is_pinged_and_synchronized_with() {
    let first = Daemon::start(Config::loopback(0)).await;
    let _published = first.client().await.register(web()).await.unwrap();
    let there = first.client().await;
    let at = there.clouds(ScopeFilter::Any).await.unwrap()[0].listening()[0];
    let host: Host = at.to_string().parse().unwrap();
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let name = cloud_of(&client).await;

    let pong = client.ping(&host).await.unwrap();
    assert_eq!(pong.from.to_string(), at.to_string());
    let no_seed = client.sync_cloud(&name, None).await.unwrap_err();
    client.sync_cloud(&name, Some(&host)).await.unwrap();

    assert!(matches!(no_seed, Error::NoSeed { .. }), "{no_seed}");
    let is_active = || async {
        let state = client.cloud(&name).await.unwrap().info.state;
        (state == CloudState::Active).then_some(())
    };
    eventually(is_active).await;
    client.flush_cloud(&name).await.unwrap();
    client.repair_cloud(&name).await.unwrap();
    eventually(is_active).await;
}

#[tokio::test]
async fn hosts_that_are_silent_or_of_no_cloud_are_told_apart() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let nobody = std::net::UdpSocket::bind("[::1]:0").unwrap();
    let silent: Host = nobody.local_addr().unwrap().to_string().parse().unwrap();
    let foreign: Host = "2001:db8::1".parse().unwrap();

    let silent = client.ping(&silent).await.unwrap_err();
    let foreign = client.ping(&foreign).await.unwrap_err();

    assert!(matches!(silent, Error::NoAnswer { .. }), "{silent}");
    assert!(matches!(foreign, Error::InvalidHost { .. }), "{foreign}");
}

#[tokio::test]
async fn what_happens_to_a_cloud_is_told_as_it_happens() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let embedded = Pnrp::embedded(Config::loopback(0)).await.unwrap();
    for pnrp in [daemon.client().await, embedded] {
        let name = cloud_of(&pnrp).await;
        let mut events = pnrp.watch_clouds().await.unwrap();

        let added = timeout(DEADLINE, events.next()).await.unwrap().unwrap();
        assert_eq!(added.kind, CloudEventKind::Added);
        assert!(added.cloud.port.is_some());
        pnrp.stop_cloud(&name, false).await.unwrap();
        let closed = timeout(DEADLINE, events.next()).await.unwrap().unwrap();
        assert_eq!(closed.kind, CloudEventKind::Changed);
        assert_eq!(closed.cloud.port, None);
    }
}

#[tokio::test]
async fn peers_are_known_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let config = || Config::loopback(0).state_dir(directory.path());
    let first = Daemon::start(Config::loopback(0)).await;
    let _published = first.client().await.register(web()).await.unwrap();
    let node = Pnrp::embedded(first.peer_of(config()).await).await.unwrap();
    let name = cloud_of(&node).await;
    eventually(|| async {
        let cached = node.cache(&name).await.unwrap();
        (!cached.is_empty()).then_some(())
    })
    .await;
    node.close().await;

    let again = Pnrp::embedded(config()).await.unwrap();
    let request = || ResolveRequest::new("0.web").timeout(Duration::from_secs(5));
    eventually(|| async { again.resolve_first(request()).await.ok() }).await;
}

#[tokio::test]
async fn requests_about_clouds_that_make_no_sense_are_refused() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let cases = [
        (get("/v1/clouds/nowhere"), "404", "cloud_not_found"),
        (
            post("/v1/clouds/nowhere/start", ""),
            "404",
            "cloud_not_found",
        ),
        (
            post("/v1/clouds/lo/stop", "{\"farce\":true}"),
            "400",
            "`farce`",
        ),
        (
            post("/v1/ping", "{\"host\":\"fe80::1\"}"),
            "400",
            "needs its interface",
        ),
        (get("/v1/clouds/missing"), "200", "[]"),
    ];
    for (request, status, text) in cases {
        let answer = daemon.raw(&request).await;
        let expected = format!("HTTP/1.1 {status}");
        assert!(answer.starts_with(&expected), "{request}\n{answer}");
        assert!(answer.contains(text), "{request}\n{answer}");
    }
}
