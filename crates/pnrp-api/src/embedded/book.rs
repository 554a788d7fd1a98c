//! What is registered, wherever it belongs.
//!
//! A registration is wanted in the clouds that its selector means, which come and go. Here is what
//! was asked for, and the part of it that each cloud has.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pnrp_node::{
    cloud::{self, OwnerId, RegisterError, RegistrationUpdate},
    driver::{CloudHandle, CloudSpec, DriverError},
};
use pnrp_wire::{AppEndpoint, PnrpId};
use rand::{TryRng as _, rngs::SysRng};
use tracing::{info, warn};

use super::{Embedded, convert, enumerate, placing, register::refused};
use crate::{CloudSelector, Error, Registration, RegistrationEntry, RegistrationId};

/// All registrations of a node.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// In boxes, for a tree sets aside room for eleven as soon as it has one.
    entries: BTreeMap<RegistrationId, Box<Entry>>,
    /// Persistent registrations that cannot be made, and why.
    pub(super) unusable: BTreeMap<RegistrationId, (Registration, String)>,
}

/// One registration.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) wanted: Registration,
    /// The same as a cloud takes it, without endpoints.
    pub(super) template: cloud::Registration,
    /// By cloud; in boxes for the same reason.
    pub(super) parts: BTreeMap<String, Box<Part>>,
}

/// What one cloud has of a registration.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) handle: CloudHandle,
    pub(super) id: cloud::RegistrationId,
    pnrp_id: PnrpId,
    pub(super) endpoints: Vec<AppEndpoint>,
}

impl Book {
    /// Takes in a registration under an ID that no other one has.
    pub(super) fn insert(&mut self, entry: Entry) -> RegistrationId {
        // Without randomness it is still one that this node does not use.
        let mut drawn = SysRng.try_next_u64().unwrap_or(1);
        while self.entries.contains_key(&RegistrationId(drawn))
            || self.unusable.contains_key(&RegistrationId(drawn))
        {
            drawn = drawn.wrapping_add(1);
        }
        let id = RegistrationId(drawn);
        self.entries.insert(id, Box::new(entry));
        id
    }

    /// Takes in a registration of an earlier run.
    pub(super) fn restore(&mut self, id: RegistrationId, entry: Entry) {
        self.entries.insert(id, Box::new(entry));
    }

    pub(super) fn get(&self, id: RegistrationId) -> Option<&Entry> {
        self.entries.get(&id).map(Box::as_ref)
    }

    pub(super) fn get_mut(&mut self, id: RegistrationId) -> Option<&mut Entry> {
        self.entries.get_mut(&id).map(Box::as_mut)
    }

    pub(super) fn remove(&mut self, id: RegistrationId) -> Option<Entry> {
        self.entries.remove(&id).map(|entry| *entry)
    }

    /// Whether an owner has registered a name for the same clouds already.
    pub(super) fn has_another(&self, id: RegistrationId) -> bool {
        let Some(entry) = self.entries.get(&id) else {
            return false;
        };
        self.entries.iter().any(|(other_id, other)| {
            *other_id != id
                && other.template.owner == entry.template.owner
                && other.template.name == entry.template.name
                && other.wanted.cloud == entry.wanted.cloud
        })
    }

    pub(super) fn persistent(&self) -> usize {
        let entries = self.entries.values();
        entries.filter(|entry| entry.wanted.persist).count() + self.unusable.len()
    }

    pub(super) fn with_ids(&self) -> impl Iterator<Item = (RegistrationId, &Entry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry.as_ref()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().map(Box::as_ref)
    }

    /// Clouds that are meant by their very name: no other can take their place.
    pub(super) fn bound_to_a_cloud(&self) -> BTreeSet<String> {
        let bound = self.entries.values().filter_map(|entry| {
            let CloudSelector::Named(name) = &entry.wanted.cloud else {
                return None;
            };
            entry.parts.contains_key(name).then(|| name.clone())
        });
        bound.collect()
    }

    /// How many names a cloud has.
    pub(super) fn registered_in(&self, cloud: &str) -> usize {
        let entries = self.entries.values();
        entries
            .filter(|entry| entry.parts.contains_key(cloud))
            .count()
    }

    /// Forgets what a cloud had, which is closed.
    pub(super) fn forget_cloud(&mut self, name: &str) {
        for entry in self.entries.values_mut() {
            entry.parts.remove(name);
        }
    }
}

impl Entry {
    pub(super) fn new(wanted: Registration, template: cloud::Registration) -> Self {
        Self {
            wanted,
            template,
            parts: BTreeMap::new(),
        }
    }

