//! `pnrp identity`: the keys behind secure names.

mod transfer;

use std::path::Path;

use pnrp_api::{IdentityInfo, IdentityList, Pnrp};
use serde::Serialize;

use crate::{
    args::Identity,
    failure::Failure,
    node::{Keys, keeper},
    output::{Output, note, printable},
};

pub(crate) async fn run(
    command: Identity,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let present = async |state| keeper(socket, state, Keys::Present).await;
    match command {
        Identity::New {
            friendly_name,
            state,
        } => {
            let keeper = keeper(socket, &state, Keys::Made).await?;
            create(&keeper, friendly_name.as_deref(), output).await
        }
        Identity::List { state } => list(&present(&state).await?.identities().await?, output),
        Identity::Show {
            who,
            public_key,
            state,
        } => {
            let info = present(&state).await?.identity(&who.who).await?;
            match public_key && !output.is_json() {
                true => output.text(&info.public_key),
                false => show(&info, output),
            }
        }
        Identity::Rename { who, name, state } => {
            let keeper = present(&state).await?;
            let info = keeper.rename_identity(&who.who, &name).await?;
            done(&info, "is now called", output)
        }
        Identity::Export {
            who,
            format,
            password,
            to,
            state,
        } => {
            let export = transfer::Export {
                who: &who.who,
                format,
                password: &password,
                to: &to,
            };
            export.run(present(&state), output).await
        }
        Identity::Import {
            file,
            password,
            unencrypted,
            name,
            state,
        } => {
            let import = transfer::Import {
                file: &file,
                password: &password,
                is_unencrypted: unencrypted,
                name: name.as_deref(),
            };
            import.run(keeper(socket, &state, Keys::Made), output).await
        }
        Identity::Delete { who, state } => {
            let info = present(&state).await?.delete_identity(&who.who).await?;
            done(&info, "was deleted; it was called", output)
        }
        Identity::Bindings { state } => bindings(&present(&state).await?, output).await,
        Identity::Forget { name, state } => forget(&present(&state).await?, &name, output).await,
    }
}

async fn create(pnrp: &Pnrp, name: Option<&str>, output: Output) -> Result<(), Failure> {
    let info = pnrp.new_identity(name).await?;
    show(&info, output)?;
    note(&format!(
        "keep a copy, for without one its names are lost with this machine: pnrp identity export \
         {} --output FILE",
        info.authority
    ));
    Ok(())
}

fn list(list: &IdentityList, output: Output) -> Result<(), Failure> {
    for damaged in &list.damaged {
        let place = match &damaged.set_aside {
            Some(path) => format!("it is kept as {}", path.display()),
            None => "it stays where it is".to_owned(),
        };
        let (path, reason) = (damaged.path.display(), &damaged.reason);
        note(&printable(&format!(
            "{path} is no identity: {reason}; {place}"
        )));
    }
    if output.is_json() {
        return output.json(list);
    }
    output.rows(&list.identities, ["Authority", "Name", "Binding"], |info| {
        [
            info.authority.clone(),
            printable(&info.friendly_name),
            if info.binding_key.is_some() {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
        ]
    })
}

fn show(info: &IdentityInfo, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(info);
    }
    let whose = match info.is_default {
        true => " (of this machine; it signs what no other is named for)",
        false => "",
    };
    output.text(&format!(
        "Name         {}{whose}",
        printable(&info.friendly_name)
    ))?;
    output.text(&format!("Authority    {}", info.authority))?;
    output.text(&format!("Publishes    {}.classifier", info.authority))?;
    let binding_key = info.binding_key.as_deref().unwrap_or("none");
    output.text(&format!("Binding key  {binding_key}"))?;
    output.text(&format!("Public key   {}", info.public_key))
}

/// One line about what became of an identity.
fn done(info: &IdentityInfo, what: &str, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(info);
    }
    let name = printable(&info.friendly_name);
    output.text(&format!("{} {what} {name}", info.authority))
}

/// The shape that `pnrp identity bindings --json` promises, one of them a name.
#[derive(Serialize)]
struct Bound {
    name: String,
    keys: Vec<String>,
}

async fn bindings(pnrp: &Pnrp, output: Output) -> Result<(), Failure> {
    let bindings = pnrp.bindings().await?.into_iter();
    let rows: Vec<_> = bindings.map(|(name, keys)| Bound { name, keys }).collect();
    if rows.is_empty() && !output.is_json() {
        return output.text("No name was found with a stronger binding yet.");
    }
    output.rows(&rows, ["Name", "Keys"], |row| {
        [printable(&row.name), row.keys.join(" ")]
    })
}

/// The shape that `pnrp identity forget --json` promises.
#[derive(Serialize)]
struct Forgotten<'a> {
    name: &'a str,
    forgotten: bool,
}

async fn forget(pnrp: &Pnrp, name: &str, output: Output) -> Result<(), Failure> {
    let forgotten = pnrp.forget_binding(name).await?;
    if output.is_json() {
        output.json(&Forgotten { name, forgotten })?;
    }
    match forgotten {
        false => Err(Failure::Unknown(format!(
            "no binding of {name:?} is remembered; see `pnrp identity bindings`"
        ))),
        true if output.is_json() => Ok(()),
        true => output.text(&format!(
            "forgot {}: the next binding seen counts as the first",
            printable(name)
        )),
    }
}
