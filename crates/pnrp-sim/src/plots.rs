//! The plots of a report.

use crate::{
    report::{
        Report, Run,
        plot::{Axis, Plot},
    },
    scenario::Sybil,
};

impl Report {
    /// Its plots, each with the name of its file; those without a line are left out.
    pub fn plots(&self) -> Vec<(&'static str, Plot)> {
        let all = [
            ("lookups.svg", self.lookups()),
            (
                "latency.svg",
                self.latency("static", "Latency of resolves, the proof included"),
            ),
            (
                "latency-churn.svg",
                self.latency("churn", "Latency under churn"),
            ),
            (
                "dead-entries.svg",
                self.latency("dead-entries", "Latency when part of the cache is dead"),
            ),
            ("churn.svg", self.churn()),
            (
                "cost.svg",
                self.cost("bytes", Axis::linear("bytes a second", "B/s")),
            ),
            (
                "messages.svg",
                self.cost("messages", Axis::linear("messages a second", "")),
            ),
            (
                "split.svg",
                self.after("split", "A split cloud heals", "success across"),
            ),
            (
                "mass-leave.svg",
                self.after("mass-leave", "Half of a cloud crashes", "others found"),
            ),
        ];
        let sybil = [("sybil-full-caches.svg", 100), ("sybil.svg", 1_000)];
        let sybil = sybil.map(|(name, cache)| Some((name, Sybil::plot(&self.runs, cache)?)));
        let has_lines = |plot: &Plot| plot.lines.iter().any(|line| !line.points.is_empty());
        all.into_iter()
            .filter(|(_, plot)| has_lines(plot))
            .chain(sybil.into_iter().flatten())
            .collect()
    }

    fn of(&self, scenario: &str) -> Vec<&Run> {
        let runs = self.runs.iter();
        runs.filter(|run| run.scenario == scenario).collect()
    }

    fn lookups(&self) -> Plot {
        let runs = self.of("static");
        let bar = runs.iter().filter_map(|run| {
            let nodes = run.number("nodes")?;
            Some([nodes, nodes.log10() + 1.0])
        });
        let mut bar: Vec<[f64; 2]> = bar.collect();
        bar.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Plot::of_figures(
            "LOOKUPs of a resolve",
            Axis::log("nodes", ""),
            Axis::linear("LOOKUPs", ""),
            &runs,
            "nodes",
            &["LOOKUPs, mean", "LOOKUPs, p90"],
        )
        .with_line("bar for the mean", bar)
    }

    /// The latency of all runs of a scenario.
    fn latency(&self, scenario: &str, title: &str) -> Plot {
        let runs = self.of(scenario);
        let lines: Vec<_> = runs
            .iter()
            .filter_map(|run| Some((run.title.as_str(), run.distribution("latency")?)))
            .collect();
        Plot::of_distributions(title, Axis::log("latency", "ms"), &lines)
    }

    fn churn(&self) -> Plot {
        Plot::of_figures(
            "Success under churn",
            Axis::log("median session", "s"),
            Axis::linear("success", "%"),
            &self.of("churn"),
            "median session, s",
            &["success", "success with one retry"],
        )
    }

    fn cost(&self, figure: &str, y: Axis) -> Plot {
        Plot::of_figures(
            "What churn costs a node",
            Axis::log("median session", "s"),
            y,
            &self.of("churn"),
            "median session, s",
            &[figure],
        )
    }

    fn after(&self, scenario: &str, title: &str, series: &str) -> Plot {
        let runs = self.of(scenario);
        let lines: Vec<_> = runs
            .iter()
            .filter_map(|run| Some((run.title.as_str(), run.series(series)?)))
            .collect();
        Plot::of_series(
            title,
            Axis::linear("time", "s"),
            Axis::linear("success", "%"),
            &lines,
        )
    }
}
