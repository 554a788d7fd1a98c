//! Requests that go on: a resolve, a watch. They end when the client leaves, for
//! the response is dropped then.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{ConnectInfo, State, rejection::BytesRejection},
    response::Response,
};
use futures_util::{StreamExt as _, stream};
use pnrp_api::{ResolveEvent, ResolveRequest};
use tokio::time::Instant;

use super::{
    Control,
    answer::{Refusal, line, ndjson, parse},
};
use crate::{Live, socket::Caller};

/// One event a line.
pub(super) async fn resolve(
    State(control): State<Control>,
    Extension(live): Extension<Arc<Live>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let start = Instant::now();
    let mut is_first = true;
    let request: ResolveRequest = parse(body)?;
    let place = control.place()?;
    let events = control
        .pnrp
        .for_process(caller.pid)
        .resolve(request)
        .await?;

    let held = (events, control.stopping.clone(), place);
    let events = stream::unfold(held, |mut held| async {
        let event = tokio::select! {
            event = held.0.next() => event?,
            () = held.1.wait() => return None,
        };
        Some((event, held))
    });
    Ok(ndjson(events.map(move |event| {
        if is_first && matches!(event, ResolveEvent::Found(_)) {
            live.found_after.observe(start.elapsed().as_secs_f64());
            is_first = false;
        }
        line(&event)
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
