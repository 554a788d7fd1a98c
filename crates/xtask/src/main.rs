//! The project's own commands, run as `cargo xtask <command>`.
//!
//! - `test`: everything that has to pass, tools installed where that is allowed
//! - `audit`: licences, sources and duplicates of the dependencies
//! - `deb`: the package for Debian, installed in a root of its own
//! - `fuzz`: libFuzzer over every decoder and the state machine
//! - `load`: a thousand clients of one daemon
//! - `systems`: whether the code compiles for macOS, FreeBSD and Windows
//! - `spec-map`: which files implement and test which section of MS-PNRP

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what a command says goes to the terminal"
)]

mod audit;
mod deb;
mod fuzz;
mod load;
mod run;
mod setup;
mod sources;
mod spec_map;
mod systems;
mod tally;
mod test;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks the format, lints, documents, builds and tests everything
    Test {
        /// Treats a test that cannot run here as a failure; CI=true does the same
        #[arg(long)]
        forbid_skip: bool,
    },
    /// Checks the dependencies with cargo-deny
    Audit,
    /// Makes the package for Debian, and tries it in a Debian of its own
    Deb {
        /// Treats a trial that cannot be made here as a failure; CI=true does the same
        #[arg(long)]
        forbid_skip: bool,
    },
    /// Feeds random input to the decoders and the state machine
    Fuzz {
        /// Ten seconds for each target
        #[arg(long)]
        smoke: bool,
        /// Seconds for each target
        #[arg(long, conflicts_with = "smoke", default_value_t = 60)]
        seconds: u32,
        /// One target; all of them by default
        target: Option<String>,
    },
    /// Lets a thousand clients call one daemon, and prints how that went
    Load,
    /// Checks that the code compiles for macOS, FreeBSD and Windows
    Systems,
    /// Writes docs/spec-map.md
    SpecMap {
        /// Fails when the file is out of date, and leaves it alone
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Test { forbid_skip } => match test::test(forbid_skip) {
            Ok(false) => return ExitCode::FAILURE,
            Ok(true) => Ok(()),
            Err(error) => Err(error),
        },
        Command::Audit => audit::audit(),
        Command::Deb { forbid_skip } => deb::deb(forbid_skip || test::is_ci()),
        Command::Load => load::load(),
        Command::Fuzz {
            smoke,
            seconds,
            target,
        } => fuzz::fuzz(if smoke { 10 } else { seconds }, target),
        Command::Systems => systems::systems(),
        Command::SpecMap { check: true } => spec_map::check(),
        Command::SpecMap { check: false } => spec_map::write(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
