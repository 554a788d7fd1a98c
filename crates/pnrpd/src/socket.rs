//! The Unix socket that clients call.

use std::{
    fmt, fs, io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use nix::unistd::Group;
use tokio::{
    net::{UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tracing::warn;

use crate::Limits;

/// Who may open the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Permissions of its file.
    pub mode: u32,
    /// The group that it belongs to; the daemon's own without one.
    pub group: Option<String>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            mode: 0o660,
            group: None,
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.group {
            Some(group) => write!(f, "mode {:#o}, group {group}", self.mode),
            None => write!(f, "mode {:#o}, the daemon's group", self.mode),
        }
    }
}

impl Access {
    /// Refuses a group that does not exist.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> anyhow::Result<()> {
        self.group_id().map(drop)
    }

    /// Gives a socket to those who may open it; on an error it stays as it was.
    pub(crate) fn apply(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(id) = self.group_id()? {
            let group = self.group.as_deref().unwrap_or_default();
            chown(path, None, Some(id)).with_context(|| {
                format!(
                    "cannot give {} to the group {group}; make the daemon's user a member of it \
                     (usermod --append --groups {group} USER, or SupplementaryGroups={group} in \
                     the unit)",
                    path.display()
                )
            })?;
        }
        let permissions = fs::Permissions::from_mode(self.mode);
        let set = fs::set_permissions(path, permissions);
        set.with_context(|| format!("cannot set the permissions of {}", path.display()))
    }

    fn group_id(&self) -> anyhow::Result<Option<u32>> {
        let Some(name) = &self.group else {
            return Ok(None);
        };
        let found = Group::from_name(name);
        let found = found.with_context(|| format!("cannot look up the group {name}"))?;
        let group = found.with_context(|| {
            format!("socket_group: there is no group {name}; make it (groupadd --system {name}) or name another")
        })?;
        Ok(Some(group.gid.as_raw()))
    }
}

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
    pub async fn bind_first(
        paths: &[PathBuf],
        access: &Access,
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let mut refusals = Vec::new();
        for path in paths {
            match Self::bind_for(path, access, limits).await {
                Ok(socket) => return Ok(socket),
                Err(error) if is_permission(&error) => refusals.push(format!("{error:#}")),
                Err(error) => return Err(error),
            }
        }
        bail!(
            "{}; give a --socket in a directory that this user may write to, or run pnrpd as the \
             user of that directory",
            refusals.join(", ")
        )
    }

    /// Binds a path, replacing a socket that a daemon left behind when it was killed.
    ///
    /// # Errors
    /// When a daemon answers there, or the system refuses.
    pub async fn bind(path: &Path, mode: u32) -> anyhow::Result<Self> {
        let group = None;
        Self::bind_for(path, &Access { mode, group }, Limits::default()).await
    }

    async fn bind_for(path: &Path, access: &Access, limits: Limits) -> anyhow::Result<Self> {
        let at = || format!("cannot listen at {}", path.display());
        if let Some(directory) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(directory).with_context(at)?;
        }
        remove_stale(path).await.with_context(at)?;
        let listener = UnixListener::bind(path).with_context(at)?;
        let places = Arc::new(Semaphore::new(limits.connections()));
        let socket = Self {
            listener,
            path: path.to_owned(),
            places,
        };
        access.apply(path)?;
        Ok(socket)
    }

    /// The next client, once there is a place for it; the place is taken until it is dropped.
    pub(crate) async fn accept(&self) -> (UnixStream, Caller, Option<OwnedSemaphorePermit>) {
        loop {
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let caller = Caller::of(&stream);
                    return (stream, caller, place);
                }
                Err(error) => {
                    // Out of file descriptors, most likely; trying at once would spin.
                    warn!(%error, "cannot accept a client");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
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
    /// The user it belongs to; the one that nobody is when the system does not say.
    pub(crate) uid: u32,
}

impl Caller {
    fn of(stream: &UnixStream) -> Self {
        let credentials = stream.peer_cred().ok();
        let pid = credentials.and_then(|credentials| credentials.pid());
        Self {
            pid: pid.and_then(|pid| pid.try_into().ok()).unwrap_or(0),
            uid: credentials.map_or(u32::MAX, |credentials| credentials.uid()),
        }
    }
}

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
