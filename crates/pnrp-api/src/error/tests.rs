//! Texts, codes and JSON of every error.

use super::*;

fn every_error() -> Vec<Error> {
    let (name, reason) = ("0.x".to_owned(), "it is so; change it".to_owned());
    vec![
        Error::InvalidName {
            name: name.clone(),
            reason: reason.clone(),
        },
        Error::InvalidEndpoint {
            endpoint: "[::]:1".into(),
            reason: reason.clone(),
        },
        Error::InvalidEndpoints {
            reason: reason.clone(),
        },
        Error::InvalidTimeout {
            timeout: Duration::from_secs(601),
        },
        Error::InvalidRequest {
            reason: reason.clone(),
        },
        Error::ForeignAuthority {
            name: name.clone(),
            authority: "ab".repeat(20),
        },
        Error::NoIdentity {
            reason: reason.clone(),
        },
        Error::CloudNotFound {
            name: "x".into(),
            available: vec!["Global_".into()],
        },
        Error::InvalidHost {
            host: "two words".into(),
            reason: reason.clone(),
        },
        Error::CloudDisabled { name: "x".into() },
        Error::NoSeed { name: "x".into() },
        Error::CloudIsResolveOnly { name: "x".into() },
        Error::CloudInUse {
            name: "x".into(),
            registered: 2,
        },
        Error::NoAnswer {
            node: "[fe80::1]:3540".into(),
            reason: reason.clone(),
        },
        Error::CloudUnavailable {
            name: "x".into(),
            reason: reason.clone(),
        },
        Error::NoClouds {
            reason: reason.clone(),
        },
        Error::DuplicateName {
            name: name.clone(),
            cloud: "Global_".into(),
        },
        Error::TooMuchLoad {
            reason: reason.clone(),
        },
        Error::NotFound { name: name.clone() },
        Error::TimedOut { name: name.clone() },
        Error::Alone { name },
        Error::DaemonUnavailable {
            socket: "/run/pnrp/pnrpd.sock".into(),
            source: io::Error::other("refused"),
        },
        Error::Protocol { reason },
        Error::Closed,
    ]
}

fn every_error_of_texts() -> Vec<Error> {
    let name = || "0.x".to_owned();
    let reason = || "it is so; change it".to_owned();
    vec![
        Error::ClassifierTooLong {
            name: name(),
            reason: reason(),
        },
        Error::InvalidClassifier {
            name: name(),
            reason: reason(),
        },
        Error::CannotConvertName {
            name: name(),
            reason: reason(),
        },
        Error::InvalidHostName {
            host: name(),
            reason: reason(),
        },
        Error::InvalidComment { reason: reason() },
        Error::InvalidPayload { reason: reason() },
    ]
}

fn everything() -> impl Iterator<Item = Error> {
    let lists = [
        every_error(),
        every_error_of_texts(),
        every_error_of_identities(),
        every_error_of_registrations(),
    ];
    lists.into_iter().flatten()
}

fn every_error_of_registrations() -> Vec<Error> {
    let reason = || "it is so".to_owned();
    vec![
        Error::RegistrationNotFound {
            selector: "0.x".to_owned(),
            reason: reason(),
        },
        Error::RegistrationOfAnother {
            id: RegistrationId(7),
            owner: 12,
        },
        Error::UpdateRefused { reason: reason() },
        Error::StateUnusable { reason: reason() },
        Error::DiskFull { reason: reason() },
        Error::UnsupportedVersion { daemon: 7 },
        Error::NoIpv6,
        Error::CloudNameAmbiguous {
            name: "link-local".to_owned(),
            candidates: vec!["a".to_owned(), "b".to_owned()],
        },
    ]
}

