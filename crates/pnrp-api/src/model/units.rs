//! How durations, times and bytes are written in JSON.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// 9999-12-31T23:59:59Z, the last second RFC 3339 can write.
const LAST_SECOND: u64 = 253_402_300_799;

/// A duration as milliseconds, to the microsecond.
pub(crate) mod milliseconds {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(span: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64((span.as_secs_f64() * 1_000_000.0).round() / 1_000.0)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(d)? / 1_000.0).map_err(de::Error::custom)
    }
}

/// A duration as whole seconds.
pub(crate) mod seconds {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(span: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(span.as_secs())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        u64::deserialize(d).map(Duration::from_secs)
    }
}

/// Bytes as base64 text.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Base64 text as bytes; `None` when it is none.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// A time as RFC 3339 text in UTC.
pub(crate) mod rfc3339 {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&text(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<SystemTime, D::Error> {
        let text = String::deserialize(d)?;
        OffsetDateTime::parse(&text, &Rfc3339)
            .map(Into::into)
            .map_err(de::Error::custom)
    }

    pub(crate) fn text(time: SystemTime) -> String {
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |span| span.as_secs());
        i64::try_from(seconds.min(LAST_SECOND))
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_default()
    }
}

/// Bytes as base64.
pub(crate) mod base64_bytes {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        BASE64_STANDARD.encode(bytes).serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        BASE64_STANDARD
            .decode(String::deserialize(d)?)
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_second_in_utc() {
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_900);

        assert_eq!(rfc3339::text(time), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn a_time_beyond_the_year_9999_is_written_as_its_last_second() {
        let time = UNIX_EPOCH + Duration::from_secs(LAST_SECOND + 1);

        assert_eq!(rfc3339::text(time), "9999-12-31T23:59:59Z");
    }
}
