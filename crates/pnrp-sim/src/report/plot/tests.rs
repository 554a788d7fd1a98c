//! What plots show, as text.

use super::*;
use crate::{
    measure::Histogram,
    report::{Figure, Run},
};

fn run(nodes: u32, lookups: f64) -> Run {
    let mut run = Run::new("static", "").with_parameter("nodes", nodes);
    run.figures.push(Figure::new("LOOKUPs", "", lookups));
    run
}

fn lookups() -> Plot {
    let runs = [run(10_000, 3.5), run(1_000, 2.5), run(100_000, 4.5)];
    let runs: Vec<_> = runs.iter().collect();
    let (x, y) = (Axis::log("nodes", ""), Axis::linear("LOOKUPs", ""));
    Plot::of_figures("LOOKUPs against N", x, y, &runs, "nodes", &["LOOKUPs"])
}

#[test]
fn figures_stand_in_the_order_of_the_parameter() {
    let points = [[1_000.0, 2.5], [10_000.0, 3.5], [100_000.0, 4.5]];

    assert_eq!(lookups().lines[0].points, points);
}

#[test]
fn a_run_without_the_figure_has_no_point() {
    let lacks = Run::new("static", "").with_parameter("nodes", 1_000);
    let axis = || Axis::linear("", "");

    let plot = Plot::of_figures("", axis(), axis(), &[&lacks], "nodes", &["LOOKUPs"]);

    assert_eq!(plot.lines[0].points, Vec::<[f64; 2]>::new());
    assert!(plot.svg().contains(">no values</text>"));
}

#[test]
fn a_cumulative_share_starts_at_nothing_and_ends_at_all() {
    let mut histogram = Histogram::new();
    [1, 2, 2, 4]
        .into_iter()
        .for_each(|value| histogram.record(value));
    let distribution = Distribution::new("LOOKUPs", "", &histogram, 1.0);

    let x = Axis::linear("LOOKUPs", "");
    let plot = Plot::of_distributions("", x, &[("static", &distribution)]);

    let points = [[1.0, 0.0], [1.0, 25.0], [2.0, 75.0], [4.0, 100.0]];
    assert_eq!(plot.lines[0].points, points);
}

#[test]
fn a_plot_has_title_captions_ticks_and_legend() {
    let svg = lookups().svg();

    for text in ["LOOKUPs against N", "nodes", "1,000", "100,000", "LOOKUPs"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}: {svg}");
    }
    assert_eq!(svg.matches("<circle").count(), 3);
    assert_eq!(svg, lookups().svg());
}

#[test]
fn names_cannot_be_taken_for_markup() {
    let svg = lookups().with_line("a < b & \"c\"", Vec::new()).svg();

    assert!(svg.contains(">a &lt; b &amp; &quot;c&quot;</text>"));
}

#[test]
fn values_without_a_place_leave_no_trace() {
    let points = vec![[0.0, 1.0], [10.0, f64::NAN], [10.0, 1.0]];
    let svg = lookups().with_line("odd", points).svg();

    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    assert_eq!(svg.matches("<circle").count(), 4);
}
