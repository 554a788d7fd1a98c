//! `cargo xtask fuzz`: random input until a time has passed.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::run::{cargo, path_with_cargo_tool, root, run, step, target_directory};

/// Runs one target or all. Each starts with the committed corpus, so a run also replays it.
pub(crate) fn fuzz(seconds: u32, target: Option<String>) -> Result<()> {
    let path = path_with_cargo_tool("cargo-fuzz", "^0.13")?;
    let known = targets()?;
    let chosen = match target {
        Some(target) => {
            ensure!(
                known.contains(&target),
                "no target {target}; there are {}",
                known.join(", ")
            );
            vec![target]
        }
        None => known,
    };
    let build_directory = target_directory()?.join("fuzz");
    let fuzz = |arguments: &[&str]| {
        let mut command = cargo(&["fuzz"])?;
        command
            .args(arguments)
            .env("PATH", &path)
            .env("CARGO_TARGET_DIR", &build_directory)
            // libFuzzer's instrumentation is behind unstable flags of the stable compiler.
            .env("RUSTC_BOOTSTRAP", "1");
        run(command)
    };
    step("build", || fuzz(&["build"]))?;
    for target in chosen {
        // New inputs go to the first directory, and the committed ones are only read.
        let found = build_directory.join("corpus").join(&target);
        fs::create_dir_all(&found)?;
        let found = found
            .to_str()
            .context("the target directory is not UTF-8")?;
        let committed = format!("fuzz/corpus/{target}");
        let time = format!("-max_total_time={seconds}");
        let quiet = ["-print_final_stats=1", "-verbosity=0", "-timeout=10"];
        let arguments = [
            &["run", &target, found, &committed, "--", &time],
            &quiet[..],
        ]
        .concat();
        step(&format!("{target}, {seconds} s"), || fuzz(&arguments))?;
    }
    Ok(())
}

fn targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(root()?.join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        targets.extend(name.filter(|_| path.is_file()).map(str::to_owned));
    }
    targets.sort();
    Ok(targets)
}
