//! `pnrp cloud`: which clouds there are, what is in them, and looking after them.

use std::path::Path;

use pnrp_api::{
    Address, CloudEvent, CloudEventKind, CloudFlag, CloudInfo, CloudScope, CloudState, Pnrp,
    ScopeFilter,
};
use serde::Serialize;

mod administer;
mod show;

use administer::done;

use crate::{
    args::{Cloud, CloudName},
    failure::Failure,
    node::daemon_or_own,
    output::{Output, list, printable},
};

pub(crate) async fn run(
    command: Cloud,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    match command {
        Cloud::List { scope, watch, own } => {
            let pnrp = daemon_or_own(socket, &own).await?;
            match watch {
                true => watch_clouds(&pnrp, scope, output).await,
                false => list_clouds(&pnrp, scope, output).await,
            }
        }
        Cloud::Show(CloudName { name }) => {
            show::show(&daemon(socket).await?.cloud(&name).await?, output)
        }
        Cloud::Names { name } => names(&daemon(socket).await?, name.as_deref(), output).await,
        Cloud::Cache(CloudName { name }) => cache(&daemon(socket).await?, &name, output).await,
        Cloud::Stats(CloudName { name }) => stats(&daemon(socket).await?, &name, output).await,
        Cloud::Start(CloudName { name }) => {
            let cloud = daemon(socket).await?.start_cloud(&name).await?;
            done("started", &cloud, output)
        }
        Cloud::Stop {
            cloud: CloudName { name },
            force,
        } => {
            let cloud = daemon(socket).await?.stop_cloud(&name, force).await?;
            done("stopped", &cloud, output)
        }
        Cloud::Flush(CloudName { name }) => {
            let cloud = daemon(socket).await?.flush_cloud(&name).await?;
            done("flushed", &cloud, output)
        }
        Cloud::Repair(CloudName { name }) => {
            let cloud = daemon(socket).await?.repair_cloud(&name).await?;
            done("repairing", &cloud, output)
        }
        Cloud::Sync {
            cloud: CloudName { name },
            host,
        } => administer::sync(&daemon(socket).await?, &name, host.as_ref(), output).await,
        Cloud::Seeds(CloudName { name }) => {
            administer::seeds(&daemon(socket).await?, &name, output).await
        }
    }
}

async fn daemon(socket: Option<&Path>) -> Result<Pnrp, Failure> {
    Ok(Pnrp::connect(socket).await?)
}

/// The names registered in one cloud, or in all.
async fn names(pnrp: &Pnrp, cloud: Option<&str>, output: Output) -> Result<(), Failure> {
    let mut names = pnrp.names().await?;
    if let Some(cloud) = cloud {
        let cloud = pnrp.cloud(cloud).await?.info.name;
        names.retain(|name| name.cloud == cloud);
    }
    super::names::show(&names, output)
}

/// The shape that `pnrp cloud list --json` promises.
#[derive(Serialize)]
struct CloudRow<'a> {
    name: &'a str,
    scope: CloudScope,
    scope_id: u32,
    state: CloudState,
    flags: &'a [CloudFlag],
    addresses: &'a [Address],
    cached: usize,
    registered: usize,
    size_estimate: Option<f64>,
}

impl<'a> From<&'a CloudInfo> for CloudRow<'a> {
    fn from(cloud: &'a CloudInfo) -> Self {
        Self {
            name: &cloud.name,
            scope: cloud.scope,
            scope_id: cloud.scope_id,
            state: cloud.state,
            flags: &cloud.flags,
            addresses: &cloud.addresses,
            cached: cloud.cached,
            registered: cloud.registered,
            size_estimate: cloud.size_estimate,
        }
    }
}

async fn list_clouds(pnrp: &Pnrp, scope: ScopeFilter, output: Output) -> Result<(), Failure> {
    let clouds = pnrp.clouds(scope).await?;
    if output.is_json() {
        return output.json(&clouds.iter().map(CloudRow::from).collect::<Vec<_>>());
    }
    match clouds.is_empty() {
        true => output.text("There is no such cloud on this host.")?,
        false => show_clouds(&clouds, output)?,
    }
    for cloud in &clouds {
        let is_in_trouble = matches!(
            cloud.state,
            CloudState::Alone | CloudState::NoNet | CloudState::Disabled
        );
        if let (true, Some(why)) = (is_in_trouble, &cloud.why) {
            let why = printable(why);
            output.text(&format!("{}: {}, {why}.", cloud.name, cloud.state))?;
        }
    }
    let missing = pnrp.missing_clouds().await?;
    missing
        .iter()
        .try_for_each(|sentence| output.text(&printable(sentence)))
}

/// What `pnrp cloud list --watch --json` prints, one a line.
#[derive(Serialize)]
struct EventRow<'a> {
    kind: CloudEventKind,
    cloud: CloudRow<'a>,
}

async fn watch_clouds(pnrp: &Pnrp, scope: ScopeFilter, output: Output) -> Result<(), Failure> {
    let mut events = pnrp.watch_clouds().await?;
    while let Some(CloudEvent { kind, cloud }) = events.next().await {
        if !scope.admits(cloud.scope) {
            continue;
        }
        if output.is_json() {
            let cloud = CloudRow::from(&cloud);
            output.json(&EventRow { kind, cloud })?;
            continue;
        }
        let why = cloud
            .why
            .as_deref()
            .map(|why| format!(" ({})", printable(why)));
        output.text(&format!(
            "{kind}  {}  {}{}  {}",
            cloud.name,
            cloud.state,
            why.unwrap_or_default(),
            list(&cloud.addresses)
        ))?;
    }
    Err(Failure::DaemonGone)
}

fn show_clouds(clouds: &[CloudInfo], output: Output) -> Result<(), Failure> {
    let header = [
        "Cloud",
        "Scope",
        "Id",
        "State",
        "Port",
        "Cached",
        "Names",
        "Addresses",
    ];
    output.rows(clouds, header, |cloud| {
        [
            cloud.name.clone(),
            cloud.scope.to_string(),
            cloud.scope_id.to_string(),
            cloud.state.to_string(),
            cloud
                .port
                .map_or_else(|| "-".to_owned(), |port| port.to_string()),
            cloud.cached.to_string(),
            cloud.registered.to_string(),
            list(&cloud.addresses),
        ]
    })
}

async fn cache(pnrp: &Pnrp, name: &str, output: Output) -> Result<(), Failure> {
    let entries = pnrp.cache(name).await?;
    if entries.is_empty() && !output.is_json() {
        return output.text(&format!("No other node is known in {}.", printable(name)));
    }
    output.rows(&entries, ["PNRP ID", "Leaf", "Age", "Endpoints"], |entry| {
        let leaf = if entry.leaf { "yes" } else { "no" };
        let age = format!("{} s", entry.age.as_secs());
        [
            entry.pnrp_id.clone(),
            leaf.to_owned(),
            age,
            list(&entry.endpoints),
        ]
    })
}

async fn stats(pnrp: &Pnrp, name: &str, output: Output) -> Result<(), Failure> {
    let stats = pnrp.stats(name).await?;
    if output.is_json() {
        return output.json(&stats);
    }
    output.text(&format!(
        "{}: {}, {} cached, {} registered",
        stats.name, stats.state, stats.cached, stats.registered
    ))?;
    let counters: Vec<_> = stats.counters.iter().collect();
    output.rows(&counters, ["Counter", "Value"], |(name, value)| {
        [(*name).clone(), value.to_string()]
    })
}
