//! The daemon, or a node of this command's own.

use std::path::Path;

use pnrp_api::{Config, Error, Pnrp, parse_node_address};

use crate::{args::OwnNode, failure::Failure, output::note};

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
