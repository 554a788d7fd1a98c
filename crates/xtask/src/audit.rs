//! `cargo xtask audit`: what may enter the dependency tree. deny.toml has the rules.

use std::{env, path::PathBuf};

use anyhow::Result;

use crate::run::{cargo, path_with_cargo_tool, run, step};

pub(crate) fn audit() -> Result<()> {
    let path = path_with_cargo_tool("cargo-deny", "^0.20")?;
    let deny = |arguments: &[&str]| {
        let mut command = cargo(&["deny"])?;
        command.args(arguments).env("PATH", &path);
        run(command)
    };
    step("bans, licences, sources", || {
        deny(&["check", "bans", "licenses", "sources"])
    })?;
    if has_advisories() {
        step("advisories", || {
            deny(&["check", "--disable-fetch", "advisories"])
        })
    } else {
        println!("\nskipped: advisories: fetch their database with `cargo deny fetch`");
        Ok(())
    }
}

/// Whether the advisory database has been fetched; that is not done here, because a check that
/// depends on the day it runs on proves nothing about the change it runs for.
fn has_advisories() -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = env::var_os("HOME").map(PathBuf::from);
        home.map(|home| home.join(".cargo"))
    });
    let databases = home.map(|home| home.join("advisory-dbs"));
    databases.is_some_and(|directory| {
        directory
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
    })
}
