//! What monitoring reads: the text format of Prometheus.
//!
//! Every page is made anew from what the node tells, so nothing is counted twice and a cloud that
//! is gone is not on it.

use std::{
    collections::BTreeSet,
    fs,
    sync::{Arc, atomic::AtomicU64},
};

use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use pnrp_api::{CloudInfo, CloudState, CloudStats, Error, ScopeFilter};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{Control, answer::Refusal};
use crate::Live;

pub(super) async fn show(
    State(control): State<Control>,
    Extension(live): Extension<Arc<Live>>,
) -> Result<Response, Refusal> {
    let mut page = Page::default();
    page.daemon(&live);
    for cloud in control.pnrp.clouds(ScopeFilter::Any).await? {
        page.cloud(&cloud);
        match control.pnrp.stats(&cloud.name).await {
            Ok(stats) => page.counters(&stats),
            // It went while the page was made.
            Err(Error::CloudNotFound { .. } | Error::Closed) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let text = page.text().map_err(|error| Error::Protocol {
        reason: error.to_string(),
    })?;
    Ok((StatusCode::OK, [(CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}

type Labels = Vec<(&'static str, String)>;
type Number = Gauge<f64, AtomicU64>;
type Gauges = Family<Labels, Number>;
type Counters = Family<Labels, Counter>;

/// The metrics that there are.
#[derive(Debug, Default)]
struct Page {
    build: Gauges,
    uptime: Number,
    resident: Option<Number>,
    users: Number,
    processes: Number,
    connections: Number,
    answers: Counters,
    refusals: Counters,
    reloads: Counters,
    state: Gauges,
    cached: Gauges,
    registered: Gauges,
    size: Gauges,
    sent: Counters,
    received: Counters,
    discarded: Counters,
    resolves: Counters,
    found_after: Option<Histogram>,
    bytes: Counters,
    others: Counters,
}

impl Page {
    fn daemon(&mut self, live: &Live) {
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        self.build.get_or_create(&version).set(1.0);
        self.uptime.set(live.uptime().as_secs_f64());
        if let Some(kib) = resident_kib() {
            let resident = Number::default();
            resident.set(f64::from(kib) * 1_024.0);
            self.resident = Some(resident);
        }
        let (users, processes, connections) = live.patrons.connected();
        self.users.set(float(users));
        self.processes.set(float(processes));
        self.connections.set(f64::from(connections));
        for (status, count) in live.answers() {
            add(&self.answers, vec![("status", status.to_string())], count);
        }
        for (limit, count) in live.patrons.refused() {
            add(&self.refusals, vec![("limit", limit.to_owned())], count);
        }
        self.found_after = Some(live.found_after.clone());
        let (done, failed) = live.reloads();
        for (result, count) in [("ok", done), ("failed", failed)] {
            add(&self.reloads, vec![("result", result.to_owned())], count);
        }
    }

    fn cloud(&self, cloud: &CloudInfo) {
        for state in STATES {
            let labels = labels(&cloud.name, "state", state.to_string());
            let is_it = f64::from(u8::from(state == cloud.state));
            self.state.get_or_create(&labels).set(is_it);
        }
        let name = vec![("cloud", cloud.name.clone())];
        self.cached.get_or_create(&name).set(float(cloud.cached));
        let registered = float(cloud.registered);
        self.registered.get_or_create(&name).set(registered);
        if let Some(size) = cloud.size_estimate {
            self.size.get_or_create(&name).set(size);
        }
    }

    fn counters(&self, stats: &CloudStats) {
        for (name, &count) in &stats.counters {
            let (family, label, value) = if let Some(direction) = name.strip_prefix("bytes_") {
                (&self.bytes, "direction", direction)
            } else if let Some(message) = name.strip_prefix("sent_") {
                (&self.sent, "message", message)
            } else if let Some(message) = name.strip_prefix("received_") {
                (&self.received, "message", message)
            } else if let Some(cause) = name.strip_prefix("discarded_") {
                (&self.discarded, "cause", cause)
            } else if let Some(result) = name.strip_prefix("resolves_") {
                (&self.resolves, "result", result)
            } else {
                (&self.others, "event", name.as_str())
            };
            add(family, labels(&stats.name, label, value.to_owned()), count);
        }
    }

    fn text(self) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::with_prefix("pnrpd");
        let numbers = [
            ("uptime_seconds", "Time since the start", Some(self.uptime)),
            ("resident_bytes", "Memory in use", self.resident),
            ("api_users", "Users with a connection", Some(self.users)),
            (
                "api_processes",
                "Processes with a connection",
                Some(self.processes),
            ),
            (
                "api_connections",
                "Connections of clients",
                Some(self.connections),
            ),
        ];
        for (name, help, number) in numbers {
            if let Some(number) = number {
                registry.register(name, help, number);
            }
        }
        let gauges = [
            ("build", "The version that runs", self.build),
            (
                "cloud_state",
                "1 for the state that a cloud is in",
                self.state,
            ),
            ("cached_entries", "Route entries cached", self.cached),
            ("registered_names", "Names registered here", self.registered),
            (
                "cloud_size",
                "Estimated number of IDs in a cloud",
                self.size,
            ),
        ];
        for (name, help, family) in gauges {
            registry.register(name, help, family);
        }
        let counters = [
            ("api_responses", "Answers to clients", self.answers),
            ("api_refusals", "Clients refused, by limit", self.refusals),
            ("reloads", "Configurations read again", self.reloads),
            ("messages_sent", "Datagrams sent", self.sent),
            ("messages_received", "Datagrams understood", self.received),
            ("discards", "Datagrams dropped", self.discarded),
            ("resolves", "Resolves of applications", self.resolves),
            ("udp_bytes", "Bytes of UDP payload", self.bytes),
            ("events", "What else a cloud counts", self.others),
        ];
        for (name, help, family) in counters {
            registry.register(name, help, family);
        }
        if let Some(found_after) = self.found_after {
            let help = "Time until a resolve has found its first publisher";
            registry.register("found_after_seconds", help, found_after);
        }
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(classic(&text))
    }
}

/// OpenMetrics in the older form, which files for the node exporter have to be in as well: there a
/// counter's name has its suffix in the comments too, and no mark is at the end.
fn classic(open_metrics: &str) -> String {
    let counters = open_metrics.lines().filter_map(|line| {
        let name = line.strip_prefix("# TYPE ")?;
        name.strip_suffix(" counter")
    });
    let counters: BTreeSet<_> = counters.collect();
    let mut classic = String::with_capacity(open_metrics.len() + 16 * counters.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(what), Some(name), Some(rest)) if counters.contains(name) => {
                classic.push_str(&format!("# {what} {name}_total {rest}"));
            }
            _ => classic.push_str(line),
        }
        classic.push('\n');
    }
    classic
}

fn labels(cloud: &str, key: &'static str, value: String) -> Labels {
    vec![("cloud", cloud.to_owned()), (key, value)]
}

fn add(family: &Counters, labels: Labels, count: u64) {
    family.get_or_create(&labels).inc_by(count);
}

/// Counts here are far from where the next one is not a number of its own.
fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Memory of this process; nothing where the system has no such file.
fn resident_kib() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

const STATES: [CloudState; 7] = [
    CloudState::Virtual,
    CloudState::Synchronizing,
    CloudState::Active,
    CloudState::Dead,
    CloudState::Disabled,
    CloudState::NoNet,
    CloudState::Alone,
];
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
