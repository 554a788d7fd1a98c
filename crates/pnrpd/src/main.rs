//! `pnrpd`: reads the command line, starts the node, and answers until a signal ends it.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Parser as _;
use pnrp_api::Pnrp;
use pnrpd::{Args, ControlSocket, Settings, serve};
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There may be nobody left to tell.
            let _ = writeln!(io::stderr(), "pnrpd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let settings = Settings::load(args)?;
    let filter = EnvFilter::try_new(&settings.log);
    let filter = filter.with_context(|| format!("{:?} is not a log filter", settings.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.context("cannot start")?.block_on(daemon(settings))
}

async fn daemon(settings: Settings) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping");
        notify(NotifyState::Stopping);
    };

    let socket = ControlSocket::bind_first(&settings.sockets, settings.socket_mode).await?;
    let pnrp = Pnrp::embedded(settings.node()).await?;
    info!(socket = %socket.path().display(), "ready");
    notify(NotifyState::Ready);
    let served = serve(pnrp, socket, stop).await;
    served
        .inspect_err(|error| error!(%error, "the socket failed"))
        .map_err(Into::into)
}

/// Tells systemd, when it started the daemon.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        warn!(%error, "cannot notify the service manager");
    }
}
