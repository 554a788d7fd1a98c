//! Connections of clients: each is served within its limits, and ends with the client or the daemon.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use hyper::{
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use pnrp_api::{Error, ErrorBody};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Sleep, sleep, timeout},
};
use tower::ServiceExt as _;
use tracing::debug;

use crate::{ControlSocket, Live, limits::Admitted, socket::Caller};

/// Serves clients until `stopping` says so and the last of them has got its answer.
pub(crate) async fn run(
    socket: ControlSocket,
    router: Router,
    live: Arc<Live>,
    stopping: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let tellers = Arc::new(Semaphore::new(MAX_REFUSALS));
    let mut stopped = stopping.clone();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopping| *stopping) => break,
            // Frees what the task leaves.
            Some(_) = connections.join_next() => {}
            (stream, caller, place) = socket.accept() => {
                match live.patrons.admit(caller) {
                    Ok(admitted) => {
                        let (router, stopping) = (router.clone(), stopping.clone());
                        let client = Client { caller, admitted, live: Arc::clone(&live) };
                        connections.spawn(async move {
                            let _place = place;
                            client.serve(stream, router, stopping).await;
                        });
                    }
                    Err(reason) => {
                        debug!(pid = caller.pid, uid = caller.uid, reason, "client refused");
                        live.count_answer(StatusCode::TOO_MANY_REQUESTS.as_u16());
                        // Whoever is refused takes no place from those who are not, and where too
                        // many are told why, the next is not.
                        if let Ok(teller) = Arc::clone(&tellers).try_acquire_owned() {
                            connections.spawn(async move {
                                turn_away(stream, reason).await;
                                drop(teller);
                            });
                        }
                    }
                }
            }
        }
    }
    // Its file goes at once, so that nobody waits for an answer.
    drop(socket);
    while connections.join_next().await.is_some() {}
}

/// One connection.
struct Client {
    caller: Caller,
    admitted: Admitted,
    live: Arc<Live>,
}

impl Client {
    async fn serve(self, stream: UnixStream, router: Router, mut stopping: watch::Receiver<bool>) {
        let patience = self.live.patrons.limits().arrival();
        let pid = self.caller.pid;
        let client = Arc::new(self);
        let service = service_fn(move |request| {
            let (router, client) = (router.clone(), Arc::clone(&client));
            async move { Ok::<_, Infallible>(client.answer(request, router, patience).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let stopped = async {
            // An error means that the daemon is gone altogether.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stopped => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(pid, %error, "a client's connection has failed");
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        router: Router,
        patience: Duration,
    ) -> Response {
        let response = match self.admitted.request() {
            Ok(()) => {
                let mut request = request.map(|inner| {
                    Body::new(Arriving {
                        inner,
                        deadline: Box::pin(sleep(patience)),
                        client: Arc::clone(&self),
                    })
                });
                request.extensions_mut().insert(ConnectInfo(self.caller));
                let answered = router.oneshot(request).await;
                answered.unwrap_or_else(|never| match never {})
            }
            Err(reason) => {
                debug!(
                    pid = self.caller.pid,
                    uid = self.caller.uid,
                    reason,
                    "client refused"
                );
                let body = refusal(reason);
                let status = StatusCode::TOO_MANY_REQUESTS;
                (status, [(RETRY_AFTER, "1")], body).into_response()
            }
        };
        self.live.count_answer(response.status().as_u16());
        response
    }
}

/// The body of a request: it arrives in time, and counts.
struct Arriving {
    inner: Incoming,
    deadline: Pin<Box<Sleep>>,
    client: Arc<Client>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let count = frame.data_ref().map_or(0, Bytes::len);
                let counted = self.client.admitted.bytes(count);
                Poll::Ready(Some(counted.map(|()| frame).map_err(Into::into)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.deadline.as_mut().poll(context).map(|()| {
                let late = "the rest of the request has not arrived in time; send it again";
                Some(Err(late.into()))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Tells a client that it is one too many.
async fn turn_away(mut stream: UnixStream, reason: String) {
    let body = refusal(reason);
    let head = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\nretry-after: 1\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let answer = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&body).await?;
        stream.shutdown().await?;
        // A client that still writes would be told of a broken pipe before it reads the answer.
        let mut rest = [0; 1_024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    // Whoever does not listen is not told.
    let _ = timeout(LINGER, answer).await;
}

fn refusal(reason: String) -> Vec<u8> {
    let error = Error::TooMuchLoad { reason };
    let mut text = serde_json::to_vec(&ErrorBody { error }).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Bytes that the head of a request can have.
const MAX_HEAD: usize = 64 << 10;
/// Clients that are told at the same time why they are refused.
const MAX_REFUSALS: usize = 32;
const LINGER: Duration = Duration::from_secs(1);
