//! Another implementation reads what we export, and we import what it writes.

use std::{fs, path::Path};

use base64ct::{Base64, Encoding};
use pnrp_identity::{ImportError, KeyError, PeerIdentity, export_pem, export_windows, import};
use pnrp_wire::{Authority, PeerName};

use crate::program::{openssl_is_there, openssl_with, or_skip, run};

const PASSWORDS: [&str; 3] = ["secret", "p\u{e4}ssword \u{20ac} \u{1f980}", ""];

#[test]
fn openssl_reads_both_keys_of_our_form_with_the_password() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    let plain = identity.to_pkcs8_pem().unwrap();
    for password in &PASSWORDS[..2] {
        let exported = export_pem(&identity, password).unwrap();
        for (label, kind) in [("RSA", 0), ("Ed25519", 1)] {
            let block = blocks(&exported)[kind];
            fs::write(directory.path().join("encrypted"), block).unwrap();

            let read = openssl_with(
                directory.path(),
                "pkey -in encrypted -passin",
                &[&format!("pass:{password}")],
            );

            assert_eq!(read, blocks(&plain)[kind], "{label}");
        }
    }
}

#[test]
fn we_read_keys_that_openssl_encrypted() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let made = Made::new(directory.path(), "rsa:1024");
    for way in [
        "-v2 aes-256-cbc",
        "-v2 aes-128-cbc -v2prf hmacWithSHA1",
        "-v2 aes-192-cbc -v2prf hmacWithSHA512 -iter 10000",
        "-v2 des3",
        "-scrypt",
        "-v1 PBE-SHA1-3DES",
        "-v1 PBE-SHA1-2DES",
        "-v1 PBE-SHA1-RC2-40 -provider legacy -provider default",
        "-v1 PBE-SHA1-RC2-128 -provider legacy -provider default",
    ] {
        if way.contains("legacy") && !legacy_is_there() {
            continue;
        }
        for password in &PASSWORDS[..2] {
            let pass = format!("pass:{password}");
            let text = openssl_with(
                directory.path(),
                &format!("pkcs8 -topk8 -in key {way} -passout"),
                &[&pass],
            );

            let imported = import(&text, password).unwrap_or_else(|e| panic!("{way}: {e:?}"));

            assert_eq!(imported.identity.authority(), made.authority, "{way}");
            assert!(matches!(
                import(&text, "other"),
                Err(ImportError::WrongPassword)
            ));
        }
    }
}

#[test]
fn openssl_reads_what_we_export_for_windows() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let made = Made::new(directory.path(), "rsa:1024");
    for password in PASSWORDS {
        let exported =
            export_windows(&made.identity, &made.name, &made.certificate, password).unwrap();
        fs::write(directory.path().join("pfx"), pfx_in(&exported)).unwrap();

        let pass = format!("pass:{password}");
        let read = openssl_with(directory.path(), "pkcs12 -in pfx -nodes -passin", &[&pass]);

        let key = fs::read_to_string(directory.path().join("key")).unwrap();
        let certificate = fs::read_to_string(directory.path().join("certificate")).unwrap();
        assert_eq!(blocks(&read), [key.as_str(), &certificate]);
        // Key and certificate are paired by number.
        assert_eq!(read.matches("localKeyID: 01 00 00 00").count(), 2);
        assert!(
            !run(
                directory.path(),
                "pkcs12 -in pfx -nodes -passin",
                &["pass:x"]
            )
            .status
            .success()
        );
    }
}

#[test]
fn what_we_export_for_windows_is_protected_in_the_old_way() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let made = Made::new(directory.path(), "rsa:1024");
    let exported = export_windows(&made.identity, &made.name, &made.certificate, "x").unwrap();
    fs::write(directory.path().join("pfx"), pfx_in(&exported)).unwrap();

    let told = run(
        directory.path(),
        "pkcs12 -in pfx -info -noout -passin",
        &["pass:x"],
    );
    let told = String::from_utf8_lossy(&told.stderr);

    assert!(told.contains("MAC: sha1, Iteration 2000"), "{told}");
    let scheme = "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000";
    assert_eq!(told.matches(scheme).count(), 2, "{told}");
}

#[test]
fn we_import_what_openssl_writes_the_old_way_and_the_new() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let made = Made::new(directory.path(), "rsa:1024");
    for way in [
        // PBES2 with AES-256, SHA-256.
        "",
        // RC2-40 for the certificate, triple DES for the key, SHA-1: the old way.
        "-legacy",
        "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1",
        "-legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-RC2-40",
        "-certpbe PBE-SHA1-2DES -keypbe PBE-SHA1-2DES -iter 1",
        "-certpbe aes-128-cbc -keypbe aes-192-cbc -macalg sha384",
        "-certpbe des-ede3-cbc -keypbe aes-256-cbc -macalg sha512",
        "-certpbe NONE -keypbe PBE-SHA1-3DES -nomaciter",
        "-certpbe NONE -keypbe NONE",
        "-name friendly -CSP Microsoft -keyex",
    ] {
        if way.contains("legacy") && !legacy_is_there() {
            continue;
        }
        for password in PASSWORDS {
            let pass = format!("pass:{password}");
            let arguments =
                format!("pkcs12 -export -inkey key -in certificate {way} -out pfx -passout");
            openssl_with(directory.path(), arguments.trim(), &[&pass]);
            let text = made.around(&fs::read(directory.path().join("pfx")).unwrap());

            let imported = import(&text, password)
                .unwrap_or_else(|error| panic!("{way:?} {password:?}: {error:?}"));

            assert_eq!(imported.identity.authority(), made.authority);
            assert_eq!(imported.name.as_ref(), Some(&made.name));
            assert_eq!(imported.certificate.as_ref(), Some(&made.certificate));
            assert!(matches!(
                import(&text, "other"),
                Err(ImportError::WrongPassword)
            ));
        }
    }
}

