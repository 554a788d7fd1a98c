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
        Error::InvalidComment {
            reason: reason.clone(),
        },
        Error::InvalidPayload {
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

fn everything() -> impl Iterator<Item = Error> {
    let of_use = every_error().into_iter();
    let of_registrations = every_error_of_registrations().into_iter();
    of_use
        .chain(every_error_of_identities())
        .chain(of_registrations)
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

#[test]
fn the_codes_are_those_of_windows() {
    let name = || "0.x".to_owned();

    let not_found = Error::CloudNotFound {
        name: name(),
        available: Vec::new(),
    };
    assert_eq!(not_found.hresult(), 0x8007_2CED);
    let duplicate = Error::DuplicateName {
        name: name(),
        cloud: name(),
    };
    assert_eq!(duplicate.hresult(), 0x8063_4005);
    let invalid = Error::InvalidName {
        name: name(),
        reason: name(),
    };
    assert_eq!(invalid.hresult(), 0x8063_2050);
}
