//! Registrations: as long as the client stays, or for good.
//!
//! A registration belongs to the process at the other end of the socket, and only that process can
//! change it. A persistent one belongs to the daemon, so whoever may call the socket can.

use axum::{
    body::Bytes,
    extract::{ConnectInfo, Path, State, rejection::BytesRejection},
    http::StatusCode,
    response::Response,
};
use futures_util::stream;
use pnrp_api::{
    CloudSelector, Error, Registration, RegistrationHandle, RegistrationId, RegistrationReceipt,
    RegistrationSelector,
};
use serde::Deserialize;
use tracing::info;

use super::{
    Control,
    answer::{Refusal, json, line, ndjson, parse},
};
use crate::socket::Caller;

/// Which registration is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    id: Option<RegistrationId>,
    name: Option<String>,
    cloud: Option<CloudSelector>,
}

type Body = Result<Bytes, BytesRejection>;

pub(super) async fn names(State(control): State<Control>) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.names().await?))
}

/// One line with the ID and the entries. After it comes nothing until the client leaves or the
/// daemon stops; a persistent registration is done with it.
pub(super) async fn register(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Body,
) -> Result<Response, Refusal> {
    let registration: Registration = parse(body)?;
    let place = control.place()?;
    let handle = control
        .pnrp
        .for_process(caller.pid)
        .register(registration)
        .await?;
    info!(
        pid = caller.pid,
        id = %handle.id(),
        clouds = handle.entries().len(),
        persistent = handle.is_persistent(),
        "registered"
    );
    let receipt = receipt(&handle);
    if handle.is_persistent() {
        return Ok(json(StatusCode::OK, &receipt));
    }

    let held = (handle, place, control.stopping.clone());
    Ok(ndjson(stream::unfold(
        (Some(line(&receipt)), held),
        |(receipt, mut held)| async {
            if let Some(receipt) = receipt {
                return Some((receipt, (None, held)));
            }
            held.2.wait().await;
            None
        },
    )))
}

pub(super) async fn update(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let id: RegistrationId = id.parse()?;
    let registration: Registration = parse(body)?;
    let pnrp = control.pnrp.for_process(caller.pid);
    let receipt = pnrp.update(id, registration).await?;
    info!(pid = caller.pid, %id, "registration changed");
    Ok(json(StatusCode::OK, &receipt))
}

pub(super) async fn delete(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: RegistrationId = id.parse()?;
    withdraw(&control, caller, id.into()).await
}

/// As `delete`, by a name as well.
pub(super) async fn unregister(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Body,
) -> Result<Response, Refusal> {
    let which: Which = parse(body)?;
    let selector = match (which.id, which.name) {
        (Some(id), None) if which.cloud.is_none() => id.into(),
        (None, Some(name)) => RegistrationSelector::Name {
            name,
            cloud: which.cloud,
        },
        (Some(_), _) | (None, None) => {
            let reason = "give an \"id\", or a \"name\" and perhaps its \"cloud\"".to_owned();
            return Err(Error::InvalidRequest { reason }.into());
        }
    };
    withdraw(&control, caller, selector).await
}

async fn withdraw(
    control: &Control,
    caller: Caller,
    selector: RegistrationSelector,
) -> Result<Response, Refusal> {
    let pnrp = control.pnrp.for_process(caller.pid);
    pnrp.unregister(selector.clone()).await?;
    info!(pid = caller.pid, registration = %selector, "unregistered");
    Ok(json(StatusCode::OK, &()))
}

fn receipt(handle: &RegistrationHandle) -> RegistrationReceipt {
    RegistrationReceipt {
        id: handle.id(),
        entries: handle.entries().to_vec(),
    }
}
