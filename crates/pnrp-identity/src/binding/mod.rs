//! A signature that is stronger than the protocol's, carried where only this software looks.
//!
//! The RSA key that PNRP fixes has 1,024 bits. A publisher may let its Ed25519 key sign the same
//! statements once more, inside the extended payload. A resolver that has seen the key before can
//! then tell that it still deals with the same publisher, even if somebody has factored the RSA key.
//! Who has not seen it before learns nothing about the publisher from it.

use pnrp_wire::{
    AppEndpoint, BoundPayload, FileTime, InvalidValue, Nonce, Payload, PeerName, PnrpId,
};
use thiserror::Error;

use crate::{
    binding_key::{BindingKey, BindingPublicKey},
    cpa::ValidCpa,
};

/// What a binding signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundStatements {
    /// The name.
    pub name: PeerName,
    /// Its place on the ring.
    pub id: PnrpId,
    /// When the statements expire.
    pub not_after: FileTime,
    /// The nonce of the INQUIRE they answer.
    pub nonce: Nonce,
    /// Where the application listens.
    pub endpoints: Vec<AppEndpoint>,
    /// The application's data, if there is any.
    pub payload: Option<Payload>,
}

/// Signs statements, and packs key and signature behind the application's data.
///
/// # Errors
/// When the data leaves no room for them.
pub fn bind(statements: &BoundStatements, key: &BindingKey) -> Result<Payload, InvalidValue> {
    BoundPayload {
        payload: statements.payload.clone(),
        key: key.public().0,
        signature: key.sign(&encode(statements)),
    }
    .pack()
}

/// The application's data in a valid CPA's payload, and the key that bound it if one did.
///
/// # Errors
/// When there is a binding, and its signature is not that of its key over what the CPA states.
pub fn unbind(
    cpa: &ValidCpa,
    name: &PeerName,
) -> Result<(Option<Payload>, Option<BindingPublicKey>), BindingError> {
    let Some(payload) = cpa.payload() else {
        return Ok((None, None));
    };
    let Some(bound) = BoundPayload::unpack(payload.payload()) else {
        return Ok((Some(payload.payload().clone()), None));
    };
    let statements = payload.signed().statements();
    let signed = BoundStatements {
        name: name.clone(),
        id: cpa.id(),
        not_after: statements.not_after,
        nonce: statements.nonce,
        endpoints: cpa.cpa().app_endpoints.clone(),
        payload: bound.payload.clone(),
    };
    let key = BindingPublicKey(bound.key);
    match key.verify(&encode(&signed), &bound.signature) {
        true => Ok((bound.payload, Some(key))),
        false => Err(BindingError { key }),
    }
}

/// A binding that is not its key's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the stronger binding is not signed by its key {key}")]
pub struct BindingError {
    /// The key it names.
    pub key: BindingPublicKey,
}

/// The bytes under the signature. Every part has a fixed length or its length in front.
fn encode(statements: &BoundStatements) -> Vec<u8> {
    let mut out = b"PNRP-Ed25519 1\0".to_vec();
    let name = statements.name.to_utf16();
    out.extend(length(name.len()));
    out.extend(name.iter().flat_map(|unit| unit.to_be_bytes()));
    out.extend(statements.id.as_bytes());
    out.extend(statements.not_after.0.to_be_bytes());
    out.extend(statements.nonce.0);
    out.extend(length(statements.endpoints.len()));
    for endpoint in &statements.endpoints {
        out.extend(endpoint.address.octets());
        out.extend(endpoint.port.to_be_bytes());
        out.extend(endpoint.protocol.to_be_bytes());
    }
    let (kind, bytes) = Payload::kind_and_bytes(statements.payload.as_ref());
    out.push(kind);
    out.extend(length(bytes.len()));
    out.extend(bytes);
    out
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests;
