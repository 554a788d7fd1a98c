//! Starting other programs.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// Keeps cargo's helpers from downloading parts of a toolchain: nothing may depend on them.
/// docs/decisions/0002-no-toolchain-downloads.md
const GUARD: [(&str, &str); 4] = [
    ("RUSTUP_DIST_SERVER", "http://127.0.0.1:9"),
    ("RUSTUP_UPDATE_ROOT", "http://127.0.0.1:9"),
    ("RUSTUP_AUTO_INSTALL", "0"),
    ("CARGO_LLVM_COV_SETUP", "no"),
];

/// A program, to be run in the root of the repository.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root()?).envs(GUARD);
    Ok(command)
}

/// The cargo that runs this program, or the one on the path.
pub(crate) fn cargo(arguments: &[&str]) -> Result<Command> {
    program(
        &env::var("CARGO").unwrap_or_else(|_| "cargo".into()),
        arguments,
    )
}

/// Runs to the end; anything but success is an error.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = show(&command);
    let status = command
        .status()
        .with_context(|| format!("cannot start {shown}"))?;
    ensure!(status.success(), "{shown}: {status}");
    Ok(())
}

/// Runs to the end and returns what was written to standard output.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let shown = show(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {shown}"))?;
    ensure!(output.status.success(), "{shown}: {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{shown} does not speak UTF-8"))
}

/// The program and its arguments, as one would type them.
pub(crate) fn show(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Does one step under a heading, and says how long it took.
pub(crate) fn step<T>(heading: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {heading}");
    let started = clock();
    let result = work();
    let outcome = if result.is_ok() { "done" } else { "failed" };
    println!("-- {outcome} after {}", seconds(started.elapsed()));
    result
}

/// Times steps, and nothing else.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a command took is for people to read"
)]
pub(crate) fn clock() -> Instant {
    Instant::now()
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!(
        "{}.{} s",
        duration.as_secs(),
        duration.subsec_millis() / 100
    )
}

/// Whether a program is on the path, or where administrators' programs are.
pub(crate) fn is_installed(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let administrators = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(administrators)
        .any(|directory| directory.join(name).is_file())
}

/// A search path on which `cargo NAME` finds the tool, which is built first if it is missing.
pub(crate) fn path_with_cargo_tool(name: &str, version: &str) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    if is_installed(name) {
        return Ok(path);
    }
    let tools = target_directory()?.join("tools");
    if !tools.join("bin").join(name).is_file() {
        let root = tools
            .to_str()
            .context("the target directory is not UTF-8")?;
        let arguments = [
            "install",
            name,
            "--version",
            version,
            "--locked",
            "--root",
            root,
        ];
        step(&format!("build {name}"), || run(cargo(&arguments)?))?;
    }
    let first = std::iter::once(tools.join("bin"));
    Ok(env::join_paths(first.chain(env::split_paths(&path)))?)
}

/// The root of the repository that this program was started in.
///
/// Cargo says where at run time too, and only that is true when two checkouts share a target
/// directory and so this program.
pub(crate) fn root() -> Result<PathBuf> {
    let built_in = || env!("CARGO_MANIFEST_DIR").into();
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built_in);
    let root = Path::new(&here).ancestors().nth(2);
    Ok(root.context("no repository around")?.to_owned())
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let metadata = output(cargo(&["metadata", "--format-version=1", "--no-deps"])?)?;
    let key = "\"target_directory\":\"";
    let Some((_, rest)) = metadata.split_once(key) else {
        bail!("cargo metadata does not say where the target directory is");
    };
    let (directory, _) = rest.split_once('"').unwrap_or((rest, ""));
    Ok(directory.replace(r"\\", r"\").into())
}
