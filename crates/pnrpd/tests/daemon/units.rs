//! The units in `packaging`, read by what reads them at work.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../packaging")
        .join(name)
}

/// The unit with the program of this build, for systemd looks whether it is there.
#[test]
fn systemd_finds_no_fault_with_the_unit() {
    let program = env!("CARGO_BIN_EXE_pnrpd");
    let text = fs::read_to_string(packaging("systemd/pnrpd.service")).unwrap();
    let text = text.replace("/usr/local/bin/pnrpd", program);
    let directory = tempfile::tempdir().unwrap();
    let unit = directory.path().join("pnrpd.service");
    fs::write(&unit, text).unwrap();
    let version = Command::new("systemd-analyze").arg("--version").output();
    let Ok(version) = version else {
        // Elsewhere there is no systemd; where CI has to have it, its absence is a failure.
        assert!(!is_demanded(), "systemd-analyze is missing");
        return;
    };
    let version = String::from_utf8_lossy(&version.stdout).into_owned();

    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&unit)
        .output()
        .unwrap();

    let told = String::from_utf8_lossy(&output.stderr);
    // Faults of other units of this host are told too.
    let ours: Vec<_> = told.lines().filter(|line| line.contains("pnrpd")).collect();
    assert!(ours.is_empty(), "{version}{told}");
}

#[test]
fn the_unit_names_only_flags_and_directories_that_the_daemon_has() {
    let text = fs::read_to_string(packaging("systemd/pnrpd.service")).unwrap();
    let has = |line: &str| text.lines().any(|it| it == line);

    assert!(has("Type=notify"));
    assert!(has("ExecStart=/usr/local/bin/pnrpd"));
    assert!(has("ExecStartPre=/usr/local/bin/pnrpd check"));
    assert!(has("RuntimeDirectory=pnrp"));
    assert!(has("StateDirectory=pnrp"));
    for hardening in [
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "RestrictAddressFamilies=AF_UNIX AF_INET6 AF_INET AF_NETLINK",
        "SystemCallFilter=@system-service",
    ] {
        assert!(has(hardening), "{hardening} is missing");
    }
}

#[test]
fn the_property_list_of_launchd_is_well_formed_and_pairs_keys_with_values() {
    let text = fs::read_to_string(packaging("launchd/pnrpd.plist")).unwrap();
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(&text, options).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "plist");

    let dictionaries = root.descendants().filter(|node| node.has_tag_name("dict"));
    for dictionary in dictionaries {
        let children: Vec<_> = dictionary.children().filter(|it| it.is_element()).collect();
        for pair in children.chunks(2) {
            let [key, value] = pair else {
                panic!("a key has no value");
            };
            assert_eq!(key.tag_name().name(), "key");
            let known = ["string", "integer", "true", "false", "array", "dict"];
            assert!(known.contains(&value.tag_name().name()));
        }
    }
    let value_of = |wanted: &str| {
        let keys = root.descendants().filter(|node| node.has_tag_name("key"));
        let key = keys.into_iter().find(|key| key.text() == Some(wanted));
        key.and_then(|key| key.next_sibling_element()).unwrap()
    };
    assert_eq!(value_of("Label").text(), Some("pnrpd"));
    let arguments = value_of("ProgramArguments");
    let last = arguments.children().rfind(|it| it.is_element());
    assert!(
        last.unwrap()
            .text()
            .unwrap()
            .contains("exec /usr/local/bin/pnrpd ")
    );
}

/// Whether what CI needs may not be skipped.
fn is_demanded() -> bool {
    cfg!(target_os = "linux") && std::env::var("CI").is_ok_and(|value| value == "true")
}
