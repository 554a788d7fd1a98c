//! Draws plots.

use std::fmt::Write as _;

use super::{Axis, Line, Plot, ruler::Ruler};
use crate::report::number::shown;

impl Plot {
    /// The plot as a document of its own, 760 units wide.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let x = Ruler::new(&self.x, points().map(|[x, _]| *x));
        let y = Ruler::new(&self.y, points().map(|[_, y]| *y));
        let labels: Vec<_> = y.ticks.iter().map(|tick| shown(*tick)).collect();
        let widest = labels
            .iter()
            .map(|label| text_width(label))
            .fold(0.0, f64::max);
        let canvas = Canvas {
            x,
            y,
            left: MARGIN + widest + GAP,
        };
        let legend = legend(&self.lines, canvas.left);
        let rows = legend.last().map_or(0.0, |entry| entry.y + LEGEND_ROW);
        let height = BOTTOM + CAPTION + GAP + rows + GAP;
        let mut svg = head(&self.title, height);
        canvas.draw_axes(&mut svg, self, &labels);
        canvas.draw_lines(&mut svg, &self.lines);
        draw_legend(&mut svg, &legend, BOTTOM + CAPTION + GAP);
        svg + "</svg>\n"
    }
}

/// The field that lines are drawn on.
struct Canvas {
    x: Ruler,
    y: Ruler,
    left: f64,
}

impl Canvas {
    fn x(&self, value: f64) -> Option<f64> {
        let place = self.x.place(value)?;
        Some(self.left + place * (RIGHT - self.left))
    }

    fn y(&self, value: f64) -> Option<f64> {
        let place = self.y.place(value)?;
        Some(BOTTOM - place * (BOTTOM - TOP))
    }