#[test]
fn what_is_no_identity_is_refused_by_name() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for (kind, ways, check) in [
        (
            "rsa:2048",
            "-inkey key",
            (|e| matches!(e, ImportError::Key(KeyError::Size { bits: 2_048 })))
                as fn(&ImportError) -> bool,
        ),
        (
            "ec",
            "-inkey key",
            |e| matches!(e, ImportError::ForeignKey(oid) if oid == "1.2.840.10045.2.1"),
        ),
        ("rsa:1024", "-nokeys", |e| matches!(e, ImportError::NoKey)),
        ("rsa:1024", "-inkey key -nomac", |e| {
            matches!(e, ImportError::NoMac)
        }),
        ("rsa:1024", "-inkey key -macalg md5", |e| {
            matches!(e, ImportError::Unsupported { .. })
        }),
        (
            "rsa:1024",
            "-inkey key -legacy -keypbe PBE-SHA1-RC4-128",
            |e| matches!(e, ImportError::Unsupported { .. }),
        ),
        (
            "rsa:1024",
            "-inkey key -iter 6100000 -nomaciter -certpbe NONE",
            |e| matches!(e, ImportError::TooMuchWork),
        ),
    ] {
        if ways.contains("legacy") && !legacy_is_there() {
            continue;
        }
        make_key(directory.path(), kind);
        openssl_with(
            directory.path(),
            &format!("pkcs12 -export {ways} -in certificate -out pfx -passout pass:x"),
            &[],
        );
        let name = PeerName::new(Authority::Secure([1; 20]), "name".parse().unwrap());
        let pfx = fs::read(directory.path().join("pfx")).unwrap();

        let error = import(&around(&name, &pfx), "x").unwrap_err();

        assert!(check(&error), "{kind} {ways}: {error:?}");
    }
}

/// An identity that openssl made, with a certificate.
struct Made {
    identity: PeerIdentity,
    authority: Authority,
    name: PeerName,
    certificate: Vec<u8>,
}

impl Made {
    fn new(directory: &Path, kind: &str) -> Self {
        make_key(directory, kind);
        openssl_with(
            directory,
            "x509 -in certificate -outform DER -out certificate.der",
            &[],
        );
        let pem = fs::read_to_string(directory.join("key")).unwrap();
        let identity = PeerIdentity::from_pkcs8_pem(&pem).unwrap();
        let authority = identity.authority();
        Self {
            identity,
            authority,
            name: PeerName::new(authority, "a name".parse().unwrap()),
            certificate: fs::read(directory.join("certificate.der")).unwrap(),
        }
    }

    fn around(&self, pfx: &[u8]) -> String {
        around(&self.name, pfx)
    }
}

fn make_key(directory: &Path, kind: &str) {
    let kind = match kind {
        "ec" => "ec -pkeyopt ec_paramgen_curve:P-256",
        other => other,
    };
    openssl_with(
        directory,
        &format!(
            "req -x509 -newkey {kind} -nodes -sha1 -subj /CN=peer -days 30 -keyout key \
             -out certificate"
        ),
        &[],
    );
}

/// The export of Windows around a PKCS#12, in the words of Microsoft's page about the import.
fn around(name: &PeerName, pfx: &[u8]) -> String {
    let data = Base64::encode_string(pfx);
    let lines: Vec<_> = data
        .as_bytes()
        .chunks(72)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "<?xml version=\"1.0\"?>\r\n<PEERIDENTITYEXPORT VERSION=\"1.0\">\r\n\
         <IDENTITY>{name}</IDENTITY>\r\n\
         <IDENTITYDATA xmlns:dt=\"urn:schemas-microsoft-com:datatypes\" \
         dt:dt=\"bin.base64\">\r\n{}\r\n</IDENTITYDATA>\r\n</PEERIDENTITYEXPORT>\r\n",
        lines.join("\r\n")
    )
}

fn pfx_in(export: &str) -> Vec<u8> {
    let start = export.find("bin.base64\">").unwrap() + "bin.base64\">".len();
    let end = export.find("</DATA>").unwrap();
    Base64::decode_vec(&export[start..end]).unwrap()
}

/// The blocks of a PEM text, without what stands around them.
fn blocks(text: &str) -> Vec<&str> {
    text.match_indices("-----BEGIN ")
        .map(|(start, _)| {
            let end = start + text[start..].find("-----END ").unwrap();
            let line = text[end..].find('\n').unwrap();
            &text[start..=end + line]
        })
        .collect()
}

/// RC2 and RC4 are in a provider of their own.
fn legacy_is_there() -> bool {
    let listed = run(Path::new("."), "list -providers -provider legacy", &[]);
    or_skip(listed.status.success(), "the legacy provider of openssl")
}
