//! What the tests of all modules share: a key made for them, and statements to sign.

use std::{net::Ipv6Addr, sync::LazyLock};

use pnrp_wire::{
    Authority, ClassifierHash, Cpa, CpaKind, Endpoint, FileTime, Nonce, P2pId, PnrpId,
    ServiceLocation,
};

use crate::{PeerIdentity, Signer};

/// A private key that protects nothing: it was made with `openssl genpkey` to be printed here.
pub(crate) const KEY_PEM: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALWnaHwNssgNOWGQ\n\
4fjzIEECHX/Bh3UoX2OOCg20A9orfr9MdfbDIEqdS8pzYeVZjguvN3i/znLEVTOA\n\
KQHm6gABFc213n6ItTqBz0j+UBYfXxR/tRBUEdurI+NCVoNkUFHZtpB5v/hViPqG\n\
3Gq3m0Lr8lAu4DDzAFeHewl54hXHAgMBAAECgYEAsWY18cBm8luHyDJ3nGnC+/mW\n\
2WckZFPzJARY6Rz+DhggBa4kHcJdTMDkfWfFGPgmcl7BK5kVgpseIddtNMBPj+Am\n\
CLb75+dINngN/7nqOfcbcFOmvLv1qnkkJSflOOM8YBmRq0npkwQl4QAUglMIlaJp\n\
aNonDpwolbsVID8GnbECQQDdggq0PdPByKDXYx3/huVZFeQjB7X413HmFi9bmTfC\n\
tphbqh2pe/5tkb0F0XRarajKAhBEfHhS7+dQx/Jb7EqDAkEA0fCq2d3KJbZ5lezg\n\
dkEdgX2MrspTlfXzFxizgllcA03r7leQDeZwfM44j3XYa/jWzHcIS4ny7jmY9S2d\n\
/gF0bQJAQH3hMfMiWTRZp/xCuqgC1HosLwrKr4XCsrPY2/lzI6zYFTAlbLgeLraU\n\
60G9d71B/Ha3V8lJmxQgLAPbC2pzkwJAA7gYvr1QHHTsGHzWySGELUwVFu+cpXZy\n\
9QDKBVAh8ikKOfGxKp3fdkaM9/WlfNwuqfad3gC2ngPFMuq49sv9zQJAQc39QLEl\n\
qTDErE089/GY+FG0TUkm0W6bG1b1OizcdT8+fwA1II9Cdn83tAqUrCjK8AkeKkxN\n\
rdRIP9Se4BUR1Q==\n\
-----END PRIVATE KEY-----\n\
";

/// SHA-1 of its RSAPublicKey, by `openssl rsa -RSAPublicKey_out -outform DER | sha1sum`.
pub(crate) const AUTHORITY: [u8; 20] = [
    0xc9, 0x5e, 0x6f, 0x73, 0x97, 0xc5, 0xf4, 0xd7, 0x75, 0xe1, 0x03, 0x92, 0xaa, 0x71, 0xf5, 0xa3,
    0x3e, 0xc6, 0xf6, 0x66,
];

/// The peer that holds the key.
pub(crate) fn identity() -> PeerIdentity {
    PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap()
}

/// The time until which what [`publication`] states holds.
pub(crate) const NOT_AFTER: FileTime = FileTime(134_000_000_000_000_000);
/// The nonce that [`publication`] answers.
pub(crate) const NONCE: Nonce = Nonce([0x5a; 16]);

/// What the peer may state about its secure name.
pub(crate) fn publication() -> Cpa {
    Cpa {
        kind: CpaKind::Publish(NONCE),
        has_extended_payload: false,
        not_after: NOT_AFTER,
        service_location: LOCATION,
        authority: identity().authority(),
        classifier_hash: Some(CLASSIFIER),
        friendly_name: None,
        service_addresses: vec![Endpoint {
            address: Ipv6Addr::LOCALHOST,
            port: 3540,
        }],
        app_endpoints: Vec::new(),
        public_key: identity().public_key(),
    }
}

/// The ID of a name under this authority, at the place that [`publication`] states.
pub(crate) fn id_under(authority: &Authority) -> PnrpId {
    PnrpId::new(P2pId::derive(authority, &CLASSIFIER), LOCATION)
}

const CLASSIFIER: ClassifierHash = ClassifierHash([0xc1; 20]);
const LOCATION: ServiceLocation =
    ServiceLocation([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// Peers with keys of their own, drawn once for all tests of a run.
pub(crate) fn peers() -> &'static [PeerIdentity] {
    static PEERS: LazyLock<Vec<PeerIdentity>> =
        LazyLock::new(|| (0..4).map(|_| PeerIdentity::generate().unwrap()).collect());
    &PEERS
}
