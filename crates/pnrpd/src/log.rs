//! The daemon's log: its form, and what it tells, which can change while the daemon runs.

use std::{
    fmt,
    io::{self, IsTerminal as _},
    sync::{Mutex, PoisonError},
};

use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::{
    EnvFilter, Layer as _, Registry, layer::SubscriberExt as _, reload,
    util::SubscriberInitExt as _,
};

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    handle: reload::Handle<EnvFilter, Registry>,
    filter: Mutex<String>,
}

impl Log {
    /// Begins to log to standard error.
    ///
    /// # Errors
    /// When the filter is none, or this process has a log already.
    pub fn start(filter: &str, format: LogFormat) -> anyhow::Result<Self> {
        let (layer, handle) = reload::Layer::new(EnvFilter::try_new(filter)?);
        let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
        let lines = match format {
            LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        tracing_subscriber::registry()
            .with(layer)
            .with(lines)
            .try_init()?;
        Ok(Self {
            handle,
            filter: Mutex::new(filter.to_owned()),
        })
    }

    /// What is logged.
    pub fn filter(&self) -> String {
        let filter = self.filter.lock().unwrap_or_else(PoisonError::into_inner);
        filter.clone()
    }

    /// Logs this from here on.
    ///
    /// # Errors
    /// When it is no filter; the log then goes on as it did.
    pub fn set(&self, filter: &str) -> anyhow::Result<()> {
        let mut current = self.filter.lock().unwrap_or_else(PoisonError::into_inner);
        self.handle.reload(EnvFilter::try_new(filter)?)?;
        filter.clone_into(&mut current);
        Ok(())
    }
}
