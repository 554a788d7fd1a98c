//! The daemon, a node of this command's own, or a state directory.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use pnrp_api::{Config, Error, Host, Pnrp, parse_node_address};

use crate::{
    args::{OwnNode, StateDir},
    failure::Failure,
    output::note,
};

/// The daemon, or a node for the time of this command when none answers.
pub(crate) async fn daemon_or_own(socket: Option<&Path>, own: &OwnNode) -> Result<Pnrp, Failure> {
    // A mistake in an address is one whether or not a daemon answers.
    let config = own_config(own)?;
    match Pnrp::connect(socket).await {
        Err(Error::DaemonUnavailable { socket, source }) => {
            note(&format!(
                "no pnrpd answers at {}: {source}; this command runs a node of its own",
                socket.display()
            ));
            Ok(Pnrp::embedded(config).await?)
        }
        connected => Ok(connected?),
    }
}

/// How a node of a command's own is set up.
pub(crate) fn own_config(own: &OwnNode) -> Result<Config, Failure> {
    for seed in &own.seed {
        seed.parse::<Host>()?;
    }
    let peers = own.peer.iter().map(|peer| parse_node_address(peer));
    let peers: Vec<_> = peers.collect::<Result<_, _>>()?;
    let config = own.interface.iter().fold(Config::new(), Config::interface);
    let config = own.seed.iter().fold(config, Config::seed);
    Ok(peers.into_iter().fold(config, Config::peer))
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
            Err(error @ Error::DaemonUnavailable { .. }) => Err(Failure::NoDaemon(error)),
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
    let before = set_aside(directory);
    // Such a node opens no socket, for nothing is registered or resolved.
    let pnrp = Pnrp::embedded(Config::new().state_dir(directory)).await?;
    for path in set_aside(directory).difference(&before) {
        let path = path.display();
        note(&format!(
            "the identity of this machine was damaged, and another made; what was there is {path}"
        ));
    }
    Ok(pnrp)
}

/// Damaged identities of the machine, which opening a state directory renames.
fn set_aside(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let is_damaged = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str);
        name.is_some_and(|name| name.starts_with("machine-identity.pem.damaged-"))
    };
    paths.filter(is_damaged).collect()
}
