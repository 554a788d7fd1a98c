//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use pnrp_sim::plan::Extent;

mod run;

pub(crate) use run::RunArgs;

/// Runs clouds of up to a million PNRP nodes on a virtual network and reports what becomes of them.
///
/// The nodes are those that pnrpd runs. The same seed gives the same report.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  pnrp-sim report --out target/report
  pnrp-sim report --extent brief
  pnrp-sim run static --nodes 10000
  pnrp-sim run churn --nodes 2000 --median 300 --loss 5
  pnrp-sim replay trace.json
  pnrp-sim --compare before/report.json after/report.json")]
pub(crate) struct Args {
    /// Compares two reports, figure by figure.
    #[arg(long, num_args = 2, value_names = ["BEFORE", "AFTER"])]
    pub(crate) compare: Option<Vec<PathBuf>>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the scenarios with bars; exits with 1 if one is missed.
    Report(ReportArgs),
    /// Runs one scenario.
    Run(Box<RunArgs>),
    /// Plays what `pnrp trace NAME --json` has printed with literal and adaptive timers, and with both
    /// ways to search.
    Replay(ReplayArgs),
    /// Draws the plots of a report.json again.
    Draw(DrawArgs),
}

/// How much is run.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ExtentArg {
    /// Every bar but those of larger clouds: half an hour.
    Full,
    /// Half a minute.
    Brief,
    /// A hundred thousand nodes, and a million: hours, and 24 GiB of memory.
    Large,
}

impl From<ExtentArg> for Extent {
    fn from(extent: ExtentArg) -> Self {
        match extent {
            ExtentArg::Full => Self::Full,
            ExtentArg::Brief => Self::Brief,
            ExtentArg::Large => Self::Large,
        }
    }
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// How much is run.
    #[arg(long, value_enum, default_value = "full")]
    pub(crate) extent: ExtentArg,
    /// Only this scenario; may be given several times.
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) only: Vec<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    /// The trace.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DrawArgs {
    /// The report.
    pub(crate) report: PathBuf,
    /// Where the plots go.
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: PathBuf,
}

/// What reports begin with, and where they go.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Output {
    /// The seed of all chance.
    #[arg(long, default_value_t = 1, global = true)]
    pub(crate) seed: u64,
    /// Where report.json, machine.json, their texts and the plots go.
    #[arg(long, value_name = "DIRECTORY", global = true)]
    pub(crate) out: Option<PathBuf>,
}
