//! What the flags and the file come to.

use super::*;

fn args(flags: &[&str]) -> Args {
    let always = ["pnrpd", "--state-dir", "/s", "--socket", "/x"];
    Args::parse_from(always.iter().chain(flags))
}

fn load(flags: &[&str], file: &str) -> anyhow::Result<Settings> {
    Settings::merge(args(flags), File::parse(file)?)
}

#[test]
fn an_empty_file_leaves_the_defaults() {
    let settings = load(&[], "").unwrap();

    assert_eq!(settings.port, None);
    assert_eq!(settings.access.mode, 0o660);
    assert_eq!(settings.interfaces, Vec::<String>::new());
}

#[test]
fn a_file_can_give_every_setting() {
    let file = r#"
        state_dir = "/var/lib/x"
        socket = "/run/x"
        socket_mode = 0o600
        socket_group = "staff"
        port = 4000
        interface = ["eth0", "eth1"]
        peer = ["[2001:db8::1]:3540"]
        seed = ["seed.example", "2001:db8::9"]
        no_ssdp = true
        ssdp_notify = true
        log = "debug"
        log_format = "json"
        no_calibration = true
        [limits]
        requests_per_second = 7
        [dialect]
        signature_order = "little_endian"
        [global]
        disabled = true
        [site_local]
        disabled = false
        seed = ["[fec0::1]:4000"]
        [link_local]
        resolve_only = true
        no_ssdp = true
    "#;

    let settings = Settings::merge(Args::default(), File::parse(file).unwrap()).unwrap();

    let policies = [
        (
            CloudScope::Global,
            ScopePolicy {
                disabled: true,
                ..ScopePolicy::default()
            },
        ),
        (
            CloudScope::SiteLocal,
            ScopePolicy {
                seeds: vec!["[fec0::1]:4000".to_owned()],
                ..ScopePolicy::default()
            },
        ),
        (
            CloudScope::LinkLocal,
            ScopePolicy {
                resolve_only: true,
                no_ssdp: true,
                ..ScopePolicy::default()
            },
        ),
    ];
    let expected = Settings {
        file: None,
        state_dir: "/var/lib/x".into(),
        sockets: vec!["/run/x".into()],
        access: Access {
            mode: 0o600,
            group: Some("staff".to_owned()),
        },
        port: Some(4000),
        interfaces: vec!["eth0".to_owned(), "eth1".to_owned()],
        peers: vec!["[2001:db8::1]:3540".parse().unwrap()],
        seeds: vec!["seed.example".to_owned(), "2001:db8::9".to_owned()],
        no_ssdp: true,
        ssdp_notify: true,
        policies: BTreeMap::from(policies),
        log: "debug".to_owned(),
        log_format: LogFormat::Json,
        limits: Limits {
            requests_per_second: 7,
            ..Limits::default()
        },
        dialect: DialectRecord {
            signature_order: Some(pnrp_api::ByteOrder::LittleEndian),
            ..DialectRecord::default()
        },
        no_calibration: true,
    };
    assert_eq!(settings, expected);
}

#[test]
fn flags_win_over_the_file() {
    let file = "port = 4000\ninterface = [\"eth0\"]";

    let settings = load(&["--port", "5000", "--interface", "eth1"], file).unwrap();

    assert_eq!(settings.port, Some(5000));
    assert_eq!(settings.interfaces, ["eth1"]);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let error = File::parse("port = 4000\nprot = 4000")
        .unwrap_err()
        .to_string();

    assert!(error.starts_with("line 2: unknown field `prot`"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn a_bad_value_is_told_with_its_line_and_what_was_expected() {
    let cases = [
        ("port = 4000\nseed = [\"192.0.2.1\"]", "line 2", "IPv4"),
        (
            "[global]\n\nseed = [\"two words\"]",
            "line 3",
            "write [ADDRESS%INTERFACE]:PORT",
        ),
        ("[link_local]\nresolve_only = 1", "line 2", "a boolean"),
        ("[global]\nssdp = false", "line 2", "unknown field `ssdp`"),
        ("\nport = 80", "line 2", "1025 to 65535"),
        ("\nport = 70000", "line 2", "1025 to 65535"),
        ("\nport = \"3540\"", "line 2", "expected i64"),
        ("\nsocket_mode = 0o1000", "line 2", "0o000 to 0o777"),
        ("\npeer = [\"eth0\"]", "line 2", "eth0"),
        ("\ninterface = [\"eth0\", \"eth0\"]", "line 2", "twice"),
        ("\ninterface = [\"\"]", "line 2", "no name"),
        ("\nlog = \"a=b=c\"", "line 2", "not a log filter"),
        ("\nlog_format = \"xml\"", "line 2", "`text`"),
        (
            "\n[limits]\nrequests_per_second = 0",
            "line 2",
            "at least 1",
        ),
        (
            "\n[global]\ndisabled = true\nresolve_only = true",
            "line 2",
            "leave one out",
        ),
    ];
    for (file, line, text) in cases {
        let error = File::parse(file).unwrap_err().to_string();
        assert!(error.starts_with(line) && error.contains(text), "{error}");
    }
    assert!(load(&["--seed", "two words"], "").is_err());
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for file in [
        "port = 0",
        "port = 70000",
        "socket_mode = 0o1000",
        "peer = [\"eth0\"]",
    ] {
        assert!(load(&[], file).is_err(), "{file} was accepted");
    }
}
#[test]
fn flags_that_make_no_sense_are_refused_with_a_reason() {
    for (flags, reason) in [
        (["--port", "80"], "1025 to 65535"),
        (["--port", "70000"], "1025 to 65535"),
        (["--log", "a=b=c"], "not a log filter"),
        (["--peer", "eth0"], "eth0"),
    ] {
        let error = load(&flags, "").unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let twice = ["--interface", "eth0", "--interface", "eth0"];
    assert!(load(&twice, "").unwrap_err().to_string().contains("twice"));
}

#[test]
fn flags_may_stand_before_and_after_the_command() {
    for flags in [["check", "--config", "/x"], ["--config", "/x", "check"]] {
        let args = args(&flags);
        assert!(args.is_check());
        assert_eq!(args.file(), Some(Path::new("/x")));
    }
    assert!(!args(&[]).is_check());
}

#[test]
fn what_needs_a_start_is_named_and_what_does_not_is_not() {
    let old = load(&[], "log = \"info\"").unwrap();
    let live = "log = \"debug\"\nsocket_mode = 0o600\nseed = [\"a.example\"]\n\
                [global]\nseed = [\"b.example\"]\n[limits]\nrequests_per_second = 7";
    let late = "port = 4000\ninterface = [\"eth0\"]\n[global]\nresolve_only = true";

    assert!(old.needing_restart(&load(&[], live).unwrap()).is_empty());
    let named = old.needing_restart(&load(&[], late).unwrap());
    assert_eq!(named, ["port", "interface", "[global]"]);
}
