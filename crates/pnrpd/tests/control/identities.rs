//! Identities, delegation and bindings over HTTP.

use pnrp_api::{
    Config, DelegationRequest, EndpointSpec, Error, ExportFormat, IdentityInfo, Registration,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::daemon::{Daemon, delete, get, post};

#[tokio::test]
async fn the_routes_of_an_identity_from_its_first_day_to_its_last() {
    let (daemon, _directory) = start().await;

    let made = ok(
        &daemon,
        &post("/v1/identities", r#"{"friendly_name":"a b"}"#),
    )
    .await;
    let authority = made["authority"].as_str().unwrap();
    let list = ok(&daemon, &get("/v1/identities")).await;
    assert_eq!(list["identities"][0]["is_default"], true);
    assert_eq!(list["identities"][1], made);
    assert_eq!(list["damaged"], json!([]));
    for who in [authority, &authority[..8], "a%20b"] {
        assert_eq!(
            ok(&daemon, &get(&format!("/v1/identities/{who}"))).await,
            made
        );
    }

    let rename = post("/v1/identities/a%20b/rename", r#"{"friendly_name":"b"}"#);
    assert_eq!(ok(&daemon, &rename).await["friendly_name"], "b");
    let export = post("/v1/identities/b/export", r#"{"password":"x"}"#);
    let text = ok(&daemon, &export).await;
    assert!(text.as_str().unwrap().contains("ENCRYPTED PRIVATE KEY"));
    let export = post(
        "/v1/identities/b/export",
        r#"{"password":"x","format":"windows"}"#,
    );
    let xml = ok(&daemon, &export).await;
    assert!(xml.as_str().unwrap().starts_with("<PEERIDENTITYEXPORT"));

    let deleted = ok(&daemon, &delete("/v1/identities/b")).await;
    assert_eq!(deleted["authority"], authority);
    refused(&daemon, &get("/v1/identities/b"), 404, "identity_not_found").await;
    let import = json!({ "text": text, "password": "x", "friendly_name": "c" });
    let import = post("/v1/imports", &import.to_string());
    let taken = ok(&daemon, &import).await;
    assert_eq!(taken["binding_key"], made["binding_key"]);
    refused(&daemon, &import, 409, "identity_exists").await;
}

#[tokio::test]
async fn a_delegation_is_a_chain_in_base64() {
    let (daemon, _directory) = start().await;
    let machine = ok(&daemon, &get("/v1/identities/default")).await;
    let body = json!({
        "to": machine["public_key"], "classifiers": ["db"], "role": "admin", "lifetime_s": 60,
    });

    let chain = ok(
        &daemon,
        &post("/v1/identities/default/delegate", &body.to_string()),
    )
    .await;

    let chain: pnrp_api::Chain = serde_json::from_value(chain).unwrap();
    let info = chain.verify().unwrap();
    assert_eq!(info.authority, machine["authority"].as_str().unwrap());
    assert_eq!(info.certificates[1].classifiers, ["db"]);
    assert_eq!(info.certificates[1].roles, ["admin"]);
}

#[tokio::test]
async fn bodies_that_are_wrong_are_refused_by_name() {
    let (daemon, _directory) = start().await;
    let before = ok(&daemon, &get("/v1/identities")).await;
    let import = |body: Value| post("/v1/imports", &body.to_string());

    let cases = [
        (post("/v1/identities", ""), 400, "invalid_request"),
        (post("/v1/identities", "[]"), 400, "invalid_request"),
        (
            post("/v1/identities", r#"{"friendly_nam":"x"}"#),
            400,
            "`friendly_nam`",
        ),
        (
            post("/v1/identities", r#"{"friendly_name":""}"#),
            400,
            "invalid_friendly_name",
        ),
        (
            post("/v1/identities", r#"{"friendly_name":7}"#),
            400,
            "invalid_request",
        ),
        (
            post("/v1/identities/default/rename", "{}"),
            400,
            "`friendly_name`",
        ),
        (
            post("/v1/identities/default/rename", r#"{"friendly_name":"x"}"#),
            400,
            "machine",
        ),
        (
            post("/v1/identities/default/export", "{}"),
            400,
            "`password`",
        ),
        (
            post("/v1/identities/default/export", r#"{"password":""}"#),
            400,
            "empty",
        ),
        (
            post(
                "/v1/identities/default/export",
                r#"{"password":"x","format":"zip"}"#,
            ),
            400,
            "`zip`",
        ),
        (
            post("/v1/identities/nobody/export", r#"{"password":"x"}"#),
            404,
            "nobody",
        ),
        (delete("/v1/identities/default"), 400, "machine"),
        (delete("/v1/identities/nobody"), 404, "identity_not_found"),
        (import(json!({})), 400, "`text`"),
        (
            import(json!({ "text": "x", "password": "x" })),
            400,
            "import_refused",
        ),
        (import(json!({ "text": "x", "pass": "x" })), 400, "`pass`"),
        (
            get("/v1/identities/..%2f..%2fetc"),
            404,
            "identity_not_found",
        ),
        (get("/v1/identities/%ff"), 400, "UTF-8"),
        (get("/v1/imports"), 400, "there is no GET"),
        (
            post("/v1/identities/default", "{}"),
            400,
            "there is no POST",
        ),
    ];
    for (request, status, text) in cases {
        refused(&daemon, &request, status, text).await;
    }
    assert_eq!(ok(&daemon, &get("/v1/identities")).await, before);
}

#[tokio::test]
async fn delegations_that_mean_nothing_are_refused_by_name() {
    let (daemon, _directory) = start().await;
    let machine = ok(&daemon, &get("/v1/identities/default")).await;
    let key = machine["public_key"].as_str().unwrap();
    let delegate = |body: Value| post("/v1/identities/default/delegate", &body.to_string());

    let cases = [
        (delegate(json!({ "to": key })), 400, "`lifetime_s`"),
        (
            delegate(json!({ "to": "x", "lifetime_s": 60 })),
            400,
            "invalid_key",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 0 })),
            400,
            "invalid_request",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": -1 })),
            400,
            "invalid_request",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 1e300 })),
            400,
            "invalid_request",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 60, "role": "king" })),
            400,
            "king",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 60, "days": 1 })),
            400,
            "`days`",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 60, "classifiers": ["a\0"] })),
            400,
            "invalid_classifier",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 60, "chain": "AAAA" })),
            400,
            "invalid_chain",
        ),
        (
            delegate(json!({ "to": key, "lifetime_s": 60, "chain": "!" })),
            400,
            "invalid_request",
        ),
    ];
    for (request, status, text) in cases {
        refused(&daemon, &request, status, text).await;
    }
}

