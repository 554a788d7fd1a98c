//! Looking after the clouds of a node.

use super::{Pnrp, Way};
use crate::{CloudDetails, CloudWatch, Config, Error, Finding, Host, Pong, SeedInfo};

impl Pnrp {
    /// Why this host is not in more clouds: a sentence each, such as `No cloud on eth1: it is
    /// down.`
    ///
    /// # Errors
    /// When the system does not say which interfaces it has, or the daemon is gone.
    pub async fn missing_clouds(&self) -> Result<Vec<String>, Error> {
        match &self.way {
            Way::Embedded(node) => node.missing_clouds().await,
            Way::Daemon(client) => client.missing_clouds().await,
        }
    }

    /// What happens to clouds from now on, and first those that are there.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn watch_clouds(&self) -> Result<CloudWatch, Error> {
        match &self.way {
            Way::Embedded(node) => Ok(node.watch_clouds()),
            Way::Daemon(client) => client.watch_clouds().await,
        }
    }

    /// All that is known of a cloud.
    ///
    /// # Errors
    /// When there is no such cloud.
    pub async fn cloud(&self, cloud: &str) -> Result<CloudDetails, Error> {
        match &self.way {
            Way::Embedded(node) => node.cloud(cloud).await,
            Way::Daemon(client) => client.cloud(cloud).await,
        }
    }

    /// Takes the seeds of a configuration, those of its scopes included, and nothing else of it. An
    /// embedded node turns to them when it next looks for others.
    ///
    /// # Errors
    /// When a seed is no host, or the node is a daemon's, which reads its own configuration.
    pub async fn set_seeds(&self, config: &Config) -> Result<(), Error> {
        match &self.way {
            Way::Embedded(node) => node.reseed(config).await,
            Way::Daemon(_) => Err(Error::InvalidRequest {
                reason: "a daemon takes its seeds from its configuration; change that, and reload"
                    .to_owned(),
            }),
        }
    }

    /// Listens in a cloud, and looks for other nodes.
    ///
    /// # Errors
    /// When there is no such cloud, it is turned off, or its port is taken.
    pub async fn start_cloud(&self, cloud: &str) -> Result<CloudDetails, Error> {
        match &self.way {
            Way::Embedded(node) => node.start_cloud(cloud).await,
            Way::Daemon(client) => client.administer(cloud, "start", &()).await,
        }
    }

    /// Closes a cloud until somebody uses it again. Names that are registered in it are withdrawn
    /// by force only, and are registered again when it is used.
    ///
    /// # Errors
    /// When there is no such cloud, or names are registered in it and no force is used.
    pub async fn stop_cloud(&self, cloud: &str, by_force: bool) -> Result<CloudDetails, Error> {
        match &self.way {
            Way::Embedded(node) => node.stop_cloud(cloud, by_force).await,
            Way::Daemon(client) => {
                let body = serde_json::json!({ "force": by_force });
                client.administer(cloud, "stop", &body).await
            }
        }
    }

    /// Forgets the nodes that are cached in a cloud, and looks for some anew if it is in use.
    ///
    /// # Errors
    /// When there is no such cloud.
    pub async fn flush_cloud(&self, cloud: &str) -> Result<CloudDetails, Error> {
        match &self.way {
            Way::Embedded(node) => node.flush_cloud(cloud).await,
            Way::Daemon(client) => client.administer(cloud, "flush", &()).await,
        }
    }

    /// Looks for other parts of a cloud by every means, and tests for a split.
    ///
    /// # Errors
    /// When there is no such cloud, or it is turned off.
    pub async fn repair_cloud(&self, cloud: &str) -> Result<CloudDetails, Error> {
        match &self.way {
            Way::Embedded(node) => node.repair_cloud(cloud).await,
            Way::Daemon(client) => client.administer(cloud, "repair", &()).await,
        }
    }

    /// Synchronizes a cloud with a node, or with the next seed.
    ///
    /// # Errors
    /// When there is no such cloud, it is turned off, the host is not in it, or it has no seed.
    pub async fn sync_cloud(
        &self,
        cloud: &str,
        host: Option<&Host>,
    ) -> Result<CloudDetails, Error> {
        match &self.way {
            Way::Embedded(node) => node.sync_cloud(cloud, host).await,
            Way::Daemon(client) => {
                let body = serde_json::json!({ "host": host });
                client.administer(cloud, "sync", &body).await
            }
        }
    }

    /// The seeds of a cloud, and where they are.
    ///
    /// # Errors
    /// When there is no such cloud.
    pub async fn seeds(&self, cloud: &str) -> Result<Vec<SeedInfo>, Error> {
        match &self.way {
            Way::Embedded(node) => node.seeds(cloud).await,
            Way::Daemon(client) => client.seeds(cloud).await,
        }
    }

    /// Asks a node whether it is there, in the cloud that its address is of.
    ///
    /// # Errors
    /// When the host is in none of this node's clouds, or does not answer within two seconds.
    pub async fn ping(&self, host: &Host) -> Result<Pong, Error> {
        match &self.way {
            Way::Embedded(node) => node.ping(host).await,
            Way::Daemon(client) => client.ping(host).await,
        }
    }

    /// Looks at everything that a node needs, and says what is in the way and what to do. Takes a
    /// few seconds, for other nodes are searched for and asked.
    ///
    /// # Errors
    /// When the system does not say which interfaces it has, or the daemon is gone.
    pub async fn doctor(&self) -> Result<Vec<Finding>, Error> {
        match &self.way {
            Way::Embedded(node) => node.doctor().await,
            Way::Daemon(client) => client.doctor().await,
        }
    }
}
