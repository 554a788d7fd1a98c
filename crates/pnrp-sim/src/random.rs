//! Chance that depends on the seed alone.

use rand::{SeedableRng, rngs::StdRng};

/// SplitMix64's finalizer: a fixed permutation of 64 bits without visible pattern.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A fraction from 0 to below 1 that belongs to 64 bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
pub fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// 32 bytes for one purpose and one number of it.
pub fn seed(run: u64, purpose: Purpose, number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut word = mix(run ^ mix(purpose as u64 ^ mix(number)));
    for chunk in bytes.chunks_exact_mut(8) {
        word = mix(word);
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// A generator for one purpose.
pub fn generator(run: u64, purpose: Purpose) -> StdRng {
    StdRng::from_seed(seed(run, purpose, 0))
}

/// What chance is needed for: changes in the use of one leave the others as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The randomness of a node.
    Node = 1,
    /// Losses and duplicates.
    Network = 2,
    /// Who comes, goes and asks.
    Population = 3,
    /// Keys.
    Keys = 4,
    /// Who lives where in the network.
    Place = 5,
}
