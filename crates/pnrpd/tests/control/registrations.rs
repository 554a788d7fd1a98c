//! Updating, keeping and withdrawing registrations, in this process and through the daemon.

use std::{path::Path, time::Duration};

use pnrp_api::{
    CloudSelector, Config, EndpointSpec, Error, FindingStatus, Payload, Pnrp, Proof, Registration,
    RegistrationSelector, ResolveCriteria, ResolveRequest,
};

use crate::daemon::{Daemon, delete, eventually, get, post, put};

/// A node with a state directory, as this process and as a client see it.
struct Node {
    pnrp: Pnrp,
    daemon: Option<Daemon>,
}

impl Node {
    async fn both(directory: &Path) -> [Self; 2] {
        let config = |name: &str| Config::loopback(0).state_dir(directory.join(name));
        [
            Self {
                pnrp: Pnrp::embedded(config("embedded")).await.unwrap(),
                daemon: None,
            },
            Self::of_daemon(config("daemon")).await,
        ]
    }

    async fn of_daemon(config: Config) -> Self {
        let daemon = Daemon::start(config).await;
        Self {
            pnrp: daemon.client().await,
            daemon: Some(daemon),
        }
    }

    async fn stop(self) {
        match self.daemon {
            Some(daemon) => daemon.stop().await,
            None => self.pnrp.close().await,
        }
    }

    /// What a resolver of another process is told.
    async fn published(&self) -> Vec<pnrp_api::Found> {
        let request = ResolveRequest::new("0.web")
            .criteria(ResolveCriteria::AnyPeerName)
            .timeout(Duration::from_secs(5));
        self.pnrp.resolve_all(request).await.unwrap_or_default()
    }
}

#[tokio::test]
async fn an_update_replaces_everything_that_is_published() {
    let directory = tempfile::tempdir().unwrap();
    for node in Node::both(directory.path()).await {
        let first = web().comment("first").payload(text("a payload"));
        let mut published = node.pnrp.register(first).await.unwrap();
        let pnrp_id = published.entries()[0].pnrp_id.clone();

        published.update(at("[::1]:9090/udp")).await.unwrap();

        let found = node.published().await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].endpoints[0].to_string(), "[::1]:9090/udp");
        assert_eq!((&found[0].comment, &found[0].payload), (&None, &None));
        assert_eq!(found[0].pnrp_id, pnrp_id);
        assert_eq!(published.entries()[0].endpoints, found[0].endpoints);
        published.unregister().await.unwrap();
        assert_eq!(node.pnrp.names().await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_an_update_cannot_change_stays_with_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    for node in Node::both(directory.path()).await {
        let mut published = node.pnrp.register(web().comment("first")).await.unwrap();
        let refused = [
            web().cloud(CloudSelector::AllLinkLocal),
            Registration::new("0.web").endpoint(EndpointSpec::port(80)),
            web().hint("2001:db8::1".parse().unwrap()),
            web().lifetime(Duration::from_secs(90_000)),
            Registration {
                name: "0.other".to_owned(),
                ..web()
            },
        ];
        for registration in refused {
            let error = published.update(registration).await.unwrap_err();
            assert!(matches!(error, Error::UpdateRefused { .. }), "{error}");
            assert_eq!(error.hresult(), 0x8007_0057);
        }
        let many = (0..10).fold(web(), |web, _| web.endpoint(EndpointSpec::port(80)));
        let error = published.update(many).await.unwrap_err();
        assert!(matches!(error, Error::InvalidEndpoints { .. }), "{error}");
        let nothing = Registration::new("0.web");
        let error = published.update(nothing).await.unwrap_err();
        assert!(matches!(error, Error::InvalidEndpoints { .. }), "{error}");

        let found = node.published().await;
        assert_eq!(found[0].comment.as_deref(), Some("first"));
        assert_eq!(found[0].endpoints[0].to_string(), "[::1]:8080/tcp");
    }
}