fn every_error_of_identities() -> Vec<Error> {
    let (name, reason) = ("0.x".to_owned(), "it is so; change it".to_owned());
    vec![
        Error::IdentityNotFound {
            selector: name.clone(),
            reason: reason.clone(),
        },
        Error::IdentityExists {
            authority: "ab".repeat(20),
        },
        Error::IdentityInUse {
            authority: "ab".repeat(20),
            name,
        },
        Error::IdentityStore {
            reason: reason.clone(),
        },
        Error::InvalidFriendlyName {
            reason: reason.clone(),
        },
        Error::TooManyIdentities {
            reason: reason.clone(),
        },
        Error::IdentityRefused {
            reason: reason.clone(),
        },
        Error::ImportRefused {
            reason: reason.clone(),
        },
        Error::InvalidKey {
            reason: reason.clone(),
        },
        Error::InvalidChain {
            reason: reason.clone(),
        },
        Error::DelegationRefused { reason },
    ]
}

#[test]
fn every_error_is_one_line_that_says_what_to_do() {
    for error in everything() {
        let text = error.to_string();
        assert!(!text.contains('\n'), "{text:?}");
        assert!(text.contains("; "), "{text:?}");
    }
}

#[test]
fn every_error_comes_back_from_json_as_the_same_variant() {
    for error in everything() {
        let text = error.to_string();
        let json = serde_json::to_string(&ErrorBody { error }).unwrap();
        let back: ErrorBody = serde_json::from_str(&json).unwrap();
        assert_eq!(back.error.to_string(), text, "{json}");
    }
}

#[test]
fn the_json_of_an_error_has_code_details_and_message() {
    let error = Error::CloudNotFound {
        name: "x".into(),
        available: vec!["Global_".into()],
    };

    let json = serde_json::to_string(&ErrorBody { error }).unwrap();

    assert_eq!(
        json,
        r#"{"error":{"code":"cloud_not_found","details":{"name":"x","available":["Global_"]},"message":"there is no cloud \"x\"; there is Global_"}}"#
    );
}

#[test]
fn an_unknown_code_keeps_its_text() {
    let json = r#"{"error":{"code":"from_the_future","message":"the message"}}"#;

    let body: ErrorBody = serde_json::from_str(json).unwrap();

    assert!(matches!(body.error, Error::Protocol { reason } if reason == "the message"));
}

