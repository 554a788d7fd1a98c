//! What the daemon logs, asked and changed while it runs.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{ConnectInfo, rejection::BytesRejection},
    http::StatusCode,
    response::Response,
};
use pnrp_api::Error;
use serde::Deserialize;
use serde_json::json;
use tracing::info;

use super::answer::{Refusal, json, parse};
use crate::{Live, log::Log, socket::Caller};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    filter: String,
}

pub(super) async fn show(Extension(live): Extension<Arc<Live>>) -> Result<Response, Refusal> {
    Ok(json(
        StatusCode::OK,
        &json!({ "filter": log(&live)?.filter() }),
    ))
}

pub(super) async fn set(
    Extension(live): Extension<Arc<Live>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let Change { filter } = parse(body)?;
    let log = log(&live)?;
    log.set(&filter).map_err(|error| Error::InvalidRequest {
        reason: format!(
            "{filter:?} is not a log filter ({error}); write a level such as info, or \
             info,pnrp_node=debug"
        ),
    })?;
    info!(pid = caller.pid, filter, "log filter set");
    Ok(json(StatusCode::OK, &json!({ "filter": filter })))
}

fn log(live: &Live) -> Result<&Log, Error> {
    live.log.as_ref().ok_or_else(|| Error::InvalidRequest {
        reason: "the log belongs to the program that this daemon is a part of".to_owned(),
    })
}
