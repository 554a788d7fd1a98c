//! `pnrp doctor` on hosts with something in the way.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "fixtures of a test: a panic is its failure"
)]

use std::{io::Write as _, process::Stdio};

use pnrp_tests::{
    daemon::{Daemon, Registered},
    lab::Lab,
    programs::is_installed,
    skip::skip,
};
use serde_json::Value;

#[test]
fn the_doctor_tells_a_firewall_from_an_empty_link() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    if !is_installed("nft") {
        return skip("nft (nftables) is not installed");
    }
    let lab = Lab::new(2);
    let first = Daemon::start(&lab, 1, &[]);
    assert_eq!(
        finding(&first, "multicast LinkLocal"),
        Some("warning".to_owned())
    );
    let second = Daemon::start(&lab, 2, &[]);
    let _registered = Registered::new(&second, "0.web", ":8080");
    assert_eq!(
        finding(&first, "multicast LinkLocal"),
        Some("ok".to_owned())
    );
    assert_eq!(finding(&first, "firewall LinkLocal"), None);

    drop_port(&lab.host(2), 3540);
    let silent = Some("problem".to_owned());
    assert_eq!(finding(&first, "firewall LinkLocal"), silent);

    drop_port(&lab.host(1), 1900);
    let deaf = Some("problem".to_owned());
    assert_eq!(finding(&first, "multicast LinkLocal"), deaf);
}

#[test]
fn the_doctor_sees_that_ipv6_is_turned_off() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(1);
    let daemon = Daemon::start(&lab, 1, &[]);
    assert_eq!(finding(&daemon, "ipv6"), Some("ok".to_owned()));

    let off = "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6";
    let status = Lab::command(&lab.host(1), "sh").args(["-c", off]).status();
    assert!(status.unwrap().success());

    assert_eq!(finding(&daemon, "ipv6"), Some("problem".to_owned()));
    assert_eq!(finding(&daemon, "interfaces"), Some("warning".to_owned()));
}

/// The status of the first finding whose check begins like that.
fn finding(daemon: &Daemon, check: &str) -> Option<String> {
    let findings = daemon.run(&["doctor", "--json"]);
    let findings: Vec<Value> = serde_json::from_slice(&findings.stdout).unwrap();
    let is_it = |finding: &&Value| {
        let name = finding["check"].as_str().unwrap();
        name.starts_with(check)
    };
    let found = findings.iter().find(is_it)?;
    Some(found["status"].as_str().unwrap().to_owned())
}

/// Drops what comes to a UDP port of a host.
fn drop_port(host: &str, port: u16) {
    let rules = format!(
        "table ip6 test {{\n chain input {{\n type filter hook input priority 0;\n \
         udp dport {port} drop;\n }}\n}}\n"
    );
    let mut command = Lab::command(host, "nft");
    let mut child = command
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(rules.as_bytes()).unwrap();
    drop(input);
    if !child.wait().unwrap().success() {
        panic!("nft refuses:\n{rules}");
    }
}
