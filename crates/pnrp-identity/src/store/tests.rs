//! The store in a real directory.

use super::*;
use crate::fixture::{KEY_PEM, identity};

#[test]
fn identities_are_listed_by_authority_with_their_names() {
    let (_guard, store) = store();
    let name = FriendlyName::new("work laptop").unwrap();

    let named = store.add(&identity(), Some(&name)).unwrap();
    let unnamed = store.create(None).unwrap().entry;

    let mut expected = vec![named, unnamed.clone()];
    expected.sort_by_key(|entry| entry.authority);
    let listing = store.list().unwrap();
    assert_eq!(listing.identities, expected);
    assert!(listing.damaged.is_empty());
    assert_eq!(
        unnamed.friendly_name.as_str(),
        unnamed.authority.to_string()
    );
}

#[test]
fn a_loaded_identity_has_the_key_that_was_added() {
    let (_guard, store) = store();
    store.add(&identity(), None).unwrap();

    let loaded = store.load(&identity().authority()).unwrap();

    assert_eq!(
        *loaded.identity.to_pkcs8_pem().unwrap(),
        *identity().to_pkcs8_pem().unwrap()
    );
}

#[test]
fn an_identity_is_added_once() {
    let (_guard, store) = store();
    store.add(&identity(), None).unwrap();

    let refused = store.add(&identity(), Some(&FriendlyName::new("again").unwrap()));

    assert!(matches!(refused, Err(StoreError::AlreadyExists(_))));
    let kept = store.load(&identity().authority()).unwrap().entry;
    assert_eq!(kept.friendly_name.as_str(), kept.authority.to_string());
}

#[test]
fn renaming_changes_the_name_and_keeps_the_key() {
    let (_guard, store) = store();
    let authority = store.add(&identity(), None).unwrap().authority;

    for name in [Some("first"), Some("second"), None] {
        let name = name.map(|name| FriendlyName::new(name).unwrap());
        let entry = store.rename(&authority, name.as_ref()).unwrap();

        let stored = store.load(&authority).unwrap();
        assert_eq!(stored.entry, entry);
        assert_eq!(
            entry.friendly_name,
            name.unwrap_or(FriendlyName::of(&identity()))
        );
    }
}

#[test]
fn what_is_not_there_cannot_be_loaded_renamed_or_deleted() {
    let (_guard, store) = store();
    fs::write(store.directory.join("0.pem"), KEY_PEM).unwrap();

    for authority in [Authority::Unsecured, identity().authority()] {
        for refused in [
            store.load(&authority).map(drop),
            store.rename(&authority, None).map(drop),
            store.delete(&authority),
        ] {
            assert!(matches!(refused, Err(StoreError::NotFound(_))));
        }
    }
}

#[test]
fn a_deleted_identity_is_gone_and_the_others_stay() {
    let (_guard, store) = store();
    let stays = store.create(None).unwrap().entry;
    let goes = store.add(&identity(), None).unwrap();

    store.delete(&goes.authority).unwrap();

    assert_eq!(store.list().unwrap().identities, [stays]);
    assert!(!goes.path.exists());
}

#[test]
fn an_identity_is_found_by_authority_prefix_and_name() {
    let (_guard, store) = store();
    let name = FriendlyName::new("laptop").unwrap();
    let entry = store.add(&identity(), Some(&name)).unwrap();
    store.create(None).unwrap();

    for selector in [
        "c95e6f7397c5f4d775e10392aa71f5a33ec6f666",
        "C95E6F73",
        "c95e6f739",
        "laptop",
    ] {
        assert_eq!(store.find(selector).unwrap(), entry, "{selector}");
    }
    for selector in ["c95e6f7", "c95e6f74", "Laptop", "", "0"] {
        let refused = store.find(selector);
        assert!(
            matches!(refused, Err(StoreError::NotFound(_))),
            "{selector}"
        );
    }
}

#[test]
fn a_name_that_several_have_lists_them() {
    let (_guard, store) = store();
    let name = FriendlyName::new("laptop").unwrap();
    let first = store.create(Some(&name)).unwrap().entry;
    let second = store.create(Some(&name)).unwrap().entry;

    let Err(StoreError::Ambiguous { candidates, .. }) = store.find("laptop") else {
        panic!("one of two was chosen");
    };

    let mut expected = [first, second];
    expected.sort_by_key(|entry| entry.authority);
    assert_eq!(candidates, expected);
}

#[test]
fn a_whole_authority_means_its_owner_even_if_another_is_called_so() {
    let (_guard, store) = store();
    let owner = store.add(&identity(), None).unwrap();
    let taken = FriendlyName::of(&identity());
    store.create(Some(&taken)).unwrap();

    assert_eq!(store.find(taken.as_str()).unwrap(), owner);
    let by_prefix = store.find("c95e6f7397").unwrap();
    assert_eq!(by_prefix, owner);
}

#[test]
fn a_damaged_file_is_set_aside_reported_and_hides_nobody() {
    let (_guard, store) = store();
    let healthy = store.create(None).unwrap().entry;
    let damaged = store.add(&identity(), None).unwrap();
    let whole = fs::read(&damaged.path).unwrap();
    for (number, content) in [
        (1, &whole[..whole.len() / 2]),
        (2, b""),
        (3, b"\xff\xfe"),
        (4, &[b'A'; 99_999]),
    ] {
        fs::write(&damaged.path, content).unwrap();
        assert!(matches!(
            store.load(&damaged.authority),
            Err(StoreError::Damaged { .. })
        ));

        let listing = store.list().unwrap();

        assert_eq!(listing.identities, std::slice::from_ref(&healthy));
        let [report] = &listing.damaged[..] else {
            panic!("{:?}", listing.damaged);
        };
        assert_eq!(report.path, damaged.path);
        assert!(matches!(report.reason, Damage::Key(_)));
        let aside = store
            .directory
            .join(format!("{}.pem.damaged-{number}", damaged.authority));
        assert_eq!(report.set_aside.as_ref(), Some(&aside));
        assert_eq!(fs::read(&aside).unwrap(), content);
        assert!(store.list().unwrap().damaged.is_empty());
    }
}

