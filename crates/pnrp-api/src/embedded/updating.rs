//! Changing and withdrawing a registration, by whoever may.

use std::{collections::BTreeMap, sync::Arc};

use pnrp_node::{
    cloud::{self, OwnerId},
    driver::CloudSpec,
};
use pnrp_wire::AppEndpoint;

use super::{
    Embedded,
    book::{Book, Entry},
    placing,
    register::{NODE, refused},
};
use crate::{
    Error, Registration, RegistrationId, RegistrationReceipt, RegistrationSelector,
    request::CheckedRegistration,
};

impl Embedded {
    /// Replaces what is published under a name. Without a caller, whoever asks may.
    pub(crate) async fn update(
        self: &Arc<Self>,
        id: RegistrationId,
        registration: &Registration,
        caller: Option<u32>,
    ) -> Result<RegistrationReceipt, Error> {
        CheckedRegistration::new(registration)?;
        let registration = registration.clone();
        let node = Arc::clone(self);
        // Done as a whole, even if nobody waits for its end.
        let replacing = tokio::spawn(async move { node.replace(id, registration, caller).await });
        replacing.await.map_err(|_| Error::Closed)?
    }

    async fn replace(
        self: Arc<Self>,
        id: RegistrationId,
        mut wanted: Registration,
        caller: Option<u32>,
    ) -> Result<RegistrationReceipt, Error> {
        let template = self.template(&wanted, caller.unwrap_or(0)).await?;
        let specs: Vec<CloudSpec> = {
            let table = self.table.lock().await;
            if table.is_closed {
                return Err(Error::Closed);
            }
            placing::fill_in_zones(&mut wanted, &table.specs)?;
            let known = table.known().into_iter();
            known.map(|(spec, _)| spec).collect()
        };
        let mut book = self.book.lock().await;
        book.find(&RegistrationSelector::Id(id), caller, &specs)?;
        let Some(entry) = book.get_mut(id) else {
            return Err(unusable(id));
        };
        check_change(entry, &wanted, &template, &specs)?;
        wanted.persist = entry.wanted.persist;
        wanted.cloud = entry.wanted.cloud.clone();
        let places = entry.places(&wanted)?;
        let before = entry.take_statements(wanted, &template);
        let mut changed = entry.publish(places).await;
        if changed.is_ok() && entry.wanted.persist {
            changed = self.keep(id, &entry.wanted).await;
        }
        if let Err(error) = changed {
            entry.go_back(before).await;
            return Err(error);
        }
        entry.leave_where_nothing_is_published().await;
        drop(book);
        // Other addresses may belong to other clouds.
        self.place_names().await;
        let book = self.book.lock().await;
        let entries = book.get(id).map(Entry::entries).unwrap_or_default();
        Ok(RegistrationReceipt { id, entries })
    }

    /// Takes a registration back, and returns when every cloud has done so. Without a caller,
    /// whoever asks may.
    pub(crate) async fn unregister(
        self: &Arc<Self>,
        selector: &RegistrationSelector,
        caller: Option<u32>,
    ) -> Result<(), Error> {
        let (node, selector) = (Arc::clone(self), selector.clone());
        // Done as a whole, even if nobody waits for its end.
        let removing = tokio::spawn(async move { node.remove(&selector, caller).await });
        removing.await.map_err(|_| Error::Closed)?
    }

    async fn remove(
        &self,
        selector: &RegistrationSelector,
        caller: Option<u32>,
    ) -> Result<(), Error> {
        let specs = self.table.lock().await.specs.clone();
        let mut book = self.book.lock().await;
        let id = book.find(selector, caller, &specs)?;
        let is_kept = book.get(id).is_none_or(|entry| entry.wanted.persist);
        if is_kept {
            // If this fails, the registration stays as it is.
            let persisted = self.persisted.clone();
            let removed = tokio::task::spawn_blocking(move || persisted.remove(id)).await;
            removed.map_err(|_| Error::Closed)??;
        }
        book.unusable.remove(&id);
        let entry = book.remove(id);
        drop(book);
        if let Some(entry) = entry {
            entry.withdraw().await;
        }
        Ok(())
    }
}

/// What an entry was before it was changed.
struct Before {
    wanted: Registration,
    template: cloud::Registration,
    endpoints: BTreeMap<String, Vec<AppEndpoint>>,
}