#[tokio::test]
async fn own_addresses_stay_own_ones() {
    let directory = tempfile::tempdir().unwrap();
    for node in Node::both(directory.path()).await {
        let own = |port| Registration::new("0.web").endpoint(EndpointSpec::port(port));
        let mut published = node.pnrp.register(own(80)).await.unwrap();

        let explicit = published.update(web()).await.unwrap_err();
        published.update(own(81)).await.unwrap();

        assert!(
            matches!(explicit, Error::UpdateRefused { .. }),
            "{explicit}"
        );
        let found = node.published().await;
        assert_eq!(found[0].endpoints[0].to_string(), "[::1]:81/tcp");
    }
}

#[tokio::test]
async fn only_the_process_that_registered_a_name_can_change_it() {
    let node = Pnrp::embedded(Config::loopback(0)).await.unwrap();
    let published = node.for_process(7).register(web()).await.unwrap();
    let other = node.for_process(8);

    let updated = other.update(published.id(), web()).await.unwrap_err();
    let removed = other.unregister(published.id()).await.unwrap_err();
    let by_name = other.unregister(name("0.web")).await.unwrap_err();

    for error in [updated, removed, by_name] {
        assert!(
            matches!(error, Error::RegistrationOfAnother { owner: 7, .. }),
            "{error}"
        );
    }
    node.for_process(7)
        .update(published.id(), web())
        .await
        .unwrap();
    node.for_process(7).unregister(name("0.web")).await.unwrap();
    let gone = node.for_process(7).unregister(published.id()).await;
    assert!(matches!(gone, Err(Error::RegistrationNotFound { .. })));
    published.unregister().await.unwrap();
}

