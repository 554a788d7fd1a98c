//! Three daemons: an owner, its delegate, and a stranger who resolves.

use serde_json::{Value, json};

use crate::{
    chains::chain_of_days,
    place::{Place, Publisher, eventually, field, succeeded},
};

#[test]
fn a_delegate_publishes_and_a_stranger_sees_who() {
    let cloud = Cloud::start();
    let (owner, delegate) = (&cloud.owner_authority, &cloud.delegate_authority);
    let name = format!("{owner}.db");
    let _publisher = cloud.publish(&name, &["--chain", "db.chain"]);

    let found = cloud.found(&name, |_| true);
    assert_eq!(found["authority"], **owner);
    assert_eq!(found["publisher"], **delegate);
    assert_eq!(found["secure"], true);
    assert_eq!(found["strength"], "legacy");
    assert_eq!(found["binding"], Value::Null);
    assert_eq!(found["endpoints"][0]["port"], 5432);

    let text = cloud.stranger.text(&["resolve", &name]);
    assert!(text.contains(&format!("  Owner      {owner}\n")), "{text}");
    let publisher =
        format!("  Publisher  the key {delegate}, which the owner lets do so (2 certificates)\n");
    assert!(text.contains(&publisher), "{text}");
    assert!(
        text.contains("  Strength   legacy: RSA-1024 and SHA-1"),
        "{text}"
    );
    assert!(!text.contains("Binding"), "{text}");
}

#[test]
fn what_was_not_delegated_is_refused_where_it_is_registered() {
    let cloud = Cloud::start();
    let owner = &cloud.owner_authority;
    let register = |name: &str, more: &[&str], status, reason: &str| {
        let arguments = ["register", name, "--endpoint", ":5432"];
        let arguments = [&arguments[..], more].concat();
        cloud.delegate.refuses(&arguments, status, reason)
    };
    let with = ["--chain", "db.chain"];
    let (db, dbx) = (format!("{owner}.db"), format!("{owner}.dbx"));
    let foreign = format!("{}.db", "ab".repeat(20));
    cloud.delegate.make("other");
    cloud.delegate.write("expired", chain_of_days(-20, -10));
    cloud.delegate.write("garbage", "garbage");
    cloud.delegate.write("missing.pem", "");

    let line = register(&dbx, &with, 1, "does not allow");
    assert!(line.contains(&dbx), "{line}");
    register(&db, &[], 1, "belongs to a key that is not here");
    register(&foreign, &with, 1, "is that of another authority");
    register(
        &db,
        &["--chain", "db.chain", "--identity", "other"],
        1,
        "ends with the key of",
    );
    register(
        &db,
        &["--chain", "db.chain", "--identity", "nobody"],
        1,
        "\"nobody\"",
    );
    register(&db, &["--chain", "expired"], 1, "has expired");
    register(&db, &["--chain", "garbage"], 1, "cannot be used");
    register(&db, &["--chain", "nothing"], 1, "cannot read nothing");
    register(
        &db,
        &["--chain", "-", "--payload", "-"],
        2,
        "standard input",
    );
    register("0.db", &["--bind"], 2, "takes a secure name");
    assert_eq!(cloud.delegate.json(&["names"]), json!([]));
}

#[test]
fn a_chain_of_two_delegates_reaches_the_stranger() {
    let cloud = Cloud::start();
    let owner = &cloud.owner_authority;
    let last = cloud.delegate.make("last");
    let key = cloud.delegate.public_key("last");
    cloud.delegate.text(&[
        "delegate",
        "--to",
        &key,
        "--chain",
        "db.chain",
        "--classifier",
        "db",
        "--output",
        "last",
    ]);
    let name = format!("{owner}.db");
    let _publisher = cloud.publish(&name, &["--chain", "last"]);

    let found = cloud.found(&name, |_| true);

    assert_eq!(found["publisher"], last);
    let text = cloud.stranger.text(&["resolve", &name]);
    assert!(text.contains("(3 certificates)"), "{text}");
}

#[test]
fn an_identity_that_publishes_is_not_deleted() {
    let cloud = Cloud::start();
    let owner = &cloud.owner_authority;
    let name = format!("{owner}.web");
    let arguments = ["register", &name, "--endpoint", ":80"];
    let publisher = Publisher::start(&cloud.owner, &arguments);
    let found = cloud.found(&name, |_| true);
    assert_eq!(found["publisher"], **owner);
    let text = cloud.stranger.text(&["resolve", &name]);
    assert!(text.contains("  Publisher  the owner\n"), "{text}");
    let here = cloud
        .owner
        .text(&["resolve", &name, "--criteria", "any-peer-name"]);
    assert!(here.contains("  Publisher  this node\n"), "{here}");

    let line = cloud
        .owner
        .refuses(&["identity", "delete", "owner"], 1, &name);
    assert!(line.contains("unregister that first"), "{line}");
    publisher.stop();

    cloud.owner.text(&["identity", "delete", "owner"]);
}

