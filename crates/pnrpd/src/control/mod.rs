//! What clients can ask: HTTP/1.1 and JSON, `curl --unix-socket` included.
//!
//! ```text
//! GET  /health                      the daemon runs
//! GET  /ready                       the clouds in use have found others, and are sound
//! GET  /metrics                     what monitoring reads
//! GET|PUT /v1/log                   what is logged
//! GET  /v1/clouds[?scope=S]         clouds
//! GET  /v1/clouds/missing           why there are not more
//! GET  /v1/clouds/watch             one event a line: those there are, and what happens to them
//! GET  /v1/clouds/{name}            all that is known of a cloud
//! GET  /v1/clouds/{name}/seeds      its seeds, and where they are
//! POST /v1/clouds/{name}/start|stop|flush|repair|sync
//! POST /v1/ping                     whether a node is there
//! GET  /v1/doctor                   what is in the way, and what to do about it
//! GET  /v1/clouds/{name}/cache      route entries of a cloud
//! GET  /v1/clouds/{name}/stats      counters of a cloud
//! GET  /v1/registrations            names registered here
//! POST /v1/registrations            registers a name for as long as the response is read, or for good
//! PUT  /v1/registrations/{id}       replaces what a registration publishes
//! DELETE /v1/registrations/{id}     withdraws a name; answered when that is done
//! POST /v1/unregister               the same, by ID or name
//! POST /v1/resolve                  one event a line, until the resolve ends
//! POST /v1/watch                    one event a line: publishers of a name, and what becomes of them
//! GET  /v1/identities               identities, and files that should hold one
//! POST /v1/identities               makes one
//! POST /v1/imports                  takes one in
//! GET  /v1/identities/{who}         one of them
//! DELETE /v1/identities/{who}       deletes one
//! POST /v1/identities/{who}/rename|export|delegate
//! GET  /v1/bindings                 names that were found with a stronger binding
//! DELETE /v1/bindings/{name}        forgets one
//! ```

use std::{io, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    routing::{delete, get, post, put},
};
use pnrp_api::{Error, Pnrp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::warn;

use crate::{ControlSocket, Limits, Live, serving};

mod answer;
mod clouds;
mod identities;
mod log;
mod metrics;
mod queries;
mod ready;
mod registrations;
mod streams;

/// Answers clients until `stop` is ready, then ends their streams and closes the node.
///
/// # Errors
/// When the task that serves them fails.
pub async fn serve(
    pnrp: Pnrp,
    socket: ControlSocket,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let live = Arc::new(Live::new(None, Limits::default()));
    serve_with(pnrp, socket, live, stop).await
}

/// As [`serve`], with a log and limits that can change meanwhile.
///
/// # Errors
/// When the task that serves them fails.
pub async fn serve_with(
    pnrp: Pnrp,
    socket: ControlSocket,
    live: Arc<Live>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, watcher) = watch::channel(false);
    let streams = live.patrons.limits().streams();
    let control = Control {
        pnrp: pnrp.clone(),
        places: Arc::new(Semaphore::new(streams)),
        streams,
        stopping: Stopping(watcher.clone()),
    };
    let router = router(control).layer(Extension(Arc::clone(&live)));
    let mut server = tokio::spawn(serving::run(socket, router, live, watcher));

    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = stop => stopping.send_replace(true),
    };
    // The node tells its neighbours while the clients' streams end.
    let closing = async { tokio::join!(&mut server, pnrp.close()) };
    match tokio::time::timeout(CLOSING_TIME, closing).await {
        Ok((ended, ())) => Ok(ended?),
        Err(_) => {
            warn!("some clients or clouds did not end in time");
            server.abort();
            Ok(())
        }
    }
}

fn router(control: Control) -> Router {
    Router::new()
        .route("/health", get(queries::health))
        .route("/ready", get(ready::show))
        .route("/metrics", get(metrics::show))
        .route("/v1/log", get(log::show).put(log::set))
        .route("/v1/clouds", get(queries::clouds))
        .route("/v1/clouds/missing", get(queries::missing_clouds))
        .route("/v1/clouds/watch", get(streams::watch_clouds))
        .merge(cloud_routes())
        .route("/v1/clouds/{name}/cache", get(queries::cache))
        .route("/v1/clouds/{name}/stats", get(queries::stats))
        .route(
            "/v1/registrations",
            get(registrations::names).post(registrations::register),
        )
        .route(
            "/v1/registrations/{id}",
            put(registrations::update).delete(registrations::delete),
        )
        .route("/v1/unregister", post(registrations::unregister))
        .route("/v1/resolve", post(streams::resolve))
        .route("/v1/watch", post(streams::watch_name))
        .merge(identity_routes())
        .fallback(queries::unknown)
        .method_not_allowed_fallback(queries::unknown)
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(control)
}

fn cloud_routes() -> Router<Control> {
    Router::new()
        .route("/v1/clouds/{name}", get(clouds::show))
        .route("/v1/clouds/{name}/seeds", get(clouds::seeds))
        .route("/v1/clouds/{name}/start", post(clouds::start))
        .route("/v1/clouds/{name}/stop", post(clouds::stop))
        .route("/v1/clouds/{name}/flush", post(clouds::flush))
        .route("/v1/clouds/{name}/repair", post(clouds::repair))
        .route("/v1/clouds/{name}/sync", post(clouds::sync))
        .route("/v1/ping", post(clouds::ping))
        .route("/v1/doctor", get(clouds::doctor))
}

fn identity_routes() -> Router<Control> {
    Router::new()
        .route(
            "/v1/identities",
            get(identities::list).post(identities::create),
        )
        .route("/v1/imports", post(identities::import))
        .route(
            "/v1/identities/{who}",
            get(identities::show).delete(identities::delete),
        )
        .route("/v1/identities/{who}/rename", post(identities::rename))
        .route("/v1/identities/{who}/export", post(identities::export))
        .route("/v1/identities/{who}/delegate", post(identities::delegate))
        .route("/v1/bindings", get(identities::bindings))
        .route("/v1/bindings/{name}", delete(identities::forget_binding))
        // An exported identity is longer than any other request.
        .layer(DefaultBodyLimit::max(MAX_IMPORT))
}

/// What every request can use.
#[derive(Clone, Debug)]
struct Control {
    pnrp: Pnrp,
    places: Arc<Semaphore>,
    /// How many there are.
    streams: usize,
    stopping: Stopping,
}

impl Control {
    /// A place among the registrations and resolves that can go on at once.
    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Error::TooMuchLoad {
            reason: format!(
                "{} registrations, resolves and watches are going on",
                self.streams
            ),
        })
    }
}

/// Tells when the daemon stops.
#[derive(Clone, Debug)]
struct Stopping(watch::Receiver<bool>);

impl Stopping {
    async fn wait(&mut self) {
        // An error means that the daemon is gone altogether.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

/// Bytes of a request body: a payload in base64 and everything else that can be said.
const MAX_REQUEST: usize = 64 << 10;
/// Bytes of a request body that holds an identity or a chain.
const MAX_IMPORT: usize = 512 << 10;
const CLOSING_TIME: Duration = Duration::from_millis(1_800);
