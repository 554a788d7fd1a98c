//! The page for monitoring, read by a parser of another project.

use prom_text_format_parser::{Scrape, Type};

use crate::process::Place;

#[test]
fn the_page_is_read_by_another_parser_and_says_what_has_happened() {
    let place = Place::new();
    let daemon = place.start();
    let resolve = r#"{"name":"0.nobody","timeout_ms":1000}"#;
    assert_eq!(daemon.ask("GET", "/nowhere", "").0, 400);
    let mut stream = daemon.connect();
    crate::process::send(&mut stream, "POST", "/v1/resolve", resolve);
    crate::process::read_stream(&mut stream);

    let (status, page) = daemon.ask("GET", "/metrics", "");

    assert_eq!(status, 200);
    let parsed = Parsed(Scrape::parse(&page).unwrap());
    let cloud = parsed.label_of("pnrpd_cached_entries", "cloud");
    let of_cloud = |key, value| vec![("cloud", cloud.as_str()), (key, value)];
    assert_eq!(
        parsed.value("pnrpd_resolves_total", &of_cloud("result", "started")),
        1.0
    );
    assert_eq!(
        parsed.value("pnrpd_resolves_total", &of_cloud("result", "failed")),
        1.0
    );
    assert_eq!(
        parsed.value("pnrpd_cloud_state", &of_cloud("state", "Virtual")),
        0.0
    );
    assert_eq!(parsed.sum("pnrpd_cloud_state"), 1.0);
    assert_eq!(
        parsed.value("pnrpd_api_responses_total", &[("status", "400")]),
        1.0
    );
    assert_eq!(
        parsed.value("pnrpd_api_responses_total", &[("status", "200")]),
        1.0
    );
    assert!(parsed.value("pnrpd_api_connections", &[]) >= 1.0);
    assert!(parsed.value("pnrpd_uptime_seconds", &[]) > 0.0);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(parsed.value("pnrpd_build", &[("version", version)]), 1.0);
    if cfg!(target_os = "linux") {
        assert!(parsed.value("pnrpd_resident_bytes", &[]) > 1_000_000.0);
    }
    for metric in &parsed.0.metrics {
        assert!(metric.help_desc.is_some(), "{metric}");
        let is_total = metric.name.ends_with("_total");
        let is_histogram = metric.name == "pnrpd_found_after_seconds";
        let kind = match (is_total, is_histogram) {
            (true, _) => Type::Counter,
            (false, true) => Type::Histogram,
            (false, false) => Type::Gauge,
        };
        assert_eq!(metric.kind, kind);
    }
}

#[test]
fn the_time_to_find_a_name_is_measured() {
    let place = Place::new();
    let daemon = place.start();
    let mut held = daemon.connect();
    let body = r#"{"name":"0.web","endpoints":[{"port":80}]}"#;
    crate::process::send(&mut held, "POST", "/v1/registrations", body);
    let resolve = r#"{"name":"0.web","criteria":"any-peer-name"}"#;
    let deadline = tokio::time::Instant::now() + crate::process::DEADLINE;
    loop {
        let mut stream = daemon.connect();
        crate::process::send(&mut stream, "POST", "/v1/resolve", resolve);
        let told = crate::process::read_stream(&mut stream);
        if told.contains("\"found\"") {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{told}");
    }

    let page = daemon.ask("GET", "/metrics", "").1;

    assert!(
        page.contains("\npnrpd_found_after_seconds_count 1\n"),
        "{page}"
    );
    assert!(
        page.contains("\npnrpd_found_after_seconds_bucket{le=\"+Inf\"} 1\n"),
        "{page}"
    );
    Scrape::parse(&page).unwrap();
}

struct Parsed(Scrape);

impl Parsed {
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.samples(name).filter(|sample| {
            let has = |(key, value): &(&str, &str)| {
                let mut all = sample.labels.iter();
                all.any(|label| label.key == *key && label.value == *value)
            };
            labels.iter().all(has)
        });
        let values: Vec<_> = samples.map(|sample| sample.value.value.as_f64()).collect();
        assert_eq!(values.len(), 1, "{name} {labels:?}: {values:?}");
        values[0]
    }

    fn sum(&self, name: &str) -> f64 {
        self.samples(name).map(|it| it.value.value.as_f64()).sum()
    }

    fn label_of(&self, name: &str, key: &str) -> String {
        let sample = self.samples(name).next().unwrap();
        let label = sample.labels.iter().find(|label| label.key == key);
        label.unwrap().value.clone()
    }

    fn samples(&self, name: &str) -> impl Iterator<Item = &prom_text_format_parser::Sample> {
        let metrics = self
            .0
            .metrics
            .iter()
            .filter(move |metric| metric.name == name);
        metrics.flat_map(|metric| &metric.samples)
    }
}