#[test]
fn a_file_under_the_name_of_another_identity_is_set_aside() {
    let (_guard, store) = store();
    let healthy = store.create(None).unwrap().entry;
    let other = store.directory.join(format!("{}.pem", "a".repeat(40)));
    fs::copy(&healthy.path, &other).unwrap();

    let listing = store.list().unwrap();

    assert_eq!(listing.identities, std::slice::from_ref(&healthy));
    assert!(
        matches!(listing.damaged[0].reason, Damage::OtherIdentity(found) if found == healthy.authority)
    );
    assert!(!other.exists());
}

#[test]
fn a_damaged_file_without_a_free_name_stays_and_is_reported() {
    let (_guard, store) = store();
    let path = store.path_of(&identity().authority());
    for number in 1..=MAX_SET_ASIDE {
        fs::write(atomic::with_suffix(&path, &format!("damaged-{number}")), "").unwrap();
    }
    fs::write(&path, "damaged").unwrap();

    let listing = store.list().unwrap();

    assert!(matches!(listing.damaged[0].reason, Damage::Stuck { .. }));
    assert_eq!(listing.damaged[0].set_aside, None);
    assert_eq!(fs::read(&path).unwrap(), b"damaged");
}

#[test]
fn other_files_are_ignored_and_kept() {
    let (_guard, store) = store();
    let authority = identity().authority();
    let names = [
        "notes.txt".to_owned(),
        format!("{authority}.pem.bak"),
        format!("{authority}.PEM"),
        format!("{authority}0.pem"),
        format!("{}.pem", authority.to_string().to_uppercase()),
        "notes.txt.1-2.new".to_owned(),
    ];
    for name in &names {
        fs::write(store.directory.join(name), "").unwrap();
    }

    let reopened = IdentityStore::open(&store.directory).unwrap();

    let listing = reopened.list().unwrap();
    assert!(listing.identities.is_empty() && listing.damaged.is_empty());
    for name in &names {
        assert!(store.directory.join(name).exists(), "{name}");
    }
}

#[test]
fn what_an_interrupted_writer_left_is_removed_at_the_next_start() {
    let (_guard, store) = store();
    let entry = store.add(&identity(), None).unwrap();
    let rest = atomic::with_suffix(&entry.path, "4711-3.new");
    fs::write(&rest, "half a ke").unwrap();

    let reopened = IdentityStore::open(&store.directory).unwrap();

    assert!(!rest.exists());
    assert_eq!(reopened.list().unwrap().identities, [entry]);
}

#[test]
fn a_store_has_a_limit() {
    let (_guard, store) = store();
    for number in 0..MAX_IDENTITIES {
        fs::write(store.directory.join(format!("{number:040x}.pem")), "").unwrap();
    }

    let refused = store.add(&identity(), None);

    assert!(matches!(refused, Err(StoreError::TooManyIdentities(_))));
    fs::write(store.path_of(&identity().authority()), KEY_PEM).unwrap();
    assert!(matches!(
        store.list(),
        Err(StoreError::TooManyIdentities(_))
    ));
    assert!(store.load(&identity().authority()).is_ok());
}

#[test]
fn a_file_in_the_place_of_the_directory_is_refused() {
    let (_guard, store) = store();
    let path = store.directory.join("file");
    fs::write(&path, "").unwrap();

    assert!(matches!(
        IdentityStore::open(&path),
        Err(StoreError::NotADirectory(_))
    ));
}

/// R-5.1-01: keys are stored for their owner alone.
#[cfg(unix)]
#[test]
fn directory_and_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (_guard, store) = store();
    let entry = store.add(&identity(), None).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(&store.directory), 0o700);
    assert_eq!(mode(&entry.path), 0o600);

    fs::set_permissions(&entry.path, fs::Permissions::from_mode(0o644)).unwrap();
    store.list().unwrap();
    assert_eq!(mode(&entry.path), 0o600);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_reported_and_neither_read_nor_moved() {
    let (guard, store) = store();
    let target = guard.path().join("elsewhere.pem");
    fs::write(&target, KEY_PEM).unwrap();
    let authority = identity().authority();
    std::os::unix::fs::symlink(&target, store.path_of(&authority)).unwrap();

    let listing = store.list().unwrap();

    assert!(listing.identities.is_empty());
    assert!(matches!(listing.damaged[0].reason, Damage::NotARegularFile));
    for refused in [store.load(&authority).map(drop), store.delete(&authority)] {
        assert!(matches!(refused, Err(StoreError::NotARegularFile(_))));
    }
    assert!(matches!(
        store.add(&identity(), None),
        Err(StoreError::AlreadyExists(_))
    ));
    assert_eq!(fs::read_to_string(&target).unwrap(), KEY_PEM);
}

/// A store in a directory that it makes itself.
fn store() -> (tempfile::TempDir, IdentityStore) {
    let parent = tempfile::tempdir().unwrap();
    let store = IdentityStore::open(&parent.path().join("a").join("identities")).unwrap();
    (parent, store)
}
