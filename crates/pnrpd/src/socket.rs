//! The Unix socket that clients call.

use std::{
    fs, io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use anyhow::{Context as _, bail};
use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tracing::warn;

/// A bound socket; its file is removed when it is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
    places: Arc<Semaphore>,
}

impl ControlSocket {
    /// Binds the first of some paths that this process may write to.
    ///
    /// # Errors
    /// When another daemon answers at one of them, or none can be bound.
    pub async fn bind_first(paths: &[PathBuf], mode: u32) -> anyhow::Result<Self> {
        let mut refusals = Vec::new();
        for path in paths {
            match Self::bind(path, mode).await {
                Ok(socket) => return Ok(socket),
                Err(error) if is_permission(&error) => refusals.push(format!("{error:#}")),
                Err(error) => return Err(error),
            }
        }
        bail!(
            "{}; give a --socket in a directory of your own",
            refusals.join(", ")
        )
    }

    /// Binds a path, replacing a socket that a daemon left behind when it was killed.
    ///
    /// # Errors
    /// When a daemon answers there, or the system refuses.
    pub async fn bind(path: &Path, mode: u32) -> anyhow::Result<Self> {
        let at = || format!("cannot listen at {}", path.display());
        if let Some(directory) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(directory).with_context(at)?;
        }
        remove_stale(path).await.with_context(at)?;
        let listener = UnixListener::bind(path).with_context(at)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).with_context(at)?;
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Ok(Self {
            listener,
            path: path.to_owned(),
            places,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            warn!(path = %self.path.display(), %error, "the socket's file is left behind");
        }
    }
}

/// Removes a socket that nobody answers at.
async fn remove_stale(path: &Path) -> anyhow::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.file_type().is_socket() {
        bail!("a file that is not a socket is there; remove it or give another --socket")
    }
    match UnixStream::connect(path).await {
        Ok(_) => bail!("another pnrpd answers there; stop it or give another --socket"),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Ok(fs::remove_file(path)?)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_permission(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::NotFound
        )
    })
}

/// The process at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// Its ID; 0 when the system does not say.
    pub(crate) pid: u32,
}

impl Caller {
    fn of(stream: &UnixStream) -> Self {
        let pid = stream
            .peer_cred()
            .ok()
            .and_then(|credentials| credentials.pid());
        Self {
            pid: pid.and_then(|pid| pid.try_into().ok()).unwrap_or(0),
        }
    }
}

impl Connected<IncomingStream<'_, Clients>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Clients>) -> Self {
        *stream.remote_addr()
    }
}

/// The clients of a socket, as axum takes them.
#[derive(Debug)]
pub(crate) struct Clients(pub(crate) ControlSocket);

impl axum::serve::Listener for Clients {
    type Io = Connection;
    type Addr = Caller;

    async fn accept(&mut self) -> (Connection, Caller) {
        loop {
            let place = Arc::clone(&self.0.places).acquire_owned().await.ok();
            match self.0.listener.accept().await {
                Ok((stream, _)) => {
                    let caller = Caller::of(&stream);
                    return (
                        Connection {
                            stream,
                            _place: place,
                        },
                        caller,
                    );
                }
                Err(error) => {
                    // Out of file descriptors, most likely; trying at once would spin.
                    warn!(%error, "cannot accept a client");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Caller> {
        Ok(Caller {
            pid: std::process::id(),
        })
    }
}

/// A client's connection, and its place among those that can be open.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: UnixStream,
    _place: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// More than there are places for registrations and resolves, so that short requests get through.
const MAX_CONNECTIONS: usize = 320;
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_has_its_mode_and_is_removed_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/pnrpd.sock");

        let socket = ControlSocket::bind(&path, 0o600).await.unwrap();

        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_nobody_answers_at_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pnrpd.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());

        ControlSocket::bind(&path, 0o600).await.unwrap();
    }

    #[tokio::test]
    async fn a_socket_somebody_answers_at_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pnrpd.sock");
        let _first = ControlSocket::bind(&path, 0o600).await.unwrap();

        let error = ControlSocket::bind(&path, 0o600).await.unwrap_err();

        assert!(
            format!("{error:#}").contains("another pnrpd answers there"),
            "{error:#}"
        );
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pnrpd.sock");
        fs::write(&path, "precious").unwrap();

        ControlSocket::bind(&path, 0o600).await.unwrap_err();

        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}
