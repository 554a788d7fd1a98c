//! How commands fail: one line and an exit status.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::error::ErrorKind;
use pnrp_api::Error;

use crate::output::{RED, styled};

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node or the daemon refused, or found nothing.
    Pnrp(Error),
    /// The command line makes no sense.
    Usage(String),
    /// Something else went wrong.
    Other(String),
    /// What was asked about is not known here.
    Unknown(String),
    /// No daemon answers a command that can do without one.
    NoDaemon(Error),
    /// The daemon left while it was needed.
    DaemonLeft,
    /// The daemon left while it was watched.
    DaemonGone,
    /// Some of several things failed, each of which was told.
    Several {
        /// How many.
        failed: usize,
        /// Of how many.
        of: usize,
        /// The status of the first.
        status: u8,
    },
    /// Whoever reads standard output has gone.
    OutputClosed,
}

impl Failure {
    /// The first paragraph of what clap says, in one line.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::Usage("a command is missing; see pnrp --help".to_owned());
        }
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Usage(format!("{line}; see pnrp --help"))
    }

    /// Tells the user, and the caller of the process.
    pub(crate) fn report(self) -> ExitCode {
        self.tell();
        ExitCode::from(self.exit_status())
    }

    /// Tells the user.
    pub(crate) fn tell(&self) {
        if !matches!(self, Self::OutputClosed) {
            // There may be nobody left to tell.
            let _ = writeln!(
                anstream::stderr(),
                "{} {}",
                styled(RED, "pnrp:"),
                self.text()
            );
        }
    }

    /// What is wrong and what to do, in one line.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Pnrp(error) => one_line(&error.to_string()),
            Self::Usage(text) | Self::Other(text) | Self::Unknown(text) => one_line(text),
            Self::NoDaemon(error) => one_line(&format!(
                "{error}; or work on a state directory with --state-dir"
            )),
            Self::DaemonLeft => {
                "pnrpd stopped and withdrew the name; start it and register again".to_owned()
            }
            Self::DaemonGone => "pnrpd has stopped; start it and watch again".to_owned(),
            Self::Several { failed, of, .. } => {
                format!("{failed} of {of} failed; see what to do above")
            }
            Self::OutputClosed => "nobody reads what is written; see where it goes".to_owned(),
        }
    }

    /// What the caller of the process is told.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Several { status, .. } => *status,
            Self::Pnrp(error) => exit_status(error),
            Self::Usage(_) => USAGE,
            Self::Other(_) | Self::OutputClosed => FAILED,
            Self::Unknown(_) => NOT_FOUND,
            Self::DaemonLeft | Self::DaemonGone | Self::NoDaemon(_) => NO_DAEMON,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Pnrp(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() == io::ErrorKind::BrokenPipe {
            true => Self::OutputClosed,
            false => Self::Other(format!("{error}; check the terminal, file or disk")),
        }
    }
}

fn exit_status(error: &Error) -> u8 {
    match error {
        Error::InvalidName { .. }
        | Error::InvalidEndpoint { .. }
        | Error::InvalidHost { .. }
        | Error::InvalidComment { .. }
        | Error::InvalidPayload { .. }
        | Error::InvalidEndpoints { .. }
        | Error::InvalidTimeout { .. }
        | Error::InvalidRequest { .. }
        | Error::ClassifierTooLong { .. }
        | Error::InvalidClassifier { .. }
        | Error::InvalidFriendlyName { .. }
        | Error::CannotConvertName { .. }
        | Error::InvalidHostName { .. }
        | Error::CloudNameAmbiguous { .. }
        | Error::UpdateRefused { .. }
        | Error::IdentityRefused { .. } => USAGE,
        Error::NotFound { .. }
        | Error::TimedOut { .. }
        | Error::Alone { .. }
        | Error::NoAnswer { .. } => NOT_FOUND,
        Error::DaemonUnavailable { .. } => NO_DAEMON,
        Error::CloudNotFound { .. }
        | Error::CloudUnavailable { .. }
        | Error::CloudDisabled { .. }
        | Error::CloudIsResolveOnly { .. }
        | Error::NoIpv6
        | Error::NoClouds { .. } => NO_CLOUD,
        Error::ForeignAuthority { .. }
        | Error::NoIdentity { .. }
        | Error::IdentityNotFound { .. }
        | Error::IdentityExists { .. }
        | Error::IdentityInUse { .. }
        | Error::IdentityStore { .. }
        | Error::ImportRefused { .. }
        | Error::InvalidKey { .. }
        | Error::InvalidChain { .. }
        | Error::DelegationRefused { .. }
        | Error::CloudInUse { .. }
        | Error::NoSeed { .. }
        | Error::DuplicateName { .. }
        | Error::RegistrationNotFound { .. }
        | Error::RegistrationOfAnother { .. }
        | Error::StateUnusable { .. }
        | Error::DiskFull { .. }
        | Error::TooManyIdentities { .. }
        | Error::UnsupportedVersion { .. }
        | Error::TooMuchLoad { .. }
        | Error::Protocol { .. }
        | Error::Closed
        | _ => FAILED,
    }
}

/// Whatever a name or a file holds, an error stays one line.
fn one_line(text: &str) -> String {
    crate::output::printable(text)
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NOT_FOUND: u8 = 3;
const NO_DAEMON: u8 = 4;
const NO_CLOUD: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_tells_what_kind_of_failure_it_was() {
        let name = || "0.x".to_owned();

        assert_eq!(exit_status(&Error::Closed), 1);
        assert_eq!(
            exit_status(&Error::InvalidName {
                name: name(),
                reason: name()
            }),
            2
        );
        assert_eq!(exit_status(&Error::NotFound { name: name() }), 3);
        assert_eq!(exit_status(&Error::Alone { name: name() }), 3);
        let source = io::Error::other("refused");
        assert_eq!(
            exit_status(&Error::DaemonUnavailable {
                socket: "/x".into(),
                source
            }),
            4
        );
        assert_eq!(
            exit_status(&Error::CloudNotFound {
                name: name(),
                available: vec![]
            }),
            5
        );
    }
}