#[tokio::test]
async fn a_body_is_as_long_as_an_export_and_no_longer() {
    let (daemon, _directory) = start().await;
    let import = |length| {
        let body = json!({ "text": "x".repeat(length), "password": "x" });
        post("/v1/imports", &body.to_string())
    };

    // The text is longer than any export, and the request is read nevertheless.
    refused(&daemon, &import(300_000), 400, "import_refused").await;
    refused(&daemon, &import(600_000), 400, "invalid_request").await;
    refused(&daemon, &import(600_000), 400, "length limit exceeded").await;
}

#[tokio::test]
async fn bindings_are_listed_and_forgotten() {
    let (daemon, directory) = start_with(|directory| {
        let key = "cd".repeat(32);
        let bindings = json!({ (secure("db")): { "keys": [key] } });
        std::fs::write(directory.join("bindings.json"), bindings.to_string()).unwrap();
    })
    .await;
    let path = format!("/v1/bindings/{}", secure("db"));

    let bindings = ok(&daemon, &get("/v1/bindings")).await;
    assert_eq!(bindings, json!({ (secure("db")): ["cd".repeat(32)] }));
    assert_eq!(ok(&daemon, &delete(&path)).await, json!(true));
    assert_eq!(ok(&daemon, &delete(&path)).await, json!(false));

    assert_eq!(ok(&daemon, &get("/v1/bindings")).await, json!({}));
    let kept = std::fs::read_to_string(directory.path().join("bindings.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), json!({}));
}

/// The client gets the errors that an embedded node gives.
#[tokio::test]
async fn refusals_reach_the_client_as_the_same_error() {
    let (daemon, _directory) = start().await;
    let client = daemon.client().await;
    let alice = client.new_identity(Some("alice")).await.unwrap();
    let text = client
        .export_identity("alice", "x", ExportFormat::Pem)
        .await;
    let text = text.unwrap();
    let name = format!("{}.web", alice.authority);
    let endpoint: EndpointSpec = "[::1]:80".parse().unwrap();
    let registration = Registration::new(&name).endpoint(endpoint);
    let published = client.register(registration).await.unwrap();

    let exists = client.import_identity(&text, Some("x"), None).await;
    let wrong = client.import_identity(&text, Some("y"), None).await;
    let used = client.delete_identity("alice").await;
    let nobody = client.identity("nobody").await;
    let key = client.delegate("alice", DelegationRequest::new("x")).await;

    assert!(
        matches!(exists, Err(Error::IdentityExists { .. })),
        "{exists:?}"
    );
    assert!(
        matches!(wrong, Err(Error::ImportRefused { .. })),
        "{wrong:?}"
    );
    assert!(
        matches!(&used, Err(Error::IdentityInUse { name: used, .. }) if *used == name),
        "{used:?}"
    );
    assert!(
        matches!(nobody, Err(Error::IdentityNotFound { .. })),
        "{nobody:?}"
    );
    assert!(matches!(key, Err(Error::InvalidKey { .. })), "{key:?}");
    published.unregister().await.unwrap();
    assert_eq!(client.delete_identity("alice").await.unwrap(), alice);
}

/// Whatever a friendly name is made of, it is one part of a path.
#[tokio::test]
async fn a_friendly_name_of_any_characters_can_be_asked_for() {
    let (daemon, _directory) = start().await;
    let client = daemon.client().await;

    for name in ["a/b", "..", ".", "%2f", "a?b#c", "ä 名前", "import", " "] {
        let made = client.new_identity(Some(name)).await.unwrap();
        let found: IdentityInfo = client.identity(name).await.unwrap();
        assert_eq!(found, made, "{name:?}");
        assert_eq!(client.delete_identity(name).await.unwrap(), made);
    }
}

async fn start() -> (Daemon, TempDir) {
    start_with(|_| {}).await
}

/// A daemon on a state directory that is prepared first.
async fn start_with(prepare: impl FnOnce(&std::path::Path)) -> (Daemon, TempDir) {
    let directory = TempDir::new().unwrap();
    prepare(directory.path());
    let config = Config::loopback(0).state_dir(directory.path());
    (Daemon::start(config).await, directory)
}

fn secure(classifier: &str) -> String {
    format!("{}.{classifier}", "ab".repeat(20))
}

/// What a request that succeeds is answered with.
async fn ok(daemon: &Daemon, request: &str) -> Value {
    let answer = daemon.raw(request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{request}\n{answer}");
    body(&answer)
}

async fn refused(daemon: &Daemon, request: &str, status: u16, text: &str) {
    let answer = daemon.raw(request).await;
    let start = format!("HTTP/1.1 {status}");
    let shown: String = request.chars().take(300).collect();
    assert!(answer.starts_with(&start), "{shown}\n{answer}");
    assert!(answer.contains(text), "{shown}\n{answer}");
}

fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}
