//! IDs around a target, found by trying names.
//!
//! An ID follows from a name by SHA-1, so whoever wants one in some place can only try. Anybody may
//! publish `0.x<number>`, and each number is another place: to come within one part in 2^b of the
//! ring on either side of a target takes 2^(b-1) names, each of them two SHA-1 of a few bytes. In a
//! cloud of 2,000, b = 15 is 16 times closer than the neighbours are; for one of tens of millions,
//! b = 30 would do, which is 5 * 10^8 names.

use pnrp_wire::{Authority, Classifier, Dialect, P2pId, PeerName};

/// Names whose IDs surround a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placing {
    /// The names: as many on each side, or one more above.
    pub names: Vec<PeerName>,
    /// How many were tried.
    pub tried: u64,
}

/// Finds names whose IDs are closer to a target than one part in 2^`bits` of the ring, `count` in
/// all. With one bit, that is anywhere; no bits are taken as one, and more than 32 as 32.
pub fn place(target: P2pId, count: usize, bits: u32) -> Placing {
    let dialect = Dialect::default();
    let nearby = u64::MAX >> bits.clamp(1, 32);
    let target = upper(target);
    let mut placing = Placing::default();
    let (mut above, mut below) = (count.div_ceil(2), count / 2);
    while above + below > 0 {
        let text = format!("x{}", placing.tried);
        placing.tried += 1;
        let Ok(classifier) = text.parse::<Classifier>() else {
            continue;
        };
        let id = P2pId::derive(&Authority::Unsecured, &classifier.hash(&dialect));
        let offset = upper(id).wrapping_sub(target);
        let wanted = match () {
            () if offset <= nearby => &mut above,
            () if offset.wrapping_neg() <= nearby => &mut below,
            () => continue,
        };
        if *wanted > 0 {
            *wanted -= 1;
            let name = PeerName::new(Authority::Unsecured, classifier);
            placing.names.push(name);
        }
    }
    placing
}

fn upper(id: P2pId) -> u64 {
    let P2pId([a, b, c, d, e, f, g, h, ..]) = id;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
