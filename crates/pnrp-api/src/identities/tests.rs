use std::fs;

use tempfile::TempDir;

use super::*;

#[test]
fn the_machine_comes_first_and_is_the_default() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let made = identities.create(Some("alice")).unwrap();

    let list = identities.list().unwrap();

    let default = identities.show("default").unwrap();
    assert!(default.is_default && !made.is_default);
    assert_eq!(list.identities, [default.clone(), made.clone()]);
    assert_eq!(list.damaged, []);
    assert_eq!(identities.show(&default.authority).unwrap(), default);
    assert_eq!(identities.show(&made.authority[..8]).unwrap(), made);
    assert_ne!(default.binding_key, None);
    assert_eq!(made.friendly_name, "alice");
}

#[test]
fn identities_are_the_same_after_a_restart() {
    let directory = TempDir::new().unwrap();
    let first = Identities::open(directory.path()).unwrap();
    first.create(Some("alice")).unwrap();
    let before = first.list().unwrap();

    let second = Identities::open(directory.path()).unwrap();

    assert_eq!(second.list().unwrap(), before);
}

#[test]
fn an_identity_without_a_name_is_called_by_its_authority() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();

    let made = identities.create(None).unwrap();

    assert_eq!(made.friendly_name, made.authority);
    let refused = identities.create(Some("")).unwrap_err();
    assert!(
        matches!(refused, Error::InvalidFriendlyName { .. }),
        "{refused}"
    );
}

#[test]
fn the_machine_keeps_its_name_and_its_key() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let machine = identities.show("default").unwrap();

    for who in ["default", &machine.authority] {
        let deleted = identities.delete(who).unwrap_err();
        let renamed = identities.rename(who, "x").unwrap_err();
        assert!(
            matches!(deleted, Error::IdentityRefused { .. }),
            "{deleted}"
        );
        assert!(
            matches!(renamed, Error::IdentityRefused { .. }),
            "{renamed}"
        );
    }
    assert_eq!(identities.show("default").unwrap(), machine);
}

#[test]
fn a_deleted_identity_comes_back_by_an_import() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let made = identities.create(Some("alice")).unwrap();
    let pem = identities.export("alice", "x", ExportFormat::Pem).unwrap();
    let here = identities.import(&pem, Some("x"), None).unwrap_err();
    assert!(matches!(here, Error::IdentityExists { .. }), "{here}");

    assert_eq!(identities.delete("alice").unwrap(), made);
    let taken = identities.import(&pem, Some("x"), Some("alice")).unwrap();

    assert_eq!(taken, made);
}

#[test]
fn an_import_from_windows_gets_a_binding_key() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let made = identities.create(None).unwrap();
    let xml = identities.export(&made.authority, "x", ExportFormat::Windows);
    identities.delete(&made.authority).unwrap();

    let taken = identities.import(&xml.unwrap(), Some("x"), None).unwrap();

    assert_eq!(taken.public_key, made.public_key);
    assert!(taken.binding_key.is_some() && taken.binding_key != made.binding_key);
    let later = Identities::open(directory.path()).unwrap();
    assert_eq!(later.show(&taken.authority).unwrap(), taken);
}

#[test]
fn the_machine_cannot_be_taken_in_a_second_time() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let pem = identities
        .export("default", "x", ExportFormat::Pem)
        .unwrap();

    let refused = identities.import(&pem, Some("x"), None).unwrap_err();

    assert!(matches!(refused, Error::IdentityExists { .. }), "{refused}");
    assert_eq!(identities.list().unwrap().identities.len(), 1);
}

#[test]
fn what_cannot_be_taken_in_says_why_and_leaves_nothing() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let other = Identities::in_memory();
    let pem = other.export("default", "x", ExportFormat::Pem).unwrap();
    let plain = PeerIdentity::generate().unwrap().to_pkcs8_pem().unwrap();

    for (text, password, reason) in [
        (&*pem, Some("y"), "the password is wrong"),
        (&pem, None, "the keys are encrypted"),
        (&plain, Some("x"), "the keys are not encrypted"),
        (&pem[..500], Some("x"), "in the middle of a key"),
        ("", Some("x"), "neither an identity"),
    ] {
        let refused = identities.import(text, password, None).unwrap_err();
        assert!(matches!(refused, Error::ImportRefused { .. }), "{refused}");
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    assert_eq!(identities.list().unwrap().identities.len(), 1);
    identities.import(&plain, None, None).unwrap();
    let empty = identities.export("default", "", ExportFormat::Pem);
    assert!(matches!(empty, Err(Error::InvalidRequest { .. })));
}

