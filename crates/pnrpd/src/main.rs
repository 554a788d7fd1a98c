//! `pnrpd`: reads the command line, starts the node, and answers until a signal ends it.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use clap::Parser as _;
use pnrp_api::Pnrp;
use pnrpd::{
    Args, ControlSocket, Live, Log, Reload, Settings, StateDirectory, files, notify, serve_with,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{error, info, warn};

fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.is_check() {
        check(args)
    } else {
        run(args)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There may be nobody left to tell.
            let _ = writeln!(io::stderr(), "pnrpd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says what the daemon would do.
fn check(args: Args) -> anyhow::Result<()> {
    let settings = Settings::load(args)?;
    let report = settings.report()?;
    let mut out = io::stdout();
    write!(out, "{report}").context("cannot write the report")?;
    for doubt in settings.doubts() {
        writeln!(io::stderr(), "pnrpd: warning: {doubt}").context("cannot write the report")?;
    }
    Ok(())
}

fn run(args: Args) -> anyhow::Result<()> {
    let settings = Settings::load(args.clone())?;
    let log = Log::start(&settings.log, settings.log_format)?;
    for doubt in settings.doubts() {
        warn!("{doubt}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .context("cannot start")?
        .block_on(daemon(args, settings, log))
}

async fn daemon(args: Args, settings: Settings, log: Log) -> anyhow::Result<()> {
    // From here on a signal is for the daemon to answer; before, it ends the process.
    let hangup = signal(SignalKind::hangup())?;
    let stop = stop()?;
    settings.access.check()?;
    files::allow(settings.limits);
    let _state = StateDirectory::open(&settings.state_dir)?;
    let socket =
        ControlSocket::bind_first(&settings.sockets, &settings.access, settings.limits).await?;
    let pnrp = Pnrp::embedded(settings.node()).await?;

    let live = Arc::new(Live::new(Some(log), settings.limits));
    let path = socket.path().to_owned();
    info!(socket = %path.display(), "ready");
    notify::ready("ready");
    let reload = Reload::new(args, settings, Arc::clone(&live), path, pnrp.clone());
    let reloading = tokio::spawn(reload_at(hangup, reload));
    let served = serve_with(pnrp, socket, live, stop).await;
    reloading.abort();
    served
        .inspect_err(|error| error!(%error, "the socket failed"))
        .map_err(Into::into)
}

/// Is ready when a signal asks for the end.
fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping");
        notify::stopping();
    })
}

async fn reload_at(mut hangup: Signal, mut reload: Reload) {
    while hangup.recv().await.is_some() {
        reload.run().await;
    }
}
