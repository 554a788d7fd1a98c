//! What is known about a node and its host.

use std::{
    collections::BTreeMap,
    fs, io,
    net::UdpSocket,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::join_all;
use nix::net::if_::if_indextoname;
use pnrp_node::{
    driver::{CloudHandle, CloudSpec},
    ssdp,
};
use pnrp_wire::{Endpoint, limits::DEFAULT_PORT};
use time::OffsetDateTime;

use super::{
    super::{Embedded, convert, interfaces, opening},
    probe::{self, Probe},
};
use crate::{CloudInfo, CloudState, Error, Host, RegistrationId, ScopeFilter};

/// What is known about a node and its host.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) host: HostFacts,
    /// Why there are not more clouds.
    pub(super) missing: Vec<String>,
    pub(super) clouds: Vec<CloudFacts>,
    /// Configured seeds that no cloud has.
    pub(super) lost_seeds: Vec<String>,
    /// By this host's clock.
    pub(super) year: i32,
    /// The state directory, and why nothing can be written there.
    pub(super) state_dir: Option<(PathBuf, Option<String>)>,
    pub(super) kept: KeptFacts,
}

/// Persistent registrations that are not as they should be.
#[derive(Clone, Debug, Default)]
pub(super) struct KeptFacts {
    /// Files that were damaged and set aside.
    pub(super) damaged: Vec<PathBuf>,
    /// Those that cannot be made: ID, name and reason.
    pub(super) unusable: Vec<(RegistrationId, String, String)>,
}

/// IPv6 on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HostFacts {
    /// Sockets of IPv6 can be made.
    pub(super) has_ipv6: bool,
    /// The administrator has turned it off on every interface.
    pub(super) is_turned_off: bool,
}

/// One cloud.
#[derive(Clone, Debug)]
pub(super) struct CloudFacts {
    pub(super) info: CloudInfo,
    /// The port that is wanted, and whether no other will do.
    pub(super) wanted_port: (u16, bool),
    /// Why the port of a cloud that does not run cannot be had, if that is so.
    pub(super) trial: Option<String>,
    pub(super) counters: BTreeMap<String, u64>,
    /// Searches by multicast, one a link; none where that is turned off.
    pub(super) probes: Vec<Probe>,
    pub(super) seeds: Vec<SeedFacts>,
}

/// A seed of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeedFacts {
    pub(super) host: String,
    /// Why it has no address.
    pub(super) failure: Option<String>,
    /// One of its addresses has answered.
    pub(super) has_answered: bool,
}

impl Embedded {
    pub(super) async fn facts(self: &Arc<Self>) -> Result<Facts, Error> {
        self.look_again().await;
        let missing = self.missing_clouds().await?;
        let infos = self.clouds(ScopeFilter::Any).await?;
        let known = self.table.lock().await.known();
        let clouds = infos.into_iter().filter_map(|info| {
            let (spec, handle) = known.iter().find(|(spec, _)| spec.name == info.name)?;
            Some(self.cloud_facts(info, spec.clone(), handle.clone()))
        });
        let clouds = join_all(clouds).await;
        let directory = self.config.state_dir.clone();
        let persisted = self.persisted.clone();
        let of_files = tokio::task::spawn_blocking(move || {
            let state_dir = directory.map(|directory| {
                let failure = write_probe(&directory).err();
                (directory, failure.map(|error| error.to_string()))
            });
            (host(), state_dir, persisted.set_aside())
        });
        let unusable = self.book.lock().await.unusable.clone().into_iter();
        let unusable = unusable.map(|(id, (wanted, reason))| (id, wanted.name, reason));
        let unusable = unusable.collect();
        let (host, state_dir, damaged) = of_files.await.map_err(|_| Error::Closed)?;
        let is_asked = |seed: &str| {
            let seeds = clouds.iter().flat_map(|cloud| &cloud.seeds);
            seeds.into_iter().any(|it| it.host == seed)
        };
        let configured = self
            .config
            .seeds
            .iter()
            .filter_map(|text| text.parse().ok());
        let configured = configured.map(|host: Host| host.to_string());
        Ok(Facts {
            host,
            missing,
            lost_seeds: configured.filter(|seed| !is_asked(seed)).collect(),
            clouds,
            year: OffsetDateTime::now_utc().year(),
            state_dir,
            kept: KeptFacts { damaged, unusable },
        })
    }

