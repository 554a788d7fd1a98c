//! Registering a name in the clouds it belongs to.

use std::sync::Arc;

use pnrp_identity::{PeerIdentity, Signer, ValidChain};
use pnrp_node::{
    cloud::{self, OwnerId, RegisterError},
    driver::{CloudSpec, DriverError},
};
use pnrp_wire::PeerName;

use super::{Embedded, book::Entry, placing, table::Purpose};
use crate::{
    Error, Registration, RegistrationHandle, RegistrationId, RegistrationReceipt,
    RegistrationSelector, request::CheckedRegistration,
};

impl Embedded {
    pub(crate) async fn register(
        self: &Arc<Self>,
        registration: &Registration,
        owner: u32,
    ) -> Result<RegistrationHandle, Error> {
        let mut wanted = registration.clone();
        let template = self.template(registration, owner).await?;
        let selected = self.select(&wanted.cloud, Purpose::Register).await?;
        {
            let table = self.table.lock().await;
            placing::fill_in_zones(&mut wanted, &table.specs)?;
            if wanted.persist {
                self.persisted.check()?;
                wanted.cloud = placing::lasting(wanted.cloud, &table.specs);
            }
        }
        // Whoever stops waiting has no handle, so a part that is made meanwhile is taken back.
        let node = Arc::clone(self);
        let publishing =
            tokio::spawn(async move { node.publish(selected, Entry::new(wanted, template)).await });
        let registered = publishing.await.map_err(|_| Error::Closed)??;
        Ok(RegistrationHandle::local(registered))
    }

    /// A registration as clouds take it, without endpoints.
    pub(super) async fn template(
        &self,
        registration: &Registration,
        owner: u32,
    ) -> Result<cloud::Registration, Error> {
        let checked = CheckedRegistration::new(registration)?;
        let (signer, cert_chain) = self.signer(registration, &checked.name).await?;
        Ok(cloud::Registration {
            name: checked.name,
            signer: signer as Arc<dyn Signer>,
            cert_chain,
            binds: registration.bind,
            endpoints: Vec::new(),
            comment: checked.comment,
            payload: checked.payload,
            location_prefix: registration.hint.map(placing::location_prefix),
            lifetime: registration.lifetime,
            owner: match registration.persist {
                true => NODE,
                false => OwnerId(owner.into()),
            },
        })
    }

    /// Registers in each of some clouds, now or when it has an address.
    async fn publish(
        self: Arc<Self>,
        mut selected: Vec<CloudSpec>,
        entry: Entry,
    ) -> Result<LocalRegistration, Error> {
        selected.retain(|spec| !spec.addresses.is_empty());
        let placed = match selected.is_empty() {
            true => Vec::new(),
            false => placing::place(selected, &entry.wanted)?,
        };
        let specs: Vec<_> = placed.iter().map(|(spec, _)| spec.clone()).collect();
        let handles = self.start_all(&specs).await?;

        let mut book = self.book.lock().await;
        // Half of what a cloud takes, so that applications have room.
        let most = self.config.limits().registrations / 2;
        if entry.wanted.persist && book.persistent() >= most {
            return Err(Error::TooMuchLoad {
                reason: format!("{most} registrations are kept"),
            });
        }
        let id = book.insert(entry);
        // An error takes back what was registered in the clouds before.
        let mut local = LocalRegistration::new(Arc::clone(&self), id);
        for (spec, endpoints) in placed {
            let of_spec = handles.iter().find(|it| it.spec().name == spec.name);
            let (Some(handle), Some(entry)) = (of_spec, book.get_mut(id)) else {
                continue;
            };
            match entry.add(handle, &spec, endpoints).await {
                // Its addresses are being bound; it is registered once they are.
                Ok(()) | Err(DriverError::Register(RegisterError::NoAddress)) => {}
                Err(error) => return Err(refused(error, &entry.template.name, &spec)),
            }
        }
        let is_twice = book.has_another(id);
        let Some(entry) = book.get(id) else {
            return Err(Error::Closed);
        };
        if is_twice {
            // No cloud has told, for it is in none.
            return Err(Error::DuplicateName {
                name: entry.wanted.name.clone(),
                cloud: entry.wanted.cloud.to_string(),
            });
        }
        local.receipt.entries = entry.entries();
        if entry.wanted.persist {
            self.keep(id, &entry.wanted).await?;
            local.ends_with_handle = false;
        }
        Ok(local)
    }

