//! What can be published. MS-PNRP §3.2.4.1.

use pnrp_wire::{Authority, BoundPayload, limits::MAX_APP_ENDPOINTS};

use super::Registration;
use crate::cloud::{Cloud, RegisterError};

impl Cloud {
    /// Whether a name can be registered here as it is.
    pub(super) fn accepts(&self, registration: &Registration) -> Result<(), RegisterError> {
        check_statements(registration)?;
        let name = &registration.name;
        if self.registrations.has(name, registration.owner) {
            return Err(RegisterError::Duplicate(name.clone()));
        }
        if self.registrations.len() >= self.config.limits.registrations {
            return Err(RegisterError::TooMany);
        }
        Ok(())
    }
}

/// Whether a registration is one, wherever it is made.
pub(super) fn check_statements(registration: &Registration) -> Result<(), RegisterError> {
    let signer = registration.signer.public_key().authority();
    if registration.endpoints.is_empty() && registration.payload.is_none() {
        return Err(RegisterError::NothingToPublish);
    }
    if registration.endpoints.len() > MAX_APP_ENDPOINTS {
        return Err(RegisterError::TooManyEndpoints(
            registration.endpoints.len(),
        ));
    }
    if registration
        .endpoints
        .iter()
        .any(|endpoint| endpoint.port == 0)
    {
        return Err(RegisterError::PortZero);
    }
    check_authority(registration, signer)?;
    check_binding(registration)
}

/// A binding says that a name's publisher is still the same, so a name that anyone may publish has
/// none.
fn check_binding(registration: &Registration) -> Result<(), RegisterError> {
    if !registration.binds {
        return Ok(());
    }
    let name = &registration.name;
    let has_key = registration.signer.binding_key().is_some();
    if *name.authority() == Authority::Unsecured || !has_key {
        return Err(RegisterError::NoBinding(name.clone()));
    }
    let bound = BoundPayload {
        payload: registration.payload.clone(),
        key: [0; 32],
        signature: [0; 64],
    };
    bound
        .pack()
        .map(|_| ())
        .map_err(|_| RegisterError::PayloadTooLong)
}

/// Whether the signing key may publish the name. MS-PNRP §3.2.4.1.
fn check_authority(registration: &Registration, signer: Authority) -> Result<(), RegisterError> {
    let name = &registration.name;
    let Some(chain) = &registration.cert_chain else {
        let is_allowed = *name.authority() == Authority::Unsecured || *name.authority() == signer;
        return match is_allowed {
            true => Ok(()),
            false => Err(RegisterError::ForeignAuthority(name.clone())),
        };
    };
    if chain.authority() != *name.authority() {
        return Err(RegisterError::ForeignChain(name.clone()));
    }
    let found = chain.publisher().authority();
    if found != signer {
        return Err(RegisterError::ChainOfAnotherKey { found, signer });
    }
    match chain.permits(name.classifier()) {
        true => Ok(()),
        false => Err(RegisterError::NotDelegated(name.clone())),
    }
}
