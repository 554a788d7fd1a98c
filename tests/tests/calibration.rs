//! A daemon meets a peer of another make, and remembers how that writes.

use std::{fs, time::Duration};

use pnrp_api::{EndpointSpec, Pnrp, Registration, ResolveRequest};
use pnrp_identity::PeerIdentity;
use pnrp_tests::{careless::Careless, clock::wait_for, daemon::Daemon, lab::Lab, skip::skip};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_dialect_settled_by_a_peer_outlasts_the_daemon() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(2);
    let daemon = Daemon::start(&lab, 1, &[]);
    let pnrp = Pnrp::connect(Some(&daemon.socket())).await.unwrap();
    let own = Registration::new("0.own").endpoint(EndpointSpec::port(80));
    let registered = pnrp.register(own).await.unwrap();
    let dialects = daemon.state_dir().join("dialects.json");
    assert!(!dialects.exists());

    let keys = PeerIdentity::generate().unwrap().to_pkcs8_pem().unwrap();
    let foreign = Careless::new(&keys, "0.foreign")
        .option("--numbers", "big-endian")
        .start(&lab, 2, 1);
    let found = pnrp.resolve_first(ResolveRequest::new("0.foreign")).await;

    assert_eq!(found.unwrap().name, "0.foreign");
    let written = || fs::read_to_string(&dialects).map_err(|error| error.to_string());
    let kept = wait_for("the dialect on disk", Duration::from_secs(10), written);
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["link-local eth0"]["number_order"], "big_endian");
    assert_eq!(kept["link-local eth0"]["signature_order"], "big_endian");
    drop((registered, foreign));

    let daemon = daemon.restart(&[]);

    let log = daemon.log_tail();
    assert!(log.contains("number_order: BigEndian"), "{log}");
}