#[test]
fn a_binding_is_first_seen_then_known_then_changed_then_missing() {
    let cloud = Cloud::start();
    let (owner, delegate) = (&cloud.owner_authority, &cloud.delegate_authority);
    let name = format!("{owner}.db");
    let key = |place: &Place, who| {
        let info = place.json(&["identity", "show", who]);
        field(&info, "binding_key")
    };
    let (delegate_key, owner_key) = (key(&cloud.delegate, "default"), key(&cloud.owner, "owner"));

    let publisher = cloud.publish(&name, &["--chain", "db.chain", "--bind"]);
    let first = cloud.found(&name, |_| true);
    let known = cloud.found(&name, |_| true);
    let binding = |status, key: &Value| json!({ "status": status, "key": key });
    assert_eq!(
        first["binding"],
        binding("first_seen", &json!(delegate_key))
    );
    assert_eq!(known["binding"], binding("known", &json!(delegate_key)));
    let (text, notes) = cloud.stranger.text_and_notes(&["resolve", &name]);
    assert!(
        text.contains(&format!("  Binding    known: {delegate_key}\n")),
        "{text}"
    );
    assert_eq!(notes, "");
    publisher.stop();

    let owners = ["register", &name, "--endpoint", ":80", "--bind"];
    let publisher = Publisher::start(&cloud.owner, &owners);
    let changed = cloud.found(&name, |found| found["publisher"] == **owner);
    assert_eq!(changed["binding"], binding("changed", &json!(owner_key)));
    let (text, notes) = cloud.stranger.text_and_notes(&["resolve", &name]);
    assert!(
        text.contains(&format!("  Binding    CHANGED: {owner_key}\n")),
        "{text}"
    );
    assert!(notes.starts_with("warning: "), "{notes}");
    assert!(
        notes.contains(&format!("pnrp identity forget {name}")),
        "{notes}"
    );
    publisher.stop();

    let publisher = cloud.publish(&name, &["--chain", "db.chain"]);
    let missing = cloud.found(&name, |found| found["publisher"] == **delegate);
    assert_eq!(missing["binding"], binding("missing", &Value::Null));
    let (text, notes) = cloud.stranger.text_and_notes(&["resolve", &name]);
    assert!(text.contains("  Binding    MISSING\n"), "{text}");
    assert!(notes.starts_with("warning: "), "{notes}");

    let bindings = cloud.stranger.json(&["identity", "bindings"]);
    assert_eq!(bindings, json!([{ "name": name, "keys": [delegate_key] }]));
    let table = cloud.stranger.text(&["identity", "bindings"]);
    assert!(
        table.contains(&name) && table.contains(&delegate_key),
        "{table}"
    );
    let forget = ["identity", "forget", &name];
    let told = cloud.stranger.text(&forget);
    assert!(told.starts_with("forgot "), "{told}");
    cloud.stranger.refuses(&forget, 3, "no binding of ");
    assert_eq!(cloud.found(&name, |_| true)["binding"], Value::Null);
    publisher.stop();
}

/// The owner has delegated `db` to the key of the delegate's machine, in `db.chain` there.
struct Cloud {
    owner: Place,
    delegate: Place,
    stranger: Place,
    owner_authority: String,
    delegate_authority: String,
}

impl Cloud {
    fn start() -> Self {
        let owner = Place::at_daemon(None);
        let (delegate, stranger) = (Place::at_daemon(owner.peer), Place::at_daemon(owner.peer));
        let owner_authority = owner.make("owner");
        let key = delegate.public_key("default");
        let chain = owner.text(&[
            "delegate",
            "--identity",
            "owner",
            "--to",
            &key,
            "--classifier",
            "db",
        ]);
        delegate.write("db.chain", chain);
        let info = delegate.json(&["identity", "show", "default"]);
        Self {
            owner,
            delegate,
            stranger,
            owner_authority,
            delegate_authority: field(&info, "authority"),
        }
    }

    /// The delegate publishes a name.
    fn publish(&self, name: &str, more: &[&str]) -> Publisher {
        let arguments = ["register", name, "--endpoint", "[::1]:5432"];
        Publisher::start(&self.delegate, &[&arguments[..], more].concat())
    }

    /// What the stranger finds, once it is what is waited for.
    fn found(&self, name: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let arguments = ["resolve", name, "--json"];
        eventually(|| {
            let output = self.stranger.run(&arguments);
            if !output.status.success() {
                return None;
            }
            let (text, _) = succeeded(&arguments, &output);
            let found = serde_json::from_str(&text).unwrap();
            is_wanted(&found).then_some(found)
        })
    }
}
