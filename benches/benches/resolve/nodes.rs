//! Embedded nodes, as an application has them.

use std::net::SocketAddrV6;

use pnrp_api::{
    Config, Found, Pnrp, Proof, Registration, RegistrationHandle, ResolveRequest, ScopeFilter,
};
use tokio::sync::Mutex;

use crate::turns::Directory;

/// Nodes in one cloud on the loopback interface.
pub(crate) struct Nodes {
    nodes: Vec<Pnrp>,
    /// The name of each.
    names: Vec<String>,
    registrations: Mutex<Vec<RegistrationHandle>>,
}

impl Nodes {
    /// Each has a key of its own, and knows the one before it.
    pub(crate) async fn start(count: usize) -> Self {
        let (mut nodes, mut names) = (Vec::<Pnrp>::new(), Vec::new());
        let mut peer: Option<SocketAddrV6> = None;
        for _ in 0..count {
            let config = Config::loopback(0);
            let config = peer.iter().fold(config, |config, peer| config.peer(*peer));
            let node = Pnrp::embedded(config).await.expect("a node");
            let clouds = node.clouds(ScopeFilter::Any).await.expect("its clouds");
            peer = Some(clouds[0].listening()[0]);
            let identity = node.identity("default").await.expect("its key");
            names.push(format!("{}.web", identity.authority));
            nodes.push(node);
        }
        Self {
            nodes,
            names,
            registrations: Mutex::default(),
        }
    }

    /// Registers the name of each.
    pub(crate) async fn register(&self) {
        for (node, name) in self.nodes.iter().zip(&self.names) {
            let endpoint = "[::1]:8080/tcp".parse().expect("an endpoint");
            let registration = Registration::new(name).endpoint(endpoint);
            let registered = node.register(registration).await.expect("a name");
            self.registrations.lock().await.push(registered);
        }
    }
}

impl Directory for Nodes {
    fn count(&self) -> usize {
        self.nodes.len()
    }

    async fn find(&self, from: usize, of: usize) -> bool {
        let request = ResolveRequest::new(&self.names[of]);
        let found = self.nodes[from].resolve_first(request).await;
        found.is_ok_and(|found: Found| matches!(found.proof, Proof::Cpa { .. }))
    }
}
