//! `pnrp unregister`: withdraws a name that the daemon keeps.

use std::path::Path;

use pnrp_api::{Pnrp, RegistrationSelector};
use serde::Serialize;

use crate::{args::Unregister, failure::Failure, output::Output};

pub(crate) async fn run(
    args: Unregister,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let selector = selector(args)?;
    Pnrp::connect(socket)
        .await?
        .unregister(selector.clone())
        .await?;
    let unregistered = selector.to_string();
    match output.is_json() {
        true => output.json(&Unregistered { unregistered }),
        false => output.text(&format!(
            "unregistered {}",
            crate::output::printable(&unregistered)
        )),
    }
}

fn selector(args: Unregister) -> Result<RegistrationSelector, Failure> {
    match (args.selector.parse()?, args.cloud) {
        (RegistrationSelector::Id(id), Some(_)) => Err(Failure::Usage(format!(
            "{id} is an ID, which means one registration wherever it is; leave out --cloud"
        ))),
        (RegistrationSelector::Name { name, .. }, cloud) => {
            Ok(RegistrationSelector::Name { name, cloud })
        }
        (id, None) => Ok(id),
    }
}

/// The shape that `pnrp unregister --json` promises.
#[derive(Serialize)]
struct Unregistered {
    unregistered: String,
}
