//! `pnrp resolve` and `trace`.

use std::{net::Ipv6Addr, time::Duration};

use clap::value_parser;
use pnrp_api::{CloudSelector, ResolveCriteria};

use super::{OwnNode, duration::duration};

#[derive(Debug, clap::Args)]
pub(crate) struct Resolve {
    /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER; - reads names from standard input, one a line
    pub(crate) name: String,
    /// Go on and show who begins, changes and ends to publish the name, all that there are
    #[arg(long, conflicts_with_all = ["max", "timeout"])]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) search: Search,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Trace {
    /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) search: Search,
}

/// How to look for a name.
#[derive(Debug, clap::Args)]
pub(crate) struct Search {
    /// Cloud to look in: all, link-local, global, or a cloud's name or interface
    #[arg(long, value_name = "C", default_value_t = CloudSelector::All)]
    pub(crate) cloud: CloudSelector,
    /// Whose registrations count: default, any-peer-name, remote-peer-name, and more
    #[arg(long, value_name = "K", default_value_t = ResolveCriteria::Default)]
    pub(crate) criteria: ResolveCriteria,
    /// How many publishers to show
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=500))]
    pub(crate) max: u32,
    /// When to give up, up to 10m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Measure "nearest" from this address
    #[arg(long, value_name = "ADDR")]
    pub(crate) hint: Option<Ipv6Addr>,
    #[command(flatten)]
    pub(crate) own: OwnNode,
}

pub(super) const RESOLVE_EXAMPLES: &str = "\
Examples:
  pnrp resolve 0.web --peer '[fe80::1%eth0]:3540'
  pnrp resolve 0.web --max 500 --json
  pnrp resolve 0.web --watch
  pnrp resolve - < names.txt";
