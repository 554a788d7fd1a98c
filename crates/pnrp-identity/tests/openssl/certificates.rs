//! Another implementation reads our certificates, and we read its. MS-PNRP §2.2.3.5.

use std::{fs, path::Path};

use pnrp_identity::{
    Certificate, CertificateError, CertificateKind, ChainClaim, ChainError, Delegation,
    PeerIdentity, Role, RsaVerifier, Signer, delegate, self_signed_certificate, validate_chain,
};
use pnrp_wire::{CertChain, Classifier, FileTime, PublicKey};

use crate::program::{openssl, openssl_is_there, refused_by_openssl, write};

/// The first second of 2026, for openssl and for us.
const UNIX_NOW: u64 = 1_767_225_600;
const NOW: FileTime = FileTime((UNIX_NOW + 11_644_473_600) * 10_000_000);

/// R-2.2.3.5-03, R-2.2.3.5-04, R-2.2.3.5-05, R-2.2.3.5-07, R-2.2.3.5.1-02, R-2.2.3.5.1-03
#[test]
fn openssl_reads_the_certificate_of_an_identity() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let identity = PeerIdentity::generate().unwrap();
    let der = self_signed_certificate(&identity, before(), after()).unwrap();

    write(directory.path(), "root.der", &der);
    let text = openssl(
        directory.path(),
        "x509 -inform DER -in root.der -noout -text",
    );

    check_fields(&text, &Certificate::from_der(&der).unwrap());
    let name = identity.authority().to_string();
    check_names(&text, &name, &name);
    let authority = "x509 -inform DER -in root.der -noout -pubkey -out key.pem";
    openssl(directory.path(), authority);
    openssl(
        directory.path(),
        "rsa -pubin -in key.pem -RSAPublicKey_out -outform DER -out key.der",
    );
    let digest = openssl(directory.path(), "dgst -sha1 -r key.der");
    assert_eq!(digest.split(' ').next(), Some(name.as_str()));
}

/// R-2.2.3.5-03, R-2.2.3.5-04, R-2.2.3.5-05, R-2.2.3.5-08, R-2.2.3.5-09, R-2.2.3.5.1-01,
/// R-2.2.3.5.1-03
#[test]
fn openssl_reads_the_certificates_of_delegates() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let peers = peers();
    let chain = chain_of_three(&peers);
    for (index, der) in chain.certificates().iter().enumerate().skip(1) {
        write(directory.path(), "one.der", der);
        let text = openssl(
            directory.path(),
            "x509 -inform DER -in one.der -noout -text",
        );

        check_fields(&text, &Certificate::from_der(der).unwrap());
        for oid in ["3.1", "3.3", "3.5"] {
            assert!(
                is_critical(&text, &format!("1.3.6.1.4.1.311.44.{oid}")),
                "{text}"
            );
        }
        let [issuer, subject] =
            [index - 1, index].map(|index| peers.get(index).unwrap().authority().to_string());
        check_names(&text, &issuer, &subject);
        assert!(has_directory_name(&text, &issuer), "{text}");
        assert!(has_directory_name(&text, &subject), "{text}");
    }
}

