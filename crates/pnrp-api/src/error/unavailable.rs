//! What to do when no daemon can be talked to.

use std::io::{self, ErrorKind};

/// What an error on the way to the daemon's socket asks for.
pub(super) fn advice(error: &io::Error) -> &'static str {
    let kind = error.kind();
    if kind == ErrorKind::PermissionDenied {
        "act as that user, or become a member of the socket's group (usermod --append --groups \
         GROUP USER, then log in again); socket_group in the configuration of pnrpd sets it"
    } else if kind == ErrorKind::ConnectionRefused {
        "start pnrpd, which replaces it, or give its --socket"
    } else if kind == ErrorKind::InvalidInput {
        "give the --socket of pnrpd, or correct PNRP_SOCKET"
    } else {
        "start pnrpd, or give its --socket"
    }
}

/// Which of two releases is to be replaced.
pub(super) fn upgrade(daemon: u32) -> &'static str {
    match daemon < crate::API_VERSION {
        true => {
            "use the same release of both: install that of this program as pnrpd, and restart it"
        }
        false => "use the same release of both: install that of pnrpd for this program",
    }
}
