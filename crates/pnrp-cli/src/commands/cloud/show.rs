//! `pnrp cloud show`: all that is known of one cloud.

use pnrp_api::{CloudDetails, Discovery, DiscoveryMode, Multicast, SeedInfo};

use crate::{
    failure::Failure,
    output::{Output, list, printable},
};

pub(super) fn show(cloud: &CloudDetails, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(cloud);
    }
    let info = &cloud.info;
    output.text(&info.name)?;
    let state = match info.why.as_deref().map(printable) {
        Some(why) => format!("{} ({why})", info.state),
        None => info.state.to_string(),
    };
    let port = info.port.map(|port| port.to_string());
    let estimate = info.size_estimate.map(|count| format!("{count:.0}"));
    let rows = [
        ("Scope", info.scope.to_string()),
        ("Id", info.scope_id.to_string()),
        ("State", state),
        ("Flags", list(&info.flags)),
        ("Addresses", list(&info.addresses)),
        ("Port", port.unwrap_or_default()),
        ("Listening", list(&cloud.listening)),
        ("Cached", info.cached.to_string()),
        ("Names", info.registered.to_string()),
        ("IDs, estimated", estimate.unwrap_or_default()),
    ];
    for (label, value) in rows {
        row(label, &value, output)?;
    }
    if let Some(discovery) = &cloud.discovery {
        show_discovery(discovery, output)?;
    }
    let dialect = serde_json::to_string(&cloud.dialect).unwrap_or_default();
    row("Dialect", &dialect, output)
}

fn show_discovery(discovery: &Discovery, output: Output) -> Result<(), Failure> {
    let next = match discovery.next {
        DiscoveryMode::KnownNodes => "known nodes",
        DiscoveryMode::Multicast => "multicast",
        DiscoveryMode::Seed => "a seed",
    };
    row("Looks next at", next, output)?;
    row("Known nodes", &list(&discovery.known), output)?;
    row(
        "Multicast",
        &multicast(discovery.multicast.as_ref()),
        output,
    )?;
    let mut seeds = discovery.seeds.iter();
    seeds.try_for_each(|seed| {
        let text = format!("{}: {}", seed.host, place(seed, "not looked up yet"));
        row("Seed", &text, output)
    })
}

fn multicast(multicast: Option<&Multicast>) -> String {
    let Some(it) = multicast else {
        return "off".to_owned();
    };
    let failure = it.failure.as_deref().map(printable);
    let failure = failure.map(|failure| format!("; {failure}"));
    format!(
        "searches sent {}, answers heard {}; searches heard {}, answers sent {}{}{}",
        it.searches_sent,
        it.answers_heard,
        it.searches_heard,
        it.answers_sent,
        if it.is_published { "; published" } else { "" },
        failure.unwrap_or_default()
    )
}

/// Where a seed is, or why that is not known.
pub(super) fn place(seed: &SeedInfo, unknown: &str) -> String {
    match (&seed.failure, seed.addresses.is_empty()) {
        (Some(failure), _) => printable(failure),
        (None, true) => unknown.to_owned(),
        (None, false) => list(&seed.addresses),
    }
}

/// A line with nothing to say is left out.
fn row(label: &str, value: &str, output: Output) -> Result<(), Failure> {
    match value.is_empty() {
        true => Ok(()),
        false => output.text(&format!("  {label:<14}  {value}")),
    }
}