/// R-3.1.5.10-01: PKCS#7 as another implementation reads it.
#[test]
fn openssl_reads_the_chain_in_its_order() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let peers = peers();

    write(
        directory.path(),
        "chain.p7",
        &chain_of_three(&peers).encode(),
    );
    let text = openssl(
        directory.path(),
        "pkcs7 -inform DER -in chain.p7 -print_certs -noout",
    );

    let text = text.replace(' ', "");
    let subjects = text
        .lines()
        .filter_map(|line| line.strip_prefix("subject="));
    let expected = peers.iter().map(|peer| format!("CN={}", peer.authority()));
    assert_eq!(subjects.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// R-3.1.5.10-07, R-3.1.5.10-13: openssl checks each signature by the key before it. It knows
/// nothing of the extensions of PNRP, and is told to pass over them; and it takes a certificate in
/// the middle of a path only with basicConstraints, which PNRP does not have, so that it gets one
/// link at a time.
#[test]
fn openssl_verifies_each_link_and_refuses_a_changed_one() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let chain = chain_of_three(&peers());
    let names = ["root", "admin", "last"];
    for (name, der) in names.iter().zip(chain.certificates()) {
        to_pem(directory, name, der);
    }
    let verify = |issuer, name| {
        format!(
            "verify -ignore_critical -auth_level 0 -attime {UNIX_NOW} -partial_chain \
             -trusted {issuer}.pem {name}.pem"
        )
    };
    assert_eq!(
        openssl(directory, &verify("root", "root")),
        "root.pem: OK\n"
    );
    // The last was not signed by the root, and the critical extensions are there to be understood.
    let gap = refused_by_openssl(directory, &verify("root", "last"));
    assert!(
        gap.contains("unable to get local issuer certificate"),
        "{gap}"
    );
    let unknown = verify("root", "admin").replace(" -ignore_critical", "");
    let unknown = refused_by_openssl(directory, &unknown);
    assert!(
        unknown.contains("unhandled critical extension"),
        "{unknown}"
    );

    for (issuer, name) in [("root", "admin"), ("admin", "last")] {
        let verify = verify(issuer, name);
        assert_eq!(openssl(directory, &verify), format!("{name}.pem: OK\n"));

        let der = fs::read(directory.join(format!("{name}.der"))).unwrap();
        to_pem(directory, name, &with_another_serial(&der));
        let refused = refused_by_openssl(directory, &verify);

        assert!(
            refused.contains("certificate signature failure"),
            "{refused}"
        );
        to_pem(directory, name, &der);
    }
}

/// R-2.2.3.5-03, R-2.2.3.5-04, R-2.2.3.5-05, R-2.2.3.5-07, R-2.2.3.5.1.1-01, R-2.2.3.5.1.2-01,
/// R-2.2.3.5.1.3-01, R-2.2.3.5.1.4-02, R-2.2.3.5.1.5-01
#[test]
fn we_read_certificates_made_by_openssl() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    make_chain(directory.path());

    let root = read(directory.path(), "root.der").unwrap();
    let member = read(directory.path(), "member.der").unwrap();

    assert_eq!(root.kind(), CertificateKind::Root);
    assert_eq!(root.subject().to_string(), "root");
    assert_eq!(root.issuer(), root.subject());
    assert_eq!(root.peer_name().unwrap().to_string(), "0.openssl");
    assert_eq!(root.serial_number(), &[0x4B; 16]);
    assert_eq!(root.public_key(), &key_of(directory.path(), "root"));
    assert_eq!(member.kind(), CertificateKind::Member);
    assert_eq!(member.subject().to_string(), "member");
    assert_eq!(member.issuer(), root.subject());
    assert_eq!(member.roles(), [Role::Member]);
    let classifiers = ["fish", "caf\u{e9} \u{1f41f}"].map(|text| text.parse().unwrap());
    assert_eq!(member.classifiers().unwrap(), classifiers);
    assert_eq!(member.public_key(), &key_of(directory.path(), "member"));
}

/// R-3.1.5.10-01, R-3.1.5.10-03, R-3.1.5.10-06, R-3.1.5.10-07, R-3.1.5.10-11, R-3.1.5.10-12,
/// R-3.1.5.10-13: certificates and container are all openssl's.
#[test]
fn we_validate_a_chain_made_by_openssl() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    make_chain(directory);
    openssl(
        directory,
        "crl2pkcs7 -nocrl -certfile root.pem -certfile member.pem -outform DER -out chain.p7",
    );
    let chain = fs::read(directory.join("chain.p7")).unwrap();
    let now = read(directory, "member.der").unwrap().not_before();
    let validate = |chain: &[u8], classifier: &str| {
        let classifier: Classifier = classifier.parse().unwrap();
        let claim = ChainClaim {
            authority: key_of(directory, "root").authority(),
            publisher: key_of(directory, "member"),
            classifier: &classifier,
        };
        validate_chain(chain, &claim, now, &RsaVerifier)
    };

    let valid = validate(&chain, "fish").unwrap();

    assert_eq!(valid.publisher(), &key_of(directory, "member"));
    assert!(validate(&chain, "caf\u{e9} \u{1f41f}").is_ok());
    assert!(matches!(
        validate(&chain, "fish food"),
        Err(ChainError::ClassifierNotDelegated { .. })
    ));
    let mut changed = chain;
    *changed.last_chunk_mut::<20>().unwrap().first_mut().unwrap() ^= 0x01;
    assert!(validate(&changed, "fish").is_err());
}

