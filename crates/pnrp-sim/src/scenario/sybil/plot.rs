//! How many resolves an attack spoils, plotted.

use super::Sybil;
use crate::report::{
    Run,
    plot::{Axis, Plot},
};

impl Sybil {
    /// Resolves that were misled or denied against the number of hostile nodes: a line for each kind
    /// of name, with caps and without, in caches of one size.
    ///
    /// Runs of other scenarios are passed over. `None` if there is nothing to plot.
    pub fn plot(runs: &[Run], cache: usize) -> Option<Plot> {
        let is = |run: &Run, parameter: &str, value: &str| {
            run.parameters.get(parameter).is_some_and(|is| is == value)
        };
        let mut plot = Plot {
            title: format!("Resolves of a name under attack, caches of {cache}"),
            x: Axis::linear("hostile nodes for each hundred honest ones", ""),
            y: Axis::linear("share of resolves", "%").between(0.0, 100.0),
            lines: Vec::new(),
        };
        for (plan, name, figure) in [
            ("Publish", "unsecured", "misled"),
            ("Mislead", "secured", "denied"),
        ] {
            for caps in ["on", "off"] {
                let of_line = runs.iter().filter(|run| {
                    let same_cache = run.parameters.get("cache").is_some_and(|is| *is == cache);
                    run.scenario == "sybil"
                        && same_cache
                        && is(run, "plan", plan)
                        && is(run, "caps", caps)
                });
                let point =
                    |run: &Run| Some([run.number("hostile, %")?, run.figure(figure)?.value]);
                let mut points: Vec<_> = of_line.filter_map(point).collect();
                points.sort_by(|[a, _], [b, _]| a.total_cmp(b));
                if !points.is_empty() {
                    plot = plot.with_line(format!("{name}, {figure}, caps {caps}"), points);
                }
            }
        }
        (!plot.lines.is_empty()).then_some(plot)
    }
}
