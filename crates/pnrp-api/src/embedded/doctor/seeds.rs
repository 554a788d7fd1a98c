//! Whether the seeds of a cloud can be found, and answer.

use super::facts::{CloudFacts, SeedFacts};
use crate::Finding;

pub(super) fn check(cloud: &CloudFacts) -> Vec<Finding> {
    let seeds = cloud.seeds.iter();
    seeds.map(|seed| judge(&cloud.info.name, seed)).collect()
}

/// A seed that no cloud of the host can use.
pub(super) fn lost(seed: &str) -> Finding {
    Finding::warning(
        format!("seed {seed}"),
        "this host is in no cloud that it could be in",
        "see above why a cloud is missing or turned off; a name is a seed of the global cloud",
    )
}

fn judge(cloud: &str, seed: &SeedFacts) -> Finding {
    let name = format!("seed {} of {cloud}", seed.host);
    match (&seed.failure, seed.has_answered) {
        (Some(failure), _) => Finding::problem(
            name,
            format!("it is not found: {failure}"),
            "correct its name, or see that the DNS gives an IPv6 address for it",
        ),
        (None, false) => Finding::problem(
            name,
            "it does not answer",
            "see that it runs and publishes a name, and that its UDP port is open on the way",
        ),
        (None, true) => Finding::ok(name, "it answers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CloudState, FindingStatus, embedded::doctor::clouds::tests::cloud};

    #[test]
    fn a_seed_that_is_not_found_or_silent_is_a_problem() {
        let seed = |failure: Option<&str>, has_answered| SeedFacts {
            host: "seed.example".to_owned(),
            failure: failure.map(str::to_owned),
            has_answered,
        };
        let mut cloud = cloud(CloudState::Alone);
        cloud.seeds = vec![
            seed(Some("no such name"), false),
            seed(None, false),
            seed(None, true),
        ];

        let statuses: Vec<_> = check(&cloud).iter().map(|it| it.status).collect();

        let expected = [
            FindingStatus::Problem,
            FindingStatus::Problem,
            FindingStatus::Ok,
        ];
        assert_eq!(statuses, expected);
        assert_eq!(lost("seed.example").status, FindingStatus::Warning);
    }
}
