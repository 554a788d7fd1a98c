//! Making, naming and deleting identities.

use std::fs;

use serde_json::json;

use crate::place::{Place, field};

#[test]
fn an_identity_is_made_shown_renamed_and_deleted() {
    for place in Place::both() {
        let (shown, notes) = place.text_and_notes(&["identity", "new", "alice"]);
        assert!(shown.starts_with("Name         alice\n"), "{shown}");
        assert!(notes.contains("identity export "), "{notes}");

        let info = place.json(&["identity", "show", "alice"]);
        let authority = field(&info, "authority");
        assert_eq!(authority.len(), 40);
        assert_eq!(info["is_default"], false);
        assert_eq!(field(&info, "binding_key").len(), 64);
        assert!(shown.contains(&format!("Publishes    {authority}.classifier\n")));
        assert!(shown.contains(&field(&info, "public_key")), "{shown}");
        assert_eq!(place.public_key("alice"), field(&info, "public_key"));

        let renamed = place.text(&["identity", "rename", "alice", "bob"]);
        assert_eq!(renamed, format!("{authority} is now called bob\n"));
        place.refuses(&["identity", "show", "alice"], 1, "\"alice\"");

        let deleted = place.text(&["identity", "delete", "bob"]);
        assert!(deleted.starts_with(&authority), "{deleted}");
        place.refuses(&["identity", "show", "bob"], 1, "\"bob\"");
        place.refuses(&["identity", "delete", "bob"], 1, "identity list");
    }
}

#[test]
fn the_identity_of_the_machine_comes_first_and_stays() {
    for place in Place::both() {
        place.make("alice");

        let list = place.json(&["identity", "list"]);
        assert_eq!(list["identities"][0]["is_default"], true);
        assert_eq!(list["identities"][0]["friendly_name"], "default");
        assert_eq!(list["identities"][1]["friendly_name"], "alice");
        assert_eq!(list["damaged"], json!([]));
        let table = place.text(&["identity", "list"]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[2].contains("default"), "{table}");
        let shown = place.text(&["identity", "show", "default"]);
        assert!(shown.contains("of this machine"), "{shown}");

        for verb in [&["rename", "default", "x"][..], &["delete", "default"]] {
            let arguments = [&["identity"], verb].concat();
            place.refuses(&arguments, 2, "the identity of the machine cannot be");
        }
    }
}

#[test]
fn an_identity_is_told_by_its_authority_or_the_beginning_of_it() {
    for place in Place::both() {
        let authority = place.make("alice");
        let upper = authority.to_uppercase();

        for who in [&*authority, &authority[..8], &upper[..12], "alice"] {
            let found = place.json(&["identity", "show", who]);
            assert_eq!(field(&found, "authority"), authority, "{who}");
        }
        place.refuses(&["identity", "show", &authority[..7]], 1, "there is none");
        for strange in ["..", "a/b", "%2e", "alice/export", "?x", "ä"] {
            place.refuses(&["identity", "show", strange], 1, "there is none");
        }
        place.refuses(&["identity", "show", ""], 2, "<WHO>");
    }
}

#[test]
fn a_name_that_two_identities_have_is_refused_with_both() {
    for place in Place::both() {
        let (first, second) = (place.make("alice"), place.make("alice"));

        let line = place.refuses(&["identity", "export", "alice"], 1, &first);

        assert!(line.contains(&second), "{line}");
    }
}

#[test]
fn a_friendly_name_that_is_none_is_refused() {
    for place in Place::both() {
        let long = "x".repeat(256);
        for name in ["", "a\nb", &long] {
            place.refuses(&["identity", "new", name], 2, "");
        }
        let list = place.json(&["identity", "list"]);
        assert_eq!(list["identities"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_damaged_file_is_reported_and_hides_no_other() {
    for place in Place::both() {
        let (damaged, whole) = (place.make("damaged"), place.make("whole"));
        let file = format!("state/identities/{damaged}.pem");
        place.write(&file, &place.read(&file)[..300]);

        let (table, notes) = place.text_and_notes(&["identity", "list"]);
        assert!(
            table.contains(&whole) && !table.contains(&damaged),
            "{table}"
        );
        assert!(notes.starts_with("note: "), "{notes}");
        assert!(
            notes.contains(&format!("{damaged}.pem is no identity")),
            "{notes}"
        );
        assert!(notes.contains("it is kept as "), "{notes}");
        assert!(!place.path(&file).exists());

        // Once put aside, it is told no more.
        let (_, notes) = place.text_and_notes(&["identity", "list"]);
        assert_eq!(notes, "");

        let file = format!("state/identities/{whole}.pem");
        place.write(&file, "");
        let list = place.json(&["identity", "list"]);
        assert!(field(&list["damaged"][0], "path").ends_with(&file));
        assert!(fs::exists(field(&list["damaged"][0], "set_aside")).unwrap());
    }
}

#[test]
fn a_damaged_identity_of_the_machine_is_told_once() {
    let place = Place::on_directory();
    let before = place.json(&["identity", "show", "default"]);
    place.write("state/machine-identity.pem", "half a key");

    let (after, notes) = place.text_and_notes(&["identity", "show", "default"]);

    assert!(!after.contains(&field(&before, "authority")), "{after}");
    assert!(notes.starts_with("note: "), "{notes}");
    let (_, aside) = notes.trim_end().rsplit_once(' ').unwrap();
    assert_eq!(fs::read_to_string(aside).unwrap(), "half a key");
    let (_, notes) = place.text_and_notes(&["identity", "show", "default"]);
    assert_eq!(notes, "");
}

#[test]
fn without_a_daemon_a_state_directory_has_to_be_named() {
    let place = Place::on_directory();
    let no_daemon: [&[&str]; 3] = [
        &["identity", "list"],
        &["identity", "new"],
        &["delegate", "--to", "key"],
    ];
    place.write("key", "");
    for arguments in no_daemon {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pnrp"));
        command.args(arguments).current_dir(place.path(""));
        let output = command.env("PNRP_SOCKET", place.path("none")).output();

        let line = crate::place::refused(arguments, &output.unwrap(), 4, "no pnrpd answers at ");
        assert!(line.contains("--state-dir"), "{line}");
    }
}

#[test]
fn a_misspelt_state_directory_is_not_made() {
    let place = Place::on_directory();
    fs::remove_dir(place.path("state")).unwrap();

    for arguments in [
        &["identity", "list"][..],
        &["identity", "show", "default"],
        &["identity", "bindings"],
    ] {
        place.refuses(arguments, 1, "state is no directory");
    }
    assert!(!place.path("state").exists());

    place.make("alice");
    assert_eq!(crate::place::mode(&place.path("state/identities")), 0o700);
}

#[test]
fn a_state_directory_that_cannot_be_one_is_refused() {
    let place = Place::on_directory();
    place.write("state/identities", "");

    place.refuses(&["identity", "list"], 1, "is not a directory");
}

#[test]
fn a_directory_where_nothing_was_resolved_has_no_bindings() {
    let place = Place::on_directory();

    let told = place.text(&["identity", "bindings"]);

    assert!(told.starts_with("No name was found"), "{told}");
    assert_eq!(place.json(&["identity", "bindings"]), json!([]));
    place.refuses(
        &["identity", "forget", "0.web"],
        3,
        "no binding of \"0.web\"",
    );
}
