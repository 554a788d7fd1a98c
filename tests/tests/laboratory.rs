//! The laboratory itself: programs that search and answer find out what reaches whom.

use std::{collections::BTreeSet, net::Ipv6Addr, time::Duration};

use pnrp_tests::{
    clock::wait_for,
    lab::{Addresses, Cable, Filter, Lab, Link},
    pcap::Datagram,
    skip::skip,
    ssdp::{Answering, ROOT_DEVICE, SSDP_PORT, Sharing, search, shout},
    tshark::{self, Capture, Traffic},
};

#[test]
fn a_link_ends_at_its_hosts() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let on = |interface, link| Cable {
        interface,
        link,
        addresses: Addresses::LinkLocal,
    };
    let lab = Lab::with_cables(vec![
        vec![on("eth0", Link::A)],
        vec![on("eth0", Link::A)],
        vec![on("eth0", Link::B)],
        vec![on("eth0", Link::B), on("eth1", Link::A)],
    ]);
    let _answering = [1, 2, 3, 4].map(|host| answering(&lab, host));

    assert_eq!(answered(&lab, 1), hosts([1, 2]));
    assert_eq!(answered(&lab, 3), hosts([3, 4]));
    assert_eq!(answered(&lab, 4), hosts([3, 4]));
}

#[test]
fn a_filter_drops_what_it_says_and_nothing_else() {
    if let Err(reason) = Lab::filters_available() {
        return skip(&reason);
    }
    let lab = Lab::new(4);
    let _answering = [2, 3, 4].map(|host| answering(&lab, host));
    assert_eq!(answered(&lab, 1), hosts([2, 3, 4]));

    lab.set_filter(&Filter::default().cut(&[1, 4], &[2]));
    assert_eq!(answered(&lab, 1), hosts([3, 4]));
    assert_eq!(answered(&lab, 2), hosts([2, 3]));
    lab.set_filter(&Filter::default().drop_udp_multicast());
    assert_eq!(answered(&lab, 1), hosts([]));
    lab.set_filter(&Filter::default().lose_udp(100));
    assert_eq!(answered(&lab, 1), hosts([]));
    lab.set_filter(&Filter::default());
    assert_eq!(answered(&lab, 1), hosts([2, 3, 4]));

    lab.block_udp(3, SSDP_PORT);
    assert_eq!(answered(&lab, 1), hosts([2, 4]));
}

#[test]
fn losses_are_as_many_as_asked_for() {
    if let Err(reason) = Lab::filters_available() {
        return skip(&reason);
    }
    let lab = Lab::new(11);

    lab.set_filter(&Filter::default().lose_udp(30));
    (0..10).for_each(|_| shout(&lab, 1));

    // 8 datagrams each time, to 10 hosts: 240 are to be lost, with a deviation of 13.
    let dropped = lab.dropped();
    assert!((170..310).contains(&dropped), "{dropped} of 800 are lost");
}

#[test]
fn what_is_done_to_an_interface_has_its_effect() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let cable = Cable {
        interface: "eth0",
        link: Link::A,
        addresses: Addresses::All,
    };
    let one = vec![cable.clone()];
    let mut lab = Lab::with_cables(vec![one.clone(), one, vec![]]);
    let _far = answering(&lab, 2);
    let eth0 = lab.interface(2, "eth0");

    let other = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x22);
    eth0.add(other);
    eth0.remove(Lab::link_local(2));
    assert_eq!(answered(&lab, 1), BTreeSet::from([other]));
    eth0.down();
    assert_eq!(answered(&lab, 1), hosts([]));
    eth0.up();
    eth0.add_tentative(Lab::link_local(2));
    assert!(eth0.is_tentative());
    wait_for("usable address", Duration::from_secs(10), || {
        match eth0.is_tentative() {
            true => Err("it is tentative".to_owned()),
            false => Ok(()),
        }
    });
    // A group is left when an interface goes down, and joined again when it comes back.
    assert_eq!(answered(&lab, 1), hosts([2]));

    let lan0 = eth0.rename("lan0");
    assert_eq!(answered(&lab, 1), hosts([2]));
    lan0.down();
    lab.add_cable(3, cable);
    let _new = answering(&lab, 3);
    assert_eq!(answered(&lab, 1), hosts([3]));
}

#[test]
fn a_capture_has_what_is_sent_until_it_ends() {
    if let Err(reason) = Lab::available().and_then(|()| tshark::available()) {
        return skip(&reason);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = |name| directory.path().join(name);
    let lab = Lab::new(2);
    let at_switch = Capture::on_link(&lab, Link::A, Traffic::Ssdp, &path("switch.pcap"));
    let at_host = Capture::at_host(&lab, 2, "eth0", Traffic::Ssdp, &path("host.pcap"));
    let other_port = Capture::start(&lab, &path("pnrp.pcap"));

    shout(&lab, 1);

    let captured = at_switch.stop();
    let is_as_sent = |datagram: &Datagram| {
        datagram.hop_limit == 1
            && *datagram.source.ip() == Lab::link_local(1)
            && datagram.destination.port() == SSDP_PORT
    };
    assert_eq!(captured.len(), 8);
    assert!(captured.iter().all(is_as_sent), "{captured:?}");
    assert_eq!(captured, at_host.stop());
    assert_eq!(other_port.stop(), []);
}

fn answering(lab: &Lab, host: u16) -> Answering {
    Answering::start(lab, host, ROOT_DEVICE, Sharing::Address)
}

/// Who answers a search from a host. A host hears its own.
fn answered(lab: &Lab, host: u16) -> BTreeSet<Ipv6Addr> {
    let answers = search(lab, host, ROOT_DEVICE, Duration::from_millis(400));
    answers.into_iter().map(|answer| answer.from).collect()
}

fn hosts<const N: usize>(numbers: [u16; N]) -> BTreeSet<Ipv6Addr> {
    numbers.into_iter().map(Lab::link_local).collect()
}