    /// Registers in one cloud.
    pub(super) async fn add(
        &mut self,
        handle: &CloudHandle,
        spec: &CloudSpec,
        endpoints: Vec<AppEndpoint>,
    ) -> Result<(), DriverError> {
        let registration = cloud::Registration {
            endpoints: endpoints.clone(),
            ..self.template.clone()
        };
        let registered = handle.register(registration).await?;
        let part = Part {
            handle: handle.clone(),
            id: registered.id,
            pnrp_id: registered.pnrp_id,
            endpoints,
        };
        self.parts.insert(spec.name.clone(), Box::new(part));
        Ok(())
    }

    /// What the clouds have of it, by their names.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&String, &Part)> {
        self.parts
            .iter()
            .map(|(cloud, part)| (cloud, part.as_ref()))
    }

    /// Whom it belongs to: a process, or the node.
    pub(super) fn owner(&self) -> OwnerId {
        self.template.owner
    }

    /// What each cloud has of it.
    pub(super) fn entries(&self) -> Vec<RegistrationEntry> {
        let entry = |(cloud, part): (&String, &Part)| RegistrationEntry {
            cloud: cloud.clone(),
            pnrp_id: part.pnrp_id.to_string(),
            endpoints: convert::app_endpoints(&part.handle.spec(), &part.endpoints),
        };
        self.parts().map(entry).collect()
    }

    /// Publishes in one cloud what the template says, at these endpoints.
    pub(super) async fn update(
        &mut self,
        cloud: &str,
        endpoints: Vec<AppEndpoint>,
    ) -> Result<(), DriverError> {
        let Some(part) = self.parts.get_mut(cloud) else {
            return Ok(());
        };
        let update = RegistrationUpdate {
            endpoints: endpoints.clone(),
            comment: self.template.comment.clone(),
            payload: self.template.payload.clone(),
        };
        match part.handle.update(part.id, update).await {
            Ok(()) => part.endpoints = endpoints,
            // Another cloud may take its place.
            Err(DriverError::Closed | DriverError::Register(RegisterError::NotRegistered)) => {
                self.parts.remove(cloud);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes it back in every cloud.
    pub(super) async fn withdraw(self) {
        for part in self.parts.into_values() {
            part.withdraw().await;
        }
    }

    fn endpoints(&self) -> BTreeMap<&str, &[AppEndpoint]> {
        let parts = self.parts.iter();
        parts
            .map(|(cloud, part)| (cloud.as_str(), part.endpoints.as_slice()))
            .collect()
    }
}

impl Part {
    pub(super) async fn withdraw(self) {
        // It is withdrawn already when the cloud was closed.
        let _ = self.handle.unregister(self.id).await;
    }
}

/// What is to be done about a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    /// A cloud that it is meant for has none of it.
    Add(CloudSpec, Vec<AppEndpoint>),
    /// The addresses of its cloud are others now.
    Update(CloudSpec, Vec<AppEndpoint>),
}

/// What clouds with these addresses mean for a registration. Endpoints whose cloud has lost its
/// addresses stay, for want of better ones.
fn changes(
    wanted: &Registration,
    parts: &BTreeMap<&str, &[AppEndpoint]>,
    clouds: &[CloudSpec],
) -> Vec<Change> {
    let is_meant = |spec: &&CloudSpec| {
        enumerate::is_selected(spec, &wanted.cloud) && !spec.addresses.is_empty()
    };
    let change = |spec: &CloudSpec| {
        let endpoints = placing::endpoints_in(spec, wanted);
        if endpoints.is_empty() && !wanted.endpoints.is_empty() {
            return None;
        }
        match parts.get(spec.name.as_str()) {
            None => Some(Change::Add(spec.clone(), endpoints)),
            Some(before) if *before != endpoints => Some(Change::Update(spec.clone(), endpoints)),
            Some(_) => None,
        }
    };
    clouds.iter().filter(is_meant).filter_map(change).collect()
}

impl Embedded {
    /// Brings every registration in step with the clouds. What fails in one cloud is tried again
    /// when the host changes, and every half minute.
    pub(super) async fn place_names(self: &Arc<Self>) {
        let mut book = self.book.lock().await;
        if book.entries.is_empty() {
            return;
        }
        let clouds = self.clouds_for_names().await;
        for entry in book.entries.values_mut() {
            for change in changes(&entry.wanted, &entry.endpoints(), &clouds) {
                let name = entry.wanted.name.clone();
                let (Change::Add(spec, _) | Change::Update(spec, _)) = &change;
                let cloud = spec.name.clone();
                if let Err(error) = self.carry_out(entry, change).await {
                    warn!(name, cloud, %error, "not registered; it will be tried again");
                }
            }
        }
    }

    /// The clouds that take registrations and have not been stopped.
    async fn clouds_for_names(&self) -> Vec<CloudSpec> {
        let table = self.table.lock().await;
        if table.is_closed {
            return Vec::new();
        }
        let takes_names = |spec: &&CloudSpec| {
            let policy = self.config.policy_of(convert::scope(spec.scope));
            !policy.disabled && !policy.resolve_only && !table.stopped.contains(&spec.name)
        };
        table.specs.iter().filter(takes_names).cloned().collect()
    }

    async fn carry_out(self: &Arc<Self>, entry: &mut Entry, change: Change) -> Result<(), Error> {
        let (spec, done) = match change {
            Change::Add(spec, endpoints) => {
                let handle = self.start(&spec).await?;
                let added = entry.add(&handle, &spec, endpoints).await;
                if added.is_ok() {
                    info!(
                        name = entry.wanted.name,
                        cloud = spec.name,
                        "registered here, too"
                    );
                }
                (spec, added)
            }
            Change::Update(spec, endpoints) => {
                let updated = entry.update(&spec.name, endpoints).await;
                if updated.is_ok() {
                    info!(
                        name = entry.wanted.name,
                        cloud = spec.name,
                        "endpoints changed"
                    );
                }
                (spec, updated)
            }
        };
        match done {
            // The change of the addresses is under way, and its end comes here again.
            Ok(()) | Err(DriverError::Register(RegisterError::NoAddress)) => Ok(()),
            Err(error) => Err(refused(error, &entry.template.name, &spec)),
        }
    }

    /// Takes a registration back everywhere.
    pub(super) async fn withdraw(&self, id: RegistrationId) {
        let removed = self.book.lock().await.remove(id);
        if let Some(entry) = removed {
            entry.withdraw().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::enumerate::tests::{global, link},
        *,
    };

    fn web(cloud: &str, endpoints: &[&str]) -> Registration {
        let wanted = Registration::new("0.web").cloud(cloud.parse().unwrap());
        let endpoints = endpoints.iter().map(|text| text.parse().unwrap());
        endpoints.fold(wanted, Registration::endpoint)
    }

    fn at(address: &str) -> Vec<AppEndpoint> {
        vec![AppEndpoint {
            address: address.parse().unwrap(),
            port: 80,
            protocol: 6,
        }]
    }

    fn moved(mut spec: CloudSpec, address: &str) -> CloudSpec {
        spec.addresses = vec![address.parse().unwrap()];
        spec
    }

    #[test]
    fn a_name_for_all_clouds_is_made_in_one_that_appears() {
        let here = at("2001:db8::1");
        let parts = BTreeMap::from([("Global_", here.as_slice())]);
        let clouds = [global(), link("eth0", 2)];
        let expected = [Change::Add(link("eth0", 2), at("fe80::1"))];

        assert_eq!(changes(&web("all", &[":80"]), &parts, &clouds), expected);
        let links = changes(&web("link-local", &[":80"]), &BTreeMap::new(), &clouds);
        assert_eq!(links, expected);
        assert_eq!(changes(&web("global", &[":80"]), &parts, &clouds), []);
    }

    #[test]
    fn a_name_for_an_interface_follows_its_name_only() {
        let clouds = [link("eth1", 2), link("eth0", 9)];

        let found = changes(&web("eth0", &[":80"]), &BTreeMap::new(), &clouds);

        assert_eq!(found, [Change::Add(link("eth0", 9), at("fe80::1"))]);
    }

    #[test]
    fn a_port_alone_goes_with_the_addresses_and_an_explicit_address_stays() {
        let before = at("2001:db8::1");
        let parts = BTreeMap::from([("Global_", before.as_slice())]);
        let clouds = [moved(global(), "2001:db8:2::7")];

        let follows = changes(&web("all", &[":80"]), &parts, &clouds);
        let stays = changes(&web("all", &["[2001:db8::1]:80"]), &parts, &clouds);

        let expected = Change::Update(clouds[0].clone(), at("2001:db8:2::7"));
        assert_eq!(follows, [expected]);
        assert_eq!(stays, []);
    }

    #[test]
    fn endpoints_stay_while_a_cloud_has_no_address() {
        let before = at("2001:db8::1");
        let parts = BTreeMap::from([("Global_", before.as_slice())]);
        let mut lost = global();
        lost.addresses.clear();

        assert_eq!(changes(&web("all", &[":80"]), &parts, &[lost]), []);
    }

    #[test]
    fn a_link_local_endpoint_is_not_made_on_another_link() {
        let wanted = web("all", &["[fe80::1%eth0]:80"]);

        assert_eq!(changes(&wanted, &BTreeMap::new(), &[link("eth1", 3)]), []);
    }
}
