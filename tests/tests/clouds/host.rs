//! A host with a daemon that is called through its socket.

use std::{net::Ipv6Addr, time::Duration};

use pnrp_api::{
    CloudInfo, CloudScope, CloudSelector, CloudState, EndpointSpec, Error, Found, Pnrp,
    Registration, RegistrationHandle, ResolveRequest, ScopeFilter,
};
use pnrp_tests::{
    clock::now,
    daemon::{Daemon, text},
    lab::Lab,
};
use serde_json::Value;

/// A host with its daemon.
pub(crate) struct Host {
    pub(crate) number: u16,
    pub(crate) daemon: Daemon,
    pub(crate) pnrp: Pnrp,
    /// Its names are published for as long as these are held.
    pub(crate) names: Vec<RegistrationHandle>,
}

impl Host {
    /// Starts a daemon that is told nothing but where its files are.
    pub(crate) async fn start(lab: &Lab, number: u16) -> Self {
        Self::with(lab, number, &[]).await
    }

    /// Starts a daemon with arguments.
    pub(crate) async fn with(lab: &Lab, number: u16, arguments: &[&str]) -> Self {
        Self::of(number, Daemon::launch(lab, number, arguments)).await
    }

    /// Waits until a daemon answers.
    pub(crate) async fn of(number: u16, daemon: Daemon) -> Self {
        let socket = daemon.socket();
        let pnrp = until("answer from pnrpd", STARTED_WITHIN, async || {
            let connected = Pnrp::connect(Some(&socket)).await;
            connected.map_err(|error| format!("{error}\n{}", daemon.log_tail()))
        });
        Self {
            number,
            pnrp: pnrp.await,
            daemon,
            names: Vec::new(),
        }
    }

    /// Publishes the host's own name in every cloud.
    pub(crate) async fn publish_own(&mut self) {
        self.publish(&name_of(self.number), CloudSelector::All)
            .await;
    }

    /// Publishes a name with the node's own addresses.
    pub(crate) async fn publish(&mut self, name: &str, cloud: CloudSelector) {
        let endpoint = EndpointSpec::port(PORT);
        let registration = Registration::new(name).endpoint(endpoint).cloud(cloud);
        let registered = self.pnrp.register(registration).await;
        let registered =
            registered.unwrap_or_else(|error| panic!("{name} at {}: {error}", self.number));
        self.names.push(registered);
    }

    /// Resolves a name in a cloud, once.
    pub(crate) async fn resolve(
        &self,
        name: &str,
        cloud: &str,
        timeout: Duration,
    ) -> Result<Found, Miss> {
        let request = ResolveRequest::new(name)
            .cloud(cloud.parse().unwrap())
            .timeout(timeout);
        match self.pnrp.resolve_first(request).await {
            Ok(found) => Ok(found),
            Err(Error::NotFound { .. }) => Err(Miss::NotFound),
            Err(Error::TimedOut { .. }) => Err(Miss::TimedOut),
            Err(Error::Alone { .. }) => Err(Miss::Alone),
            Err(error) => panic!(
                "{name} in {cloud} at host {}: {error}\n{}",
                self.number,
                self.daemon.log_tail()
            ),
        }
    }

    /// Resolves a name until it is found.
    pub(crate) async fn finds(&self, name: &str, cloud: &str, within: Duration) -> Found {
        let what = format!("{name} in {cloud} at host {}", self.number);
        until(&what, within, async || {
            let found = self.resolve(name, cloud, ONE_TRY).await;
            found.map_err(|miss| format!("{miss:?}\n{}", self.daemon.log_tail()))
        })
        .await
    }

    /// Resolves a name once with the command, as a user would; the first line of JSON.
    pub(crate) fn finds_by_command(&self, name: &str, cloud: &str) -> Value {
        let output = self
            .daemon
            .run(&["resolve", name, "--cloud", cloud, "--json"]);
        let (said, complaint) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "pnrp resolve {name}: {complaint}");
        serde_json::from_str(said.lines().next().unwrap_or_default()).unwrap()
    }

    /// The clouds as `pnrp cloud list --json` shows them.
    pub(crate) fn clouds_by_command(&self) -> Vec<Value> {
        let output = self.daemon.run(&["cloud", "list", "--json"]);
        let complaint = text(&output.stderr);
        assert!(output.status.success(), "pnrp cloud list: {complaint}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The link-local cloud, if there is one.
    pub(crate) async fn link_cloud(&self) -> Option<CloudInfo> {
        let clouds = self.pnrp.clouds(ScopeFilter::LinkLocal).await.unwrap();
        assert!(clouds.len() < 2, "{clouds:?}");
        clouds.into_iter().next()
    }

    /// Waits until a cloud of a scope knows other nodes.
    pub(crate) async fn is_active(&self, scope: CloudScope, within: Duration) {
        until("active cloud", within, async || {
            let clouds = self.pnrp.clouds(ScopeFilter::Any).await.unwrap();
            let is_active =
                |cloud: &CloudInfo| cloud.scope == scope && cloud.state == CloudState::Active;
            match clouds.iter().any(is_active) {
                true => Ok(()),
                false => Err(format!("{clouds:?}\n{}", self.daemon.log_tail())),
            }
        })
        .await;
    }
}

/// Why a name was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Miss {
    /// Nobody who was asked knew it.
    NotFound,
    /// The time was over.
    TimedOut,
    /// There was nobody to ask.
    Alone,
}

/// The addresses where a name was found. Every endpoint has the port it was published with.
pub(crate) fn addresses(found: &Found) -> Vec<Ipv6Addr> {
    let at = found.endpoints.iter().map(|endpoint| {
        assert_eq!(endpoint.port, PORT, "{found:?}");
        endpoint.address.ip
    });
    at.collect()
}

/// What a host publishes.
pub(crate) fn name_of(host: u16) -> String {
    format!("0.host-{host}")
}

/// Looks until there is a value.
///
/// # Panics
/// When there is none `within` the time: with what was waited for and why the last look failed.
pub(crate) async fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let started = now();
    loop {
        match look().await {
            Ok(value) => return value,
            Err(why) if started.elapsed() >= within => {
                panic!("no {what} within {within:?}: {why}");
            }
            Err(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
}

/// The port of every published endpoint.
pub(crate) const PORT: u16 = 8_080;
/// How long one resolve may take where several are tried.
pub(crate) const ONE_TRY: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// A daemon makes its key first, on a machine that may be busy.
const STARTED_WITHIN: Duration = Duration::from_secs(30);
