//! The container of a certificate chain, read and written by openssl. MS-PNRP §2.2.3.5.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic is a failed test, and xtask collects what is printed"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use pnrp_wire::CertChain;

/// Serial numbers of the certificates, in no order that sorting could give.
const SERIALS: [&str; 3] = ["0x52", "0x13", "0x34"];

/// R-2.2.3.5-01: openssl finds the certificates in what we encode, in our order.
#[test]
fn openssl_reads_what_we_encode() {
    let Some(openssl) = Openssl::find("openssl_reads_what_we_encode") else {
        return;
    };
    let certificates = SERIALS.map(|serial| openssl.certificate(serial));
    let chain = CertChain::new(certificates.to_vec()).unwrap();
    openssl.write("chain.der", &chain.encode());

    let listed = openssl.run("pkcs7 -inform DER -in chain.der -print_certs");

    assert_eq!(openssl.certificates_of(&listed), certificates);
}

/// R-2.2.3.5-01: what openssl writes is read in its order, and is what we encode.
#[test]
fn we_read_what_openssl_writes() {
    let Some(openssl) = Openssl::find("we_read_what_openssl_writes") else {
        return;
    };
    let certificates = SERIALS.map(|serial| openssl.certificate(serial));
    let files = SERIALS.map(|serial| format!("-certfile {serial}.pem"));
    openssl.run(&format!(
        "crl2pkcs7 -nocrl {} -outform DER -out chain.der",
        files.join(" ")
    ));
    let written = openssl.read("chain.der");

    let chain = CertChain::decode(&written).unwrap();

    assert_eq!(chain.certificates(), certificates);
    assert_eq!(chain.encode(), written);
}

/// Signers, digest algorithms and content are there, and do not matter.
#[test]
fn we_read_a_chain_that_openssl_signed() {
    let Some(openssl) = Openssl::find("we_read_a_chain_that_openssl_signed") else {
        return;
    };
    let certificate = openssl.certificate(SERIALS[0]);
    openssl.write("text", b"text");
    openssl.run(
        "smime -sign -in text -signer 0x52.pem -inkey 0x52.key -nodetach -outform DER -out signed.der",
    );

    let chain = CertChain::decode(&openssl.read("signed.der")).unwrap();

    assert_eq!(chain.certificates(), [certificate]);
}

/// openssl in a directory of the calling test's own.
struct Openssl {
    directory: PathBuf,
}

impl Openssl {
    /// Says that the test is skipped when there is no openssl.
    fn find(test: &str) -> Option<Self> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&directory).unwrap();
        if Command::new("openssl").arg("version").output().is_err() {
            let line = format!("skipped: {test}: openssl is not installed");
            assert!(
                env::var_os("PNRP_TEST_FORBID_SKIP").is_none(),
                "{line}, and PNRP_TEST_FORBID_SKIP is set"
            );
            println!("{line}");
            return None;
        }
        Some(Self { directory })
    }

    /// Makes a self-signed certificate with this serial number, also as a PEM file.
    fn certificate(&self, serial: &str) -> Vec<u8> {
        self.run(&format!(
            "req -x509 -newkey rsa:1024 -sha1 -nodes -subj /CN={serial} -set_serial {serial} \
             -keyout {serial}.key -out {serial}.pem"
        ));
        self.run(&format!(
            "x509 -in {serial}.pem -outform DER -out {serial}.der"
        ));
        self.read(&format!("{serial}.der"))
    }

    /// The certificates in the output of `-print_certs`, in their order.
    fn certificates_of(&self, listed: &str) -> Vec<Vec<u8>> {
        let end = "-----END CERTIFICATE-----\n";
        let blocks = listed
            .split_inclusive(end)
            .filter(|block| block.ends_with(end));
        let certificates = blocks.map(|block| {
            self.write("listed.pem", block.as_bytes());
            self.run("x509 -in listed.pem -outform DER -out listed.der");
            self.read("listed.der")
        });
        certificates.collect()
    }

    fn run(&self, arguments: &str) -> String {
        let mut command = Command::new("openssl");
        command
            .args(arguments.split_whitespace())
            .current_dir(&self.directory);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {errors}");
        String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.directory.join(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.directory.join(name)).unwrap()
    }
}
