//! Why nobody answers at a socket.

use std::{
    fs::{self, Metadata},
    io::{self, ErrorKind},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use nix::unistd::{Gid, Group, Uid, User};

/// What the system said about a socket, in words that tell what to do about it.
pub(super) fn explain(socket: &Path, error: io::Error) -> io::Error {
    let found = fs::metadata(socket);
    match (error.kind(), found) {
        (ErrorKind::NotFound, _) => io::Error::new(ErrorKind::NotFound, "there is no socket"),
        (ErrorKind::ConnectionRefused, Ok(file)) if !file.file_type().is_socket() => {
            io::Error::new(
                ErrorKind::InvalidInput,
                "a file is there, and it is no socket",
            )
        }
        (ErrorKind::ConnectionRefused, _) => io::Error::new(
            ErrorKind::ConnectionRefused,
            "the socket was left behind by a daemon that was killed",
        ),
        (ErrorKind::PermissionDenied, found) => {
            let text = match found.or_else(|_| closest_directory(socket)) {
                Ok(file) => format!("permission denied, for it is for {}", admitted(&file)),
                Err(_) => "permission denied".to_owned(),
            };
            io::Error::new(ErrorKind::PermissionDenied, text)
        }
        (_, _) => error,
    }
}

/// Whoever may not enter a directory learns nothing of what is in it.
fn closest_directory(socket: &Path) -> io::Result<Metadata> {
    let found = socket.ancestors().skip(1).map(fs::metadata);
    let mut seen = found.filter_map(Result::ok);
    seen.next()
        .ok_or_else(|| io::Error::from(ErrorKind::PermissionDenied))
}

/// Who may use a file.
fn admitted(file: &Metadata) -> String {
    let user = User::from_uid(Uid::from_raw(file.uid())).ok().flatten();
    let user = user.map_or_else(|| file.uid().to_string(), |user| user.name);
    if file.permissions().mode() & 0o020 == 0 && file.file_type().is_socket() {
        return format!("the user {user} alone");
    }
    let group = Group::from_gid(Gid::from_raw(file.gid())).ok().flatten();
    let group = group.map_or_else(|| file.gid().to_string(), |group| group.name);
    format!("the user {user} and the group {group}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn denied(socket: &Path) -> String {
        explain(socket, ErrorKind::PermissionDenied.into()).to_string()
    }

    #[test]
    fn those_who_may_open_a_socket_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let gid = fs::metadata(&socket).unwrap().gid();
        let group = Group::from_gid(Gid::from_raw(gid)).unwrap().unwrap().name;
        let set = |mode| fs::set_permissions(&socket, fs::Permissions::from_mode(mode)).unwrap();

        set(0o660);
        let text = denied(&socket);
        assert!(text.ends_with(&format!(" and the group {group}")), "{text}");
        set(0o600);
        assert!(denied(&socket).ends_with(" alone"), "{}", denied(&socket));
        let hidden = denied(&directory.path().join("hidden/socket"));
        assert!(hidden.contains(&format!("the group {group}")), "{hidden}");
    }
}
