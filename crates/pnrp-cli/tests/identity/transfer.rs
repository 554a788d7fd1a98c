//! Identities that leave a machine and enter another.

use serde_json::Value;

use crate::{
    openssl,
    place::{Place, field, mode, refused, succeeded},
};

const PASSWORD: &str = "correct horse battery staple";

#[test]
fn an_exported_identity_is_the_same_elsewhere() {
    for place in Place::both() {
        let place = place.with_password(PASSWORD);
        let other = Place::on_directory().with_password(PASSWORD);
        let made = place.json(&["identity", "new", "alice"]);

        let told = place.text(&["identity", "export", "alice", "--output", "alice.pem"]);
        assert!(told.contains("was written to alice.pem"), "{told}");
        assert_eq!(mode(&place.path("alice.pem")), 0o600);
        let file = place.path("alice.pem");
        let arguments = ["identity", "import", file.to_str().unwrap(), "--name", "al"];
        let taken = other.json(&arguments);

        assert_eq!(taken["friendly_name"], "al");
        for same in ["authority", "public_key", "binding_key"] {
            assert_eq!(taken[same], made[same], "{same}");
        }
        other.refuses(&arguments, 1, "is here already");
    }
}

/// The documented form of Windows has no place for the Ed25519 key.
#[test]
fn the_form_of_windows_carries_the_rsa_key_alone() {
    for place in Place::both() {
        let place = place.with_password(PASSWORD);
        let made = place.json(&["identity", "new", "alice"]);

        let arguments = ["identity", "export", "alice", "--format", "windows"];
        let (text, notes) = place.text_and_notes(&arguments);
        assert!(
            text.starts_with("<PEERIDENTITYEXPORT VERSION=\"1.0\">"),
            "{text}"
        );
        assert!(notes.contains("protects the key weakly"), "{notes}");
        place.text(&["identity", "delete", "alice"]);
        place.write("alice.xml", &text);
        let taken = place.json(&["identity", "import", "alice.xml"]);

        assert_eq!(taken["authority"], made["authority"]);
        assert_ne!(taken["binding_key"], made["binding_key"]);
        assert_eq!(field(&taken, "binding_key").len(), 64);
    }
}

