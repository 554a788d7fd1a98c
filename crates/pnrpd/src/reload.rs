//! Reading the configuration again while the daemon runs.

use std::{path::PathBuf, sync::Arc};

use pnrp_api::Pnrp;
use tracing::{error, info, warn};

use crate::{Args, Limits, Live, Settings, notify};

/// What a reload compares with, and changes.
#[derive(Debug)]
pub struct Reload {
    args: Args,
    /// Those in effect.
    settings: Settings,
    live: Arc<Live>,
    socket: PathBuf,
    pnrp: Pnrp,
}

impl Reload {
    /// For a daemon that runs this node with these settings, and listens at this socket.
    pub fn new(
        args: Args,
        settings: Settings,
        live: Arc<Live>,
        socket: PathBuf,
        pnrp: Pnrp,
    ) -> Self {
        Self {
            args,
            settings,
            live,
            socket,
            pnrp,
        }
    }

    /// Reads the file again, and tells the log and the service manager what came of it.
    ///
    /// Either all that can change does, or nothing.
    pub async fn run(&mut self) {
        notify::reloading();
        let result = self.apply().await;
        self.live.count_reload(result.is_ok());
        match result {
            Ok(late) if late.is_empty() => {
                info!("configuration reloaded");
                notify::ready("configuration reloaded");
            }
            Ok(late) => {
                let late = late.join(", ");
                warn!(settings = late, "takes effect at the next start");
                info!("configuration reloaded");
                let status = format!("configuration reloaded; {late}: at the next start");
                notify::ready(&status);
            }
            Err(error) => {
                let error = format!("{error:#}");
                error!(error, "configuration not reloaded; the old one stays");
                notify::ready(&format!("configuration not reloaded: {error}"));
            }
        }
    }

    async fn apply(&mut self) -> anyhow::Result<Vec<&'static str>> {
        let new = Settings::load(self.args.clone())?;
        // The one step that can fail comes first; filter and seeds were read with the file.
        if new.access != self.settings.access {
            new.access.apply(&self.socket)?;
        }
        if let Some(log) = &self.live.log {
            log.set(&new.log)?;
        }
        self.pnrp.set_seeds(&new.node()).await?;
        self.live.patrons.set(new.limits);
        let late = self.settings.needing_restart(&new);
        self.settings.access = new.access;
        self.settings.log = new.log;
        self.settings.limits = Limits {
            connections: self.settings.limits.connections,
            registrations: self.settings.limits.registrations,
            ..new.limits
        };
        self.settings.seeds = new.seeds;
        Ok(late)
    }
}
