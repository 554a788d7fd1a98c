//! `pnrp`: register and resolve peer names, and look into clouds.
//!
//! Commands talk to `pnrpd`; those that only look start a node of their own when no daemon
//! answers, and those about keys can work on a state directory. Results go to standard output, one line to standard error says what failed.

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    args::{Args, Command},
    failure::Failure,
    output::Output,
};

mod args;
mod commands;
mod failure;
mod files;
mod node;
mod output;
mod password;
mod progress;

fn main() -> ExitCode {
    let result = match Args::try_parse() {
        Ok(args) => run(args),
        Err(error) if error.use_stderr() => Err(Failure::usage(&error)),
        Err(help_or_version) => help_or_version.print().map_err(Failure::from),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(args: Args) -> Result<(), Failure> {
    let output = Output::new(args.json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let socket = args.socket.as_deref();
    runtime.block_on(async {
        match args.command {
            Command::Demo(demo) => commands::demo::run(&demo, output).await,
            Command::Cloud(cloud) => commands::cloud::run(cloud, socket, output).await,
            Command::Register(register) => commands::register::run(register, socket, output).await,
            Command::Update(update) => commands::update::run(update, socket, output).await,
            Command::Unregister(which) => commands::unregister::run(which, socket, output).await,
            Command::Resolve(resolve) => commands::resolve::run(&resolve, socket, output).await,
            Command::Names => commands::names::run(socket, output).await,
            Command::Trace(trace) => commands::trace::run(&trace, socket, output).await,
            Command::Ping(ping) => commands::ping::run(&ping, socket, output).await,
            Command::Doctor(own) => commands::doctor::run(&own, socket, output).await,
            Command::Name(name) => commands::name::run(&name, output),
            Command::Identity(identity) => commands::identity::run(identity, socket, output).await,
            Command::Delegate(delegate) => commands::delegate::run(delegate, socket, output).await,
            Command::Chain(chain) => commands::chain::run(&chain, output),
            Command::Capture(capture) => commands::capture::run(&capture, output),
            Command::BugReport(report) => commands::bugreport::run(&report, socket, output).await,
            Command::Completions(which) => commands::completions::run(which.shell),
            Command::Man(manual) => commands::man::run(&manual.out),
        }
    })
}
