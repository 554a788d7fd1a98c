//! Signatures that cost nothing to make here, and virtual time in the run.

use std::{sync::Arc, time::Duration};

use pnrp_identity::{SignError, SignatureMismatch, Signer, Verifier};
use pnrp_node::cloud::CryptoJob;
use pnrp_wire::{ByteOrder, PublicKey, Signature};

use crate::random::mix;

/// How long a signature takes on one node, which makes one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CryptoCost {
    /// To make one.
    pub sign: Duration,
    /// To check one.
    pub verify: Duration,
}

impl Default for CryptoCost {
    /// RSA of 1,024 bits on one core of the machine that docs/simulation.md names.
    fn default() -> Self {
        Self {
            sign: Duration::from_micros(600),
            verify: Duration::from_micros(80),
        }
    }
}

impl CryptoCost {
    /// What one job takes.
    pub fn of(&self, job: &CryptoJob) -> Duration {
        match job {
            CryptoJob::Sign(_) => self.sign,
            CryptoJob::Verify(_) => self.verify,
        }
    }
}

/// Signs with a checksum of key and bytes. Whoever knows the public key can sign.
#[derive(Clone, Debug)]
pub struct StandIn {
    key: PublicKey,
}

impl StandIn {
    /// One that has a public key of its own.
    ///
    /// # Panics
    /// Never: any 128 bytes whose first bit is set are a modulus.
    pub fn numbered(number: u64) -> Arc<dyn Signer> {
        let mut modulus = [0x80; 128];
        let mut word = number;
        for chunk in modulus.chunks_exact_mut(8) {
            word = mix(word);
            chunk.copy_from_slice(&(word | 1 << 7).to_le_bytes());
        }
        #[expect(clippy::expect_used, reason = "the first bit is set")]
        let key = PublicKey::from_modulus(&modulus).expect("a modulus of 1024 bits");
        Arc::new(Self { key })
    }

    /// One in the place of a real key, so that all that follows from the public key is the same.
    pub fn of(key: PublicKey) -> Arc<dyn Signer> {
        Arc::new(Self { key })
    }
}

impl Signer for StandIn {
    fn public_key(&self) -> PublicKey {
        self.key
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        Ok(checksum(&self.key, bytes))
    }
}

/// Checks what a [`StandIn`] signs.
#[derive(Clone, Copy, Debug)]
pub struct StandInVerifier;

impl Verifier for StandInVerifier {
    fn verify(
        &self,
        key: &PublicKey,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch> {
        let expected = checksum(key, bytes);
        if *signature == expected {
            Ok(ByteOrder::BigEndian)
        } else if *signature == expected.reversed() {
            Ok(ByteOrder::LittleEndian)
        } else {
            Err(SignatureMismatch::NeitherOrder)
        }
    }
}

/// Eight bytes at a time: a run checks millions.
fn checksum(key: &PublicKey, bytes: &[u8]) -> Signature {
    let mut sum = 0;
    for part in [key.0.as_slice(), bytes] {
        for chunk in part.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            sum = mix(sum ^ u64::from_le_bytes(word));
        }
    }
    let mut signature = [0; 128];
    if let Some(first) = signature.first_chunk_mut() {
        *first = sum.to_be_bytes();
    }
    Signature(signature)
}