#[test]
fn a_damaged_file_is_reported_set_aside_and_hides_no_other() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let whole = identities.create(None).unwrap();
    let damaged = identities.create(None).unwrap();
    let path = directory.path().join("identities");
    let path = path.join(format!("{}.pem", damaged.authority));
    fs::write(&path, "half of a").unwrap();

    let used = identities.export(&damaged.authority, "x", ExportFormat::Pem);
    assert!(
        matches!(used, Err(Error::IdentityNotFound { .. })),
        "{used:?}"
    );
    let list = identities.list().unwrap();

    assert_eq!(list.identities[1..], [whole]);
    let [told] = &list.damaged[..] else {
        panic!("{:?}", list.damaged);
    };
    assert_eq!(told.path, path);
    assert_eq!(
        fs::read(told.set_aside.as_ref().unwrap()).unwrap(),
        b"half of a"
    );
    assert!(
        told.reason.starts_with("it holds no usable key: "),
        "{told:?}"
    );
    assert_eq!(identities.list().unwrap().damaged, []);
}

#[test]
fn a_damaged_machine_identity_is_set_aside_and_another_made() {
    let directory = TempDir::new().unwrap();
    let before = Identities::open(directory.path()).unwrap();
    let before = before.show("default").unwrap();
    fs::write(directory.path().join("machine-identity.pem"), "half").unwrap();

    let after = Identities::open(directory.path()).unwrap();

    assert_ne!(after.show("default").unwrap().authority, before.authority);
    let aside = fs::read_dir(directory.path()).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.is_file() && fs::read(path).unwrap() == b"half"
    });
    assert_eq!(aside.count(), 1);
}

#[test]
fn a_state_directory_that_cannot_be_one_is_refused() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("identities"), "").unwrap();

    let refused = Identities::open(directory.path()).unwrap_err();

    assert!(matches!(refused, Error::IdentityStore { .. }), "{refused}");
}

#[test]
fn a_name_of_two_identities_is_told_with_both() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let both = [0, 1].map(|_| identities.create(Some("alice")).unwrap());

    let refused = identities.show("alice").unwrap_err().to_string();

    assert!(refused.contains(&both[0].authority), "{refused}");
    assert!(refused.contains(&both[1].authority), "{refused}");
}

#[test]
fn a_delegate_hands_on_through_its_chain() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let middle = identities.create(Some("middle")).unwrap();
    let last = identities.create(Some("last")).unwrap();
    let owner = identities.show("default").unwrap();

    let first = DelegationRequest::new(&middle.public_key).classifier("db");
    let first = identities.delegate("default", &first).unwrap();
    let second = DelegationRequest::new(&last.public_key).chain(first.clone());
    let second = second.classifier("db");
    let chain = identities.delegate("middle", &second).unwrap();

    let info = chain.verify().unwrap();
    assert_eq!(info, chain.show().unwrap());
    assert_eq!(info.authority, owner.authority);
    assert_eq!(info.publisher, last.authority);
    assert_eq!(info.certificates.len(), 3);
    assert!(chain.permits("db").unwrap() && !chain.permits("dbx").unwrap());
    assert!(matches!(
        chain.permits("x\0"),
        Err(Error::InvalidClassifier { .. })
    ));
    let refused = identities.delegate("default", &second).unwrap_err();
    assert!(
        matches!(refused, Error::DelegationRefused { .. }),
        "{refused}"
    );
    let more = DelegationRequest::new(&last.public_key).chain(first);
    let refused = identities.delegate("middle", &more).unwrap_err();
    assert!(
        matches!(refused, Error::DelegationRefused { .. }),
        "{refused}"
    );
}

#[test]
fn a_role_decides_whether_the_beginning_of_a_classifier_is_enough() {
    let identities = Identities::in_memory();
    let key = identities.show("default").unwrap().public_key;

    for (role, is_enough) in [
        ("member", false),
        ("admin", true),
        ("inviting-member", true),
    ] {
        let request = DelegationRequest::new(&key).classifier("db").role(role);
        let chain = identities.delegate("default", &request).unwrap();

        assert_eq!(chain.permits("dbx").unwrap(), is_enough, "{role}");
        assert_eq!(chain.show().unwrap().certificates[1].roles, [role]);
    }
}

