//! The daemon's configuration file, without what should not leave the host.

use std::path::Path;

use serde::Serialize;
use toml::{Table, Value};

use crate::files;

#[derive(Debug, Serialize)]
pub(super) struct Configuration {
    settings: Table,
    /// Keys whose values are not told.
    left_out: Vec<String>,
}

/// Keys that the daemon does not have are left out, for nobody knows what they hold.
pub(super) fn read(path: &Path) -> Result<Configuration, String> {
    let bytes = files::read(path, MAX_FILE).map_err(|failure| failure.text())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    // The rest of the error quotes the file.
    let mut settings: Table =
        toml::from_str(&text).map_err(|error| format!("it is not TOML: {}", error.message()))?;
    let mut left_out: Vec<String> = Vec::new();
    settings.retain(|key, value| {
        let is_known = KNOWN.contains(&key);
        if !is_known {
            left_out.push(key.to_owned());
            return false;
        }
        remove_secrets(key, value, &mut left_out);
        true
    });
    Ok(Configuration { settings, left_out })
}

/// In the tables of the daemon nothing is a secret, and what is misplaced there may be.
fn remove_secrets(path: &str, value: &mut Value, left_out: &mut Vec<String>) {
    let Some(table) = value.as_table_mut() else {
        return;
    };
    table.retain(|key, value| {
        let path = format!("{path}.{key}");
        let key = key.to_lowercase();
        if SECRET.iter().any(|word| key.contains(word)) {
            left_out.push(path);
            return false;
        }
        remove_secrets(&path, value, left_out);
        true
    });
}

const KNOWN: [&str; 18] = [
    "state_dir",
    "socket",
    "socket_mode",
    "socket_group",
    "port",
    "interface",
    "peer",
    "seed",
    "no_ssdp",
    "ssdp_notify",
    "global",
    "site_local",
    "link_local",
    "log",
    "log_format",
    "no_calibration",
    "dialect",
    "limits",
];
const SECRET: [&str; 5] = ["password", "secret", "key", "token", "payload"];
const MAX_FILE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn of(text: &str) -> Result<Configuration, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read(file.path())
    }

    #[test]
    fn only_what_the_daemon_knows_is_told() {
        let read = of("port = 4000\npassword = \"hunter2\"\n[limits]\napi_key = \"x\"\nn = 1\n");

        let Configuration { settings, left_out } = read.unwrap();
        assert_eq!(settings.to_string(), "port = 4000\n\n[limits]\nn = 1\n");
        assert_eq!(left_out, ["limits.api_key", "password"]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_without_quoting_it() {
        let error = of("port = 1\npassword = hunter2\n").unwrap_err();

        assert!(error.starts_with("it is not TOML: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(read(Path::new("/nonexistent")).is_err());
    }
}
