//! `pnrp bugreport`: what whoever looks into a bug asks for, in one JSON document.
//!
//! It holds no key, password, payload, comment or name: what is published here is counted, and
//! what files say is kept only where it is known to be harmless.

use std::{fs, path::Path};

use pnrp_api::{
    API_VERSION, CloudDetails, CloudInfo, CloudStats, Config, Error, Pnrp, ScopeFilter,
    default_socket,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    args::BugReport,
    failure::Failure,
    files,
    node::own_config,
    output::{Output, note},
};

mod configuration;
mod log;

pub(crate) async fn run(
    args: &BugReport,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    files::check_output(&args.to)?;
    let config = own_config(&args.own)?;
    let report = Report {
        versions: json!({}),
        system: system(),
        daemon: json!({}),
        configuration: part(configuration::read(&args.config)),
        doctor: Value::Null,
        clouds: Value::Null,
        registrations: Value::Null,
        log: part(log::last_lines(args.log.as_deref())),
    };
    let report = report.ask(socket, config).await?;
    let text = serde_json::to_string_pretty(&report).map_err(std::io::Error::from)?;
    match &args.to.output {
        Some(path) => files::write(path, &format!("{text}\n"), files::PRIVATE)?,
        None if output.is_json() => output.json(&report)?,
        None => output.text(&text)?,
    }
    note(
        "the report holds addresses of this host and of others it knows, and no key, password, \
         payload or name; look through it before you send it",
    );
    Ok(())
}

/// A part that cannot be had says why.
#[derive(Serialize)]
struct Report {
    versions: Value,
    system: Value,
    daemon: Value,
    configuration: Value,
    doctor: Value,
    clouds: Value,
    registrations: Value,
    log: Value,
}

impl Report {
    /// Asks the daemon, or a node of this command's own about this host.
    async fn ask(mut self, socket: Option<&Path>, config: Config) -> Result<Self, Failure> {
        let connected = Pnrp::connect(socket).await;
        let socket = socket.map_or_else(default_socket, Path::to_owned);
        let why_not = connected.as_ref().err().map(ToString::to_string);
        self.daemon = json!({ "socket": socket, "answers": connected.is_ok(), "error": why_not });
        let pnrp = match connected {
            Ok(pnrp) => pnrp,
            Err(_) => Pnrp::embedded(config).await?,
        };
        self.versions = json!({
            "pnrp": env!("CARGO_PKG_VERSION"),
            "api": API_VERSION,
            "pnrpd": pnrp.daemon_version(),
        });
        self.doctor = part(pnrp.doctor().await);
        self.clouds = part(clouds(&pnrp).await);
        self.registrations = part(registrations(&pnrp).await);
        pnrp.close().await;
        Ok(self)
    }
}

#[derive(Serialize)]
struct CloudPart {
    info: CloudInfo,
    details: Option<CloudDetails>,
    stats: Option<CloudStats>,
    /// Route entries.
    cached: Option<usize>,
    error: Option<String>,
}

async fn clouds(pnrp: &Pnrp) -> Result<Vec<CloudPart>, Error> {
    let mut parts = Vec::new();
    for info in pnrp.clouds(ScopeFilter::Any).await? {
        let details = pnrp.cloud(&info.name).await;
        let stats = pnrp.stats(&info.name).await;
        let cache = pnrp.cache(&info.name).await;
        let errors = [
            details.as_ref().err(),
            stats.as_ref().err(),
            cache.as_ref().err(),
        ];
        let error = errors.into_iter().flatten().next().map(Error::to_string);
        parts.push(CloudPart {
            info,
            details: details.ok(),
            stats: stats.ok(),
            cached: cache.ok().map(|entries| entries.len()),
            error,
        });
    }
    Ok(parts)
}

/// How many there are, and of what kind.
#[derive(Serialize)]
struct RegistrationPart {
    cloud: String,
    endpoints: usize,
    persistent: bool,
    announced: bool,
}

async fn registrations(pnrp: &Pnrp) -> Result<Vec<RegistrationPart>, Error> {
    let names = pnrp.names().await?.into_iter();
    let parts = names.map(|name| RegistrationPart {
        cloud: name.cloud,
        endpoints: name.endpoints.len(),
        persistent: name.persistent,
        announced: name.announced,
    });
    Ok(parts.collect())
}

fn system() -> Value {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    json!({
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "kernel": kernel.as_deref().map(str::trim),
    })
}

fn part<T: Serialize, E: ToString>(part: Result<T, E>) -> Value {
    match part.map_err(|error| error.to_string()) {
        Ok(part) => json!(part),
        Err(error) => json!({ "error": error }),
    }
}