#[test]
fn a_delegation_that_means_nothing_is_refused() {
    let identities = Identities::in_memory();
    let key = identities.show("default").unwrap().public_key;
    let request = || DelegationRequest::new(&key);
    let day = Duration::from_secs(86_400);
    let garbage = Chain(b"garbage".to_vec());
    let refused = |request| identities.delegate("default", &request).unwrap_err();

    let error = refused(DelegationRequest::new("no key"));
    assert!(matches!(error, Error::InvalidKey { .. }), "{error}");
    for request in [
        request().role("king"),
        request().lifetime(Duration::ZERO),
        request().lifetime(100 * 366 * day),
    ] {
        let error = refused(request);
        assert!(matches!(error, Error::InvalidRequest { .. }), "{error}");
    }
    let error = refused(request().classifier("x".repeat(150)));
    assert!(matches!(error, Error::ClassifierTooLong { .. }), "{error}");
    let error = refused(request().chain(garbage));
    assert!(matches!(error, Error::InvalidChain { .. }), "{error}");
    let error = identities.delegate("nobody", &request()).unwrap_err();
    assert!(matches!(error, Error::IdentityNotFound { .. }), "{error}");
}

#[test]
fn a_chain_is_read_as_pem_and_as_der() {
    let identities = Identities::in_memory();
    let key = identities.show("default").unwrap().public_key;
    let chain = identities.delegate("default", &DelegationRequest::new(key));
    let chain = chain.unwrap();
    let pem = chain.to_pem();

    let windows = pem.replace('\n', "\r\n");
    let remark = format!("a chain for the database\n{pem}and more\n");
    for content in [
        pem.as_bytes(),
        windows.as_bytes(),
        remark.as_bytes(),
        &chain.0,
    ] {
        assert_eq!(Chain::from_file(content).unwrap(), chain);
    }
    for content in [&b""[..], b"text", &chain.0[..100], &pem.as_bytes()[..100]] {
        let error = Chain::from_file(content).unwrap_err();
        assert!(matches!(error, Error::InvalidChain { .. }), "{error}");
    }
    let json = serde_json::to_string(&chain).unwrap();
    assert_eq!(serde_json::from_str::<Chain>(&json).unwrap(), chain);
}

/// One changed bit is enough, wherever it is.
#[test]
fn a_changed_chain_does_not_hold() {
    let identities = Identities::in_memory();
    let key = identities.show("default").unwrap().public_key;
    let chain = identities.delegate("default", &DelegationRequest::new(key));
    let chain = chain.unwrap();
    let certificates = CertChain::decode(&chain.0).unwrap().certificates().to_vec();

    for certificate in &certificates {
        let start = chain.0.windows(certificate.len());
        let start = start
            .into_iter()
            .position(|window| window == certificate)
            .unwrap();
        for offset in (start..start + certificate.len()).step_by(37) {
            let mut changed = chain.clone();
            changed.0[offset] ^= 1;
            assert!(changed.verify().is_err(), "byte {offset}");
        }
    }
}

#[test]
fn who_signs_follows_from_the_name_or_the_chain() {
    let directory = TempDir::new().unwrap();
    let identities = Identities::open(directory.path()).unwrap();
    let machine = identities.show("default").unwrap().authority;
    let alice = identities.create(Some("alice")).unwrap().authority;
    let foreign = "ab".repeat(20);
    let signer = |authority: &str, selector, publisher: Option<&str>| {
        let name: PeerName = format!("{authority}.web").parse().unwrap();
        let publisher = publisher.map(|it| it.parse::<Authority>().unwrap());
        let signer = identities.signer(&name, selector, publisher);
        signer.map(|identity| identity.authority().to_string())
    };

    assert_eq!(signer("0", None, None).unwrap(), machine);
    assert_eq!(signer(&machine, None, None).unwrap(), machine);
    assert_eq!(signer(&alice, None, None).unwrap(), alice);
    assert_eq!(signer("0", Some("alice"), None).unwrap(), alice);
    assert_eq!(signer(&foreign, None, Some(&alice)).unwrap(), alice);
    let none = signer(&foreign, None, None).unwrap_err();
    assert!(matches!(none, Error::ForeignAuthority { .. }), "{none}");
    let none = signer("0", Some("bob"), None).unwrap_err();
    assert!(matches!(none, Error::IdentityNotFound { .. }), "{none}");
}

#[test]
fn a_node_without_a_directory_keeps_nothing_but_its_own() {
    let identities = Identities::in_memory();
    let own = identities.show("default").unwrap();

    let list = identities.list().unwrap();
    let made = identities.create(None).unwrap_err();
    let other = identities.show("alice").unwrap_err();
    let plain = PeerIdentity::generate().unwrap().to_pkcs8_pem().unwrap();
    let taken = identities.import(&plain, None, None).unwrap_err();

    assert_eq!(list.identities, [own]);
    assert!(matches!(made, Error::NoIdentity { .. }), "{made}");
    assert!(matches!(taken, Error::NoIdentity { .. }), "{taken}");
    assert!(matches!(other, Error::IdentityNotFound { .. }), "{other}");
}