    async fn cloud_facts(
        self: &Arc<Self>,
        info: CloudInfo,
        spec: CloudSpec,
        handle: Option<CloudHandle>,
    ) -> CloudFacts {
        let options = opening::options(&self.config, &spec, self.dialect_of(&spec), &[]);
        let wanted_port = (options.port.unwrap_or(DEFAULT_PORT), options.port.is_some());
        let is_stopped = self.table.lock().await.stopped.contains(&spec.name);
        let is_off = is_stopped || info.state == CloudState::Disabled;
        let is_usable = !is_off && !spec.addresses.is_empty();
        let trial = match (&handle, is_usable) {
            (None, true) => try_port(&spec, wanted_port.0),
            _ => None,
        };
        let snapshot = match &handle {
            Some(handle) => handle.snapshot().await.ok(),
            None => None,
        };
        let (mut probes, mut seeds) = (Vec::new(), Vec::new());
        if is_usable {
            if options.multicast.searches {
                let links = spec.links.iter().map(|link| self.probe(&spec, *link));
                probes = join_all(links).await;
            }
            let hosts = options.seeds.iter().map(|seed| convert::seed(seed, &spec));
            seeds = join_all(hosts.map(|host| self.ask_seed(host))).await;
        }
        CloudFacts {
            info,
            wanted_port,
            trial,
            counters: snapshot
                .map(|cloud| cloud.counters.into_iter().collect())
                .unwrap_or_default(),
            probes,
            seeds,
        }
    }

    /// Searches on a link, and asks each node that is found whether it is there.
    async fn probe(self: &Arc<Self>, spec: &CloudSpec, link: u32) -> Probe {
        let mut probe = probe::search(ssdp::search_target(spec.scope), link).await;
        if let Ok(name) = if_indextoname(link) {
            probe.link = name.to_string_lossy().into_owned();
        }
        probe
            .found
            .retain(|at| !spec.addresses.contains(&at.address));
        if probe.found.is_empty() {
            return probe;
        }
        let Ok(handle) = self.start(spec).await else {
            return probe;
        };
        let answers = join_all(probe.found.iter().map(|at| handle.ping(*at))).await;
        let asked = probe.found.iter().zip(answers);
        let silent = asked.filter(|(_, answer)| answer.is_err());
        probe.silent = silent.map(|(at, _)| *at).collect();
        probe
    }

    async fn ask_seed(self: &Arc<Self>, host: Host) -> SeedFacts {
        let mut seed = SeedFacts {
            host: host.to_string(),
            failure: None,
            has_answered: false,
        };
        match self.ping(&host).await {
            Ok(_) => seed.has_answered = true,
            Err(Error::InvalidHost { reason, .. }) => seed.failure = Some(reason),
            // It has an address, and is silent there.
            Err(_) => {}
        }
        seed
    }
}

fn host() -> HostFacts {
    let found = interfaces::interfaces().unwrap_or_default();
    let mut others = found
        .iter()
        .filter(|interface| !interface.is_loopback)
        .peekable();
    HostFacts {
        has_ipv6: interfaces::has_ipv6(),
        is_turned_off: others.peek().is_some() && others.all(|interface| interface.lacks_ipv6),
    }
}

/// Binds the port for a moment.
fn try_port(spec: &CloudSpec, port: u16) -> Option<String> {
    let address = *spec.addresses.first()?;
    let at = opening::in_zone(spec, &Endpoint { address, port });
    UdpSocket::bind(at).err().map(|error| error.to_string())
}

/// Only trying tells: an ID is not all that decides.
fn write_probe(directory: &Path) -> io::Result<()> {
    let probe = directory.join(format!(".probe-{}", std::process::id()));
    fs::write(&probe, [])?;
    fs::remove_file(&probe)
}
