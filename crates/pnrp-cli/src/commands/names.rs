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
            name.cloud.clone(),
            name.owner.to_string(),
            if name.announced { "yes" } else { "no" }.to_owned(),
            list(&name.endpoints),
            name.comment.as_deref().map(printable).unwrap_or_default(),
            name.pnrp_id.clone(),
        ]
    })
}