    /// Grid, labels and captions.
    fn draw_axes(&self, svg: &mut String, plot: &Plot, labels: &[String]) {
        let left = self.left;
        for (tick, label) in self.y.ticks.iter().zip(labels) {
            let Some(y) = self.y(*tick) else { continue };
            add(
                svg,
                format_args!(r#"<path class="grid" d="M{left:.1} {y:.1}H{RIGHT:.1}"/>"#),
            );
            let (x, y) = (left - GAP, y + BASELINE);
            add(
                svg,
                format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="end">{label}</text>"#),
            );
        }
        for tick in &self.x.ticks {
            let Some(x) = self.x(*tick) else { continue };
            add(
                svg,
                format_args!(r#"<path class="grid" d="M{x:.1} {TOP:.1}V{BOTTOM:.1}"/>"#),
            );
            let (y, label) = (BOTTOM + 20.0, shown(*tick));
            add(
                svg,
                format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle">{label}</text>"#),
            );
        }
        add(
            svg,
            format_args!(r#"<path class="axis" d="M{left:.1} {TOP:.1}V{BOTTOM:.1}H{RIGHT:.1}"/>"#),
        );
        let (y, caption) = (TOP - 14.0, caption(&plot.y));
        add(
            svg,
            format_args!(r#"<text x="{MARGIN:.1}" y="{y:.1}">{caption}</text>"#),
        );
        let (x, y) = (f64::midpoint(left, RIGHT), BOTTOM + CAPTION);
        let caption = self::caption(&plot.x);
        add(
            svg,
            format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle">{caption}</text>"#),
        );
    }

    /// Lines and dots, cut off a little outside the field so that dots at its edge are whole.
    fn draw_lines(&self, svg: &mut String, lines: &[Line]) {
        let (x, y) = (self.left - DOT, TOP - DOT);
        let (width, height) = (RIGHT - x + DOT, BOTTOM - y + DOT);
        add(
            svg,
            format_args!(
                r#"<svg x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" viewBox="{x:.1} {y:.1} {width:.1} {height:.1}">"#
            ),
        );
        for (index, line) in lines.iter().enumerate() {
            let place = |[x, y]: &[f64; 2]| Some((self.x(*x)?, self.y(*y)?));
            let places: Vec<_> = line.points.iter().filter_map(place).collect();
            let mut path = String::new();
            for (index, (x, y)) in places.iter().enumerate() {
                let command = if index == 0 { 'M' } else { 'L' };
                // Writing to a string does not fail.
                let _ = write!(path, "{command}{x:.1} {y:.1}");
            }
            let class = classes(index);
            if places.len() > 1 {
                add(
                    svg,
                    format_args!(r#"<path class="line {class}" d="{path}"/>"#),
                );
            }
            if places.len() <= MOST_DOTS {
                for (x, y) in places {
                    add(
                        svg,
                        format_args!(
                            r#"<circle class="dot {class}" cx="{x:.1}" cy="{y:.1}" r="{DOT:.1}"/>"#
                        ),
                    );
                }
            }
        }
        *svg += "</svg>\n";
        if lines.iter().all(|line| line.points.is_empty()) {
            let (x, y) = (f64::midpoint(self.left, RIGHT), f64::midpoint(TOP, BOTTOM));
            add(
                svg,
                format_args!(
                    r#"<text x="{x:.1}" y="{y:.1}" text-anchor="middle">no values</text>"#
                ),
            );
        }
    }
}

/// One name of the legend, from the left and below its top.
struct Entry {
    index: usize,
    name: String,
    x: f64,
    y: f64,
}

/// Places names in rows as long as the field.
fn legend(lines: &[Line], left: f64) -> Vec<Entry> {
    let (mut x, mut y) = (left, 0.0);
    let mut entries = Vec::new();
    let named = lines.iter().enumerate();
    for (index, line) in named.filter(|(_, line)| !line.name.is_empty()) {
        let width = SAMPLE + GAP + text_width(&line.name);
        if x > left && x + width > RIGHT {
            x = left;
            y += LEGEND_ROW;
        }
        let name = line.name.clone();
        entries.push(Entry { index, name, x, y });
        x += width + 3.0 * GAP;
    }
    entries
}

fn draw_legend(svg: &mut String, entries: &[Entry], top: f64) {
    for Entry { index, name, x, y } in entries {
        let (class, name) = (classes(*index), escaped(name));
        let middle = top + y + LEGEND_ROW / 2.0;
        let end = x + SAMPLE;
        add(
            svg,
            format_args!(r#"<path class="line {class}" d="M{x:.1} {middle:.1}H{end:.1}"/>"#),
        );
        let (x, y) = (end + GAP, middle + BASELINE);
        add(
            svg,
            format_args!(r#"<text x="{x:.1}" y="{y:.1}">{name}</text>"#),
        );
    }
}

/// Everything up to the first shape.
fn head(title: &str, height: f64) -> String {
    let title = escaped(title);
    let mut style = String::new();
    let mut dark = String::new();
    for (index, (light_ground, dark_ground)) in COLORS.iter().enumerate() {
        for (style, color) in [(&mut style, light_ground), (&mut dark, dark_ground)] {
            add(
                style,
                format_args!(
                    ".plot .line.c{index}{{stroke:{color}}}.plot .dot.c{index}{{fill:{color}}}"
                ),
            );
        }
    }
    for (index, dashes) in DASHES.iter().enumerate() {
        add(
            &mut style,
            format_args!(".plot .line.d{index}{{stroke-dasharray:{dashes}}}"),
        );
    }
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {WIDTH} {height:.0}" width="{WIDTH}" height="{height:.0}" role="img" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">
<title>{title}</title>
<style>
.plot{{color:#1f2328}}
.plot text{{fill:currentColor}}
.plot .grid{{fill:none;stroke:currentColor;stroke-opacity:0.15}}
.plot .axis{{fill:none;stroke:currentColor}}
.plot .line{{fill:none;stroke-width:2;stroke-linejoin:round}}
{style}@media (prefers-color-scheme:dark){{
.plot{{color:#e6edf3}}
{dark}}}
</style>
<text x="{MARGIN:.1}" y="26.0" font-size="16" font-weight="600">{title}</text>
"#
    )
}

/// Colour and dashes of a line. Six lines differ in colour, neighbours in dashes too.
fn classes(index: usize) -> String {
    format!("c{} d{}", index % COLORS.len(), index % DASHES.len())
}

fn caption(axis: &Axis) -> String {
    let name = escaped(&axis.name);
    if axis.unit.is_empty() {
        name
    } else {
        format!("{name} ({})", escaped(&axis.unit))
    }
}

fn add(svg: &mut String, shape: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(svg, "{shape}");
}

/// About how wide a text is; fonts differ.
fn text_width(text: &str) -> f64 {
    let count = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(count) * 7.4
}

/// Text that cannot be taken for markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const WIDTH: u32 = 760;
const MARGIN: f64 = 16.0;
const GAP: f64 = 8.0;
/// The field ends here, and half of the last label reaches beyond.
const RIGHT: f64 = 720.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 374.0;
/// From the field down to the caption.
const CAPTION: f64 = 44.0;
const LEGEND_ROW: f64 = 22.0;
/// How much of a line the legend shows.
const SAMPLE: f64 = 30.0;
/// From the middle of a text down to its baseline.
const BASELINE: f64 = 4.5;
/// The radius of a dot.
const DOT: f64 = 3.5;
/// A line with more points has no dots.
const MOST_DOTS: usize = 30;
/// For light and for dark ground.
const COLORS: [(&str, &str); 6] = [
    ("#0969da", "#58a6ff"),
    ("#bc4c00", "#f0883e"),
    ("#1a7f37", "#3fb950"),
    ("#8250df", "#bc8cff"),
    ("#bf3989", "#f778ba"),
    ("#57606a", "#8b949e"),
];
const DASHES: [&str; 3] = ["none", "8 4", "2 3"];
