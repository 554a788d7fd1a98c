//! `pnrpd check`.

use std::fs;

use crate::process::Place;

#[test]
fn a_good_configuration_is_told_in_words_and_nothing_is_made() {
    let place = Place::with("port = 4000\nseed = [\"seed.example\"]\n[limits]\narrival_s = 3");

    let (is_good, told, warnings) = place.run(&["check"]);

    assert!(is_good, "{warnings}");
    for text in [
        "4000",
        "seed.example",
        "3 s to arrive",
        "is made",
        "pnrpd.toml",
    ] {
        assert!(told.contains(text), "{text} is not in\n{told}");
    }
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), 1);
}

#[test]
fn an_error_has_file_line_and_what_was_expected() {
    let cases = [
        (
            "\nprot = 1",
            "line 2",
            "unknown field `prot`, expected one of",
        ),
        ("port = \"x\"", "line 1", "expected i64"),
        ("\n\nport = 80", "line 3", "1025 to 65535"),
        ("interface = [\"a\", \"a\"]", "line 1", "twice"),
        (
            "\n[link_local]\ndisabled = true\nresolve_only = true",
            "line 2",
            "leave one out",
        ),
        ("port = ", "line 1", "must be quoted"),
        ("log = \"pnrp_node=loud\"", "line 1", "not a log filter"),
        (
            "socket_group = \"no-such-group\"",
            "socket_group",
            "groupadd",
        ),
    ];
    for (config, at, expected) in cases {
        let place = Place::with(config);

        for arguments in [&["check"][..], &[]] {
            let (is_good, told, error) = place.run(arguments);

            assert!(!is_good && told.is_empty(), "{config}: {told}");
            assert!(error.contains(at), "{config}: {error}");
            assert!(error.contains(expected), "{config}: {error}");
            assert_eq!(
                error.lines().count(),
                1 + usize::from(error.contains("WARN"))
            );
            let is_in_file = error.contains("pnrpd.toml");
            assert!(is_in_file || at == "socket_group", "{config}: {error}");
        }
        assert!(!place.path("state").exists());
    }
}

#[test]
fn a_missing_file_is_named() {
    let place = Place::new();
    fs::remove_file(place.path("pnrpd.toml")).unwrap();

    let (is_good, _, error) = place.run(&["check"]);

    assert!(!is_good && error.contains("cannot read"), "{error}");
    assert!(error.contains("pnrpd.toml"), "{error}");
}

#[test]
fn what_is_seldom_meant_is_a_warning() {
    let place = Place::with("socket_mode = 0o666\nssdp_notify = true");

    let (is_good, _, warnings) = place.run(&["check"]);

    assert!(is_good);
    assert!(warnings.contains("every user of this host"), "{warnings}");
    assert!(warnings.contains("ssdp_notify does nothing"), "{warnings}");
}
