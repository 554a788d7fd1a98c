//! Where files are when nothing is said about it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// Read when it exists and no other file is named.
pub(super) const DEFAULT_FILE: &str = "/etc/pnrp/pnrpd.toml";

/// systemd's directory, the system's when this process may write there, or the user's.
pub(super) fn default_state_dir() -> anyhow::Result<PathBuf> {
    if let Some(directory) = env::var_os("STATE_DIRECTORY") {
        return Ok(directory.into());
    }
    let system = Path::new("/var/lib/pnrp");
    if is_writable(system) {
        return Ok(system.to_owned());
    }
    let user = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    let user = user
        .or_else(home)
        .context("no place for the node's key; give a --state-dir")?;
    Ok(user.join("pnrp"))
}

/// The system's socket, then the user's.
pub(super) fn default_sockets() -> Vec<PathBuf> {
    let user = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let user = user.map(|directory| directory.join("pnrp/pnrpd.sock"));
    [PathBuf::from("/run/pnrp/pnrpd.sock")]
        .into_iter()
        .chain(user)
        .collect()
}

/// Only trying tells: an ID is not all that decides. What was not there before is not left there.
fn is_writable(directory: &Path) -> bool {
    let is_new = !directory.exists();
    let probe = directory.join(format!(".probe-{}", std::process::id()));
    let is_writable = fs::create_dir_all(directory).is_ok()
        && fs::write(&probe, []).is_ok()
        && fs::remove_file(&probe).is_ok();
    if is_new {
        // The daemon makes it again when it starts; a check leaves no trace.
        let _ = fs::remove_dir(directory);
    }
    is_writable
}
