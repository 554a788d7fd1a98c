//! A daemon, and ways to talk to it.

use std::{future::Future, path::PathBuf, time::Duration};

use pnrp_api::{Config, Pnrp, ScopeFilter};
use pnrpd::{ControlSocket, serve};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

/// Tries again until there is a value or the time is up.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    mut attempt: impl FnMut() -> F,
) -> T {
    let attempts = async {
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, attempts)
        .await
        .expect("it did not come true in time")
}

pub(crate) struct Daemon {
    pub(crate) socket: PathBuf,
    /// What the daemon runs, which other processes use too.
    pub(crate) node: Pnrp,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
    _directory: TempDir,
}

impl Daemon {
    pub(crate) async fn start(config: Config) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("pnrpd.sock");
        let control = ControlSocket::bind(&socket, 0o600).await.unwrap();
        let pnrp = Pnrp::embedded(config).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _ = stopped.await;
        };
        let served = tokio::spawn(serve(pnrp.clone(), control, stopped));
        Self {
            socket,
            node: pnrp,
            stop,
            served,
            _directory: directory,
        }
    }

    pub(crate) async fn client(&self) -> Pnrp {
        Pnrp::connect(Some(&self.socket)).await.unwrap()
    }

    /// A configuration that knows this daemon's node.
    pub(crate) async fn peer_of(&self, config: Config) -> Config {
        let clouds = self.client().await.clouds(ScopeFilter::Any).await.unwrap();
        clouds[0].listening().into_iter().fold(config, Config::peer)
    }

    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = UnixStream::connect(&self.socket).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(DEADLINE, stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        answer
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }
}

pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) fn get(path: &str) -> String {
    without_body("GET", path)
}

pub(crate) fn delete(path: &str) -> String {
    without_body("DELETE", path)
}

pub(crate) fn post(path: &str, body: &str) -> String {
    with_body("POST", path, body)
}

pub(crate) fn put(path: &str, body: &str) -> String {
    with_body("PUT", path, body)
}

fn with_body(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn without_body(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}
