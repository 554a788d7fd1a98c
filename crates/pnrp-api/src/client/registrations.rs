//! Registrations that the daemon makes.

use std::sync::Arc;

use hyper::Method;
use serde_json::json;

use super::{Client, lines::Lines, parse};
use crate::{
    Error, RegisteredName, Registration, RegistrationHandle, RegistrationId, RegistrationReceipt,
    RegistrationSelector,
};

impl Client {
    pub(crate) async fn names(&self) -> Result<Vec<RegisteredName>, Error> {
        self.get("/v1/registrations").await
    }

    /// The registration lives as long as the response is read, or is persistent.
    pub(crate) async fn register(
        client: &Arc<Self>,
        registration: &Registration,
    ) -> Result<RegistrationHandle, Error> {
        let response = client.post("/v1/registrations", registration).await?;
        let mut lines = Lines::new(response.into_body());
        let receipt: RegistrationReceipt = match lines.next().await {
            Some(line) => parse(&line?)?,
            None => {
                return Err(Error::protocol(
                    "it ends before the registration is confirmed",
                ));
            }
        };
        Ok(RegistrationHandle::remote(RemoteRegistration {
            receipt,
            held: (!registration.persist).then_some(lines),
            client: Arc::clone(client),
        }))
    }

    pub(crate) async fn update(
        &self,
        id: RegistrationId,
        registration: &Registration,
    ) -> Result<RegistrationReceipt, Error> {
        let path = format!("/v1/registrations/{id}");
        self.exchange(Method::PUT, &path, registration).await
    }

    pub(crate) async fn unregister(&self, selector: &RegistrationSelector) -> Result<(), Error> {
        let which = match selector {
            RegistrationSelector::Id(id) => json!({ "id": id }),
            RegistrationSelector::Name { name, cloud } => json!({ "name": name, "cloud": cloud }),
        };
        self.exchange(Method::POST, "/v1/unregister", &which).await
    }
}

/// A name the daemon publishes while this is held, or longer.
#[derive(Debug)]
pub(crate) struct RemoteRegistration {
    pub(crate) receipt: RegistrationReceipt,
    /// The answer that the registration lives as long as; none when it is persistent.
    held: Option<Lines>,
    client: Arc<Client>,
}

impl RemoteRegistration {
    pub(crate) fn is_persistent(&self) -> bool {
        self.held.is_none()
    }

    pub(crate) async fn update(&mut self, registration: &Registration) -> Result<(), Error> {
        self.receipt = self.client.update(self.receipt.id, registration).await?;
        Ok(())
    }

    /// The daemon answers when it has withdrawn the name.
    pub(crate) async fn unregister(self) -> Result<(), Error> {
        let selector = RegistrationSelector::Id(self.receipt.id);
        match self.client.unregister(&selector).await {
            // By its ID, before.
            Err(Error::RegistrationNotFound { .. }) => Ok(()),
            done => done,
        }
    }

    /// The daemon says nothing more until it stops.
    pub(crate) async fn withdrawn(&mut self) {
        match &mut self.held {
            Some(lines) => while let Some(Ok(_)) = lines.next().await {},
            None => std::future::pending().await,
        }
    }
}
