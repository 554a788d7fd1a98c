//! How much an import may cost.
//!
//! A file states itself how often its password is to be hashed, up to billions of times or
//! gigabytes of memory. Every derivation is paid from one budget before it is done.

use pkcs8::pkcs5::pbes2::Kdf;

use super::ImportError;

/// What an import may still spend, in hashes.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
}

impl Work {
    /// For one import.
    pub(super) fn new() -> Self {
        Self { left: MAX_WORK }
    }

    /// Pays for `count` hashes.
    pub(super) fn spend(&mut self, count: u64) -> Result<(), ImportError> {
        let left = self.left.checked_sub(count);
        self.left = left.ok_or(ImportError::TooMuchWork)?;
        Ok(())
    }

    /// Pays for one derivation, and checks the parameters that the library computes with
    /// unchecked.
    pub(super) fn spend_on(&mut self, kdf: &Kdf<'_>) -> Result<(), ImportError> {
        match kdf {
            Kdf::Pbkdf2(parameters) => self.spend(parameters.iteration_count.into()),
            Kdf::Scrypt(parameters) => {
                let cost = parameters.cost_parameter;
                if cost < 2 || !cost.is_power_of_two() {
                    return Err(ImportError::WrongPassword);
                }
                let blocks = cost.saturating_mul(parameters.block_size.into());
                if blocks.saturating_mul(128) > MAX_MEMORY {
                    return Err(ImportError::TooMuchMemory);
                }
                self.spend(blocks.saturating_mul(parameters.parallelization.into()))
            }
            // The library may learn others; what they cost is not known here.
            _ => Err(ImportError::TooMuchWork),
        }
    }
}

/// Our own export costs 1.3 million. The most takes one to five seconds, by the hash.
const MAX_WORK: u64 = 6_000_000;
/// Bytes; our own export takes 16 MiB.
pub(super) const MAX_MEMORY: u64 = 64 << 20;

#[cfg(test)]
mod tests {
    use pkcs8::pkcs5::pbes2::{Pbkdf2Params, Pbkdf2Prf, ScryptParams};

    use super::*;

    #[test]
    fn several_derivations_share_one_budget() {
        let mut work = Work::new();

        for _ in 0..6 {
            work.spend_on(&pbkdf2(1_000_000)).unwrap();
        }

        assert!(matches!(
            work.spend_on(&pbkdf2(1)),
            Err(ImportError::TooMuchWork)
        ));
        assert!(work.spend(0).is_ok());
    }

    #[test]
    fn derivations_without_end_or_measure_are_refused() {
        use ImportError::{TooMuchMemory, TooMuchWork, WrongPassword};

        for kdf in [
            pbkdf2(u32::MAX),
            scrypt(1 << 14, 8, 92),
            scrypt(2, 1, u16::MAX),
        ] {
            let refused = Work { left: 100_000 }.spend_on(&kdf);
            assert!(matches!(refused, Err(TooMuchWork)), "{kdf:?}");
        }
        for kdf in [
            scrypt(1 << 63, u16::MAX, u16::MAX),
            scrypt(1 << 17, 8, 1),
            scrypt(1 << 20, 1, 1),
            scrypt(16, u16::MAX, 1),
        ] {
            let refused = Work::new().spend_on(&kdf);
            assert!(matches!(refused, Err(TooMuchMemory)), "{kdf:?}");
        }
        for cost in [0, 1, 3, (1 << 14) + 1, u64::MAX] {
            let refused = Work::new().spend_on(&scrypt(cost, 8, 1));
            assert!(matches!(refused, Err(WrongPassword)), "{cost}");
        }
    }

    #[test]
    fn what_other_programs_write_is_paid_for() {
        for kdf in [
            pbkdf2(2_048),
            pbkdf2(600_000),
            scrypt(1 << 14, 8, 1),
            scrypt(1 << 16, 8, 2),
        ] {
            assert!(Work::new().spend_on(&kdf).is_ok(), "{kdf:?}");
        }
    }

    fn pbkdf2(iteration_count: u32) -> Kdf<'static> {
        Kdf::Pbkdf2(Pbkdf2Params {
            salt: b"salt",
            iteration_count,
            key_length: None,
            prf: Pbkdf2Prf::HmacWithSha256,
        })
    }

    fn scrypt(cost_parameter: u64, block_size: u16, parallelization: u16) -> Kdf<'static> {
        Kdf::Scrypt(ScryptParams {
            salt: b"salt",
            cost_parameter,
            block_size,
            parallelization,
            key_length: None,
        })
    }
}