impl Entry {
    /// The endpoints in each cloud that has the registration.
    fn places(&self, wanted: &Registration) -> Result<BTreeMap<String, Vec<AppEndpoint>>, Error> {
        let parts = self.parts.values();
        let parts = parts.map(|part| (part.handle.spec(), part.endpoints.clone()));
        places(parts.collect(), wanted)
    }

    fn take_statements(&mut self, wanted: Registration, template: &cloud::Registration) -> Before {
        let endpoints = self.parts.iter();
        let endpoints = endpoints.map(|(cloud, part)| (cloud.clone(), part.endpoints.clone()));
        let before = Before {
            endpoints: endpoints.collect(),
            wanted: std::mem::replace(&mut self.wanted, wanted),
            template: self.template.clone(),
        };
        self.template.comment.clone_from(&template.comment);
        self.template.payload.clone_from(&template.payload);
        before
    }

    async fn publish(&mut self, places: BTreeMap<String, Vec<AppEndpoint>>) -> Result<(), Error> {
        for (cloud, endpoints) in places {
            let spec = self.parts.get(&cloud).map(|part| part.handle.spec());
            if let (Err(error), Some(spec)) = (self.update(&cloud, endpoints).await, spec) {
                return Err(refused(error, &self.template.name, &spec));
            }
        }
        Ok(())
    }

    async fn go_back(&mut self, before: Before) {
        self.wanted = before.wanted;
        self.template = before.template;
        for (cloud, endpoints) in before.endpoints {
            // What was published once can be again; a cloud that has closed is forgotten.
            let _ = self.update(&cloud, endpoints).await;
        }
    }

    /// An explicit address may have moved to another link.
    async fn leave_where_nothing_is_published(&mut self) {
        let is_empty = |wanted: &Registration, spec: &CloudSpec| {
            !spec.addresses.is_empty()
                && !wanted.endpoints.is_empty()
                && placing::endpoints_in(spec, wanted).is_empty()
        };
        let left = self.parts.iter();
        let left = left.filter(|(_, part)| is_empty(&self.wanted, &part.handle.spec()));
        let left: Vec<String> = left.map(|(cloud, _)| cloud.clone()).collect();
        for cloud in left {
            if let Some(part) = self.parts.remove(&cloud) {
                part.withdraw().await;
            }
        }
    }
}

/// What an update means for clouds that have these endpoints of a registration. Those of a cloud
/// that has lost its addresses stay, for want of better ones.
fn places(
    parts: Vec<(CloudSpec, Vec<AppEndpoint>)>,
    wanted: &Registration,
) -> Result<BTreeMap<String, Vec<AppEndpoint>>, Error> {
    let (here, lost): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .partition(|(spec, _)| !spec.addresses.is_empty());
    let specs: Vec<CloudSpec> = here.into_iter().map(|(spec, _)| spec).collect();
    let placed = match specs.is_empty() {
        true => Vec::new(),
        false => placing::place(specs, wanted)?,
    };
    let stay = lost.into_iter().map(|(spec, before)| {
        let explicit = placing::endpoints_in(&spec, wanted);
        match explicit.is_empty() && !wanted.endpoints.is_empty() {
            true => (spec, before),
            false => (spec, explicit),
        }
    });
    let all = placed.into_iter().chain(stay);
    Ok(all
        .map(|(spec, endpoints)| (spec.name, endpoints))
        .collect())
}

impl Book {
    /// The registration that is meant, if the caller may change it: their own, and those of the
    /// node.
    fn find(
        &self,
        selector: &RegistrationSelector,
        caller: Option<u32>,
        specs: &[CloudSpec],
    ) -> Result<RegistrationId, Error> {
        let is_meant = |id: RegistrationId, wanted: &Registration| match selector {
            RegistrationSelector::Id(meant) => id == *meant,
            RegistrationSelector::Name { name, cloud } => {
                let is_there = |cloud| placing::are_same(cloud, &wanted.cloud, specs);
                wanted.name == *name && cloud.as_ref().is_none_or(is_there)
            }
        };
        let entries = self.with_ids();
        let usable = entries.map(|(id, entry)| (id, &entry.wanted, entry.owner()));
        let unusable = self.unusable.iter();
        let all = usable.chain(unusable.map(|(id, (wanted, _))| (*id, wanted, NODE)));
        let meant: Vec<_> = all
            .filter(|(id, wanted, _)| is_meant(*id, wanted))
            .collect();
        let may = |owner: OwnerId| {
            owner == NODE || caller.is_none_or(|caller| owner == OwnerId(caller.into()))
        };
        let allowed: Vec<_> = meant.iter().filter(|(_, _, owner)| may(*owner)).collect();
        match (allowed.as_slice(), meant.first()) {
            ([(id, _, _)], _) => Ok(*id),
            ([_, _, ..], _) => {
                let ids: Vec<_> = allowed.iter().map(|(id, _, _)| id.to_string()).collect();
                Err(Error::RegistrationNotFound {
                    selector: selector.to_string(),
                    reason: format!("it may mean {}", ids.join(" or ")),
                })
            }
            ([], Some((id, _, owner))) => Err(Error::RegistrationOfAnother {
                id: *id,
                owner: u32::try_from(owner.0).unwrap_or(u32::MAX),
            }),
            ([], None) => Err(Error::RegistrationNotFound {
                selector: selector.to_string(),
                reason: "there is none".to_owned(),
            }),
        }
    }
}

