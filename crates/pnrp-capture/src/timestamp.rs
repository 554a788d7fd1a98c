//! When a packet was captured, to the nanosecond.

use pnrp_wire::FileTime;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Nanoseconds since 1970-01-01, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i128);

const NANOSECONDS: i128 = 1_000_000_000;

impl Timestamp {
    /// Takes seconds, and the fraction that each unit of `fraction` is a `10^-digits` of.
    pub(crate) fn new(seconds: u32, fraction: u32, digits: u32) -> Self {
        let unit = 10_i128.pow(9_u32.saturating_sub(digits));
        Self(i128::from(seconds) * NANOSECONDS + i128::from(fraction) * unit)
    }

    /// Takes a time in the units of a pcapng interface.
    ///
    /// `resolution` is if_tsresol: a negative power of 10, or of 2 if its first bit is set.
    pub(crate) fn from_units(units: u64, resolution: u8, offset: i64) -> Self {
        let power = u32::from(resolution & 0x7F);
        let units = u128::from(units);
        let nanoseconds = if resolution & 0x80 != 0 {
            (units * 1_000_000_000) >> power
        } else if let Some(finer) = power.checked_sub(9) {
            10_u128
                .checked_pow(finer)
                .map_or(0, |divisor| units / divisor)
        } else {
            units * 10_u128.pow(9 - power)
        };
        let nanoseconds = i128::try_from(nanoseconds).unwrap_or(i128::MAX);
        Self(nanoseconds.saturating_add(i128::from(offset) * NANOSECONDS))
    }

    /// The time as a CPA has it; nothing before 1601, or after what it can express.
    pub(crate) fn to_file_time(self) -> Option<FileTime> {
        /// 1601-01-01, in nanoseconds before 1970-01-01.
        const BEFORE_1970: i128 = 11_644_473_600 * NANOSECONDS;
        let units = self.0.checked_add(BEFORE_1970)?.div_euclid(100);
        u64::try_from(units).ok().map(FileTime)
    }

    /// The time as RFC 3339 writes it; nothing for a year that it cannot write.
    pub fn rfc3339(self) -> Option<String> {
        let time = OffsetDateTime::from_unix_timestamp_nanos(self.0).ok()?;
        time.format(&Rfc3339).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_from_1601() {
        let time = |nanoseconds| Timestamp(nanoseconds).to_file_time();

        assert_eq!(time(0), Some(FileTime(116_444_736_000_000_000)));
        assert_eq!(time(100), Some(FileTime(116_444_736_000_000_001)));
        assert_eq!(time(-11_644_473_600 * NANOSECONDS), Some(FileTime(0)));
        assert_eq!(time(-11_644_473_600 * NANOSECONDS - 1), None);
        assert_eq!(time(i128::MAX), None);
    }

    #[test]
    fn units_of_every_resolution_become_nanoseconds() {
        let time = |units, resolution| Timestamp::from_units(units, resolution, 0).0;

        assert_eq!(time(7, 0), 7_000_000_000);
        assert_eq!(time(7, 6), 7_000);
        assert_eq!(time(7, 9), 7);
        assert_eq!(time(7_000, 12), 7);
        assert_eq!(time(u64::MAX, 127), 0);
        assert_eq!(time(3, 0x81), 1_500_000_000);
        assert_eq!(time(u64::MAX, 0xFF), 0);
        assert_eq!(time(u64::MAX, 0), 18_446_744_073_709_551_615_000_000_000);
        assert_eq!(Timestamp::from_units(1, 0, -3).0, -2_000_000_000);
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        let text = |nanoseconds| Timestamp(nanoseconds).rfc3339();

        assert_eq!(text(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(
            text(1_760_000_000_000_250_000).as_deref(),
            Some("2025-10-09T08:53:20.00025Z")
        );
        assert_eq!(text(i128::MAX), None);
        assert_eq!(text(i128::MIN), None);
    }
}