    /// Returns when a registration is on the disk.
    pub(super) async fn keep(
        &self,
        id: RegistrationId,
        registration: &Registration,
    ) -> Result<(), Error> {
        let (persisted, registration) = (self.persisted.clone(), registration.clone());
        let saved = tokio::task::spawn_blocking(move || persisted.save(id, &registration)).await;
        saved.map_err(|_| Error::Closed)?
    }

    /// Who signs, and the chain by which they may.
    async fn signer(
        &self,
        registration: &Registration,
        name: &PeerName,
    ) -> Result<(Arc<PeerIdentity>, Option<ValidChain>), Error> {
        let (selector, chain) = (registration.identity.clone(), registration.chain.clone());
        let owned = name.clone();
        self.with_identities(move |identities| {
            let chain = chain.map(|chain| chain.valid()).transpose()?;
            let publisher = chain.as_ref().map(|chain| chain.publisher().authority());
            let signer = identities.signer(&owned, selector.as_deref(), publisher)?;
            Ok((signer, chain))
        })
        .await
    }
}

/// A registration in the book; dropping it withdraws it from every cloud, unless it is
/// persistent.
#[derive(Debug)]
pub(crate) struct LocalRegistration {
    node: Arc<Embedded>,
    pub(crate) receipt: RegistrationReceipt,
    ends_with_handle: bool,
}

impl LocalRegistration {
    fn new(node: Arc<Embedded>, id: RegistrationId) -> Self {
        let entries = Vec::new();
        Self {
            node,
            receipt: RegistrationReceipt { id, entries },
            ends_with_handle: true,
        }
    }

    pub(crate) fn is_persistent(&self) -> bool {
        !self.ends_with_handle
    }

    /// By the handle, whoever holds it.
    pub(crate) async fn update(&mut self, registration: &Registration) -> Result<(), Error> {
        let updated = self.node.update(self.receipt.id, registration, None).await;
        self.receipt = updated?;
        Ok(())
    }

    pub(crate) async fn unregister(self) -> Result<(), Error> {
        // If that fails, or nobody waits for its end, a drop still withdraws what is not kept.
        let selector = RegistrationSelector::Id(self.receipt.id);
        match self.node.unregister(&selector, None).await {
            // By its ID, before.
            Err(Error::RegistrationNotFound { .. }) => Ok(()),
            done => done,
        }
    }
}

impl Drop for LocalRegistration {
    fn drop(&mut self) {
        if !self.ends_with_handle {
            return;
        }
        // Without a runtime the clouds are gone too.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (node, id) = (Arc::clone(&self.node), self.receipt.id);
            runtime.spawn(async move { node.withdraw(id).await });
        }
    }
}

pub(super) fn refused(error: DriverError, name: &PeerName, spec: &CloudSpec) -> Error {
    let cloud = || spec.name.clone();
    let unavailable = |reason: String| Error::CloudUnavailable {
        name: cloud(),
        reason,
    };
    let DriverError::Register(error) = error else {
        return match matches!(error, DriverError::Closed) {
            true => Error::Closed,
            false => unavailable(error.to_string()),
        };
    };
    match error {
        RegisterError::Duplicate(_) => Error::DuplicateName {
            name: name.to_string(),
            cloud: cloud(),
        },
        RegisterError::TooMany => Error::TooMuchLoad {
            reason: error.to_string(),
        },
        RegisterError::TooManyEndpoints(_) => Error::InvalidEndpoints {
            reason: error.to_string(),
        },
        RegisterError::ForeignAuthority(_) => Error::InvalidChain {
            reason: format!("{error}; give a --chain from the owner of the name"),
        },
        RegisterError::ForeignChain(_)
        | RegisterError::ChainOfAnotherKey { .. }
        | RegisterError::NotDelegated(_) => Error::InvalidChain {
            reason: format!("{error}; give the chain that was made for this name and identity"),
        },
        RegisterError::NoBinding(_) => Error::InvalidRequest {
            reason: error.to_string(),
        },
        RegisterError::PayloadTooLong => Error::InvalidPayload {
            reason: "has no room for the 109 bytes of the stronger binding".to_owned(),
        },
        RegisterError::Closed => Error::Closed,
        RegisterError::ResolveOnly => Error::CloudIsResolveOnly { name: cloud() },
        // The first two are ruled out before.
        RegisterError::NothingToPublish
        | RegisterError::PortZero
        | RegisterError::NotRegistered
        | RegisterError::NoAddress
        | _ => unavailable(error.to_string()),
    }
}

/// Whom persistent registrations belong to: no process has this ID.
pub(super) const NODE: OwnerId = OwnerId(u64::MAX);
