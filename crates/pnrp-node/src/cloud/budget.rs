//! How much one source, and all that have not proved their address, may cost. MS-PNRP §5.1.
//!
//! A [`Rate`] is kept by a token bucket, and a bucket as the one moment at which it will be full
//! again: what is taken from it puts that moment off.

use std::time::{Duration, Instant};

use super::moments::Moments;

/// So much in the long run, and so much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that a second brings.
    pub per_second: u32,
    /// Tokens that a full bucket holds.
    pub burst: u32,
}

impl Rate {
    /// The time in which `tokens` come; `None` if they never do.
    fn time_for(self, tokens: u32) -> Option<Duration> {
        let nanoseconds = u64::from(tokens) * 1_000_000_000;
        let rate = u64::from(self.per_second);
        (rate > 0).then(|| Duration::from_nanos(nanoseconds.div_ceil(rate)))
    }

    /// When a bucket will be full again once `tokens` are taken from it; `None` if it has less.
    pub(crate) fn take(
        self,
        tokens: u32,
        full_at: Option<Instant>,
        now: Instant,
    ) -> Option<Instant> {
        let full_at = full_at.map_or(now, |at| at.max(now)) + self.time_for(tokens)?;
        (full_at <= now + self.time_for(self.burst)?).then_some(full_at)
    }
}

/// What one source may cost, and what strangers may cost together. A source is an address on the
/// link, and a prefix of 64 bits elsewhere; none of this limits sources on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Signatures made for one source: 500 a second, 1,000 at once. That is an eighth of a
    /// processor core. More are declined as busy.
    pub signatures: Rate,
    /// Signatures checked on the word of one source: 50 a second, 100 at once.
    pub checks: Rate,
    /// Route entries examined on the word of one source: 32 a second, 128 at once.
    pub examinations: Rate,
    /// SOLICITs and LOOKUPs of one source off the link that are answered in full: 1,000 a second,
    /// 2,000 at once. More are declined.
    pub questions: Rate,
    /// Messages of one source off the link that are answered at all: 2,000 a second, 4,000 at once.
    pub replies: Rate,
    /// Bytes to one source off the link whose address is proved, in answers longer than three times
    /// their questions: 256 KiB a second, 3 MiB at once. That is 80 of the longest answers.
    pub proved: Rate,
    /// Bytes to all sources whose address is not proved, in such answers: 60 KiB a second and 64 KiB
    /// at once, so that no second that begins without savings has more than 64 KiB.
    pub unproved: Rate,
    /// The same to all those whose addresses share 48 bits, and what is sent to prove them: 4 KiB a
    /// second and at once.
    pub unproved_prefix: Rate,
    /// Sources of which each of these rates is kept: 1,024.
    pub sources: usize,
    /// Proved addresses remembered, for ten minutes each: 1,024.
    pub proofs: usize,
    /// Addresses asked to prove themselves at a time: 4,096.
    pub challenges: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self {
            signatures: rate(500, 1_000),
            checks: rate(50, 100),
            examinations: rate(32, 128),
            questions: rate(1_000, 2_000),
            replies: rate(2_000, 4_000),
            proved: rate(256 * 1_024, 3 * 1_024 * 1_024),
            unproved: rate(60 * 1_024, 64 * 1_024),
            unproved_prefix: rate(4 * 1_024, 4 * 1_024),
            sources: 1_024,
            proofs: 1_024,
            challenges: 4_096,
        }
    }
}

/// One rate for each of many sources.
///
/// A bucket is forgotten when it is full, for then it says nothing. While no bucket of a full table
/// is, sources that have none share one. So whoever comes from many prefixes gains neither memory
/// nor a second allowance, and an honest newcomer is squeezed only as long as somebody keeps all
/// buckets of the table drained at once.
#[derive(Debug)]
pub(crate) struct Buckets {
    rate: Rate,
    full_at: Moments,
    others_full_at: Option<Instant>,
}

impl Buckets {
    pub(crate) fn new(rate: Rate, sources: usize) -> Self {
        Self {
            rate,
            full_at: Moments::new(sources),
            others_full_at: None,
        }
    }

