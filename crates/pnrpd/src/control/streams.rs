//! Requests that go on: a resolve, a watch. They end when the client leaves, for
//! the response is dropped then.

use axum::{
    body::Bytes,
    extract::{ConnectInfo, State, rejection::BytesRejection},
    response::Response,
};
use futures_util::stream;
use pnrp_api::ResolveRequest;

use super::{
    Control,
    answer::{Refusal, line, ndjson, parse},
};
use crate::socket::Caller;

/// One event a line.
pub(super) async fn resolve(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let request: ResolveRequest = parse(body)?;
    let place = control.place()?;
    let events = control
        .pnrp
        .for_process(caller.pid)
        .resolve(request)
        .await?;

    let held = (events, control.stopping.clone(), place);
    Ok(ndjson(stream::unfold(held, |mut held| async {
        let event = tokio::select! {
            event = held.0.next() => event?,
            () = held.1.wait() => return None,
        };
        Some((line(&event), held))
    })))
}

/// One event a line, until the client leaves or the daemon stops.
pub(super) async fn watch_clouds(State(control): State<Control>) -> Result<Response, Refusal> {
    let place = control.place()?;
    let events = control.pnrp.watch_clouds().await?;

    let held = (events, control.stopping.clone(), place);
    Ok(ndjson(stream::unfold(held, |mut held| async {
        let event = tokio::select! {
            event = held.0.next() => event?,
            () = held.1.wait() => return None,
        };
        Some((line(&event), held))
    })))
}

/// One event a line, until the client leaves or the daemon stops.
pub(super) async fn watch_name(
    State(control): State<Control>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let request: ResolveRequest = parse(body)?;
    let place = control.place()?;
    let pnrp = control.pnrp.for_process(caller.pid);
    let events = pnrp.watch_name(request).await?;

    let held = (events, control.stopping.clone(), place);
    Ok(ndjson(stream::unfold(held, |mut held| async {
        let event = tokio::select! {
            event = held.0.next() => event?,
            () = held.1.wait() => return None,
        };
        Some((line(&event), held))
    })))
}
