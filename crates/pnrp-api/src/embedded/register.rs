//! Registering a name in the clouds it belongs to.

use std::sync::Arc;

use pnrp_identity::{PeerIdentity, Signer, ValidChain};
use pnrp_node::{
    cloud::{self, OwnerId, RegisterError},
    driver::{CloudSpec, DriverError},
};
use pnrp_wire::PeerName;

use super::{
    Embedded,
    book::{Entry, Key},
    convert, placing,
    table::Purpose,
};
use crate::{
    Error, Registration, RegistrationEntry, RegistrationHandle, request::CheckedRegistration,
};

impl Embedded {
    pub(crate) async fn register(
        self: &Arc<Self>,
        registration: &Registration,
        owner: u32,
    ) -> Result<RegistrationHandle, Error> {
        let checked = CheckedRegistration::new(registration)?;
        let (signer, cert_chain) = self.signer(registration, &checked.name).await?;
        let mut wanted = registration.clone();
        let selected = self.select(&wanted.cloud, Purpose::Register).await?;
        placing::fill_in_zones(&mut wanted, &self.table.lock().await.specs)?;
        let template = cloud::Registration {
            name: checked.name,
            signer: signer as Arc<dyn Signer>,
            cert_chain,
            binds: registration.bind,
            endpoints: Vec::new(),
            comment: checked.comment,
            payload: checked.payload,
            location_prefix: registration.hint.map(placing::location_prefix),
            lifetime: registration.lifetime,
            owner: OwnerId(owner.into()),
        };
        // Whoever stops waiting has no handle, so a part that is made meanwhile is taken back.
        let node = Arc::clone(self);
        let publishing =
            tokio::spawn(async move { node.publish(selected, Entry::new(wanted, template)).await });
        publishing.await.map_err(|_| Error::Closed)?
    }

    /// Registers in each of some clouds, now or when it has an address.
    async fn publish(
        self: Arc<Self>,
        mut selected: Vec<CloudSpec>,
        entry: Entry,
    ) -> Result<RegistrationHandle, Error> {
        selected.retain(|spec| !spec.addresses.is_empty());
        let placed = match selected.is_empty() {
            true => Vec::new(),
            false => placing::place(selected, &entry.wanted)?,
        };
        let specs: Vec<_> = placed.iter().map(|(spec, _)| spec.clone()).collect();
        let handles = self.start_all(&specs).await?;

        let mut book = self.book.lock().await;
        let key = book.insert(entry);
        // An error takes back what was registered in the clouds before.
        let mut local = LocalRegistration {
            book_entry: Some((Arc::clone(&self), key)),
            entries: Vec::new(),
        };
        for (spec, endpoints) in placed {
            let of_spec = handles.iter().find(|it| it.spec().name == spec.name);
            let (Some(handle), Some(entry)) = (of_spec, book.get_mut(key)) else {
                continue;
            };
            let added = entry.add(handle, &spec, endpoints.clone()).await;
            let pnrp_id = match added {
                Ok(pnrp_id) => pnrp_id.to_string(),
                // Its addresses are being bound; it is registered once they are.
                Err(DriverError::Register(RegisterError::NoAddress)) => continue,
                Err(error) => return Err(refused(error, &entry.template.name, &spec)),
            };
            local.entries.push(RegistrationEntry {
                cloud: spec.name.clone(),
                pnrp_id,
                endpoints: convert::app_endpoints(&spec, &endpoints),
            });
        }
        Ok(RegistrationHandle::local(local))
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

/// A registration in the book; dropping it withdraws it from every cloud.
#[derive(Debug)]
pub(crate) struct LocalRegistration {
    book_entry: Option<(Arc<Embedded>, Key)>,
    /// Where it was published at first.
    pub(crate) entries: Vec<RegistrationEntry>,
}

impl LocalRegistration {
    pub(crate) async fn unregister(&mut self) {
        if let Some((node, key)) = self.book_entry.take() {
            node.withdraw(key).await;
        }
    }
}

impl Drop for LocalRegistration {
    fn drop(&mut self) {
        let Some((node, key)) = self.book_entry.take() else {
            return;
        };
        // Without a runtime the clouds are gone too.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { node.withdraw(key).await });
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
        RegisterError::TooManyEndpoints(_) => Error::invalid_endpoint("", &error.to_string()),
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
