//! Clouds, registrations and resolves.

use std::time::Duration;

use pnrp_api::{
    Config, EndpointSpec, Error, Payload, Proof, Registration, ResolveCriteria, ResolveEvent,
    ResolveRequest, ScopeFilter,
};
use tokio::time::timeout;

use crate::daemon::{DEADLINE, Daemon, eventually, get, post};

#[tokio::test]
async fn a_name_registered_at_one_daemon_is_resolved_at_another() {
    let first = Daemon::start(Config::loopback(0)).await;
    let second = Daemon::start(first.peer_of(Config::loopback(0)).await).await;
    let payload = Payload::String("hello".to_owned());
    let registration = web().comment("a comment").payload(payload.clone());

    let published = first.client().await.register(registration).await.unwrap();
    let found = eventually(|| async {
        second
            .client()
            .await
            .resolve_first(ResolveRequest::new("0.web"))
            .await
            .ok()
    })
    .await;

    assert_eq!(found.endpoints[0].to_string(), "[::1]:8080/tcp");
    assert_eq!(found.pnrp_id, published.entries()[0].pnrp_id);
    assert_eq!(found.comment.as_deref(), Some("a comment"));
    assert_eq!(found.payload, Some(payload));
    assert!(matches!(found.proof, Proof::Cpa { .. }));
}

#[tokio::test]
async fn a_registration_lives_as_long_as_its_handle() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;

    let published = client.register(web()).await.unwrap();
    let names = client.names().await.unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].name, "0.web");
    assert_eq!(names[0].owner, std::process::id());
    assert_eq!(names[0].pnrp_id, published.entries()[0].pnrp_id);
    published.unregister().await.unwrap();
    assert_eq!(client.names().await.unwrap(), []);

    drop(client.register(web()).await.unwrap());
    eventually(|| async { client.names().await.unwrap().is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn names_of_the_calling_process_are_found_only_on_request() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let _published = client.register(web()).await.unwrap();
    let request = || ResolveRequest::new("0.web").timeout(Duration::from_secs(5));

    let default = client.resolve_first(request()).await;
    let any = client
        .resolve_first(request().criteria(ResolveCriteria::AnyPeerName))
        .await;

    assert!(
        matches!(default, Err(Error::Alone { .. } | Error::NotFound { .. })),
        "{default:?}"
    );
    assert_eq!(any.unwrap().proof, Proof::Local);
}

#[tokio::test]
async fn refusals_reach_the_client_as_the_same_error() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let _published = client.register(web()).await.unwrap();

    let duplicate = client.register(web()).await.unwrap_err();
    let nowhere = client.cache("nowhere").await.unwrap_err();
    let foreign = format!("{}.web", "ab".repeat(20));
    let foreign = Registration {
        name: foreign,
        ..web()
    };
    let foreign = client.register(foreign).await.unwrap_err();

    assert!(
        matches!(duplicate, Error::DuplicateName { .. }),
        "{duplicate}"
    );
    assert!(matches!(nowhere, Error::CloudNotFound { .. }), "{nowhere}");
    assert!(
        matches!(foreign, Error::ForeignAuthority { .. }),
        "{foreign}"
    );
}

#[tokio::test]
async fn a_resolve_reports_its_end_and_nothing_after() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;

    let request = ResolveRequest::new("0.nobody").timeout(Duration::from_secs(5));
    let mut events = client.resolve(request).await.unwrap();
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event);
    }

    assert!(
        matches!(last, Some(ResolveEvent::Ended { result: Err(_) })),
        "{last:?}"
    );
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn cache_and_stats_are_told_by_interface_name() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let cloud = client
        .clouds(ScopeFilter::LinkLocal)
        .await
        .unwrap()
        .remove(0);

    assert_eq!(client.cache(&cloud.name).await.unwrap(), []);
    assert_eq!(client.stats(&cloud.name).await.unwrap().name, cloud.name);
    assert_eq!(client.clouds(ScopeFilter::Global).await.unwrap(), []);
}

#[tokio::test]
async fn what_makes_no_sense_is_answered_with_an_error_object() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let cases = [
        (post("/v1/resolve", "{"), "400", "invalid_request"),
        (
            post("/v1/resolve", r#"{"name":"web"}"#),
            "400",
            "invalid_name",
        ),
        (
            post("/v1/resolve", r#"{"name":"0.web","tiemout_ms":1}"#),
            "400",
            "`tiemout_ms`",
        ),
        (
            post("/v1/registrations", r#"{"name":"0.web"}"#),
            "400",
            "invalid_endpoint",
        ),
        (
            post("/v1/registrations", &"x".repeat(70_000)),
            "400",
            "invalid_request",
        ),
        (get("/v1/clouds?scope=galactic"), "400", "invalid_request"),
        (get("/v1/clouds/nowhere/cache"), "404", "cloud_not_found"),
        (get("/v2"), "400", "invalid_request"),
        (get("/health"), "200", "ok"),
    ];
    for (request, status, text) in cases {
        let answer = daemon.raw(&request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{request}\n{answer}"
        );
        assert!(answer.contains(text), "{request}\n{answer}");
    }
}

#[tokio::test]
async fn a_stopped_daemon_withdraws_names_and_removes_its_socket() {
    let daemon = Daemon::start(Config::loopback(0)).await;
    let client = daemon.client().await;
    let mut published = client.register(web()).await.unwrap();
    let socket = daemon.socket.clone();

    let stopped = timeout(DEADLINE, daemon.stop()).await;
    let withdrawn = timeout(DEADLINE, published.withdrawn()).await;

    assert!(stopped.is_ok() && withdrawn.is_ok());
    assert!(!socket.exists());
    assert!(matches!(
        client.names().await,
        Err(Error::DaemonUnavailable { .. })
    ));
}

fn web() -> Registration {
    let endpoint: EndpointSpec = "[::1]:8080".parse().unwrap();
    Registration::new("0.web").endpoint(endpoint)
}
