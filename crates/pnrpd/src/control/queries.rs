//! Requests that are answered at once.

use axum::{
    extract::{Path, RawQuery, State},
    http::{Method, StatusCode, Uri},
    response::Response,
};
use pnrp_api::{API_VERSION, Error, ScopeFilter};
use serde_json::json;

use super::{
    Control,
    answer::{Refusal, json},
};

pub(super) async fn health() -> Response {
    let version = env!("CARGO_PKG_VERSION");
    json(
        StatusCode::OK,
        &json!({ "status": "ok", "version": version, "api": API_VERSION }),
    )
}

pub(super) async fn clouds(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let scope = match query.as_deref() {
        None | Some("") => ScopeFilter::Any,
        Some(query) => match query.strip_prefix("scope=") {
            Some(scope) => scope.parse()?,
            None => {
                let reason = format!("{query:?} is not scope=SCOPE");
                return Err(Error::InvalidRequest { reason }.into());
            }
        },
    };
    Ok(json(StatusCode::OK, &control.pnrp.clouds(scope).await?))
}

pub(super) async fn missing_clouds(State(control): State<Control>) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.missing_clouds().await?))
}

pub(super) async fn cache(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.cache(&name).await?))
}

pub(super) async fn stats(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &control.pnrp.stats(&name).await?))
}

pub(super) async fn unknown(method: Method, uri: Uri) -> Refusal {
    Error::InvalidRequest {
        reason: format!("there is no {method} {:?}", uri.path()),
    }
    .into()
}
