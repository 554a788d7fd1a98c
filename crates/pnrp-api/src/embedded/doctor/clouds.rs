//! Whether a cloud has found anybody.

use super::facts::CloudFacts;
use crate::{CloudState, Finding};

pub(super) fn check(cloud: &CloudFacts) -> Option<Finding> {
    let info = &cloud.info;
    let name = format!("cloud {}", info.name);
    let why = info.why.clone().unwrap_or_default();
    Some(match info.state {
        CloudState::Active => {
            let others = match info.cached {
                1 => "1 ID of another node is".to_owned(),
                cached => format!("{cached} IDs of other nodes are"),
            };
            Finding::ok(name, format!("it is active: {others} known"))
        }
        CloudState::Virtual => Finding::ok(name, format!("it is not in use: {why}")),
        CloudState::Synchronizing => Finding::ok(name, "it is looking for other nodes"),
        CloudState::Alone => Finding::problem(
            name,
            format!("it knows no other node: {why}"),
            format!(
                "see the lines about multicast and seeds; or name a node: pnrp cloud sync {} HOST",
                short(&info.name)
            ),
        ),
        CloudState::NoNet => Finding::problem(
            name,
            why,
            "bring the interface up; the cloud follows by itself",
        ),
        CloudState::Disabled => Finding::ok(name, why),
        CloudState::Dead => Finding::problem(
            name,
            "it has stopped working",
            format!("pnrp cloud repair {}", short(&info.name)),
        ),
    })
}

fn short(name: &str) -> &str {
    match name {
        "Global_" => "global",
        name => name,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{CloudInfo, CloudScope, FindingStatus};

    pub(in super::super) fn cloud(state: CloudState) -> CloudFacts {
        CloudFacts {
            info: CloudInfo {
                name: "Global_".to_owned(),
                scope: CloudScope::Global,
                scope_id: 0,
                state,
                why: Some("so it is".to_owned()),
                flags: Vec::new(),
                addresses: Vec::new(),
                port: None,
                cached: 0,
                registered: 0,
                size_estimate: None,
            },
            wanted_port: (3_540, false),
            trial: None,
            counters: BTreeMap::new(),
            probes: Vec::new(),
            seeds: Vec::new(),
        }
    }

    #[test]
    fn a_cloud_that_is_alone_or_without_a_network_has_a_problem() {
        let status = |state| check(&cloud(state)).unwrap().status;

        for state in [CloudState::Alone, CloudState::NoNet, CloudState::Dead] {
            assert_eq!(status(state), FindingStatus::Problem, "{state}");
        }
        let fine = [
            CloudState::Active,
            CloudState::Virtual,
            CloudState::Synchronizing,
            CloudState::Disabled,
        ];
        for state in fine {
            assert_eq!(status(state), FindingStatus::Ok, "{state}");
        }
    }

    #[test]
    fn the_way_out_of_being_alone_is_a_command() {
        let next = check(&cloud(CloudState::Alone)).unwrap().next.unwrap();

        assert!(next.ends_with("pnrp cloud sync global HOST"), "{next}");
    }
}
