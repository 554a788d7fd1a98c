//! FILETIME: 100 ns since 1601, as Not After uses it. MS-PNRP §2.2.3.1.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A UTC time in units of 100 ns since 1601-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

/// Seconds from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH_SECONDS: u64 = 11_644_473_600;
const UNITS_PER_SECOND: u64 = 10_000_000;

impl FileTime {
    /// Converts from the system's representation; times before 1970 become 1970.
    pub fn from_system_time(time: SystemTime) -> Self {
        let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(UNIX_EPOCH_SECONDS * UNITS_PER_SECOND).plus(since_1970)
    }

    /// This time as seconds since 1970; times before that become 0.
    pub fn unix_seconds(self) -> u64 {
        (self.0 / UNITS_PER_SECOND).saturating_sub(UNIX_EPOCH_SECONDS)
    }

    /// The time `span` later, at most the last one representable.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let units = u64::try_from(span.as_nanos() / 100).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R-2.2.3.1-11: units of 100 ns since 1601.
    ///
    /// 116,444,736,000,000,000 is the published FILETIME of 1970-01-01.
    #[test]
    fn times_convert_to_and_from_1970() {
        let epoch = FileTime::from_system_time(UNIX_EPOCH);
        let later = FileTime::from_system_time(UNIX_EPOCH + Duration::from_secs(1_700_000_000));

        assert_eq!(epoch, FileTime(116_444_736_000_000_000));
        assert_eq!(later.unix_seconds(), 1_700_000_000);
        // The first second of 2024.
        assert_eq!(
            FileTime(133_485_408_000_000_000).unix_seconds(),
            1_704_067_200
        );
        assert_eq!(FileTime(0).unix_seconds(), 0);
        assert_eq!(
            FileTime::from_system_time(UNIX_EPOCH - Duration::from_secs(1)),
            epoch
        );
    }

    #[test]
    fn adding_stops_at_the_last_time() {
        assert_eq!(FileTime(1).plus(Duration::from_nanos(250)), FileTime(3));
        assert_eq!(FileTime(1).plus(Duration::MAX), FileTime(u64::MAX));
    }
}