#[test]
fn an_export_is_text_or_a_file_in_json_too() {
    let place = Place::on_directory().with_password(PASSWORD);
    let authority = place.make("alice");

    let text = place.json(&["identity", "export", "alice"]);
    let file = place.json(&["identity", "export", "alice", "--output", "a.pem"]);

    assert_eq!(text["authority"], authority);
    assert_eq!(text["format"], "pem");
    assert_eq!(text["output"], Value::Null);
    assert!(field(&text, "text").contains("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert_eq!(file["output"], "a.pem");
    assert_eq!(file["text"], Value::Null);
}

#[test]
fn a_file_that_is_there_is_not_replaced_unasked() {
    let place = Place::on_directory().with_password(PASSWORD);
    place.make("alice");
    place.write("key", "precious");
    let export = ["identity", "export", "alice", "--output", "key"];

    place.refuses(&export, 1, "key is there already; give --force");
    assert_eq!(place.read("key"), "precious");
    place.text(&[&export[..], &["--force"]].concat());
    assert_ne!(place.read("key"), "precious");
    assert_eq!(mode(&place.path("key")), 0o600);

    let nowhere = ["identity", "export", "alice", "--output", "no/where"];
    place.refuses(&nowhere, 1, "cannot write no/where");
    let force = ["identity", "export", "alice", "--force"];
    place.refuses(&force, 2, "--output");
}

#[test]
fn openssl_reads_both_forms_of_an_export() {
    if !openssl::is_there() {
        return;
    }
    let place = Place::on_directory().with_password("secret");
    let directory = place.path("");
    let authority = place.make("alice");
    place.text(&["identity", "export", "alice", "--output", "alice.pem"]);
    let windows = place.text(&["identity", "export", "alice", "--format", "windows"]);

    openssl::run(
        &directory,
        "pkey -in alice.pem -passin pass:secret -out key",
    );
    assert_eq!(openssl::authority(&directory, "key"), authority);

    let (_, data) = windows.split_once("bin.base64\">").unwrap();
    let (data, _) = data.split_once("</DATA>").unwrap();
    place.write("pfx.base64", format!("{data}\n"));
    openssl::run(&directory, "base64 -d -A -in pfx.base64 -out pfx");
    openssl::run(
        &directory,
        "pkcs12 -in pfx -passin pass:secret -nodes -out all",
    );
    assert_eq!(openssl::authority(&directory, "all"), authority);
}

#[test]
fn the_public_key_shown_is_the_one_openssl_finds() {
    if !openssl::is_there() {
        return;
    }
    let place = Place::on_directory().with_password("secret");
    place.make("alice");
    place.text(&["identity", "export", "alice", "--output", "alice.pem"]);

    let pem = openssl::run(
        &place.path(""),
        "rsa -in alice.pem -passin pass:secret -RSAPublicKey_out",
    );

    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    assert_eq!(place.public_key("alice"), body);
}

#[test]
fn keys_that_openssl_made_are_taken_in() {
    if !openssl::is_there() {
        return;
    }
    for place in Place::both() {
        let directory = place.path("");
        make_pfx(&place, "rsa:1024");
        let authority = openssl::authority(&directory, "key");
        let place = place.with_password("secret");

        let line = place.refuses(&["identity", "import", "pfx"], 1, "is not text");
        assert!(line.contains("openssl pkcs12 -in pfx -nocerts -out identity.pem"));
        let convert = "pkcs12 -in pfx -nocerts -out identity.pem -passin pass:secret \
                       -passout pass:secret";
        openssl::run(&directory, convert);
        let taken = place.json(&["identity", "import", "identity.pem"]);
        assert_eq!(taken["authority"], authority);

        place.text(&["identity", "delete", &authority]);
        place.write("windows.xml", in_xml(&place, &authority));
        let taken = place.json(&["identity", "import", "windows.xml"]);
        assert_eq!(taken["authority"], authority);

        place.text(&["identity", "delete", &authority]);
        let unprotected = ["identity", "import", "key"];
        place.refuses(&unprotected, 1, "no password protects; give --unencrypted");
        let taken = place.json(&[&unprotected[..], &["--unencrypted"]].concat());
        assert_eq!(taken["authority"], authority);
    }
}

#[test]
fn what_cannot_be_taken_in_is_refused_by_a_line_of_its_own() {
    for place in Place::both() {
        let place = place.with_password(PASSWORD);
        place.make("alice");
        let pem = place.text(&["identity", "export", "alice"]);
        let xml = place.text(&["identity", "export", "alice", "--format", "windows"]);
        place.text(&["identity", "delete", "alice"]);
        let (before, data) = xml.split_once("bin.base64\">").unwrap();
        let short_pfx = format!(
            "{before}bin.base64\">{}</DATA></PEERIDENTITYEXPORT>",
            &data[..400]
        );
        let cases: [(&str, &[u8], &str); 10] = [
            (
                "empty",
                b"",
                "neither an identity that Windows exported nor a key",
            ),
            ("binary", &[0xff; 40], "is not text"),
            (
                "short.pem",
                &pem.as_bytes()[..pem.len() - 60],
                "in the middle of a key",
            ),
            ("short.xml", &xml.as_bytes()[..900], "not XML"),
            ("pfx.xml", short_pfx.as_bytes(), "cut off"),
            ("other.xml", b"<html/>", "PEERIDENTITYEXPORT is needed"),
            (
                "dtd.xml",
                b"<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>",
                "not XML",
            ),
            ("long", &[b'x'; 300_000], "more than 262144 bytes"),
            ("name.xml", &swapped_name(&xml), "is of "),
            (
                "cert",
                b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "CERTIFICATE",
            ),
        ];
        for (file, content, reason) in cases {
            place.write(file, content);
            place.refuses(&["identity", "import", file], 1, reason);
        }
        place.write("alice.pem", &pem);
        let open = ["identity", "import", "alice.pem", "--unencrypted"];
        place.refuses(&open, 1, "the keys are encrypted");
        place.refuses(&["identity", "import", "nothing"], 1, "cannot read nothing");
        place.refuses(&["identity", "import", "."], 1, "cannot read .");
        let name = ["identity", "import", "alice.pem", "--name", ""];
        place.refuses(&name, 2, "name");

        let place = place.with_password("wrong");
        for (file, text) in [("alice.pem", &pem), ("alice.xml", &xml)] {
            place.write(file, text);
            place.refuses(&["identity", "import", file], 1, "the password is wrong");
        }
        let list = place.json(&["identity", "list"]);
        assert_eq!(list["identities"].as_array().unwrap().len(), 1, "{list}");
    }
}

#[test]
fn a_key_of_another_size_or_kind_is_refused() {
    if !openssl::is_there() {
        return;
    }
    let place = Place::on_directory().with_password("secret");
    for (kind, reason) in [
        ("rsa:2048", "the RSA key has 2048 bits, and PNRP uses 1024"),
        ("ed25519", "the text holds no RSA key"),
    ] {
        make_pfx(&place, kind);
        place.refuses(&["identity", "import", "key", "--unencrypted"], 1, reason);
    }
    make_pfx(&place, "rsa:2048");
    place.write("windows.xml", in_xml(&place, &"ab".repeat(20)));
    place.refuses(&["identity", "import", "windows.xml"], 1, "2048 bits");
}

#[test]
fn an_identity_goes_through_a_pipe() {
    for place in Place::both() {
        let place = place.with_password(PASSWORD);
        let authority = place.make("alice");
        let text = place.text(&["identity", "export", "alice"]);
        place.text(&["identity", "delete", "alice"]);

        let arguments = ["identity", "import", "-", "--json"];
        let (taken, _) = succeeded(&arguments, &place.run_with(&arguments, &text));

        assert!(taken.contains(&authority), "{taken}");
        refused(&arguments, &place.run_with(&arguments, ""), 1, "neither");
    }
}

/// A key, a certificate and a PKCS#12 with the password `secret`, by openssl.
fn make_pfx(place: &Place, kind: &str) {
    let directory = place.path("");
    openssl::run(
        &directory,
        &format!(
            "req -x509 -newkey {kind} -nodes -subj /CN=peer -days 30 -keyout key -out certificate"
        ),
    );
    openssl::run(
        &directory,
        "pkcs12 -export -inkey key -in certificate -out pfx -passout pass:secret",
    );
}

/// The PKCS#12 as Windows wraps it.
fn in_xml(place: &Place, authority: &str) -> String {
    let data = openssl::run(&place.path(""), "base64 -in pfx");
    format!(
        "<?xml version=\"1.0\"?>\r\n<PEERIDENTITYEXPORT VERSION=\"1.0\">\
         <PEERNAME>{authority}.peer</PEERNAME>\
         <DATA xmlns:dt=\"urn:schemas-microsoft-com:datatypes\" dt:dt=\"bin.base64\">{data}</DATA>\
         </PEERIDENTITYEXPORT>"
    )
}

/// The export with somebody else's name on it.
fn swapped_name(xml: &str) -> Vec<u8> {
    let start = xml.find("<PEERNAME>").unwrap() + "<PEERNAME>".len();
    let other = "ab".repeat(20);
    format!("{}{other}{}", &xml[..start], &xml[start + 40..]).into()
}
