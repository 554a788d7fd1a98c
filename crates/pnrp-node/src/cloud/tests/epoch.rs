//! Where virtual time begins.

use std::time::Instant;

/// What a test counts virtual time from.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant comes from nowhere else, and no test depends on which it is"
)]
pub(crate) fn epoch() -> Instant {
    Instant::now()
}
