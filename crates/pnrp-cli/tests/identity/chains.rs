//! Making chains, and looking into them.

use std::time::{Duration, SystemTime};

use pnrp_identity::{Delegation, PeerIdentity, Role, Signer as _, delegate};
use pnrp_wire::FileTime;
use serde_json::json;

use crate::{
    openssl,
    place::{Place, eventually, field, mode, refused, succeeded},
};

#[test]
fn a_delegation_says_what_it_allows_until_when_and_how_it_is_used() {
    for place in Place::both() {
        let (owner, delegate) = (place.make("owner"), place.make("delegate"));
        let key = place.public_key("delegate");

        let (pem, note) = place.text_and_notes(&[
            "delegate",
            "--identity",
            "owner",
            "--to",
            &key,
            "--classifier",
            "db",
        ]);

        assert!(pem.starts_with("-----BEGIN PKCS7-----\n"), "{pem}");
        assert!(pem.ends_with("-----END PKCS7-----\n"), "{pem}");
        assert_eq!(note.lines().count(), 1, "{note}");
        let allowed = format!(
            "the key {delegate} may publish names of {owner} whose classifier is \"db\", until "
        );
        assert!(note.contains(&allowed), "{note}");
        let usage = format!("pnrp register {owner}.db --chain FILE --endpoint :PORT");
        assert!(note.contains(&usage), "{note}");
    }
}

#[test]
fn a_delegation_without_classifiers_says_that_it_is_about_all() {
    for place in Place::both() {
        let owner = field(&place.json(&["identity", "show", "default"]), "authority");
        place.make("delegate");
        let key = place.public_key("delegate");

        let (_, note) = place.text_and_notes(&[
            "delegate",
            "--to",
            &key,
            "--output",
            "all.chain",
            "--days",
            "1",
        ]);

        let all =
            format!("may publish all names of {owner}, for no --classifier was given, until ");
        assert!(note.contains(&all), "{note}");
        assert!(note.contains("--chain all.chain"), "{note}");
        assert_eq!(mode(&place.path("all.chain")) & 0o600, 0o600);
        let verdict = place.text(&["chain", "verify", "all.chain"]);
        assert!(verdict.contains(&format!("may publish all names of {owner}")));
    }
}

#[test]
fn a_chain_is_shown_and_verified() {
    let place = Place::on_directory();
    let (owner, publisher) = (place.make("owner"), place.make("delegate"));
    let key = place.public_key("delegate");
    let made = place.json(&[
        "delegate",
        "--identity",
        "owner",
        "--to",
        &key,
        "--classifier",
        "db",
        "--classifier",
        "web",
        "--role",
        "admin",
        "--output",
        "chain",
    ]);
    assert_eq!(field(&made, "pem"), place.read("chain"));
    assert_eq!(made["output"], "chain");

    let shown = place.json(&["chain", "show", "chain"]);
    assert_eq!(shown["authority"], owner);
    assert_eq!(shown["publisher"], publisher);
    assert_eq!(shown["certificates"], made["certificates"]);
    assert_eq!(shown["certificates"][0]["roles"], json!([]));
    assert_eq!(shown["certificates"][1]["roles"], json!(["admin"]));
    let table = place.text(&["chain", "show", "chain"]);
    for part in [
        "root",
        "all",
        "admin",
        "\"db\" \"web\"",
        &field(&made, "not_after"),
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }

    let verdict = place.json(&["chain", "verify", "chain"]);
    let expected = json!({
        "valid": true, "reason": null, "name": null, "authority": owner, "publisher": publisher,
        "classifiers": ["db", "web"], "prefixes": true, "not_after": made["not_after"],
    });
    assert_eq!(verdict, expected);
    let (text, _) = succeeded(
        &["chain", "verify", "-"],
        &place.run_with(&["chain", "verify", "-"], &place.read("chain")),
    );
    assert!(text.contains("begins with \"db\" or \"web\""), "{text}");
}

#[test]
fn a_name_is_covered_by_a_chain_or_not() {
    let place = Place::on_directory();
    let owner = place.make("owner");
    place.make("delegate");
    let key = place.public_key("delegate");
    for (role, covered, not) in [
        ("member", "db", ["dbx", "d"]),
        ("admin", "dbx", ["d", "xdb"]),
        ("inviting-member", "db", ["d", "DB"]),
    ] {
        place.text(&[
            "delegate",
            "--identity",
            "owner",
            "--to",
            &key,
            "--classifier",
            "db",
            "--role",
            role,
            "--output",
            "chain",
            "--force",
        ]);
        let verify = |name: &str| ["chain", "verify", "chain", "--name", name].map(str::to_owned);

        let name = format!("{owner}.{covered}");
        let arguments = verify(&name);
        let text = place.text(&arguments.each_ref().map(String::as_str));
        assert!(text.contains(&format!("{name} among them")), "{text}");
        for classifier in not {
            let arguments = verify(&format!("{owner}.{classifier}"));
            place.refuses(
                &arguments.each_ref().map(String::as_str),
                1,
                "does not cover",
            );
        }
    }
    let other = format!("{}.db", "ab".repeat(20));
    place.refuses(
        &["chain", "verify", "chain", "--name", &other],
        1,
        "is about names of",
    );
    place.refuses(
        &["chain", "verify", "chain", "--name", "db"],
        2,
        "has no dot",
    );

    let json = ["chain", "verify", "chain", "--name", &other, "--json"];
    let output = place.run(&json);
    refused(&json, &output, 1, "is about names of");
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["valid"], false);
    assert!(field(&verdict, "reason").contains("is about names of"));
}

