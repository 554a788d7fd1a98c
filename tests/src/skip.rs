//! Tests that cannot run on this machine.

use std::{env, thread};

/// Says that the calling test did not run, and why. The caller returns.
///
/// # Panics
/// When `PNRP_TEST_FORBID_SKIP` is set.
#[expect(clippy::print_stdout, reason = "xtask collects these lines")]
pub fn skip(reason: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    let line = format!("skipped: {test}: {reason}");
    assert!(
        env::var_os("PNRP_TEST_FORBID_SKIP").is_none(),
        "{line}, and PNRP_TEST_FORBID_SKIP is set"
    );
    println!("{line}");
}
