//! Identities, delegation and remembered bindings.
//!
//! Whoever may call the socket may use the keys, and take them away under a password of their own
//! choice: the permissions of the socket are what protects them.

use axum::{
    body::Bytes,
    extract::{ConnectInfo, Path, State, rejection::BytesRejection},
    http::StatusCode,
    response::Response,
};
use pnrp_api::{DelegationRequest, ExportFormat};
use serde::Deserialize;
use tracing::info;

use super::{
    Control,
    answer::{Refusal, json, parse},
};
use crate::socket::Caller;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    friendly_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    friendly_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    password: String,
    #[serde(default)]
    format: ExportFormat,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    text: String,
    password: Option<String>,
    friendly_name: Option<String>,
}

type Body = Result<Bytes, BytesRejection>;

pub(super) async fn list(State(control): State<Control>) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.identities().await?))
}

pub(super) async fn show(
    State(control): State<Control>,
    Path(selector): Path<String>,
) -> Result<Response, Refusal> {
    let info = control.pnrp.identity(&selector).await?;
    Ok(json(StatusCode::OK, &info))
}

pub(super) async fn create(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Body,
) -> Result<Response, Refusal> {
    let new: New = parse(body)?;
    let name = new.friendly_name.as_deref();
    let identity = control.pnrp.new_identity(name).await?;
    info!(
        pid = caller.pid,
        authority = identity.authority,
        "identity made"
    );
    Ok(json(StatusCode::OK, &identity))
}

pub(super) async fn rename(
    State(control): State<Control>,
    Path(selector): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let rename: Rename = parse(body)?;
    let name = &rename.friendly_name;
    let identity = control.pnrp.rename_identity(&selector, name).await?;
    Ok(json(StatusCode::OK, &identity))
}

pub(super) async fn export(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Path(selector): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let export: Export = parse(body)?;
    let pnrp = &control.pnrp;
    let text = pnrp.export_identity(&selector, &export.password, export.format);
    let text = text.await?;
    info!(pid = caller.pid, selector, "identity exported");
    Ok(json(StatusCode::OK, &text))
}

pub(super) async fn import(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Body,
) -> Result<Response, Refusal> {
    let import: Import = parse(body)?;
    let (password, name) = (import.password.as_deref(), import.friendly_name.as_deref());
    let identity = control.pnrp.import_identity(&import.text, password, name);
    let identity = identity.await?;
    info!(
        pid = caller.pid,
        authority = identity.authority,
        "identity imported"
    );
    Ok(json(StatusCode::OK, &identity))
}

pub(super) async fn delete(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Path(selector): Path<String>,
) -> Result<Response, Refusal> {
    let identity = control.pnrp.delete_identity(&selector).await?;
    info!(
        pid = caller.pid,
        authority = identity.authority,
        "identity deleted"
    );
    Ok(json(StatusCode::OK, &identity))
}

pub(super) async fn delegate(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Path(selector): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let request: DelegationRequest = parse(body)?;
    let chain = control.pnrp.delegate(&selector, request).await?;
    info!(pid = caller.pid, selector, "delegated");
    Ok(json(StatusCode::OK, &chain))
}

pub(super) async fn bindings(State(control): State<Control>) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.bindings().await?))
}

pub(super) async fn forget_binding(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    Ok(json(
        StatusCode::OK,
        &control.pnrp.forget_binding(&name).await?,
    ))
}