    /// Takes tokens out of the bucket of `source`; false, and nothing is taken, if it has less.
    pub(crate) fn take(&mut self, source: u128, tokens: u32, now: Instant) -> bool {
        let known = self.full_at.get(source);
        let has_own = known.is_some() || self.full_at.has_place(now);
        let full_at = if has_own { known } else { self.others_full_at };
        let Some(full_at) = self.rate.take(tokens, full_at, now) else {
            return false;
        };
        if has_own {
            self.full_at.set(source, full_at, now);
        } else {
            self.others_full_at = Some(full_at);
        }
        true
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.full_at.len()
    }
}

/// What has been spent of the [`Budgets`].
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) signatures: Buckets,
    pub(crate) checks: Buckets,
    pub(crate) examinations: Buckets,
    pub(crate) questions: Buckets,
    pub(crate) replies: Buckets,
    pub(crate) proved: Buckets,
    pub(crate) unproved_prefixes: Buckets,
    unproved: Rate,
    unproved_full_at: Option<Instant>,
}

impl Ledger {
    pub(crate) fn new(budgets: &Budgets) -> Self {
        let of = |rate| Buckets::new(rate, budgets.sources);
        Self {
            signatures: of(budgets.signatures),
            checks: of(budgets.checks),
            examinations: of(budgets.examinations),
            questions: of(budgets.questions),
            replies: of(budgets.replies),
            proved: of(budgets.proved),
            unproved_prefixes: of(budgets.unproved_prefix),
            unproved: budgets.unproved,
            unproved_full_at: None,
        }
    }

    /// Takes bytes out of what all unproved sources share, and out of what `prefix` may get.
    pub(crate) fn take_unproved(&mut self, prefix: u128, bytes: u32, now: Instant) -> bool {
        let shared = self.unproved.take(bytes, self.unproved_full_at, now);
        if shared.is_none() || !self.unproved_prefixes.take(prefix, bytes, now) {
            return false;
        }
        self.unproved_full_at = shared;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::tests::epoch;

    const RATE: Rate = Rate {
        per_second: 10,
        burst: 30,
    };

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let (mut buckets, now) = (Buckets::new(RATE, 4), epoch());
        let at = |milliseconds| now + Duration::from_millis(milliseconds);

        assert!(buckets.take(1, 30, now));
        assert!(!buckets.take(1, 1, now));
        assert!(buckets.take(2, 1, now));
        assert!(!buckets.take(1, 1, at(99)));
        assert!(buckets.take(1, 1, at(100)));
        assert!(!buckets.take(1, 1, at(100)));
        assert!(!buckets.take(1, 31, at(900_000)));
        assert!(buckets.take(1, 30, at(900_000)));
    }

    #[test]
    fn no_rate_gives_nothing() {
        let none = Rate {
            per_second: 0,
            burst: 9,
        };
        let now = epoch();

        assert!(!Buckets::new(none, 4).take(1, 1, now));
    }

    /// R-5.1-06: the table is bounded, and nobody gets out of a bucket by filling it.
    #[test]
    fn many_sources_share_a_bucket_once_all_others_are_in_use() {
        let (mut buckets, now) = (Buckets::new(RATE, 8), epoch());
        assert!(buckets.take(0, 30, now));

        let served = (1..10_000)
            .filter(|source| buckets.take(*source, 10, now))
            .count();

        assert_eq!((served, buckets.len()), (7 + 3, 8));
        assert!(!buckets.take(0, 1, now));
    }

    /// R-5.1-06
    #[test]
    fn a_full_bucket_makes_room() {
        let (mut buckets, now) = (Buckets::new(RATE, 2), epoch());
        let later = now + Duration::from_secs(1);
        assert!(buckets.take(1, 30, now));
        assert!(buckets.take(2, 10, now));

        assert!(buckets.take(3, 30, later));

        assert!(!buckets.take(1, 11, later));
        assert!(!buckets.take(3, 1, later));
        assert_eq!(buckets.len(), 2);
    }

    #[test]
    fn what_is_refused_by_the_prefix_is_not_taken_from_all() {
        let budgets = Budgets {
            unproved: Rate {
                per_second: 10,
                burst: 10,
            },
            unproved_prefix: Rate {
                per_second: 4,
                burst: 4,
            },
            ..Budgets::default()
        };
        let (mut ledger, now) = (Ledger::new(&budgets), epoch());

        assert!(ledger.take_unproved(1, 4, now));
        assert!(!ledger.take_unproved(1, 4, now));
        assert!(ledger.take_unproved(2, 4, now));
        assert!(!ledger.take_unproved(3, 4, now));
        assert!(ledger.take_unproved(3, 2, now));
    }
}
