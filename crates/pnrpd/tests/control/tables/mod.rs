//! What Windows documents about its functions and criteria, a row each, in this process and
//! through the daemon.

use pnrp_api::{Config, EndpointSpec, Pnrp, Registration, ScopeFilter};

use crate::daemon::Daemon;

mod criteria;
mod functions;
mod registering;
mod resolving;

/// A process that calls, its node, and another node.
pub(super) struct Stage {
    /// What the process calls.
    pub(super) caller: Pnrp,
    /// The node that answers it, which other processes use too.
    pub(super) node: Pnrp,
    /// A node elsewhere that knows the first.
    pub(super) remote: Pnrp,
    pub(super) title: &'static str,
    _daemon: Option<Daemon>,
}

impl Stage {
    pub(super) async fn both() -> [Self; 2] {
        let embedded = Pnrp::embedded(Config::loopback(0)).await.unwrap();
        let daemon = Daemon::start(Config::loopback(0)).await;
        [
            Self {
                caller: embedded.clone(),
                remote: neighbour(&embedded).await,
                node: embedded,
                title: "embedded",
                _daemon: None,
            },
            Self {
                caller: daemon.client().await,
                remote: neighbour(&daemon.node).await,
                node: daemon.node.clone(),
                title: "daemon",
                _daemon: Some(daemon),
            },
        ]
    }

    /// Another process on the same host.
    pub(super) fn other_process(&self) -> Pnrp {
        self.node.for_process(7)
    }
}

async fn neighbour(node: &Pnrp) -> Pnrp {
    let clouds = node.clouds(ScopeFilter::Any).await.unwrap();
    let listening = clouds[0].listening();
    let config = listening
        .into_iter()
        .fold(Config::loopback(0), Config::peer);
    Pnrp::embedded(config).await.unwrap()
}

/// A name at an explicit address.
pub(super) fn web(name: &str) -> Registration {
    Registration::new(name).endpoint("[::1]:8080".parse().unwrap())
}

/// A name at the node's own addresses.
pub(super) fn own(name: &str) -> Registration {
    Registration::new(name).endpoint(EndpointSpec::port(8080))
}
