//! `pnrp identity`, `delegate`, `chain` and `name`.

use std::fs;

use crate::{daemon::Daemon, snapshot};

#[test]
fn an_identity_is_made_shown_renamed_exported_and_deleted() {
    let daemon = Daemon::start();
    let exported = daemon.directory.path().join("alice.pem");
    let exported = exported.to_str().unwrap();
    let steps: [(&str, &[&str]); 11] = [
        ("identity_new", &["identity", "new", "alice"]),
        ("identity_list", &["identity", "list"]),
        ("identity_show", &["identity", "show", "alice"]),
        ("identity_rename", &["identity", "rename", "alice", "bob"]),
        (
            "identity_export",
            &["identity", "export", "bob", "--output", exported],
        ),
        ("identity_delete", &["identity", "delete", "bob"]),
        (
            "identity_import",
            &["identity", "import", exported, "--name", "carol"],
        ),
        ("identity_unknown", &["identity", "show", "dave"]),
        ("identity_bindings", &["identity", "bindings"]),
        ("identity_forget", &["identity", "forget", "0.web"]),
        (
            "identity_delete_machine",
            &["identity", "delete", "default"],
        ),
    ];
    for (name, arguments) in steps {
        let mut command = daemon.command(arguments);
        command.env("PNRP_PASSWORD", "a good password");
        snapshot::check(name, &command.output().unwrap());
    }
    for what in ["list", "show"] {
        let mut arguments = vec!["identity", what, "--json"];
        if what == "show" {
            arguments.push("carol");
        }
        snapshot::check(&format!("identity_{what}_json"), &daemon.run(&arguments));
    }
}

#[test]
fn a_chain_is_made_shown_and_verified() {
    let (owner, other) = (Daemon::start(), Daemon::start());
    let key = other.run(&["identity", "show", "default", "--public-key"]);
    let chain = owner.directory.path().join("db.chain");
    let chain = chain.to_str().unwrap();

    let delegate = [
        "delegate",
        "--to",
        "-",
        "--classifier",
        "db",
        "--output",
        chain,
    ];
    snapshot::check("delegate", &owner.feed(&delegate, &key.stdout));
    snapshot::check("chain_show", &owner.run(&["chain", "show", chain]));
    snapshot::check(
        "chain_show_json",
        &owner.run(&["chain", "show", chain, "--json"]),
    );

    let identity = owner.json(&["identity", "show", "default"]);
    let authority = identity["authority"].as_str().unwrap();
    for classifier in ["db", "web"] {
        let name = format!("{authority}.{classifier}");
        let verified = owner.run(&["chain", "verify", chain, "--name", &name]);
        snapshot::check(&format!("chain_verify_{classifier}"), &verified);
    }
    fs::write(chain, "no chain").unwrap();
    snapshot::check("chain_damaged", &owner.run(&["chain", "show", chain]));
}

/// These need no daemon, and take none.
#[test]
fn what_follows_from_a_name_is_said() {
    let daemon = Daemon::start();
    let commands: [(&str, &[&str]); 6] = [
        ("name_to_host", &["name", "to-host", "0.web"]),
        ("name_from_host", &["name", "from-host", "web.pnrp.net"]),
        ("name_from_no_host", &["name", "from-host", "web.example"]),
        ("name_id", &["name", "id", "0.web", "--hint", "2001:db8::1"]),
        ("name_check", &["name", "check", "0.web"]),
        ("name_check_bad", &["name", "check", "web"]),
    ];
    for (name, arguments) in commands {
        snapshot::check(name, &daemon.run(arguments));
        let json = [arguments, &["--json"]].concat();
        snapshot::check(&format!("{name}_json"), &daemon.run(&json));
    }
}
