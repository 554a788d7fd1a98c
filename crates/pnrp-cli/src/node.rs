//! The daemon, a node of this command's own, or a state directory.

use std::path::Path;

use pnrp_api::{Config, Error, Pnrp, parse_node_address};

use crate::{
    args::{OwnNode, StateDir},
    failure::Failure,
    output::note,
};

/// The daemon, or a node for the time of this command when none answers.
pub(crate) async fn daemon_or_own(
    socket: Option<&Path>,
    own: &OwnNode,
    peers: &[String],
) -> Result<Pnrp, Failure> {
    // A mistake in an address is one whether or not a daemon answers.
    let peers: Vec<_> = peers
        .iter()
        .map(|peer| parse_node_address(peer))
        .collect::<Result<_, _>>()?;
    match Pnrp::connect(socket).await {
        Err(Error::DaemonUnavailable { socket, .. }) => {
            note(&format!(
                "no pnrpd answers at {}; this command runs a node of its own",
                socket.display()
            ));
            let config = own.interface.iter().fold(Config::new(), Config::interface);
            let config = peers.into_iter().fold(config, Config::peer);
            Ok(Pnrp::embedded(config).await?)
        }
        connected => Ok(connected?),
    }
}

/// Where a command finds identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// A state directory has to be there: a misspelt one holds none of the keys that are wanted.
    Present,
    /// A state directory is made if it is not there.
    Made,
}

/// The daemon, or the state directory that a command is to work on without one.
pub(crate) async fn keeper(
    socket: Option<&Path>,
    state: &StateDir,
    keys: Keys,
) -> Result<Pnrp, Failure> {
    let Some(directory) = &state.state_dir else {
        return match Pnrp::connect(socket).await {
            Err(Error::DaemonUnavailable { socket, source }) => {
                Err(Failure::NoDaemon { socket, source })
            }
            connected => Ok(connected?),
        };
    };
    if keys == Keys::Present && !directory.is_dir() {
        let directory = directory.display();
        return Err(Failure::Other(format!(
            "{directory} is no directory; give a state directory, or make one with `pnrp identity \
             new --state-dir {directory}`"
        )));
    }
    // Such a node opens no socket, for nothing is registered or resolved.
    Ok(Pnrp::embedded(Config::new().state_dir(directory)).await?)
}
