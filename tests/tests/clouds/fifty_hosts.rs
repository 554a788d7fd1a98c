//! Fifty hosts on one link, of which none is told of another.

use std::{collections::BTreeSet, env, path::Path, process::Command, time::Duration};

use pnrp_tests::{
    clock::now,
    daemon::text,
    lab::{Filter, Lab, Link},
    programs::find,
    skip::skip,
    traffic::{is_understood_by_tshark, sample},
    tshark::{self, Capture, Traffic},
};
use pnrp_wire::MessageType;
use rand::rngs::StdRng;
use tokio::sync::Mutex;

use crate::{
    crowd::{Crowd, GLOBAL, LINK, choose, random},
    host::name_of,
    ssdp_traffic,
};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_hosts_find_each_other_and_survive_a_partition() {
    if let Err(reason) = Lab::filters_available().and_then(|()| tshark::available()) {
        return skip(&reason);
    }
    let _alone = ONE_CROWD.lock().await;
    let directory = tempfile::tempdir().unwrap();
    let mut random = random();
    let lab = Lab::new(number_of_hosts());
    let (pnrp, ssdp) = (
        directory.path().join("pnrp.pcap"),
        directory.path().join("ssdp.pcap"),
    );
    let captures = [(Traffic::Pnrp, &pnrp), (Traffic::Ssdp, &ssdp)]
        .map(|(traffic, path)| Capture::on_link(&lab, Link::A, traffic, path));
    let crowd = Crowd::start(&lab).await;

    they_find_each_other(&crowd, &mut random).await;
    let [pnrp_sent, ssdp_sent] = captures.map(Capture::stop);
    passes_the_check(&pnrp);
    println!("{} PNRP datagrams recorded", pnrp_sent.len());
    let types = is_understood_by_tshark(&sample(&pnrp_sent), directory.path());
    assert_eq!(types, BTreeSet::from(MessageType::ALL));
    ssdp_traffic::is_as_it_should_be(&ssdp_sent, directory.path());

    a_partition_heals(&lab, &crowd, &mut random).await;
}

/// With 30 of 100 datagrams lost, 99 of 100 resolves find their name within 10 s.
#[tokio::test(flavor = "multi_thread")]
async fn a_lossy_link_is_no_obstacle() {
    if let Err(reason) = Lab::filters_available() {
        return skip(&reason);
    }
    let _alone = ONE_CROWD.lock().await;
    let mut random = random();
    let lab = Lab::new(number_of_hosts());
    let crowd = Crowd::start(&lab).await;
    let all = crowd.numbers();
    let first = choose(&mut random, &all, &all, 2, LINK);
    let over = crowd.complete + FOUND_WITHIN;
    let answers = crowd.ask_until(&first, AT_ONCE, over).await;
    assert!(answers.wrong().is_empty(), "{:#?}", answers.wrong());

    lab.set_filter(&Filter::default().lose_udp(30));
    let questions = choose(&mut random, &all, &all, 10, LINK);
    let started = now();
    let answers = crowd.ask(&questions, AT_ONCE, ONE_RESOLVE).await;
    println!(
        "30 % of the datagrams lost, in {:?}: {}",
        started.elapsed(),
        answers.summary()
    );
    assert!(lab.dropped() > 0);
    let enough = questions.len() - questions.len() / 100;
    assert!(answers.right() >= enough, "{:#?}", answers.wrong());
    let found = crowd.host(1).finds_by_command(&name_of(3), LINK);
    assert_eq!(found["endpoints"][0]["address"], "fe80::3%eth0");
}

/// Two crowds at a time would test the machine.
static ONE_CROWD: Mutex<()> = Mutex::const_new(());

fn number_of_hosts() -> u16 {
    let wanted = env::var("PNRP_LAB_HOSTS").ok();
    wanted.map_or(50, |number| {
        number.parse().expect("PNRP_LAB_HOSTS is a number")
    })
}

