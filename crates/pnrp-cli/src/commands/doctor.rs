//! `pnrp doctor`: what is in the way of names, and what to do about it.

use std::path::Path;

use clap::builder::styling::Style;
use pnrp_api::{Error, Finding, FindingStatus, Pnrp};

use crate::{
    args::OwnNode,
    failure::Failure,
    node::own_config,
    output::{GREEN, Output, RED, YELLOW, printable, styled},
};

pub(crate) async fn run(
    own: &OwnNode,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let config = own_config(own)?;
    let (daemon, pnrp) = match Pnrp::connect(socket).await {
        Ok(pnrp) => (Finding::ok("daemon", "pnrpd runs"), pnrp),
        Err(error @ Error::DaemonUnavailable { .. }) => {
            let text = error.to_string();
            let (found, next) = text.split_once("; ").unwrap_or((&text, "start pnrpd"));
            let next = format!("{next}; what follows is about this host");
            let missing = Finding::problem("daemon", found, next);
            (missing, Pnrp::embedded(config).await?)
        }
        Err(error) => return Err(error.into()),
    };
    let mut findings = vec![daemon];
    findings.extend(pnrp.doctor().await?);
    show(&findings, output)?;
    pnrp.close().await;
    let problems = findings
        .iter()
        .filter(|finding| finding.status == FindingStatus::Problem)
        .count();
    match problems {
        0 => Ok(()),
        1 => Err(Failure::Other("1 problem; see what to do above".to_owned())),
        problems => Err(Failure::Other(format!(
            "{problems} problems; see what to do above"
        ))),
    }
}

fn show(findings: &[Finding], output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&findings);
    }
    for Finding {
        check,
        status,
        found,
        next,
    } in findings
    {
        output.text(&format!(
            "{} {}: {}",
            styled(style(*status), &format!("{status:<8}")),
            printable(check),
            printable(found)
        ))?;
        if let Some(next) = next {
            output.text(&format!("         {}", printable(next)))?;
        }
    }
    Ok(())
}

fn style(status: FindingStatus) -> Style {
    match status {
        FindingStatus::Ok => GREEN,
        FindingStatus::Warning => YELLOW,
        FindingStatus::Problem => RED,
    }
}