#[tokio::test]
async fn a_name_is_registered_once_by_a_process_and_by_several_processes() {
    let node = Pnrp::embedded(Config::loopback(0)).await.unwrap();
    let _first = node.for_process(7).register(web()).await.unwrap();
    let _second = node.for_process(8).register(web()).await.unwrap();

    let again = node.for_process(7).register(web()).await.unwrap_err();

    assert!(matches!(again, Error::DuplicateName { .. }), "{again}");
    assert_eq!(again.hresult(), 0x8063_4005);
    assert_eq!(node.names().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_persistent_registration_outlives_its_handle_and_the_node() {
    let directory = tempfile::tempdir().unwrap();
    for (node, name) in Node::both(directory.path())
        .await
        .into_iter()
        .zip(["embedded", "daemon"])
    {
        let registration = web().comment("kept").payload(text("a payload")).persist();
        let mut published = node.pnrp.register(registration).await.unwrap();
        assert!(published.is_persistent());
        published.update(web().comment("changed")).await.unwrap();
        let id = published.id();
        drop(published);
        node.stop().await;

        let later =
            Node::of_daemon(Config::loopback(0).state_dir(directory.path().join(name))).await;
        let names = eventually(|| async {
            let names = later.pnrp.names().await.unwrap();
            (!names.is_empty() && !names[0].pnrp_id.is_empty()).then_some(names)
        })
        .await;
        assert_eq!((names[0].id, names[0].owner), (id, 0));
        assert!(names[0].persistent);
        // It belongs to the node, so it is one of another process for everybody.
        let found = later
            .pnrp
            .resolve_first(ResolveRequest::new("0.web"))
            .await
            .unwrap();
        assert_eq!(found.proof, Proof::Local);
        assert_eq!(found.comment.as_deref(), Some("changed"));

        later.pnrp.update(id, web().comment("third")).await.unwrap();
        assert_eq!(later.published().await[0].comment.as_deref(), Some("third"));
        later.pnrp.unregister(id).await.unwrap();
        assert_eq!(later.pnrp.names().await.unwrap(), []);
        later.stop().await;
        let last =
            Node::of_daemon(Config::loopback(0).state_dir(directory.path().join(name))).await;
        assert_eq!(last.pnrp.names().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_persistent_name_is_there_once_and_is_removed_by_name() {
    let directory = tempfile::tempdir().unwrap();
    for node in Node::both(directory.path()).await {
        let _kept = node.pnrp.register(web().persist()).await.unwrap();
        let own = node.pnrp.register(web()).await.unwrap();

        let again = node.pnrp.register(web().persist()).await.unwrap_err();
        assert!(matches!(again, Error::DuplicateName { .. }), "{again}");
        assert_eq!(node.pnrp.names().await.unwrap().len(), 2);

        let unclear = node.pnrp.unregister(name("0.web")).await.unwrap_err();
        assert!(unclear.to_string().contains(" or "), "{unclear}");
        own.unregister().await.unwrap();
        let elsewhere = RegistrationSelector::Name {
            name: "0.web".to_owned(),
            cloud: Some(CloudSelector::AllLinkLocal),
        };
        let nowhere = node.pnrp.unregister(elsewhere).await.unwrap_err();
        assert!(
            matches!(nowhere, Error::RegistrationNotFound { .. }),
            "{nowhere}"
        );
        node.pnrp.unregister(name("0.web")).await.unwrap();
        assert_eq!(node.pnrp.names().await.unwrap(), []);
    }
}

#[tokio::test]
async fn without_a_state_directory_nothing_is_kept_and_nothing_registered() {
    let node = Node::of_daemon(Config::loopback(0)).await;

    let error = node.pnrp.register(web().persist()).await.unwrap_err();

    assert!(matches!(error, Error::StateUnusable { .. }), "{error}");
    assert_eq!(node.pnrp.names().await.unwrap(), []);
}

#[tokio::test]
async fn a_registration_that_cannot_be_written_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::of_daemon(Config::loopback(0).state_dir(directory.path())).await;
    // The administrator of the system can write anywhere, but not into a file.
    std::fs::write(directory.path().join("registrations"), "in the way").unwrap();

    let error = node.pnrp.register(web().persist()).await.unwrap_err();

    assert!(matches!(error, Error::StateUnusable { .. }), "{error}");
    eventually(|| async { node.pnrp.names().await.unwrap().is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn what_cannot_be_written_or_removed_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    for (node, name) in Node::both(directory.path())
        .await
        .into_iter()
        .zip(["embedded", "daemon"])
    {
        let kept = directory.path().join(name).join("registrations");
        let moved = kept.with_extension("moved");
        let first = web().comment("first").persist();
        let mut published = node.pnrp.register(first).await.unwrap();
        std::fs::rename(&kept, &moved).unwrap();
        std::fs::write(&kept, "in the way").unwrap();

        let updated = published.update(at("[::1]:9090")).await.unwrap_err();
        let removed = node.pnrp.unregister(published.id()).await.unwrap_err();

        for error in [updated, removed] {
            assert!(matches!(error, Error::StateUnusable { .. }), "{error}");
        }
        let found = node.published().await;
        assert_eq!(found[0].comment.as_deref(), Some("first"));
        assert_eq!(found[0].endpoints[0].to_string(), "[::1]:8080/tcp");
        std::fs::remove_file(&kept).unwrap();
        std::fs::rename(&moved, &kept).unwrap();
        published.unregister().await.unwrap();
        assert_eq!(node.pnrp.names().await.unwrap(), []);
        assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn damage_to_one_registration_leaves_the_others_and_is_told_by_the_doctor() {
    let directory = tempfile::tempdir().unwrap();
    let config = || Config::loopback(0).state_dir(directory.path());
    let node = Node::of_daemon(config()).await;
    let other = Registration {
        name: "0.other".to_owned(),
        ..web()
    };
    let damaged = node.pnrp.register(web().persist()).await.unwrap().id();
    let _kept = node.pnrp.register(other.persist()).await.unwrap();
    node.stop().await;
    let path = directory
        .path()
        .join(format!("registrations/{damaged}.registration"));
    let mut text = std::fs::read(&path).unwrap();
    let last = text.len() - 5;
    text[last] ^= 1;
    std::fs::write(&path, &text).unwrap();

    let later = Node::of_daemon(config()).await;

    let names = later.pnrp.names().await.unwrap();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].name, "0.other");
    let findings = later.pnrp.doctor().await.unwrap();
    let told = findings
        .iter()
        .find(|it| it.check == "registrations")
        .unwrap();
    assert_eq!(told.status, FindingStatus::Problem);
    assert!(told.found.contains(&damaged.to_string()), "{told:?}");
}

#[tokio::test]
async fn a_name_whose_identity_is_gone_is_kept_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let config = || Config::loopback(0).state_dir(directory.path());
    let node = Node::of_daemon(config()).await;
    let identity = node.pnrp.new_identity(Some("web")).await.unwrap();
    let secure = Registration {
        name: format!("{}.web", identity.authority),
        ..web()
    };
    let id = node
        .pnrp
        .register(secure.clone().persist())
        .await
        .unwrap()
        .id();
    let exported = node
        .pnrp
        .export_identity("web", "a password", pnrp_api::ExportFormat::Pem)
        .await
        .unwrap();
    node.stop().await;
    for file in std::fs::read_dir(directory.path().join("identities")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }

    let later = Node::of_daemon(config()).await;
    let names = later.pnrp.names().await.unwrap();
    assert_eq!((names[0].id, names[0].pnrp_id.as_str()), (id, ""));
    let refused = later.pnrp.update(id, secure).await.unwrap_err();
    assert!(
        matches!(refused, Error::ForeignAuthority { .. }),
        "{refused}"
    );
    let findings = later.pnrp.doctor().await.unwrap();
    assert!(findings.iter().any(|it| it.check == "registrations"));
    later
        .pnrp
        .import_identity(&exported, Some("a password"), None)
        .await
        .unwrap();
    later.stop().await;

    let last = Node::of_daemon(config()).await;
    eventually(|| async {
        let names = last.pnrp.names().await.unwrap();
        (names.len() == 1 && !names[0].pnrp_id.is_empty()).then_some(())
    })
    .await;
    last.pnrp.unregister(id).await.unwrap();
}

#[tokio::test]
async fn persistent_registrations_leave_room_for_others() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::of_daemon(Config::loopback(0).state_dir(directory.path())).await;
    for number in 0..128 {
        let name = format!("0.kept-{number}");
        let _kept = node.pnrp.register(named(&name).persist()).await.unwrap();
    }

    let error = node.pnrp.register(web().persist()).await.unwrap_err();

    assert!(matches!(error, Error::TooMuchLoad { .. }), "{error}");
    let _own = node.pnrp.register(web()).await.unwrap();
}

#[tokio::test]
async fn requests_about_registrations_that_make_no_sense_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(Config::loopback(0).state_dir(directory.path())).await;
    let unknown = "/v1/registrations/00000000000000ab";
    let body = r#"{"name":"0.web","endpoints":[{"port":80}]}"#;
    let cases = [
        (put("/v1/registrations/xyz", body), "400", "16 hexadecimal"),
        (put(unknown, body), "404", "registration_not_found"),
        (put(unknown, "{"), "400", "invalid_request"),
        (delete(unknown), "404", "registration_not_found"),
        (delete("/v1/registrations/xyz"), "400", "16 hexadecimal"),
        (post("/v1/unregister", "{}"), "400", "give an "),
        (
            post(
                "/v1/unregister",
                r#"{"id":"00000000000000ab","cloud":"all"}"#,
            ),
            "400",
            "give an ",
        ),
        (
            post("/v1/unregister", r#"{"name":"0.nobody"}"#),
            "404",
            "registration_not_found",
        ),
        (
            post("/v1/unregister", r#"{"nmae":"0.nobody"}"#),
            "400",
            "`nmae`",
        ),
    ];
    for (request, status, text) in cases {
        let answer = daemon.raw(&request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(text),
            "{request}\n{answer}"
        );
    }
    // A persistent registration is answered, not held.
    let kept = body.replace("}]}", "}],\"persist\":true}");
    let answer = daemon.raw(&post("/v1/registrations", &kept)).await;
    assert!(answer.contains(r#""entries":[{"#), "{answer}");
    let listed = daemon.raw(&get("/v1/registrations")).await;
    assert!(listed.contains(r#""persistent":true"#), "{listed}");
}

fn web() -> Registration {
    at("[::1]:8080")
}

fn named(name: &str) -> Registration {
    Registration {
        name: name.to_owned(),
        ..web()
    }
}

fn at(endpoint: &str) -> Registration {
    Registration::new("0.web").endpoint(endpoint.parse().unwrap())
}

fn text(text: &str) -> Payload {
    Payload::String(text.to_owned())
}

fn name(text: &str) -> RegistrationSelector {
    text.parse().unwrap()
}