/// R-2.2.3.5-01: a chain is a PKCS#7 that others can read.
#[test]
fn openssl_reads_a_chain_and_what_openssl_wrote_is_read() {
    if !openssl::is_there() {
        return;
    }
    let place = Place::on_directory();
    let directory = place.path("");
    place.make("delegate");
    let key = place.public_key("delegate");
    place.text(&["delegate", "--to", &key, "--output", "chain"]);

    let printed = openssl::run(&directory, "pkcs7 -in chain -print_certs");
    assert_eq!(printed.matches("-----BEGIN CERTIFICATE-----").count(), 2);

    openssl::run(&directory, "pkcs7 -in chain -outform DER -out chain.der");
    place.text(&["chain", "verify", "chain.der"]);
    openssl::run(&directory, "pkcs7 -inform DER -in chain.der -out again");
    assert_eq!(place.read("again"), place.read("chain"));
}

#[test]
fn a_public_key_is_taken_in_every_form() {
    if !openssl::is_there() {
        return;
    }
    for place in Place::both() {
        let directory = place.path("");
        let delegate = place.make("delegate");
        let key = place.public_key("delegate");
        place.write("line", format!("{key}\n"));
        let lines: Vec<_> = key
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect();
        let body = lines.join("\n");
        place.write(
            "pkcs1",
            format!("-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----\n"),
        );
        openssl::run(
            &directory,
            "rsa -RSAPublicKey_in -in pkcs1 -pubout -out spki",
        );

        let (pkcs1, spki) = (place.read("pkcs1"), place.read("spki"));
        for to in [
            &*key, "line", "@line", "pkcs1", "@pkcs1", "spki", &pkcs1, &spki,
        ] {
            let made = place.json(&["delegate", "--to", to]);
            assert_eq!(made["publisher"], delegate, "{to}");
        }
        let arguments = ["delegate", "--to", "-", "--json"];
        let (made, _) = succeeded(&arguments, &place.run_with(&arguments, &spki));
        assert!(made.contains(&delegate), "{made}");
    }
}

#[test]
fn what_is_no_public_key_is_refused() {
    if !openssl::is_there() {
        return;
    }
    for place in Place::both() {
        let directory = place.path("");
        openssl::run(
            &directory,
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out large",
        );
        openssl::run(&directory, "rsa -in large -pubout -out large.pub");
        openssl::run(&directory, "genpkey -algorithm ed25519 -out ed");
        openssl::run(&directory, "pkey -in ed -pubout -out ed.pub");
        place.write("junk", "x".repeat(188));
        place.write("binary", [0xff; 20]);
        for (to, status, reason) in [
            ("large.pub", 1, "2048 bits"),
            ("ed.pub", 1, "the public key cannot be used"),
            ("large", 1, "holds a private key"),
            ("junk", 1, "the public key cannot be used"),
            ("binary", 1, "binary is not text"),
            ("nothing", 2, "neither a public key nor a file"),
            ("@nothing", 1, "cannot read nothing"),
            ("", 2, "neither a public key nor a file"),
        ] {
            place.refuses(&["delegate", "--to", to], status, reason);
        }
        for days in ["--days=0", "--days=36501", "--days=-1", "--days=soon"] {
            place.refuses(&["delegate", "--to", "junk", days], 2, "--days");
        }
        place.refuses(&["delegate", "--to", "junk", "--role", "king"], 2, "--role");
        place.refuses(
            &["delegate", "--to", "-", "--chain", "-"],
            2,
            "standard input",
        );
    }
}

#[test]
fn a_delegate_hands_on_what_it_has_and_no_more() {
    for place in Place::both() {
        let owner = place.make("owner");
        let last = place.make("last");
        place.make("middle");
        let (middle, key) = (place.public_key("middle"), place.public_key("last"));
        place.text(&[
            "delegate",
            "--identity",
            "owner",
            "--to",
            &middle,
            "--classifier",
            "db",
            "--output",
            "first",
        ]);
        let hand_on = |classifier: &str| {
            [
                "delegate",
                "--identity",
                "middle",
                "--chain",
                "first",
                "--to",
                &key,
                "--classifier",
                classifier,
            ]
            .map(str::to_owned)
        };

        let arguments = hand_on("db");
        let made = place.json(&arguments.each_ref().map(String::as_str));
        assert_eq!(made["authority"], owner);
        assert_eq!(made["publisher"], last);
        assert_eq!(made["certificates"].as_array().unwrap().len(), 3);
        place.write("second", field(&made, "pem"));
        place.text(&[
            "chain",
            "verify",
            "second",
            "--name",
            &format!("{owner}.db"),
        ]);

        let arguments = hand_on("dbx");
        let refused = "\"dbx\" is not the signer's to delegate";
        place.refuses(&arguments.each_ref().map(String::as_str), 1, refused);
        let all = [
            "delegate",
            "--identity",
            "middle",
            "--chain",
            "first",
            "--to",
            &key,
        ];
        place.refuses(&all, 1, "every classifier is not the signer's");
        let other = ["delegate", "--chain", "first", "--to", &key];
        place.refuses(&other, 1, "the chain to extend ends with");
        let unknown = ["delegate", "--identity", "nobody", "--to", &key];
        place.refuses(&unknown, 1, "\"nobody\"");
        place.refuses(
            &[&all[..], &["--output", "first"]].concat(),
            1,
            "is there already",
        );
    }
}

