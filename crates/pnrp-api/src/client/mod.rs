//! The daemon's clients: HTTP and JSON over its Unix socket, one connection a request.

use std::{
    env, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Method, Request, Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::net::UnixStream;

use crate::{
    CacheEntry, CloudInfo, CloudStats, Error, ErrorBody, NameEvent, NameWatch, ResolveEvent,
    ResolveRequest, ResolveStream, ScopeFilter,
};

mod absence;
mod clouds;
mod identities;
mod lines;
mod registrations;

pub(crate) use clouds::RemoteWatch;
use lines::Lines;
pub(crate) use registrations::RemoteRegistration;

/// The version of what is said on the daemon's socket: another one cannot be understood.
pub const API_VERSION: u32 = 1;

/// What a daemon says of itself.
#[derive(Debug, Deserialize)]
struct Health {
    #[serde(default)]
    api: u32,
    version: Option<String>,
}

/// A daemon's socket.
#[derive(Debug)]
pub(crate) struct Client {
    socket: PathBuf,
    /// Of the daemon, when this began.
    version: Option<String>,
}

impl Client {
    pub(crate) async fn connect(socket: Option<&Path>) -> Result<Self, Error> {
        let socket = socket.map_or_else(default_socket, Path::to_owned);
        let mut client = Self {
            socket,
            version: None,
        };
        let health: Health = client.get("/health").await?;
        client.version = health.version;
        match health.api {
            API_VERSION => Ok(client),
            daemon => Err(Error::UnsupportedVersion { daemon }),
        }
    }

    /// The release that the daemon says it is.
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    pub(crate) async fn clouds(&self, scope: ScopeFilter) -> Result<Vec<CloudInfo>, Error> {
        self.get(&format!("/v1/clouds?scope={scope}")).await
    }

    pub(crate) async fn cache(&self, cloud: &str) -> Result<Vec<CacheEntry>, Error> {
        self.get(&format!("/v1/clouds/{}/cache", percent_encoded(cloud)))
            .await
    }

    pub(crate) async fn stats(&self, cloud: &str) -> Result<CloudStats, Error> {
        self.get(&format!("/v1/clouds/{}/stats", percent_encoded(cloud)))
            .await
    }

    pub(crate) async fn resolve(&self, request: &ResolveRequest) -> Result<ResolveStream, Error> {
        let response = self.post("/v1/resolve", request).await?;
        let lines = Lines::new(response.into_body());
        Ok(ResolveStream::remote(RemoteSearch {
            lines,
            ended: false,
        }))
    }

    pub(crate) async fn watch_name(&self, request: &ResolveRequest) -> Result<NameWatch, Error> {
        let response = self.post("/v1/watch", request).await?;
        let lines = Lines::new(response.into_body());
        Ok(NameWatch::remote(RemoteNameWatch { lines }))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let response = self.send(Method::GET, path, Bytes::new()).await?;
        parse(&whole(response.into_body()).await?)
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response<Incoming>, Error> {
        let body = serde_json::to_vec(body).map_err(Error::protocol)?;
        self.send(Method::POST, path, body.into()).await
    }

    /// Sends a value, and reads one.
    async fn exchange<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let body = serde_json::to_vec(body).map_err(Error::protocol)?;
        let response = self.send(method, path, body.into()).await?;
        parse(&whole(response.into_body()).await?)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, Error> {
        let stream = UnixStream::connect(&self.socket).await;
        let stream = stream.map_err(|source| self.unavailable(source))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.unavailable(io::Error::other(error)))?;
        // The connection ends with the response body, or with the response if nobody reads it.
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "pnrpd")
            .header("content-type", "application/json")
            .body(Full::new(body))
            .map_err(Error::protocol)?;
        let response = sender.send_request(request).await;
        let response = response.map_err(|error| self.unavailable(io::Error::other(error)))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = whole(response.into_body()).await?;
        Err(serde_json::from_slice::<ErrorBody>(&body).map_or_else(
            |_| Error::protocol(format!("status {status}")),
            |body| body.error,
        ))
    }

    fn unavailable(&self, source: io::Error) -> Error {
        Error::DaemonUnavailable {
            socket: self.socket.clone(),
            source: absence::explain(&self.socket, source),
        }
    }
}

/// A search that the daemon makes while this is held.
#[derive(Debug)]
pub(crate) struct RemoteSearch {
    lines: Lines,
    ended: bool,
}

