//! Whether nodes on a link can find each other by multicast, and talk once they have.

use pnrp_wire::Endpoint;

use super::{facts::CloudFacts, probe::Probe};
use crate::Finding;

pub(super) fn check(cloud: &CloudFacts) -> Vec<Finding> {
    let name = &cloud.info.name;
    let probes = cloud.probes.iter();
    probes.flat_map(|probe| judge(name, probe)).collect()
}

fn judge(cloud: &str, probe: &Probe) -> Vec<Finding> {
    let link = &probe.link;
    let check = format!("multicast {cloud} on {link}");
    if let Some(failure) = &probe.failure {
        return vec![Finding::problem(
            check,
            format!("the group ff02::c on UDP port 1900 cannot be used on {link}: {failure}"),
            "see that the interface has multicast, and that no program holds port 1900 alone",
        )];
    }
    if !probe.is_heard {
        return vec![Finding::problem(
            check,
            format!("a search on {link} was not heard on this host within a second"),
            "let UDP port 1900 to and from ff02::c through the firewall of this host",
        )];
    }
    if probe.found.is_empty() {
        return vec![Finding::warning(
            check,
            format!("searches go out on {link}, and no other node has answered"),
            "start another node there and register a name; if there is one, let answers in (any \
             UDP port of this host), and see that switches and wireless networks pass multicast",
        )];
    }
    let found = count(probe.found.len());
    let mut findings = vec![Finding::ok(check, format!("{found} answered on {link}"))];
    if !probe.silent.is_empty() {
        findings.push(Finding::problem(
            format!("firewall {cloud} on {link}"),
            format!(
                "found by multicast, and silent on their UDP port: {}",
                places(&probe.silent)
            ),
            "let their UDP port (3540, as a rule) through the firewalls of both hosts",
        ));
    }
    findings
}

fn count(nodes: usize) -> String {
    match nodes {
        1 => "1 node has".to_owned(),
        nodes => format!("{nodes} nodes have"),
    }
}

fn places(nodes: &[Endpoint]) -> String {
    let texts: Vec<String> = nodes
        .iter()
        .map(|at| format!("[{}]:{}", at.address, at.port))
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FindingStatus;

    fn probe(found: &[&str], silent: &[&str]) -> Probe {
        let endpoints = |texts: &[&str]| {
            let texts = texts.iter();
            let at = texts.map(|text| Endpoint {
                address: text.parse().unwrap(),
                port: 3_540,
            });
            at.collect()
        };
        Probe {
            link: "eth0".to_owned(),
            is_heard: true,
            found: endpoints(found),
            silent: endpoints(silent),
            ..Probe::default()
        }
    }

    fn statuses(probe: &Probe) -> Vec<FindingStatus> {
        let findings = judge("Global_", probe);
        findings.iter().map(|finding| finding.status).collect()
    }

    #[test]
    fn a_group_that_cannot_be_used_or_heard_is_a_problem() {
        let failed = Probe {
            failure: Some("address in use".to_owned()),
            ..probe(&[], &[])
        };
        let deaf = Probe {
            is_heard: false,
            ..probe(&["fe80::2"], &[])
        };

        assert_eq!(statuses(&failed), [FindingStatus::Problem]);
        assert_eq!(statuses(&deaf), [FindingStatus::Problem]);
    }

    #[test]
    fn an_empty_link_is_a_warning_and_a_silent_node_a_problem() {
        assert_eq!(statuses(&probe(&[], &[])), [FindingStatus::Warning]);
        assert_eq!(statuses(&probe(&["fe80::2"], &[])), [FindingStatus::Ok]);
        let silent = probe(&["fe80::2", "fe80::3"], &["fe80::3"]);
        assert_eq!(
            statuses(&silent),
            [FindingStatus::Ok, FindingStatus::Problem]
        );
        let text = &judge("Global_", &silent)[1].found;
        assert!(text.ends_with("[fe80::3]:3540"), "{text}");
    }
}