/// The rules of `PeerPnrpUpdateRegistration`: the name and its clouds stay, and so does whether
/// the node's own addresses are published. What the place on the ring or the key depends on stays
/// too.
fn check_change(
    entry: &Entry,
    wanted: &Registration,
    template: &cloud::Registration,
    specs: &[CloudSpec],
) -> Result<(), Error> {
    let before = &entry.wanted;
    let publishes_own = |registration: &Registration| {
        let mut endpoints = registration.endpoints.iter();
        endpoints.any(|endpoint| endpoint.address.is_none())
    };
    let is_other_key = template.signer.public_key() != entry.template.signer.public_key();
    let reason = if template.name != entry.template.name {
        format!("it is registered as {:?}", before.name)
    } else if !placing::are_same(&before.cloud, &wanted.cloud, specs) {
        format!("the clouds of a registration stay: {}", before.cloud)
    } else if publishes_own(before) && !publishes_own(wanted) {
        "the node's own addresses cannot be replaced by explicit ones".to_owned()
    } else if !publishes_own(before) && publishes_own(wanted) {
        "explicit addresses cannot be replaced by the node's own".to_owned()
    } else if is_other_key || before.chain != wanted.chain || before.bind != wanted.bind {
        "the identity, its chain and its binding stay".to_owned()
    } else if before.hint != wanted.hint {
        "the place that the hint means stays".to_owned()
    } else if before.lifetime != wanted.lifetime {
        format!("the lifetime stays: {} s", before.lifetime.as_secs())
    } else {
        return Ok(());
    };
    Err(Error::UpdateRefused { reason })
}

fn unusable(id: RegistrationId) -> Error {
    Error::UpdateRefused {
        reason: format!("the registration {id} cannot be made, see `pnrp doctor`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            enumerate::tests::{global, link},
            table::without_addresses,
        },
        *,
    };

    fn at(address: &str, port: u16) -> Vec<AppEndpoint> {
        vec![AppEndpoint {
            address: address.parse().unwrap(),
            port,
            protocol: 6,
        }]
    }

    fn web(endpoint: &str) -> Registration {
        Registration::new("0.web").endpoint(endpoint.parse().unwrap())
    }

    #[test]
    fn a_cloud_without_addresses_is_told_the_rest_of_an_update() {
        let before = at("2001:db8::1", 80);
        let lost = || vec![(without_addresses(global()), before.clone())];
        let places = |wanted: &Registration| places(lost(), wanted).unwrap()["Global_"].clone();

        assert_eq!(places(&web(":81")), before);
        let explicit = places(&web("[2001:db8::9]:81"));
        assert_eq!(explicit, at("2001:db8::9", 81));
        let payload = crate::Payload::Binary(vec![1]);
        assert_eq!(places(&Registration::new("0.web").payload(payload)), []);
    }

    #[test]
    fn an_address_that_belongs_to_none_of_the_clouds_is_refused() {
        let here = || vec![(link("eth0", 2), at("fe80::1", 80))];

        let refused = places(here(), &web("[fe80::9%eth7]:80")).unwrap_err();
        let moved = places(here(), &web("[fe80::9%eth0]:80")).unwrap();

        assert!(matches!(refused, Error::InvalidEndpoint { .. }));
        assert_eq!(moved["LinkLocal_ff00::%2/8"], at("fe80::9", 80));
    }
}
