//! `pnrp cloud start`, `stop`, `flush`, `repair`, `sync` and `seeds`.

use pnrp_api::{CloudDetails, Host, Pnrp};
use serde::Serialize;

use super::show::place;
use crate::{
    failure::Failure,
    output::{Output, printable},
};

/// What was done, and how the cloud is now.
pub(super) fn done(what: &str, cloud: &CloudDetails, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(cloud);
    }
    let info = &cloud.info;
    let why = info.why.as_deref().map(printable);
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    output.text(&format!("{what} {}: {}{why}", info.name, info.state))
}

pub(super) async fn sync(
    pnrp: &Pnrp,
    cloud: &str,
    host: Option<&Host>,
    output: Output,
) -> Result<(), Failure> {
    let details = pnrp.sync_cloud(cloud, host).await?;
    let what = match host {
        Some(host) => format!("asked {host} for"),
        None => "asked the next seed for".to_owned(),
    };
    done(&what, &details, output)
}

/// A seed as `--json` shows it.
#[derive(Serialize)]
struct SeedRow {
    host: String,
    addresses: Vec<String>,
    failure: Option<String>,
    #[serde(skip)]
    place: String,
}

pub(super) async fn seeds(pnrp: &Pnrp, cloud: &str, output: Output) -> Result<(), Failure> {
    let seeds = pnrp.seeds(cloud).await?;
    if seeds.is_empty() && !output.is_json() {
        let cloud = printable(cloud);
        return output.text(&format!("No seed is configured for {cloud}."));
    }
    let rows: Vec<SeedRow> = seeds
        .iter()
        .map(|seed| SeedRow {
            host: seed.host.to_string(),
            addresses: seed.addresses.iter().map(ToString::to_string).collect(),
            failure: seed.failure.clone(),
            place: place(seed, "no address"),
        })
        .collect();
    output.rows(&rows, ["Seed", "Addresses"], |row| {
        [row.host.clone(), row.place.clone()]
    })
}
