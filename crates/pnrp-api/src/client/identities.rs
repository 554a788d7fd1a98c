//! Identities of the daemon.

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::json;

use super::{Client, parse, percent_encoded, whole};
use crate::{Chain, DelegationRequest, Error, ExportFormat, IdentityInfo, IdentityList};

impl Client {
    pub(crate) async fn identities(&self) -> Result<IdentityList, Error> {
        self.get("/v1/identities").await
    }

    pub(crate) async fn identity(&self, selector: &str) -> Result<IdentityInfo, Error> {
        self.get(&path(selector, "")).await
    }

    pub(crate) async fn new_identity(&self, name: Option<String>) -> Result<IdentityInfo, Error> {
        let body = json!({ "friendly_name": name });
        self.exchange(Method::POST, "/v1/identities", &body).await
    }

    pub(crate) async fn rename_identity(
        &self,
        selector: &str,
        name: String,
    ) -> Result<IdentityInfo, Error> {
        let body = json!({ "friendly_name": name });
        self.exchange(Method::POST, &path(selector, "/rename"), &body)
            .await
    }

    pub(crate) async fn export_identity(
        &self,
        selector: &str,
        password: String,
        format: ExportFormat,
    ) -> Result<String, Error> {
        let body = json!({ "password": password, "format": format });
        self.exchange(Method::POST, &path(selector, "/export"), &body)
            .await
    }

    pub(crate) async fn import_identity(
        &self,
        text: String,
        password: Option<String>,
        name: Option<String>,
    ) -> Result<IdentityInfo, Error> {
        let body = json!({ "text": text, "password": password, "friendly_name": name });
        self.exchange(Method::POST, "/v1/imports", &body).await
    }

    pub(crate) async fn delete_identity(&self, selector: &str) -> Result<IdentityInfo, Error> {
        self.delete(&path(selector, "")).await
    }

    pub(crate) async fn delegate(
        &self,
        selector: &str,
        request: &DelegationRequest,
    ) -> Result<Chain, Error> {
        self.exchange(Method::POST, &path(selector, "/delegate"), request)
            .await
    }

    pub(crate) async fn bindings(&self) -> Result<BTreeMap<String, Vec<String>>, Error> {
        self.get("/v1/bindings").await
    }

    pub(crate) async fn forget_binding(&self, name: &str) -> Result<bool, Error> {
        self.delete(&format!("/v1/bindings/{}", percent_encoded(name)))
            .await
    }

    async fn delete<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let response = self.send(Method::DELETE, path, bytes::Bytes::new()).await?;
        parse(&whole(response.into_body()).await?)
    }
}

fn path(selector: &str, action: &str) -> String {
    format!("/v1/identities/{}{action}", percent_encoded(selector))
}
