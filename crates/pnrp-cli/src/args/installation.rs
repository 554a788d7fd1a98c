//! `pnrp completions`, `man` and `bugreport`: what is about the program itself.

use std::path::PathBuf;

use super::{OutputFile, OwnNode};

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Manual {
    /// Directory for the pages, made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BugReport {
    #[command(flatten)]
    pub(crate) to: OutputFile,
    /// Configuration of pnrpd
    #[arg(long, value_name = "FILE", default_value = "/etc/pnrp/pnrpd.toml")]
    pub(crate) config: PathBuf,
    /// Log of pnrpd; by default the journal's, or ~/Library/Logs/pnrpd.log
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) own: OwnNode,
}

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  pnrp completions bash > ~/.local/share/bash-completion/completions/pnrp
  pnrp completions zsh > ~/.zfunc/_pnrp
  pnrp completions fish > ~/.config/fish/completions/pnrp.fish";
