//! Whether the host has IPv6, and which clouds it has for it.

use super::facts::{CloudFacts, HostFacts};
use crate::{CloudState, Finding};

pub(super) fn check(host: &HostFacts, missing: &[String], clouds: &[CloudFacts]) -> Vec<Finding> {
    let mut findings = vec![ipv6(host)];
    let usable = clouds
        .iter()
        .filter(|cloud| !matches!(cloud.info.state, CloudState::Disabled | CloudState::NoNet));
    let usable: Vec<&str> = usable.map(|cloud| cloud.info.name.as_str()).collect();
    findings.push(match usable.as_slice() {
        [] => Finding::problem(
            "clouds",
            "this host is in no cloud that can be used",
            "connect it to a network with IPv6, or see below why an interface has no cloud",
        ),
        usable => Finding::ok("clouds", format!("this host is in {}", usable.join(", "))),
    });
    findings.extend(missing.iter().map(|sentence| missing_cloud(sentence)));
    findings
}

fn ipv6(host: &HostFacts) -> Finding {
    match host {
        HostFacts {
            has_ipv6: false, ..
        } => Finding::problem(
            "ipv6",
            "this system has no IPv6, and PNRP is spoken over nothing else",
            "turn IPv6 on in the kernel: it may be off by ipv6.disable=1 at boot",
        ),
        HostFacts {
            is_turned_off: true,
            ..
        } => Finding::problem(
            "ipv6",
            "IPv6 is turned off on every interface",
            "sysctl -w net.ipv6.conf.all.disable_ipv6=0",
        ),
        HostFacts {
            has_ipv6: true,
            is_turned_off: false,
        } => Finding::ok("ipv6", "this system has IPv6"),
    }
}

fn missing_cloud(sentence: &str) -> Finding {
    let next = if sentence.contains("is down") {
        "bring it up: ip link set INTERFACE up"
    } else if sentence.contains("turned off") {
        "set it to 0, or leave the interface out"
    } else if sentence.contains("global") {
        "get a global IPv6 address for names across the internet; links work without"
    } else if sentence.contains("There is no interface") {
        "correct the setting `interface`"
    } else {
        "give it an IPv6 address, or leave it out with the setting `interface`"
    };
    let found = sentence.trim_end_matches('.');
    Finding::warning("interfaces", found, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FindingStatus, embedded::doctor::clouds::tests::cloud};

    const GOOD: HostFacts = HostFacts {
        has_ipv6: true,
        is_turned_off: false,
    };

    #[test]
    fn a_host_without_ipv6_is_told_where_to_turn_it_on() {
        let none = HostFacts {
            has_ipv6: false,
            ..GOOD
        };
        let off = HostFacts {
            is_turned_off: true,
            ..GOOD
        };

        for (host, next) in [(none, "ipv6.disable=1"), (off, "sysctl")] {
            let findings = check(&host, &[], &[]);
            assert_eq!(findings[0].status, FindingStatus::Problem);
            assert!(findings[0].next.as_ref().unwrap().contains(next));
        }
        assert_eq!(check(&GOOD, &[], &[])[0].status, FindingStatus::Ok);
    }

    #[test]
    fn a_host_without_a_cloud_has_a_problem_and_its_reasons() {
        let missing = ["No cloud on eth1: it is down.".to_owned()];

        let alone = check(&GOOD, &missing, &[]);
        let used = check(&GOOD, &missing, &[cloud(CloudState::Virtual)]);

        assert_eq!(alone[1].status, FindingStatus::Problem);
        assert_eq!(used[1].status, FindingStatus::Ok);
        assert_eq!(used[2].status, FindingStatus::Warning);
        assert_eq!(used[2].found, "No cloud on eth1: it is down");
        let off = check(&GOOD, &[], &[cloud(CloudState::Disabled)]);
        assert_eq!(off[1].status, FindingStatus::Problem);
    }
}
