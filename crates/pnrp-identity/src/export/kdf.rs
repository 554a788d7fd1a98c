//! Keys from passwords as PKCS#12 makes them. RFC 7292, appendix B.2.

use sha1::{Digest, digest::core_api::BlockSizeUser};
use zeroize::Zeroizing;

/// What the derived bytes are for; each use has bytes of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Key,
    Iv,
    Mac,
}

/// Derives `length` bytes.
pub(super) fn derive<D: Digest + BlockSizeUser>(
    password: &[u8],
    salt: &[u8],
    purpose: Purpose,
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = D::block_size();
    let diversifier = vec![purpose.byte(); block];
    let mut input = Zeroizing::new(Vec::with_capacity(salt.len() + password.len() + 2 * block));
    input.extend(filled(salt, block));
    input.extend(filled(password, block));
    // Room for whole hashes, so that no outgrown buffer keeps a part of the key.
    let mut output = Zeroizing::new(Vec::with_capacity(length + <D as Digest>::output_size()));
    loop {
        let mut hash = D::new()
            .chain_update(&diversifier)
            .chain_update(&*input)
            .finalize();
        for _ in 1..iterations {
            hash = D::digest(&hash);
        }
        output.extend_from_slice(&hash);
        if output.len() >= length {
            output.truncate(length);
            return output;
        }
        for chunk in input.chunks_exact_mut(block) {
            add_and_increment(chunk, &hash);
        }
    }
}

/// What [`derive`] costs, in hashes.
pub(super) fn work<D: Digest>(iterations: u32, length: usize) -> u64 {
    let rounds = length.div_ceil(<D as Digest>::output_size());
    u64::from(iterations.max(1)).saturating_mul(u64::try_from(rounds).unwrap_or(u64::MAX))
}

impl Purpose {
    fn byte(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Iv => 2,
            Self::Mac => 3,
        }
    }
}

/// The bytes, repeated until they fill whole blocks.
fn filled(bytes: &[u8], block: usize) -> impl Iterator<Item = u8> {
    let length = bytes.len().div_ceil(block) * block;
    bytes.iter().copied().cycle().take(length)
}

/// Adds the hash, repeated to the length of the number, and one; what overflows is lost.
fn add_and_increment(number: &mut [u8], hash: &[u8]) {
    let addend = hash.iter().copied().cycle().take(number.len());
    let addend = Zeroizing::new(addend.collect::<Vec<_>>());
    let mut carry = 1;
    for (digit, add) in number.iter_mut().rev().zip(addend.iter().rev()) {
        let [low, high] = (u16::from(*digit) + u16::from(*add) + carry).to_le_bytes();
        *digit = low;
        carry = high.into();
    }
}

#[cfg(test)]
mod tests {
    use sha1::Sha1;
    use sha2::Sha256;

    use super::*;

    /// By `openssl kdf -keylen 24 -kdfopt digest:SHA1 -kdfopt hexpass:0073006D006500670000
    /// -kdfopt hexsalt:0A58CF64530D823F -kdfopt iter:1 -kdfopt id:1 PKCS12KDF` and the like.
    #[test]
    fn derived_keys_are_those_of_openssl() {
        let smeg = bytes("0073006d006500670000");
        let salt = bytes("0a58cf64530d823f");
        for (purpose, iterations, length, expected) in [
            (Purpose::Key, 1, 24, SHA1_KEY),
            (Purpose::Key, 1_000, 24, SHA1_KEY_1000),
            (Purpose::Iv, 1, 8, SHA1_IV),
            (Purpose::Mac, 1, 20, SHA1_MAC),
        ] {
            let key = derive::<Sha1>(&smeg, &salt, purpose, iterations, length);
            assert_eq!(*key, bytes(expected), "{purpose:?}");
        }
        assert_eq!(
            *derive::<Sha256>(&smeg, &salt, Purpose::Mac, 1_000, 80),
            bytes(SHA256_MAC)
        );
        assert_eq!(
            *derive::<Sha1>(&[], &salt, Purpose::Key, 1, 24),
            bytes(SHA1_NO_PASSWORD)
        );
    }

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    const SHA1_KEY: &str = "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3";
    const SHA1_KEY_1000: &str = "65a0185313e1be626a62223edc56a602e45d07570bd6c447";
    const SHA1_IV: &str = "79993dfe048d3b76";
    const SHA1_MAC: &str = "9ba6ef317b8cb9f4760ab2fa2e51c066f0dce645";
    const SHA256_MAC: &str = "35ac16a454d608fb10c8d7c6338ca85818587aed0ff771fd265957e412c2c03c26ad8fa213a9fcf3\
        42d684dae98b66ee87e7ea6d3179303c84a70f3d5dcc8e679924fb48ee745d1e14f752512a1c12d3";
    const SHA1_NO_PASSWORD: &str = "9985036e1a31d2812085d6cef9db2e03dcbb6b9cd0100fb5";
}
