//! What a publisher says about a name, for people and for programs.

use pnrp_api::{AppEndpoint, Binding, BindingStatus, Found, Payload, Proof, Strength};
use serde::Serialize;

use crate::{
    failure::Failure,
    output::{Output, list, printable, warning},
};

/// The shape that `pnrp resolve --json` promises.
#[derive(Serialize)]
pub(super) struct FoundLine<'a> {
    name: &'a str,
    cloud: &'a str,
    pnrp_id: &'a str,
    endpoints: &'a [AppEndpoint],
    comment: Option<&'a str>,
    payload: Option<&'a Payload>,
    authority: &'a str,
    /// The authority of the signing key; null for a name of this node.
    publisher: Option<&'a str>,
    secure: bool,
    strength: Strength,
    binding: Option<&'a Binding>,
    expires: String,
    elapsed_ms: f64,
}

impl<'a> From<&'a Found> for FoundLine<'a> {
    fn from(found: &'a Found) -> Self {
        Self {
            name: &found.name,
            cloud: &found.cloud,
            pnrp_id: &found.pnrp_id,
            endpoints: &found.endpoints,
            comment: found.comment.as_deref(),
            payload: found.payload.as_ref(),
            authority: &found.authority,
            publisher: match &found.proof {
                Proof::Local => None,
                Proof::Cpa { signer, .. } => Some(signer),
            },
            secure: found.secure,
            strength: found.strength,
            binding: found.binding.as_ref(),
            expires: found.expires_text(),
            elapsed_ms: super::super::trace::milliseconds(found.elapsed),
        }
    }
}

pub(super) fn show(found: &Found, output: Output) -> Result<(), Failure> {
    let elapsed = super::super::trace::milliseconds(found.elapsed);
    let name = printable(&found.name);
    output.text(&format!(
        "{name} found in {} after {elapsed} ms",
        found.cloud
    ))?;
    output.text(&format!("  Endpoints  {}", list(&found.endpoints)))?;
    if let Some(comment) = &found.comment {
        output.text(&format!("  Comment    {}", printable(comment)))?;
    }
    match &found.payload {
        Some(Payload::String(text)) => output.text(&format!("  Payload    {}", printable(text)))?,
        Some(Payload::Binary(bytes)) => {
            output.text(&format!(
                "  Payload    {} bytes, shown by --json",
                bytes.len()
            ))?;
        }
        None => {}
    }
    output.text(&format!("  PNRP ID    {}", found.pnrp_id))?;
    if found.secure {
        output.text(&format!("  Owner      {}", found.authority))?;
    }
    output.text(&format!("  Publisher  {}", publisher(found)))?;
    if let Some(strength) = strength(found) {
        output.text(&format!("  Strength   {strength}"))?;
    }
    if let Some(binding) = &found.binding {
        output.text(&format!("  Binding    {}", binding_text(binding)))?;
    }
    output.text(&format!("  Expires    {}", found.expires_text()))
}

/// Who published the name.
fn publisher(found: &Found) -> String {
    match (&found.proof, found.secure) {
        (Proof::Local, _) => "this node".to_owned(),
        (Proof::Cpa { .. }, false) => "unproven: anyone can publish an unsecured name".to_owned(),
        (Proof::Cpa { signer, .. }, true) if *signer == found.authority => "the owner".to_owned(),
        (
            Proof::Cpa {
                signer,
                certificates,
            },
            true,
        ) => {
            let plural = if *certificates == 1 { "" } else { "s" };
            format!(
                "the key {signer}, which the owner lets do so ({certificates} certificate{plural})"
            )
        }
    }
}

/// What the publisher's signature is worth.
fn strength(found: &Found) -> Option<&'static str> {
    match (&found.proof, found.strength) {
        (Proof::Local, _) | (_, Strength::None) => None,
        (Proof::Cpa { .. }, Strength::Legacy) => {
            Some("legacy: RSA-1024 and SHA-1, weak by today's measure")
        }
    }
}

fn binding_text(binding: &Binding) -> String {
    let key = binding.key.as_deref().unwrap_or("none");
    match binding.status {
        BindingStatus::FirstSeen => format!("first seen, and remembered: {key}"),
        BindingStatus::Known => format!("known: {key}"),
        BindingStatus::Changed => format!("CHANGED: {key}"),
        BindingStatus::Missing => "MISSING".to_owned(),
    }
}

/// Says in every form of output that somebody else may be publishing the name.
pub(super) fn warn(found: &Found) {
    let what = match found.binding.as_ref().map(|binding| binding.status) {
        Some(BindingStatus::Changed) => "signed by another Ed25519 key than before",
        Some(BindingStatus::Missing) => "no longer signed by the Ed25519 key it had before",
        Some(BindingStatus::FirstSeen | BindingStatus::Known) | None => return,
    };
    let name = printable(&found.name);
    warning(&format!(
        "{name} is {what}, so somebody else may be publishing it; ask its owner, and if it is \
         right: pnrp identity forget {name}"
    ));
}
