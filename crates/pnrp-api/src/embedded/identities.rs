//! The identities of a running node.

use std::{collections::BTreeMap, sync::Arc};

use super::Embedded;
use crate::{
    Chain, DelegationRequest, Error, ExportFormat, Identities, IdentityInfo, IdentityList,
};

impl Embedded {
    /// Files and keys are worked on beside the runtime.
    pub(super) async fn with_identities<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Identities) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let identities = Arc::clone(&self.identities);
        let done = tokio::task::spawn_blocking(move || work(&identities)).await;
        done.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn identities(&self) -> Result<IdentityList, Error> {
        self.with_identities(Identities::list).await
    }

    pub(crate) async fn identity(&self, selector: String) -> Result<IdentityInfo, Error> {
        self.with_identities(move |identities| identities.show(&selector))
            .await
    }

    pub(crate) async fn new_identity(&self, name: Option<String>) -> Result<IdentityInfo, Error> {
        self.with_identities(move |identities| identities.create(name.as_deref()))
            .await
    }

    pub(crate) async fn rename_identity(
        &self,
        selector: String,
        name: String,
    ) -> Result<IdentityInfo, Error> {
        self.with_identities(move |identities| identities.rename(&selector, &name))
            .await
    }

    pub(crate) async fn export_identity(
        &self,
        selector: String,
        password: String,
        format: ExportFormat,
    ) -> Result<String, Error> {
        self.with_identities(move |identities| identities.export(&selector, &password, format))
            .await
    }

    pub(crate) async fn import_identity(
        &self,
        text: String,
        password: Option<String>,
        name: Option<String>,
    ) -> Result<IdentityInfo, Error> {
        self.with_identities(move |identities| {
            identities.import(&text, password.as_deref(), name.as_deref())
        })
        .await
    }

    /// An identity that publishes a name stays.
    pub(crate) async fn delete_identity(&self, selector: String) -> Result<IdentityInfo, Error> {
        let info = self.identity(selector).await?;
        let in_use = self.book.lock().await.iter().find_map(|entry| {
            let signer = entry.template.signer.public_key().authority();
            (signer.to_string() == info.authority).then(|| entry.wanted.name.clone())
        });
        if let Some(name) = in_use {
            let authority = info.authority;
            return Err(Error::IdentityInUse { authority, name });
        }
        let authority = info.authority;
        self.with_identities(move |identities| identities.delete(&authority))
            .await
    }

    pub(crate) async fn delegate(
        &self,
        selector: String,
        request: DelegationRequest,
    ) -> Result<Chain, Error> {
        self.with_identities(move |identities| identities.delegate(&selector, &request))
            .await
    }

    /// The names that were seen bound, and their keys.
    pub(crate) fn bindings(&self) -> BTreeMap<String, Vec<String>> {
        self.bindings.list()
    }

    pub(crate) async fn forget_binding(&self, name: String) -> Result<bool, Error> {
        let bindings = Arc::clone(&self.bindings);
        let forgotten = tokio::task::spawn_blocking(move || bindings.forget(&name)).await;
        forgotten.map_err(|_| Error::Closed)
    }
}
