//! Reports on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use thiserror::Error;

use super::{Report, Run, VERSION};

/// Why a report was not written or read, with what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The file cannot be read.
    #[error("cannot read the report {}", path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the report {}", path.display())]
    Write {
        /// Where it should go.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is something else, or was cut off.
    #[error(
        "{} is not a report of pnrp-sim; give the JSON file that a run has written",
        path.display()
    )]
    NotAReport {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// The report has a form that this program does not know.
    #[error(
        "the report {} has version {found}, and this pnrp-sim reads version {VERSION}; run its \
         command again: {command}",
        path.display()
    )]
    Version {
        /// Which file.
        path: PathBuf,
        /// What it says.
        found: u32,
        /// How it was made.
        command: String,
    },
    /// JSON has no such number.
    #[error("cannot write the report: {what} of the run '{run}' is not a finite number")]
    NotFinite {
        /// The title of the run.
        run: String,
        /// Which of its results.
        what: String,
    },
}

/// Writes a report as one line of JSON.
///
/// # Errors
/// When a number is not finite or the file cannot be written.
pub fn write_json(report: &Report, path: &Path) -> Result<(), ReportError> {
    for run in &report.runs {
        if let Some(what) = not_finite(run) {
            let run = run.title.clone();
            return Err(ReportError::NotFinite { run, what });
        }
    }
    let text = serde_json::to_string(report).map_err(io::Error::from);
    let written = text.and_then(|text| fs::write(path, text + "\n"));
    written.map_err(|source| ReportError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Reads what [`write_json`] has written.
///
/// # Errors
/// When the file cannot be read, is no report or has another version.
pub fn read_json(path: &Path) -> Result<Report, ReportError> {
    let text = fs::read_to_string(path).map_err(|source| ReportError::Read {
        path: path.to_owned(),
        source,
    })?;
    let not_a_report = |source| ReportError::NotAReport {
        path: path.to_owned(),
        source,
    };
    let head: Head = serde_json::from_str(&text).map_err(not_a_report)?;
    if head.version != VERSION {
        return Err(ReportError::Version {
            path: path.to_owned(),
            found: head.version,
            command: head.command,
        });
    }
    serde_json::from_str(&text).map_err(not_a_report)
}

/// What reports of all versions have.
#[derive(Deserialize)]
struct Head {
    version: u32,
    command: String,
}

/// The name of a result that JSON cannot hold.
fn not_finite(run: &Run) -> Option<String> {
    let is_bad = |value: &f64| !value.is_finite();
    let are_bad = |points: &[[f64; 2]]| points.iter().flatten().any(is_bad);
    let mut figures = run.figures.iter();
    let figure = figures.find(|figure| is_bad(&figure.value));
    let mut distributions = run.distributions.iter();
    let distribution = distributions.find(|d| {
        [d.mean, d.p50, d.p90, d.p95, d.p99, d.max]
            .iter()
            .any(is_bad)
            || are_bad(&d.points)
    });
    let mut series = run.series.iter();
    let series = series.find(|series| are_bad(&series.points));
    figure
        .map(|figure| &figure.name)
        .or(distribution.map(|distribution| &distribution.name))
        .or(series.map(|series| &series.name))
        .cloned()
}