impl RemoteSearch {
    pub(crate) async fn next(&mut self) -> Option<ResolveEvent> {
        if self.ended {
            return None;
        }
        let event = match self.lines.next().await {
            Some(line) => line.and_then(|line| parse(&line)),
            None => Err(Error::protocol("it ends in the middle of a resolve")),
        };
        let event = event.unwrap_or_else(|error| ResolveEvent::Ended { result: Err(error) });
        self.ended = matches!(event, ResolveEvent::Ended { .. });
        Some(event)
    }
}

/// What the daemon sees happening to the publishers of a name.
#[derive(Debug)]
pub(crate) struct RemoteNameWatch {
    lines: Lines,
}

impl RemoteNameWatch {
    /// `None` when the daemon is gone, or says what cannot be understood.
    pub(crate) async fn next(&mut self) -> Option<NameEvent> {
        let line = self.lines.next().await?;
        line.and_then(|line| parse(&line)).ok()
    }
}

/// Where the daemon's socket is when nobody says.
pub fn default_socket() -> PathBuf {
    let system = Path::new(SYSTEM_SOCKET);
    let configured = env::var_os("PNRP_SOCKET").map(PathBuf::from);
    choose_socket(
        configured,
        system.exists(),
        env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
    )
}

fn choose_socket(
    configured: Option<PathBuf>,
    system_exists: bool,
    runtime_dir: Option<PathBuf>,
) -> PathBuf {
    match (configured, runtime_dir) {
        (Some(path), _) => path,
        (None, Some(directory)) if !system_exists => directory.join("pnrp/pnrpd.sock"),
        (None, _) => SYSTEM_SOCKET.into(),
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Error> {
    let collected = Limited::new(body, MAX_ANSWER).collect().await;
    Ok(collected.map_err(Error::protocol)?.to_bytes())
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(Error::protocol)
}

/// A cloud's name as one segment of a path.
fn percent_encoded(segment: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    segment.bytes().map(encode).collect()
}

const SYSTEM_SOCKET: &str = "/run/pnrp/pnrpd.sock";
/// Bytes of the longest answer: a million route entries take less.
const MAX_ANSWER: usize = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_where_the_environment_says_or_the_system_has_it() {
        let path = |text: &str| Some(PathBuf::from(text));
        let user = PathBuf::from("/run/user/7/pnrp/pnrpd.sock");

        assert_eq!(
            choose_socket(path("/x"), true, path("/run/user/7")),
            Path::new("/x")
        );
        assert_eq!(
            choose_socket(None, true, path("/run/user/7")),
            Path::new(SYSTEM_SOCKET)
        );
        assert_eq!(choose_socket(None, false, path("/run/user/7")), user);
        assert_eq!(choose_socket(None, false, None), Path::new(SYSTEM_SOCKET));
    }

    #[test]
    fn a_cloud_name_becomes_one_path_segment() {
        assert_eq!(
            percent_encoded("LinkLocal_ff00::%2/8"),
            "LinkLocal_ff00%3A%3A%252%2F8"
        );
    }

    #[tokio::test]
    async fn a_missing_socket_means_there_is_no_daemon() {
        let socket = Path::new("/nonexistent/pnrpd.sock");

        let error = Client::connect(Some(socket)).await.unwrap_err();

        assert!(matches!(error, Error::DaemonUnavailable { .. }), "{error}");
        let expected = "no pnrpd answers at /nonexistent/pnrpd.sock: there is no socket; start \
                        pnrpd, or give its --socket";
        assert_eq!(error.to_string(), expected);
    }

    #[tokio::test]
    async fn a_socket_that_was_left_behind_is_told_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let (stale, file) = (
            directory.path().join("stale"),
            directory.path().join("file"),
        );
        drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
        std::fs::write(&file, "").unwrap();

        let stale = Client::connect(Some(&stale)).await.unwrap_err().to_string();
        let file = Client::connect(Some(&file)).await.unwrap_err().to_string();

        assert!(
            stale.contains("left behind by a daemon that was killed; start"),
            "{stale}"
        );
        assert!(
            file.contains("it is no socket; give the --socket"),
            "{file}"
        );
    }

    #[tokio::test]
    async fn a_daemon_of_another_version_is_told_from_one_that_is_not_there() {
        use std::{
            io::{Read as _, Write as _},
            os::unix::net::UnixListener,
        };

        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("pnrpd.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let answering = std::thread::spawn(move || {
            for body in [r#"{"api":7}"#, "{}"] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1_024];
                assert_ne!(stream.read(&mut request).unwrap(), 0);
                let length = body.len();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });

        for version in [7, 0] {
            let error = Client::connect(Some(&socket)).await.unwrap_err();
            assert!(
                matches!(error, Error::UnsupportedVersion { daemon } if daemon == version),
                "{error}"
            );
        }
        answering.join().unwrap();
    }
}
