//! `cargo xtask systems`: whether the code compiles for systems other than this one.
//!
//! A toolchain has the standard library of one system, and nothing may download more of it
//! (docs/decisions/0002-no-toolchain-downloads.md). Debian packages a compiler with the library's
//! source, from which cargo builds what it takes to check. Nothing is linked or run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    run::{cargo, output, program, run, step, target_directory},
    setup::{is_debian, is_root},
};

/// A system, and what is meant to run there.
struct System {
    target: &'static str,
    packages: &'static [&'static str],
}

/// The daemon and what talks to it need Unix sockets.
const SYSTEMS: [System; 3] = [
    System {
        target: "aarch64-apple-darwin",
        packages: &["pnrp-api", "pnrp-capture", "pnrpd", "pnrp-cli"],
    },
    System {
        target: "x86_64-unknown-freebsd",
        packages: &["pnrp-api", "pnrp-capture", "pnrpd", "pnrp-cli"],
    },
    System {
        target: "x86_64-pc-windows-msvc",
        packages: &["pnrp-node", "pnrp-capture"],
    },
];

/// Checks the code for each system, where that can be done.
pub(crate) fn systems() -> Result<()> {
    if !is_debian() || !is_root() || !cfg!(target_arch = "x86_64") {
        println!("skipped: other systems: their check needs root on Debian, and x86-64");
        return Ok(());
    }
    let place = target_directory()?.join("systems");
    let compiler = place.join("rustc");
    if !compiler.is_file() {
        step("a compiler with the source of its library", || {
            fetch(&place)
        })?;
    }
    for system in &SYSTEMS {
        step(system.target, || check(system, &place, &compiler))?;
    }
    Ok(())
}

fn check(system: &System, place: &Path, compiler: &Path) -> Result<()> {
    let mut check = cargo(&["check", "-Zbuild-std=std,panic_abort"])?;
    check.args(["--target", system.target]);
    for package in system.packages {
        check.args(["-p", package]);
    }
    check
        .env("RUSTC", compiler)
        // The compiler is a stable one, and building its library is not a stable thing to do.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", place.join("target"));
    run(check)
}

/// Unpacks Debian's packages beside each other: installed, they would be in the way of the toolchain
/// that is there.
fn fetch(place: &Path) -> Result<()> {
    let root = place.join("root");
    fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
    run(program("apt-get", &["update", "-qq"])?)?;
    let mut download = program("apt-get", &["download", "-qq"])?;
    download.args(packages()?).current_dir(place);
    run(download)?;
    for package in downloaded(place)? {
        let mut unpack = program("dpkg", &["-x"])?;
        unpack.arg(&package).arg(&root);
        run(unpack)?;
        fs::remove_file(&package)?;
    }
    let usr = root.join("usr");
    let usr = usr.to_str().context("the target directory is not UTF-8")?;
    let wrapper = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{usr}/lib/x86_64-linux-gnu' exec '{usr}/bin/rustc' \"$@\"\n"
    );
    let compiler = place.join("rustc");
    fs::write(&compiler, wrapper)?;
    let mut allow = program("chmod", &["+x"])?;
    allow.arg(&compiler);
    run(allow)?;
    run(program(&compiler.to_string_lossy(), &["--version"])?)
}

/// The compiler, its libraries, and the source of the standard library, all of one version.
fn packages() -> Result<Vec<String>> {
    let depends = |package: &str| {
        let query = [
            "depends",
            "--no-recommends",
            "--no-suggests",
            "--no-conflicts",
            "--no-breaks",
            "--no-replaces",
            "--recurse",
            package,
        ];
        output(program("apt-cache", &query)?)
    };
    let mut wanted = vec!["rustc-web".to_owned(), "rust-web-src".to_owned()];
    for name in depends("rustc-web")?.lines() {
        let is_part = name.starts_with("libstd-rust-web") || name.starts_with("libllvm");
        if is_part && !wanted.iter().any(|known| known == name) {
            wanted.push(name.to_owned());
        }
    }
    match wanted.len() {
        0..=3 => bail!("apt-cache does not know what rustc-web needs: {wanted:?}"),
        _ => Ok(wanted),
    }
}

fn downloaded(place: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            found.push(path);
        }
    }
    Ok(found)
}
