//! The identity file, in a real directory.

use std::fs;

use super::*;
use crate::{
    fixture::{KEY_PEM, identity},
    store::{MAX_SET_ASIDE, atomic::with_suffix},
};

#[test]
fn a_new_identity_is_the_same_one_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");

    let first = load(&path);
    let second = load(&path);

    assert_eq!(
        (first.origin, second.origin),
        (Origin::Created, Origin::Existing)
    );
    assert_eq!(first.identity.authority(), second.identity.authority());
    assert_eq!(names_in(directory.path()), ["identity.pem"]);
}

#[test]
fn a_key_from_another_tool_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    fs::write(&path, KEY_PEM).unwrap();

    let loaded = load(&path);

    assert_eq!(loaded.origin, Origin::Existing);
    assert_eq!(loaded.identity.authority(), identity().authority());
}

#[test]
fn damaged_files_are_kept_under_numbered_names() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    for (number, damage) in [
        (1, &b""[..]),
        (2, &b"\xff\xfe"[..]),
        (3, &[b'A'; 99_999][..]),
    ] {
        fs::write(&path, damage).unwrap();

        let loaded = load(&path);

        let set_aside = directory
            .path()
            .join(format!("identity.pem.damaged-{number}"));
        assert_eq!(fs::read(&set_aside).unwrap(), damage);
        assert_eq!(loaded.origin, Origin::Replaced { set_aside });
        assert!(loaded.damage.is_some());
        assert_eq!(
            load(&path).identity.authority(),
            loaded.identity.authority()
        );
    }
}

#[test]
fn a_file_cut_short_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    fs::write(&path, &KEY_PEM[..KEY_PEM.len() / 2]).unwrap();

    assert!(matches!(load(&path).origin, Origin::Replaced { .. }));
}

#[test]
fn the_rest_of_an_interrupted_start_is_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    fs::write(directory.path().join("identity.pem.77-0.new"), "half a ke").unwrap();

    assert_eq!(load(&path).origin, Origin::Created);
    assert_eq!(names_in(directory.path()), ["identity.pem"]);
}

#[test]
fn without_a_free_name_the_damaged_file_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    for number in 1..=MAX_SET_ASIDE {
        fs::write(with_suffix(&path, &format!("damaged-{number}")), "").unwrap();
    }
    fs::write(&path, "damaged").unwrap();

    let refused = load_or_create_machine_identity(&path);

    assert!(matches!(refused, Err(StoreError::TooManyDamaged(_))));
    assert_eq!(fs::read(&path).unwrap(), b"damaged");
}

#[test]
fn a_directory_in_the_place_of_the_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();

    let refused = load_or_create_machine_identity(directory.path());

    assert!(matches!(refused, Err(StoreError::NotARegularFile(_))));
}

#[test]
fn a_missing_directory_is_told_with_the_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("absent").join("identity.pem");

    let message = load_or_create_machine_identity(&path)
        .unwrap_err()
        .to_string();

    assert_eq!(message, format!("cannot write {}", path.display()));
}

/// R-5.1-01: keys are stored for their owner alone.
#[cfg(unix)]
#[test]
fn the_file_is_private_from_the_start_and_made_so_later() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("identity.pem");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;

    load(&path);
    assert_eq!(mode(), 0o600);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(load(&path).origin, Origin::Existing);
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_refused_and_its_target_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("somebody-elses");
    fs::write(&target, "not a key").unwrap();
    for (name, target) in [
        ("link", target.as_path()),
        ("dangling", Path::new("absent")),
    ] {
        let path = directory.path().join(name);
        std::os::unix::fs::symlink(target, &path).unwrap();

        let refused = load_or_create_machine_identity(&path);

        assert!(matches!(refused, Err(StoreError::NotARegularFile(_))));
    }
    assert_eq!(
        names_in(directory.path()),
        ["dangling", "link", "somebody-elses"]
    );
    assert_eq!(fs::read(&target).unwrap(), b"not a key");
}

fn load(path: &Path) -> Loaded {
    load_or_create_machine_identity(path).unwrap()
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
