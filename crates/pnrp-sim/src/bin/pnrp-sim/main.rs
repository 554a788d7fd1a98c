//! `pnrp-sim`: what becomes of clouds of up to a million nodes.

use std::{
    collections::BTreeSet,
    env, fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Parser as _;
use pnrp_sim::{
    course::Course,
    plan::{Planned, plan},
    replay::Replay,
    report::{Report, Run, compare, read_json, write_json},
    scenario::{Common, Replayed, Scenario as _},
};

use crate::args::{Args, Command, Output, ReplayArgs};

mod args;

/// A bar was missed.
const MISSED: u8 = 1;

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some([before, after]) = args.compare.as_deref() {
        let comparison = compare(&read_json(before)?, &read_json(after)?);
        say(&comparison.text())?;
        return Ok(ExitCode::SUCCESS);
    }
    match args.command {
        Some(Command::Report(report)) => {
            let planned = chosen(plan(report.extent.into(), report.output.seed), &report.only)?;
            carry_out(&planned, &report.output)
        }
        Some(Command::Run(run)) => {
            let planned = run.planned()?;
            carry_out(&[planned], &run.output)
        }
        Some(Command::Replay(replay)) => play_again(&replay),
        Some(Command::Draw(args)) => {
            draw(&args.out, &read_json(&args.report)?)?;
            Ok(ExitCode::SUCCESS)
        }
        None => anyhow::bail!(
            "nothing to do: `pnrp-sim report` runs everything, `pnrp-sim --help` says what else there is"
        ),
    }
}

/// The scenarios of these names, or all when none is given.
fn chosen(mut planned: Vec<Planned>, only: &[String]) -> anyhow::Result<Vec<Planned>> {
    let names: BTreeSet<&str> = planned.iter().map(|its| its.scenario.name()).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(name.as_str())) {
        let names: Vec<&str> = names.into_iter().collect();
        anyhow::bail!(
            "no scenario of this report is called {unknown}; there are {}",
            names.join(", ")
        );
    }
    planned.retain(|its| only.is_empty() || only.iter().any(|name| name == its.scenario.name()));
    Ok(planned)
}

/// Runs scenarios, shows what they find, and writes it down.
fn carry_out(planned: &[Planned], output: &Output) -> anyhow::Result<ExitCode> {
    let command = command_line();
    let mut found = Report::new(output.seed, &command);
    let mut spent = Report::new(output.seed, &command);
    for (number, Planned { scenario, common }) in planned.iter().enumerate() {
        let mut course = match number {
            0 => Course::new(),
            _ => Course::new().without_memory(),
        };
        let run = scenario
            .run(common, &mut course)
            .with_context(|| format!("{} failed", scenario.title()))?;
        let mut machine = Run::new(&*run.scenario, &*run.title);
        machine.figures = course.finish().figures(&run);
        machine.parameters.clone_from(&run.parameters);
        found.runs.push(run);
        spent.runs.push(machine);
    }
    say(&found.text())?;
    say(&spent.text())?;
    if let Some(directory) = &output.out {
        write(directory, &found, &spent)?;
    }
    let missed = found.missed().chain(spent.missed()).count();
    Ok(match missed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(MISSED),
    })
}

/// Plays a trace, and shows and writes down what comes of it. What that takes of the machine is nothing
/// to speak of.
fn play_again(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let scenario = Replayed {
        title: args.file.display().to_string(),
        replay: Replay::read(&args.file)?,
    };
    let common = Common {
        seed: args.output.seed,
        ..Common::default()
    };
    let run = scenario.run(&common, &mut Course::new());
    let run = run.with_context(|| format!("the trace {}", scenario.title))?;
    let mut found = Report::new(args.output.seed, command_line());
    found.runs.push(run);
    say(&found.text())?;
    if let Some(directory) = &args.output.out {
        let spent = Report::new(args.output.seed, command_line());
        write(directory, &found, &spent)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The command, without where its report goes.
fn command_line() -> String {
    let mut words = vec!["pnrp-sim".to_owned()];
    let mut given = env::args().skip(1);
    while let Some(word) = given.next() {
        if word == "--out" {
            given.next();
        } else if !word.starts_with("--out=") {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Writes a report as JSON and Markdown, with its plots, and apart from it what it took.
fn write(directory: &Path, found: &Report, spent: &Report) -> anyhow::Result<()> {
    draw(directory, found)?;
    write_json(found, &directory.join("report.json"))?;
    write_json(spent, &directory.join("machine.json"))?;
    write_text(directory, "report.md", &found.markdown())?;
    write_text(directory, "machine.md", &spent.markdown())
}

/// Writes the plots of a report.
fn draw(directory: &Path, found: &Report) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    let mut plots = found.plots().into_iter();
    plots.try_for_each(|(name, plot)| write_text(directory, name, &plot.svg()))
}

fn write_text(directory: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = directory.join(name);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
