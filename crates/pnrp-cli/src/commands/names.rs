//! `pnrp names`: what is registered at this node.

use std::path::Path;

use pnrp_api::{Pnrp, RegisteredName};

use crate::{
    failure::Failure,
    output::{Output, list, printable},
};

pub(crate) async fn run(socket: Option<&Path>, output: Output) -> Result<(), Failure> {
    show(&Pnrp::connect(socket).await?.names().await?, output)
}

pub(super) fn show(names: &[RegisteredName], output: Output) -> Result<(), Failure> {
    if names.is_empty() && !output.is_json() {
        return output.text("No name is registered here.");
    }
    let header = [
        "Name",
        "ID",
        "Kept",
        "Cloud",
        "Process",
        "Announced",
        "Endpoints",
        "Comment",
        "PNRP ID",
    ];
    output.rows(names, header, |name| {
        [
            printable(&name.name),
            name.id.to_string(),
            yes_or_no(name.persistent),
            name.cloud.clone(),
            match name.persistent {
                true => "-".to_owned(),
                false => name.owner.to_string(),
            },
            yes_or_no(name.announced),
            list(&name.endpoints),
            name.comment.as_deref().map(printable).unwrap_or_default(),
            name.pnrp_id.clone(),
        ]
    })
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