#[test]
fn a_chain_ends_with_the_first_certificate_that_does() {
    let place = Place::on_directory();
    place.make("middle");
    let (middle, last) = (place.public_key("middle"), place.public_key("default"));
    let first = place.json(&[
        "delegate", "--to", &middle, "--days", "10", "--output", "chain",
    ]);
    let extend = |days| {
        let arguments = [
            "delegate",
            "--identity",
            "middle",
            "--to",
            &last,
            "--chain",
            "chain",
            "--days",
            days,
        ];
        place.json(&arguments)
    };

    let (shorter, longer) = (extend("5"), extend("20"));

    assert_eq!(longer["not_after"], first["not_after"]);
    assert_eq!(
        shorter["not_after"],
        shorter["certificates"][2]["not_after"]
    );
    assert!(field(&shorter, "not_after") < field(&first, "not_after"));
}

#[test]
fn what_is_no_chain_is_refused() {
    let place = Place::on_directory();
    place.make("delegate");
    let key = place.public_key("delegate");
    place.text(&["delegate", "--to", &key, "--output", "chain"]);
    let pem = place.read("chain");
    let changed = pem.replacen(&pem[200..204], "AAAA", 1);
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "the certificate chain cannot be used"),
        (
            "text",
            b"this is no chain",
            "the certificate chain cannot be used",
        ),
        (
            "cut",
            &pem.as_bytes()[..400],
            "the certificate chain cannot be used",
        ),
        (
            "base64",
            b"-----BEGIN PKCS7-----\n!\n-----END PKCS7-----\n",
            "not base64",
        ),
        (
            "changed",
            changed.as_bytes(),
            "the certificate chain cannot be used",
        ),
        ("long", &[b'x'; 200_000], "more than 131072 bytes"),
    ];
    for (file, content, reason) in cases {
        place.write(file, content);
        place.refuses(&["chain", "verify", file], 1, reason);
        place.refuses(&["delegate", "--to", &key, "--chain", file], 1, reason);
    }
    place.refuses(&["chain", "show", "nothing"], 1, "cannot read nothing");
    let output = place.run(&["chain", "verify", "cut", "--json"]);
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["valid"], false);
    assert_eq!(verdict["not_after"], serde_json::Value::Null);
}

#[test]
fn a_chain_outside_its_time_is_shown_and_does_not_hold() {
    let place = Place::on_directory();
    for (from, until, reason) in [
        (-20, -10, "certificate 1 has expired"),
        (10, 20, "certificate 1 is not valid yet"),
    ] {
        place.write("chain", chain_of_days(from, until));

        place.refuses(&["chain", "verify", "chain"], 1, reason);
        let key = place.public_key("default");
        place.refuses(&["delegate", "--to", &key, "--chain", "chain"], 1, reason);
        let shown = place.json(&["chain", "show", "chain"]);
        assert_eq!(shown["certificates"].as_array().unwrap().len(), 2);
    }
}

/// A clock that runs decides, not the one at which the chain was read.
#[test]
fn a_chain_ends_with_its_last_second() {
    let place = Place::on_directory();
    place.write("chain", chain(0, 2 * SECOND));

    let line = eventually(|| {
        let output = place.run(&["chain", "verify", "chain"]);
        (output.status.code() == Some(1))
            .then(|| refused(&["chain", "verify"], &output, 1, "expired"))
    });

    assert!(line.contains("has expired"), "{line}");
}

/// A chain that holds from and until some days from now.
pub(crate) fn chain_of_days(from: i64, until: i64) -> Vec<u8> {
    chain(from * DAY, until * DAY)
}

fn chain(from: i64, until: i64) -> Vec<u8> {
    let (owner, other) = (PeerIdentity::generate(), PeerIdentity::generate());
    let delegation = Delegation {
        to: other.unwrap().public_key(),
        classifiers: Vec::new(),
        role: Role::Member,
        not_before: FileTime(now().0.saturating_add_signed(from)),
        not_after: FileTime(now().0.saturating_add_signed(until)),
    };
    let chain = delegate(&owner.unwrap(), None, &delegation).unwrap();
    chain.encode()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command reads the clock, too"
)]
fn now() -> FileTime {
    // A second more or less makes no difference of days.
    FileTime::from_system_time(SystemTime::now() - Duration::from_secs(1))
}

/// In units of 100 ns.
const SECOND: i64 = 10_000_000;
const DAY: i64 = 86_400 * SECOND;