/// Within 30 s of the last start, every host finds ten others on the link, and one in the global
/// cloud.
async fn they_find_each_other(crowd: &Crowd, random: &mut StdRng) {
    let all = crowd.numbers();
    let mut questions = choose(random, &all, &all, 10, LINK);
    let over = crowd.complete + FOUND_WITHIN;
    println!(
        "{} hosts; names published {:?} after the last start",
        all.len(),
        crowd.complete.elapsed()
    );

    let answers = crowd.ask_until(&questions, AT_ONCE, over).await;
    println!(
        "{:?} after the last start: {}",
        answers.last() - crowd.complete,
        answers.summary()
    );
    assert!(answers.wrong().is_empty(), "{:#?}", answers.wrong());
    assert!(answers.last() <= over, "not in time");

    questions = choose(random, &all, &all, 1, GLOBAL);
    let answers = crowd.ask_until(&questions, AT_ONCE, over).await;
    println!("in the global cloud, {}", answers.summary());
    assert!(answers.wrong().is_empty(), "{:#?}", answers.wrong());

    let found = crowd.host(1).finds_by_command(&name_of(2), LINK);
    assert_eq!(found["endpoints"][0]["address"], "fe80::2%eth0");
    let again = crowd.ask(&questions, 1, ONE_RESOLVE).await;
    println!("one at a time, {}", again.summary());
}

fn passes_the_check(capture: &Path) {
    let output = Command::new(find("pnrp"))
        .args(["capture", "check", "--strict"])
        .arg(capture)
        .output()
        .unwrap();
    let (said, complaint) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    // Among a line for each signature.
    let counts = said.lines().filter(|line| line.contains(" checked, "));
    counts.for_each(|line| println!("pnrp capture check --strict: {line}"));
}

/// Two halves that cannot reach each other find their own names, and all names soon after they can.
async fn a_partition_heals(lab: &Lab, crowd: &Crowd, random: &mut StdRng) {
    let all = crowd.numbers();
    let (one, other) = all.split_at(all.len() / 2);
    lab.set_filter(&Filter::default().cut(one, other));
    let over = now() + CUT_FOR;

    let mut own = choose(random, one, one, 1, LINK);
    own.extend(choose(random, other, other, 1, LINK));
    let started = now();
    let answers = crowd.ask_until(&own, AT_ONCE, over).await;
    println!(
        "{:?} after the cut, each on its side: {}",
        answers.last() - started,
        answers.summary()
    );
    assert!(answers.wrong().is_empty(), "{:#?}", answers.wrong());
    let across = choose(random, &one[..1], other, 1, LINK);
    let reached = crowd.ask(&across, 1, ONE_RESOLVE).await;
    assert_eq!(reached.right(), 0, "the cut has a hole");
    assert!(lab.dropped() > 0);
    tokio::time::sleep_until(over.into()).await;

    lab.set_filter(&Filter::default());
    let healed = now();
    let over = healed + HEALED_WITHIN;
    // Two hosts tell when it happens. More of them would help it to happen.
    let mut watched = choose(random, &one[..1], other, 1, LINK);
    watched.extend(choose(random, &other[..1], one, 1, LINK));
    let first = crowd.ask_until(&watched, 2, over).await;
    println!(
        "{:?} after the end of the cut, two hosts that kept asking: {}",
        first.last() - healed,
        first.summary()
    );
    tokio::time::sleep_until(over.into()).await;
    let mut across = choose(random, one, other, 4, LINK);
    across.extend(choose(random, other, one, 4, LINK));
    let answers = crowd.ask(&across, AT_ONCE, ONE_RESOLVE).await;
    println!(
        "{HEALED_WITHIN:?} after the end of the cut, across: {}",
        answers.summary()
    );
    assert!(answers.wrong().is_empty(), "{:#?}", answers.wrong());
}

const FOUND_WITHIN: Duration = Duration::from_secs(30);
const CUT_FOR: Duration = Duration::from_secs(60);
/// Four periods of maintenance.
const HEALED_WITHIN: Duration = Duration::from_secs(60);
const ONE_RESOLVE: Duration = Duration::from_secs(10);
/// Resolves at a time, on a machine that may have two cores.
const AT_ONCE: usize = 16;
