//! Three hosts: A owns names, B publishes some of them, C looks for them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "fixtures of a test: a panic is its failure"
)]

use pnrp_api::{
    Chain, DelegationRequest, EndpointSpec, Error, ExportFormat, Found, Pnrp, Proof, Registration,
    RegistrationHandle, ResolveEvent, ResolveRequest, Verdict,
};
use pnrp_tests::{careless::Careless, daemon::Daemon, lab::Lab, skip::skip};

/// A host with its daemon, called through its socket. It publishes a name of its own, so that the
/// others have something to keep in their caches.
struct Host {
    pnrp: Pnrp,
    #[expect(
        dead_code,
        reason = "its name is published for as long as this is held"
    )]
    own_name: RegistrationHandle,
    #[expect(dead_code, reason = "it runs for as long as this is held")]
    daemon: Daemon,
}

impl Host {
    async fn new(lab: &Lab, number: u16) -> Self {
        let peers: Vec<u16> = (number > 1).then(|| number - 1).into_iter().collect();
        let daemon = Daemon::start(lab, number, &peers);
        let pnrp = Pnrp::connect(Some(&daemon.socket())).await.unwrap();
        let own = Registration::new(format!("0.host-{number}")).endpoint(EndpointSpec::port(80));
        Self {
            own_name: pnrp.register(own).await.unwrap(),
            pnrp,
            daemon,
        }
    }
}

/// R-3.1.5.10-12, R-2.2.3.5.1.4-03, R-2.2.3.5.1.4-04, R-3.2.4.1-01, R-3.1.5.7-03: what A delegates
/// is found under A's authority with B's key, and what it does not is not found.
#[tokio::test(flavor = "multi_thread")]
async fn a_delegated_name_is_published_by_another_host_and_no_more_than_that() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(3);
    let (a, b, c) = (
        Host::new(&lab, 1).await,
        Host::new(&lab, 2).await,
        Host::new(&lab, 3).await,
    );
    let owner = a.pnrp.new_identity(Some("owner")).await.unwrap();
    let delegate = b.pnrp.new_identity(Some("delegate")).await.unwrap();
    let name = |classifier: &str| format!("{}.{classifier}", owner.authority);
    let delegated = async |classifier: &str, role: &str| {
        let request = DelegationRequest::new(&delegate.public_key);
        let request = request.classifier(classifier).role(role);
        a.pnrp.delegate("owner", request).await.unwrap()
    };
    let (member, admin) = (
        delegated("db", "member").await,
        delegated("db", "admin").await,
    );

    // What was delegated.
    let registered = b.pnrp.register(registration(&name("db"), &member)).await;
    let registered = registered.unwrap();
    let found = c.pnrp.resolve_first(ResolveRequest::new(name("db"))).await;
    is_by(&found.unwrap(), &owner.authority, &delegate.authority);
    registered.unregister().await.unwrap();

    assert_eq!(refused_proofs(&c.pnrp).await, 0);

    // What a member may not: B's own node refuses, and so does C when B's node does not care.
    let refused = b.pnrp.register(registration(&name("dbx"), &member)).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, Error::InvalidChain { .. }), "{refused}");
    let keys = exported(&b.pnrp, "delegate").await;
    let dbx = delegated("dbx", "member").await;
    let careless = Careless::new(&keys, &name("dbx"))
        .file("--chain", &dbx.0)
        .file("--sent-chain", &member.0)
        .start(&lab, 2, 1);
    let verdicts = verdicts(&c.pnrp, &name("dbx")).await;
    assert!(!verdicts.contains(&Verdict::Published), "{verdicts:?}");
    // Whether as a neighbour or as a resolver, C has asked for the proof and refused it.
    assert!(refused_proofs(&c.pnrp).await > 0, "{verdicts:?}");
    drop(careless);

    // What an admin may.
    let registered = b.pnrp.register(registration(&name("dbx"), &admin)).await;
    let found = c.pnrp.resolve_first(ResolveRequest::new(name("dbx"))).await;
    is_by(&found.unwrap(), &owner.authority, &delegate.authority);
    registered.unwrap().unregister().await.unwrap();
}

/// R-3.1.5.7-09: the careless publisher is believed when it sends what it should, and no longer
/// when one bit of that is another.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_answer_is_believed_and_a_tampered_one_is_not() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(3);
    let hosts = (
        Host::new(&lab, 1).await,
        Host::new(&lab, 2).await,
        Host::new(&lab, 3).await,
    );
    let (a, b, c) = &hosts;
    let owner = a.pnrp.new_identity(Some("owner")).await.unwrap();
    let delegate = b.pnrp.new_identity(Some("delegate")).await.unwrap();
    let name = format!("{}.dbx", owner.authority);
    let request = DelegationRequest::new(&delegate.public_key).classifier("dbx");
    let chain = a.pnrp.delegate("owner", request).await.unwrap();
    let keys = exported(&b.pnrp, "delegate").await;

    let careless = Careless::new(&keys, &name)
        .file("--chain", &chain.0)
        .start(&lab, 2, 1);

    let found = c.pnrp.resolve_first(ResolveRequest::new(&name)).await;
    is_by(&found.unwrap(), &owner.authority, &delegate.authority);
    drop(careless);

    // The same with one bit changed on the way.
    let refused = refused_proofs(&c.pnrp).await;
    let careless = Careless::new(&keys, &name)
        .file("--chain", &chain.0)
        .option("--tamper", "yes")
        .start(&lab, 2, 1);
    let verdicts = verdicts(&c.pnrp, &name).await;
    assert!(!verdicts.contains(&Verdict::Published), "{verdicts:?}");
    assert!(refused_proofs(&c.pnrp).await > refused, "{verdicts:?}");
    drop(careless);
}

fn registration(name: &str, chain: &Chain) -> Registration {
    Registration::new(name)
        .endpoint(EndpointSpec::port(8080))
        .chain(chain.clone())
}

fn is_by(found: &Found, owner: &str, publisher: &str) {
    assert_eq!(found.authority, owner);
    assert!(found.secure);
    let Proof::Cpa {
        signer,
        certificates,
    } = &found.proof
    else {
        panic!("{found:?} was not found elsewhere");
    };
    assert_eq!((signer.as_str(), *certificates), (publisher, 2));
}

/// How many proofs a host has refused in the cloud of its link.
async fn refused_proofs(pnrp: &Pnrp) -> u64 {
    let stats = pnrp.stats("eth0").await.unwrap();
    let refused = stats.counters.get("discarded_invalid_cpa");
    refused.copied().unwrap_or(0)
}

/// What came of asking, until a node was asked to prove itself.
async fn verdicts(pnrp: &Pnrp, name: &str) -> Vec<Verdict> {
    let mut all = Vec::new();
    let mut events = pnrp.resolve(ResolveRequest::new(name)).await.unwrap();
    while let Some(event) = events.next().await {
        match event {
            ResolveEvent::Hop(hop) => all.push(hop.verdict),
            ResolveEvent::Found(found) => panic!("{found:?}"),
            ResolveEvent::Ended { result } => {
                assert!(matches!(result, Err(Error::NotFound { .. })), "{result:?}");
            }
        }
    }
    all
}

/// The keys of an identity, as its owner can have them.
async fn exported(pnrp: &Pnrp, identity: &str) -> String {
    let text = pnrp.export_identity(identity, "secret", ExportFormat::Pem);
    let imported = pnrp_identity::import(&text.await.unwrap(), "secret").unwrap();
    imported.identity.to_pkcs8_pem().unwrap().to_string()
}
