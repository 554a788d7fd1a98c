//! `cargo xtask load`: a thousand clients of one daemon, as it is released.

use anyhow::Result;

use crate::run::{cargo, run, step};

/// The brief form of the same test is among all others.
pub(crate) fn load() -> Result<()> {
    step("load", || {
        let mut test = cargo(&["test", "--release", "-p", "pnrpd", "--test", "daemon"])?;
        test.args(["--", "--nocapture", "--exact", TEST])
            .env("PNRPD_LOAD", "full");
        run(test)
    })
}

const TEST: &str = "load::many_clients_at_once_are_all_served_and_memory_stays_flat";
