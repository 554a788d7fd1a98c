//! Eight bytes that stand for an ID or a key in a table of many.

use pnrp_wire::{Authority, PnrpId};
use rand::{Rng, RngExt};
use sha2::{Digest, Sha256};

/// Makes marks that only their maker can tell: without its secret nobody can look for two things with
/// one mark, and by chance there are none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marker([u8; 16]);

/// What stands for an ID, or for a key under an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark(u64);

impl Marker {
    pub(crate) fn new(rng: &mut impl Rng) -> Self {
        Self(rng.random())
    }

    pub(crate) fn id(&self, id: &PnrpId) -> Mark {
        Mark::of(
            Sha256::new()
                .chain_update(self.0)
                .chain_update(id.as_bytes()),
        )
    }

    /// The same key under another ID has another mark.
    pub(crate) fn key(&self, id: &PnrpId, key: &Authority) -> Mark {
        let hash = Sha256::new()
            .chain_update(self.0)
            .chain_update(id.as_bytes());
        Mark::of(hash.chain_update(key.to_bytes()))
    }
}

impl Mark {
    fn of(hash: Sha256) -> Self {
        let hash: [u8; 32] = hash.finalize().into();
        Self(u64::from_be_bytes(*hash.first_chunk().unwrap_or(&[0; 8])))
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn a_mark_depends_on_all_that_it_stands_for_and_on_who_makes_it() {
        let [one, other] = [1, 2].map(|seed| Marker::new(&mut StdRng::seed_from_u64(seed)));
        let [id, last_bit] = [
            [7; 32],
            [[7; 31].as_slice(), &[6]].concat().try_into().unwrap(),
        ]
        .map(PnrpId::from_bytes);
        let [key, other_key] = [[1; 20], [2; 20]].map(Authority::Secure);
        let marks = [
            one.id(&id),
            one.id(&last_bit),
            other.id(&id),
            one.key(&id, &key),
            one.key(&id, &other_key),
            one.key(&last_bit, &key),
            other.key(&id, &key),
        ];

        let different: std::collections::BTreeSet<_> = marks.into_iter().collect();

        assert_eq!(different.len(), marks.len());
        assert_eq!(one.key(&id, &key), one.key(&id, &key));
    }
}