/// R-2.2.3.5-04, R-2.2.3.5-07: the same configuration with another hash, and another key.
#[test]
fn we_refuse_certificates_of_openssl_with_another_hash_or_key() {
    if !openssl_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    make_chain(directory);
    self_sign(directory, "root", "sha256");
    assert_eq!(
        read(directory, "root.der"),
        Err(CertificateError::Algorithm {
            found: "1.2.840.113549.1.1.11".into()
        })
    );

    make_key(directory, "large", 2_048);
    self_sign(directory, "large", "sha1");
    assert_eq!(
        read(directory, "large.der"),
        Err(CertificateError::KeySize { bits: 2_048 })
    );
    openssl(
        directory,
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key",
    );
    openssl(
        directory,
        "req -new -key ec.key -subj /CN=ec -config openssl.cnf -out ec.csr",
    );
    issue(directory, "ec");
    assert_eq!(read(directory, "ec.der"), Err(CertificateError::Key));
}

/// What every certificate of PNRP has, in the words of openssl.
fn check_fields(text: &str, certificate: &Certificate) {
    let serial = certificate.serial_number().iter();
    let serial: Vec<String> = serial.map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        text.matches("Signature Algorithm: sha1WithRSAEncryption")
            .count(),
        2
    );
    for line in [
        "Version: 3 (0x2)",
        "Public-Key: (1024 bit)",
        "Exponent: 65537 (0x10001)",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains(&serial.join(":")), "{serial:?}: {text}");
    assert!(is_critical(text, "1.3.6.1.4.1.311.44.0.1"), "{text}");
    assert!(is_critical(text, "1.3.6.1.4.1.311.44.0.4"), "{text}");
    assert!(!text.contains("Unique ID"), "{text}");
}

/// Some releases of openssl put spaces around the sign.
fn check_names(text: &str, issuer: &str, subject: &str) {
    let text = text.replace(' ', "");
    assert!(text.contains(&format!("Issuer:CN={issuer}\n")), "{text}");
    assert!(text.contains(&format!("Subject:CN={subject}\n")), "{text}");
}

/// Whether there is an alternative name. Some releases of openssl show a BMPString byte by byte,
/// and cut it off before the last character of an authority.
fn has_directory_name(text: &str, name: &str) -> bool {
    let bytes: String = name
        .chars()
        .take(39)
        .map(|character| format!("\\x00{character}"))
        .collect();
    text.contains(&format!("DirName:/CN={bytes}"))
        || text
            .replace(' ', "")
            .contains(&format!("DirName:CN={name}"))
}

fn is_critical(text: &str, oid: &str) -> bool {
    text.contains(&format!("{oid}: critical\n"))
}

fn peers() -> [PeerIdentity; 3] {
    [(); 3].map(|()| PeerIdentity::generate().unwrap())
}

/// The first peer lets the second, and that one the third, publish "fish".
fn chain_of_three(peers: &[PeerIdentity; 3]) -> CertChain {
    let [owner, admin, last] = peers;
    let first = delegate(owner, None, &to(admin.public_key())).unwrap();
    delegate(admin, Some(&first), &to(last.public_key())).unwrap()
}

fn to(key: PublicKey) -> Delegation {
    Delegation {
        to: key,
        classifiers: vec!["fish".parse().unwrap()],
        role: Role::Admin,
        not_before: before(),
        not_after: after(),
    }
}

fn before() -> FileTime {
    FileTime(NOW.0 - 36_000_000_000)
}

fn after() -> FileTime {
    FileTime(NOW.0 + 36_000_000_000)
}

fn to_pem(directory: &Path, name: &str, der: &[u8]) {
    write(directory, &format!("{name}.der"), der);
    let convert = format!("x509 -inform DER -in {name}.der -out {name}.pem");
    openssl(directory, &convert);
}

