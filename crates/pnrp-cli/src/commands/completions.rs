//! `pnrp completions`: what a shell needs to complete command lines.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::{args::Args, failure::Failure};

pub(crate) fn run(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "pnrp", &mut script);
    Ok(std::io::stdout().lock().write_all(&script)?)
}
