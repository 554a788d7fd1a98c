//! `pnrp resolve`: where a name is published.

use std::path::Path;

use pnrp_api::{
    AppEndpoint, Found, Payload, Proof, ResolveEvent, ResolveRequest, ResolveStream, Strength,
};
use serde::Serialize;

use crate::{
    args::Search,
    failure::Failure,
    node::daemon_or_own,
    output::{Output, list, printable},
};

pub(crate) async fn run(
    args: &Search,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let mut events = start(args, socket).await?;
    while let Some(event) = events.next().await {
        match event {
            ResolveEvent::Hop(_) => {}
            ResolveEvent::Found(found) if output.is_json() => {
                output.json(&FoundLine::from(&*found))?;
            }
            ResolveEvent::Found(found) => show(&found, output)?,
            ResolveEvent::Ended { result } => result?,
        }
    }
    Ok(())
}

/// Starts a resolve at the daemon, or at a node of this command's own.
pub(super) async fn start(args: &Search, socket: Option<&Path>) -> Result<ResolveStream, Failure> {
    let mut request = ResolveRequest::new(&args.name)
        .cloud(args.cloud.clone())
        .criteria(args.criteria)
        .timeout(args.timeout);
    request.hint = args.hint;
    request.check()?;
    let pnrp = daemon_or_own(socket, &args.own, &args.peer).await?;
    Ok(pnrp.resolve(request).await?)
}

/// The shape that `pnrp resolve --json` promises.
#[derive(Serialize)]
struct FoundLine<'a> {
    name: &'a str,
    cloud: &'a str,
    pnrp_id: &'a str,
    endpoints: &'a [AppEndpoint],
    comment: Option<&'a str>,
    payload: Option<&'a Payload>,
    authority: &'a str,
    secure: bool,
    strength: Strength,
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
            secure: found.secure,
            strength: found.strength,
            expires: found.expires_text(),
            elapsed_ms: super::trace::milliseconds(found.elapsed),
        }
    }
}

fn show(found: &Found, output: Output) -> Result<(), Failure> {
    let elapsed = super::trace::milliseconds(found.elapsed);
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
    output.text(&format!("  Publisher  {}", publisher(found)))?;
    output.text(&format!("  Expires    {}", found.expires_text()))
}

/// Who published the name, and what that is worth.
fn publisher(found: &Found) -> String {
    match (&found.proof, found.secure) {
        (Proof::Local, _) => "this node".to_owned(),
        (Proof::Cpa { .. }, false) => "unproven: anyone can publish an unsecured name".to_owned(),
        (Proof::Cpa { signer, .. }, true) => {
            format!("holder of the key {signer} (RSA-1024 and SHA-1: weak by today's measure)")
        }
    }
}