/// One bit of what is signed differs.
fn with_another_serial(der: &[u8]) -> Vec<u8> {
    let serial = *Certificate::from_der(der).unwrap().serial_number();
    let start = der.windows(16).position(|window| window == serial).unwrap();
    let mut changed = der.to_vec();
    *changed.get_mut(start + 15).unwrap() ^= 0x01;
    changed
}

fn read(directory: &Path, name: &str) -> Result<Certificate, CertificateError> {
    Certificate::from_der(&fs::read(directory.join(name)).unwrap())
}

/// A root and a member, made by openssl alone.
fn make_chain(directory: &Path) {
    write(directory, "openssl.cnf", CONFIGURATION.as_bytes());
    make_key(directory, "root", 1_024);
    make_key(directory, "member", 1_024);
    self_sign(directory, "root", "sha1");
    openssl(
        directory,
        "req -new -key member.key -subj /CN=member -config openssl.cnf -out member.csr",
    );
    issue(directory, "member");
}

fn make_key(directory: &Path, name: &str, bits: u32) {
    openssl(
        directory,
        &format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out {name}.key"),
    );
}

fn self_sign(directory: &Path, name: &str, hash: &str) {
    let serial = "4B".repeat(16);
    openssl(
        directory,
        &format!(
            "req -new -x509 -key {name}.key -{hash} -days 30 -set_serial 0x{serial} \
             -subj /CN={name} -config openssl.cnf -extensions root -out {name}.pem"
        ),
    );
    let convert = format!("x509 -in {name}.pem -outform DER -out {name}.der");
    openssl(directory, &convert);
}

/// Signs a request with the key of the root.
fn issue(directory: &Path, name: &str) {
    let serial = "5C".repeat(16);
    openssl(
        directory,
        &format!(
            "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -sha1 -days 30 \
             -set_serial 0x{serial} -extfile openssl.cnf -extensions member -out {name}.pem"
        ),
    );
    let convert = format!("x509 -in {name}.pem -outform DER -out {name}.der");
    openssl(directory, &convert);
}

fn key_of(directory: &Path, name: &str) -> PublicKey {
    openssl(
        directory,
        &format!("rsa -in {name}.key -RSAPublicKey_out -outform DER -out {name}.key.der"),
    );
    PublicKey::from_der(&fs::read(directory.join(format!("{name}.key.der"))).unwrap()).unwrap()
}

/// The extensions of MS-PNRP §2.2.3.5.1, for openssl to write.
const CONFIGURATION: &str = "\
[req]
prompt = no
distinguished_name = root_name

[root]
1.3.6.1.4.1.311.44.0.1 = critical, DER:040402000000
1.3.6.1.4.1.311.44.0.4 = critical, DER:040401000200
1.3.6.1.4.1.311.44.3.1 = critical, ASN1:SEQUENCE:peer_names
subjectAltName = dirName:root_name

[member]
1.3.6.1.4.1.311.44.0.1 = critical, DER:040401000000
1.3.6.1.4.1.311.44.0.4 = critical, DER:040401000200
1.3.6.1.4.1.311.44.3.1 = critical, ASN1:SEQUENCE:peer_names
1.3.6.1.4.1.311.44.3.3 = critical, DER:30120410f12dc4c708574ca093fcb1bb19a3d8c2
1.3.6.1.4.1.311.44.3.5 = critical, ASN1:SEQUENCE:classifiers
issuerAltName = dirName:root_name
subjectAltName = dirName:member_name

[root_name]
CN = root

[member_name]
CN = member

[peer_names]
name = IMPLICIT:0, SEQUENCE:peer_name

[peer_name]
type = OID:1.3.6.1.4.1.311.44.0.2
value = EXPLICIT:0, FORMAT:UTF8, UNIV:0.openssl

[classifiers]
1 = IMPLICIT:0, SEQUENCE:fish
2 = IMPLICIT:0, SEQUENCE:cafe

[fish]
type = OID:1.3.6.1.4.1.311.44.0.3
value = EXPLICIT:0, FORMAT:UTF8, UNIV:fish

[cafe]
type = OID:1.3.6.1.4.1.311.44.0.3
value = EXPLICIT:0, FORMAT:UTF8, UNIV:caf\u{e9} \u{1f41f}
";
