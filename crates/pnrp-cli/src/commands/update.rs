//! `pnrp update`: replaces what a name publishes that the daemon keeps.

use std::{collections::BTreeMap, path::Path};

use pnrp_api::{Error, Pnrp, RegisteredName, RegistrationId, RegistrationSelector};

use super::register::{Registered, registration};
use crate::{args::Update, failure::Failure, output::Output};

pub(crate) async fn run(
    args: Update,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let selector: RegistrationSelector = args.selector.parse()?;
    // Whatever it is called, the rest has to make sense before a daemon is asked.
    let mut registration = registration(placeholder(&selector), args.published)?;
    let pnrp = Pnrp::connect(socket).await?;
    let (id, name) = find(&selector, &pnrp.names().await?)?;
    registration.name.clone_from(&name);
    let receipt = pnrp.update(id, registration).await?;
    let updated = Registered {
        name: &name,
        id,
        persistent: true,
        entries: &receipt.entries,
    };
    updated.show("updated", output)
}

fn placeholder(selector: &RegistrationSelector) -> String {
    match selector {
        RegistrationSelector::Id(_) => "0.".to_owned(),
        RegistrationSelector::Name { name, .. } => name.clone(),
    }
}

/// The one registration that is meant, among those that are the daemon's own.
fn find(
    selector: &RegistrationSelector,
    names: &[RegisteredName],
) -> Result<(RegistrationId, String), Error> {
    let is_meant = |name: &&RegisteredName| match selector {
        RegistrationSelector::Id(id) => name.id == *id,
        RegistrationSelector::Name { name: meant, .. } => name.name == *meant,
    };
    // A registration is listed once for each of its clouds.
    let meant: BTreeMap<_, _> = names
        .iter()
        .filter(is_meant)
        .map(|name| (name.id, name))
        .collect();
    let kept: Vec<_> = meant.values().filter(|name| name.persistent).collect();
    match (kept.as_slice(), meant.values().next()) {
        ([name], _) => Ok((name.id, name.name.clone())),
        ([_, _, ..], _) => {
            let ids: Vec<_> = kept.iter().map(|name| name.id.to_string()).collect();
            Err(not_found(
                selector,
                format!("it may mean {}", ids.join(" or ")),
            ))
        }
        ([], Some(name)) => Err(Error::RegistrationOfAnother {
            id: name.id,
            owner: name.owner,
        }),
        ([], None) => Err(not_found(selector, "there is none".to_owned())),
    }
}

fn not_found(selector: &RegistrationSelector, reason: String) -> Error {
    Error::RegistrationNotFound {
        selector: selector.to_string(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, name: &str, cloud: &str, owner: u32) -> RegisteredName {
        RegisteredName {
            id: id.repeat(16).parse().unwrap(),
            name: name.to_owned(),
            cloud: cloud.to_owned(),
            pnrp_id: String::new(),
            endpoints: Vec::new(),
            comment: None,
            owner,
            persistent: owner == 0,
            announced: true,
        }
    }

    #[test]
    fn a_name_means_the_one_that_is_kept() {
        let names = [
            listed("a", "0.web", "Global_", 0),
            listed("a", "0.web", "eth0", 0),
            listed("b", "0.web", "Global_", 7),
            listed("c", "0.db", "Global_", 7),
            listed("d", "0.two", "Global_", 0),
            listed("e", "0.two", "eth0", 0),
        ];
        let find = |text: &str| find(&text.parse().unwrap(), &names);

        assert_eq!(find("0.web").unwrap().0, names[0].id);
        assert_eq!(find(&"d".repeat(16)).unwrap().1, "0.two");
        let other = find("0.db").unwrap_err();
        assert!(matches!(
            other,
            Error::RegistrationOfAnother { owner: 7, .. }
        ));
        let two = find("0.two").unwrap_err().to_string();
        assert!(
            two.contains("dddddddddddddddd or eeeeeeeeeeeeeeee"),
            "{two}"
        );
        let none = find("0.none").unwrap_err();
        assert!(matches!(none, Error::RegistrationNotFound { .. }));
    }
}
