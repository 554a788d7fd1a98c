//! `pnrp register`, `update` and `unregister`.

use std::{net::Ipv6Addr, path::PathBuf, time::Duration};

use clap::ValueEnum;
use pnrp_api::CloudSelector;

use super::duration::duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Register {
    /// 0.CLASSIFIER, or AUTHORITY.CLASSIFIER
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) published: Published,
    /// Let pnrpd keep the name, and publish it at every start, until `pnrp unregister`
    #[arg(long)]
    pub(crate) persist: bool,
    /// Say that it is registered only when others can find it
    #[arg(long, value_name = "UNTIL", value_enum)]
    pub(crate) wait: Option<Wait>,
    /// How long to wait; nothing is registered after that, except with --persist
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration, requires = "wait")]
    pub(crate) wait_timeout: Duration,
}

/// What has to come true before a registration counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wait {
    /// Another node knows the name, in one cloud at least
    Visible,
}

/// What is published under a name, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Published {
    /// Where the application listens; :PORT means the node's own addresses
    #[arg(long, value_name = "[ADDR%IF]:PORT[/tcp|/udp]")]
    pub(crate) endpoint: Vec<String>,
    /// Cloud to publish in: all, link-local, global, or a cloud's name or interface
    #[arg(long, value_name = "C", default_value_t = CloudSelector::All)]
    pub(crate) cloud: CloudSelector,
    /// Comment of up to 39 characters
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// File with up to 4096 bytes to publish with the name; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) payload: Option<PathBuf>,
    /// Publish near this address
    #[arg(long, value_name = "ADDR")]
    pub(crate) hint: Option<Ipv6Addr>,
    /// How long resolvers may rely on an answer: 12h to 7d
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = duration)]
    pub(crate) lifetime: Duration,
    /// Identity that signs: its authority, 8 or more digits of it, its friendly name, or default;
    /// without it, the one that the name or the chain belongs to
    #[arg(long, value_name = "WHO")]
    pub(crate) identity: Option<String>,
    /// File from `pnrp delegate` that lets the identity publish a name of another; - is standard
    /// input
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: Option<PathBuf>,
    /// Let the identity's Ed25519 key sign too, so that resolvers notice another publisher
    #[arg(long)]
    pub(crate) bind: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Update {
    /// A name that was registered with --persist, or the ID that `pnrp names` shows
    #[arg(value_name = "NAME|ID")]
    pub(crate) selector: String,
    #[command(flatten)]
    pub(crate) published: Published,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Unregister {
    /// A name that was registered with --persist, or the ID that `pnrp names` shows
    #[arg(value_name = "NAME|ID")]
    pub(crate) selector: String,
    /// Where it was registered, when there are several of that name: as `pnrp register --cloud`
    #[arg(long, value_name = "C")]
    pub(crate) cloud: Option<CloudSelector>,
}

pub(super) const REGISTER_EXAMPLES: &str = "\
Examples:
  pnrp register 0.web --endpoint :8080
  pnrp register 0.web --endpoint :8080 --persist --wait visible
  echo hello | pnrp register 0.note --payload -
  pnrp register AUTHORITY.db --chain db.chain --bind --endpoint '[2001:db8::1]:5432'";

pub(super) const UPDATE_EXAMPLES: &str = "\
Examples:
  pnrp update 0.web --endpoint :8081 --comment 'another port'
  pnrp update 0123456789abcdef --payload note.txt";

pub(super) const UNREGISTER_EXAMPLES: &str = "\
Examples:
  pnrp unregister 0.web
  pnrp unregister 0.web --cloud link-local
  pnrp unregister 0123456789abcdef";
