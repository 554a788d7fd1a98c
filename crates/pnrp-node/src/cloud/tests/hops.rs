//! How far a search goes. MS-PNRP §3.2.1.1.

use super::link::{Link, name_of};
use crate::cloud::Verdict;

/// R-3.2.1.1-01: the mean number of LOOKUPs stays below log10 n + 1, in clouds of 10, 40 and 160 nodes.
#[test]
fn a_search_takes_a_logarithmic_number_of_hops() {
    for count in [10_usize, 40, 160] {
        let mut link = Link::ring(count, 41);
        link.run(std::time::Duration::from_secs(60));
        let mut lookups = 0_u32;
        let resolves = 100_u32;
        for resolve in 0..resolves {
            let from = usize::try_from(resolve).unwrap() * 7 % count;
            let name = name_of((from + 3 + from / 2) % count);
            let outcome = link.resolve(from, &name);
            assert!(outcome.result.is_ok(), "{name} at node {from} of {count}");
            let hops = outcome.hops.iter();
            let asked = hops.filter(|hop| hop.verdict != Verdict::Published);
            lookups += u32::try_from(asked.count()).unwrap();
        }
        let mean = f64::from(lookups) / f64::from(resolves);
        let bound = f64::from(u32::try_from(count).unwrap()).log10() + 1.0;
        assert!(mean <= bound, "{count} nodes: {mean}, of {bound} at most");
    }
}
