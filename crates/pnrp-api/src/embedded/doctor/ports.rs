//! Whether a cloud has the port it wants.

use super::facts::CloudFacts;
use crate::{CloudState, Finding};

pub(super) fn check(cloud: &CloudFacts) -> Option<Finding> {
    let (wanted, is_fixed) = cloud.wanted_port;
    let name = format!("port {}", cloud.info.name);
    match (cloud.info.port, &cloud.trial) {
        (Some(port), _) if port == wanted => {
            Some(Finding::ok(name, format!("it listens on UDP port {port}")))
        }
        (Some(port), _) => Some(Finding::warning(
            name,
            format!("another program has UDP port {wanted}, so it listens on {port}"),
            format!("let UDP port {port} through the firewall, or end the other program"),
        )),
        (None, Some(reason)) if is_fixed => Some(Finding::problem(
            name,
            format!("it cannot listen on UDP port {wanted}: {reason}"),
            "choose another --port, or end the program that has it",
        )),
        (None, Some(reason)) => Some(Finding::warning(
            name,
            format!("it cannot listen on UDP port {wanted} ({reason}), and will take another"),
            "let that port through the firewall, or end the program that has it",
        )),
        (None, None) => match cloud.info.state {
            CloudState::Disabled | CloudState::NoNet => None,
            CloudState::Virtual
            | CloudState::Synchronizing
            | CloudState::Active
            | CloudState::Dead
            | CloudState::Alone => Some(Finding::ok(name, format!("UDP port {wanted} is free"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FindingStatus, embedded::doctor::clouds::tests::cloud};

    fn with(port: Option<u16>, is_fixed: bool, trial: Option<&str>) -> CloudFacts {
        let mut cloud = cloud(CloudState::Virtual);
        cloud.info.port = port;
        cloud.wanted_port.1 = is_fixed;
        cloud.trial = trial.map(str::to_owned);
        cloud
    }

    #[test]
    fn a_taken_port_is_told() {
        let status = |cloud: &CloudFacts| check(cloud).unwrap().status;

        assert_eq!(status(&with(Some(3540), false, None)), FindingStatus::Ok);
        assert_eq!(
            status(&with(Some(40_000), false, None)),
            FindingStatus::Warning
        );
        assert_eq!(
            status(&with(None, false, Some("in use"))),
            FindingStatus::Warning
        );
        assert_eq!(
            status(&with(None, true, Some("in use"))),
            FindingStatus::Problem
        );
        assert_eq!(status(&with(None, false, None)), FindingStatus::Ok);
        assert_eq!(check(&cloud(CloudState::Disabled)), None);
    }
}
