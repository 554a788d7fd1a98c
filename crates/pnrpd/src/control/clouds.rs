//! Looking after clouds.

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::StatusCode,
    response::Response,
};
use pnrp_api::Host;
use serde::Deserialize;

use super::{
    Control,
    answer::{Refusal, json, parse},
};

/// How a cloud is stopped.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stop {
    #[serde(default)]
    force: bool,
}

/// Whom to synchronize with; the next seed without a host.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sync {
    host: Option<Host>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ping {
    host: Host,
}

pub(super) async fn show(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.cloud(&name).await?))
}

pub(super) async fn seeds(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.seeds(&name).await?))
}

pub(super) async fn start(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let cloud = control.pnrp.start_cloud(&name).await?;
    Ok(json(StatusCode::OK, &cloud))
}

pub(super) async fn stop(
    State(control): State<Control>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let stop: Stop = parse_or_default(body)?;
    let cloud = control.pnrp.stop_cloud(&name, stop.force).await?;
    Ok(json(StatusCode::OK, &cloud))
}

pub(super) async fn flush(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let cloud = control.pnrp.flush_cloud(&name).await?;
    Ok(json(StatusCode::OK, &cloud))
}

pub(super) async fn repair(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let cloud = control.pnrp.repair_cloud(&name).await?;
    Ok(json(StatusCode::OK, &cloud))
}

pub(super) async fn sync(
    State(control): State<Control>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let sync: Sync = parse_or_default(body)?;
    let cloud = control.pnrp.sync_cloud(&name, sync.host.as_ref()).await?;
    Ok(json(StatusCode::OK, &cloud))
}

pub(super) async fn ping(
    State(control): State<Control>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let ping: Ping = parse(body)?;
    Ok(json(StatusCode::OK, &control.pnrp.ping(&ping.host).await?))
}

pub(super) async fn doctor(State(control): State<Control>) -> Result<Response, Refusal> {
    // It takes a few seconds, and searches every link.
    let _place = control.place()?;
    Ok(json(StatusCode::OK, &control.pnrp.doctor().await?))
}

/// A request without a body asks for nothing special.
fn parse_or_default<T: Default + serde::de::DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
) -> Result<T, pnrp_api::Error> {
    match &body {
        Ok(bytes) if bytes.is_empty() => Ok(T::default()),
        Ok(_) | Err(_) => parse(body),
    }
}