/// By code: what Windows calls it, and its number. `-` where Windows has nothing of the kind.
const CODES: [(&str, &str, u32); 49] = [
    ("alone", "PEER_E_NO_MORE", 0x8063_4003),
    (
        "cannot_convert_name",
        "PEER_E_CANNOT_CONVERT_PEER_NAME",
        0x8063_4001,
    ),
    (
        "classifier_too_long",
        "PEER_E_CLASSIFIER_TOO_LONG",
        0x8063_0201,
    ),
    ("closed", "PEER_E_NOT_INITIALIZED", 0x8063_0002),
    ("cloud_disabled", "PEER_E_CLOUD_DISABLED", 0x8007_2CEE),
    ("cloud_in_use", "-", 0x8007_00AA),
    (
        "cloud_is_resolve_only",
        "PEER_E_CLOUD_IS_SEARCH_ONLY",
        0x8007_2CF1,
    ),
    (
        "cloud_name_ambiguous",
        "PEER_E_CLOUD_NAME_AMBIGUOUS",
        0x8063_1005,
    ),
    ("cloud_not_found", "PEER_E_CLOUD_NOT_FOUND", 0x8007_2CED),
    ("cloud_unavailable", "PEER_E_CLOUD_IS_DEAD", 0x8007_2CF5),
    (
        "daemon_unavailable",
        "PEER_E_SERVICE_NOT_AVAILABLE",
        0x8063_20A1,
    ),
    ("delegation_refused", "PEER_E_INVALID_IDENTITY", 0x8007_2CEF),
    ("disk_full", "PEER_E_DISK_FULL", 0x8007_0070),
    (
        "duplicate_name",
        "PEER_E_PNRP_DUPLICATE_PEER_NAME",
        0x8063_4005,
    ),
    ("foreign_authority", "PEER_E_INVALID_IDENTITY", 0x8007_2CEF),
    ("identity_exists", "PEER_E_ALREADY_EXISTS", 0x8007_00B7),
    ("identity_in_use", "PEER_E_GROUPS_EXIST", 0x8063_0204),
    (
        "identity_not_found",
        "PEER_E_IDENTITY_NOT_FOUND",
        0x8063_0401,
    ),
    ("identity_refused", "E_INVALIDARG", 0x8007_0057),
    ("identity_store", "PEER_E_CERT_STORE_CORRUPTED", 0x8063_0801),
    ("import_refused", "E_INVALIDARG", 0x8007_0057),
    ("invalid_chain", "PEER_E_INVALID_IDENTITY", 0x8007_2CEF),
    (
        "invalid_classifier",
        "PEER_E_INVALID_CLASSIFIER",
        0x8063_2060,
    ),
    (
        "invalid_comment",
        "PEER_E_INVALID_FRIENDLY_NAME",
        0x8063_2070,
    ),
    ("invalid_endpoint", "PEER_E_INVALID_ADDRESS", 0x8063_7007),
    ("invalid_endpoints", "PEER_E_INVALID_ADDRESS", 0x8063_7007),
    (
        "invalid_friendly_name",
        "PEER_E_INVALID_FRIENDLY_NAME",
        0x8063_2070,
    ),
    ("invalid_host", "E_INVALIDARG", 0x8007_0057),
    (
        "invalid_host_name",
        "PEER_E_INVALID_PEER_HOST_NAME",
        0x8063_4002,
    ),
    ("invalid_key", "E_INVALIDARG", 0x8007_0057),
    ("invalid_name", "PEER_E_INVALID_PEER_NAME", 0x8063_2050),
    ("invalid_payload", "E_INVALIDARG", 0x8007_0057),
    ("invalid_request", "E_INVALIDARG", 0x8007_0057),
    ("invalid_timeout", "E_INVALIDARG", 0x8007_0057),
    ("no_answer", "-", 0x8007_274C),
    ("no_clouds", "PEER_E_NO_CLOUD", 0x8063_1001),
    ("no_identity", "PEER_E_NO_KEY_ACCESS", 0x8063_0203),
    ("no_ipv6", "PEER_E_IPV6_NOT_INSTALLED", 0x8063_0001),
    ("no_seed", "E_INVALIDARG", 0x8007_0057),
    ("not_found", "PEER_E_NO_MORE", 0x8063_4003),
    ("protocol", "-", 0x8000_4005),
    ("registration_not_found", "E_INVALIDARG", 0x8007_0057),
    ("registration_of_another", "-", 0x8007_0005),
    ("state_unusable", "PEER_E_CANNOT_START_SERVICE", 0x8063_0003),
    ("timed_out", "PEER_E_NO_MORE", 0x8063_4003),
    (
        "too_many_identities",
        "PEER_E_TOO_MANY_IDENTITIES",
        0x8063_0202,
    ),
    ("too_much_load", "PEER_E_TOO_MUCH_LOAD", 0x8007_2CF0),
    (
        "unsupported_version",
        "PEER_E_UNSUPPORTED_VERSION",
        0x8063_2090,
    ),
    ("update_refused", "E_INVALIDARG", 0x8007_0057),
];

#[test]
fn every_error_has_the_code_of_windows() {
    let mut codes: Vec<(String, u32)> = everything().map(|it| (code(&it), it.hresult())).collect();
    codes.sort();

    let expected = CODES.map(|(code, _, hresult)| (code.to_owned(), hresult));
    assert_eq!(codes, expected);
}

/// What serde knows of the enumeration is all there is.
#[test]
fn no_error_is_missing_from_these_tests() {
    let unknown = serde_json::from_str::<Error>(r#"{"code":"none_such"}"#).unwrap_err();
    let text = unknown.to_string();
    let (_, list) = text.split_once("expected one of ").unwrap();
    let known = list.split('`').skip(1).step_by(2);
    let mut known: Vec<String> = known.map(str::to_owned).collect();
    known.sort();

    let mut tested: Vec<String> = everything().map(|error| code(&error)).collect();
    tested.sort();
    assert_eq!(tested, known);
}

#[test]
fn an_error_becomes_a_body_and_a_body_an_error() {
    for error in everything() {
        let text = error.to_string();

        let body = ErrorBody::from(error);

        assert_eq!(Error::from(body).to_string(), text);
    }
}

fn code(error: &Error) -> String {
    let value = serde_json::to_value(error).unwrap();
    value["code"].as_str().unwrap().to_owned()
}
