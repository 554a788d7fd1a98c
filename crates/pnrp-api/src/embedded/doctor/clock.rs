//! Whether this host's clock is right: proofs of other nodes hold for a time.

use super::facts::CloudFacts;
use crate::Finding;

pub(super) fn check(year: i32, clouds: &[CloudFacts]) -> Vec<Finding> {
    if year < YEAR_OF_THIS_VERSION {
        return vec![Finding::problem(
            "clock",
            format!(
                "the clock is in the year {year}, so every proof of another node is not yet valid"
            ),
            "set the clock, by NTP if you can",
        )];
    }
    let sum = |name: &str| {
        let counters = clouds.iter().filter_map(|cloud| cloud.counters.get(name));
        counters.sum::<u64>()
    };
    let (rejected, accepted) = (sum("discarded_invalid_cpa"), sum("routes_admitted"));
    let finding = match rejected > accepted {
        true => Finding::warning(
            "clock",
            format!(
                "{rejected} proofs of other nodes were rejected, and {accepted} nodes admitted"
            ),
            "compare this clock with another one: a wrong clock makes proofs invalid",
        ),
        false => Finding::ok("clock", format!("the clock is in the year {year}")),
    };
    vec![finding]
}

/// No clock that is right says less.
const YEAR_OF_THIS_VERSION: i32 = 2026;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CloudState, FindingStatus, embedded::doctor::clouds::tests::cloud};

    fn with(rejected: u64, admitted: u64) -> CloudFacts {
        let mut cloud = cloud(CloudState::Active);
        let counters = [
            ("discarded_invalid_cpa", rejected),
            ("routes_admitted", admitted),
        ];
        let counters = counters.map(|(name, count)| (name.to_owned(), count));
        cloud.counters = counters.into();
        cloud
    }

    #[test]
    fn a_clock_of_the_past_and_rejected_proofs_are_told() {
        let status = |year, cloud| check(year, &[cloud])[0].status;

        assert_eq!(status(1970, with(0, 0)), FindingStatus::Problem);
        assert_eq!(status(2026, with(9, 2)), FindingStatus::Warning);
        assert_eq!(status(2026, with(2, 9)), FindingStatus::Ok);
    }
}
