//! `pnrp resolve --watch`: who begins, changes and ends to publish a name.

use std::path::Path;

use pnrp_api::{NameEvent, NameEventKind, Payload};
use serde::Serialize;

use super::{
    request,
    show::{FoundLine, warn},
};
use crate::{
    args::Search,
    failure::Failure,
    node::daemon_or_own,
    output::{Output, list, printable},
};

pub(super) async fn run(
    name: &str,
    search: &Search,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let request = request(name, search)?;
    let pnrp = daemon_or_own(socket, &search.own).await?;
    let mut events = pnrp.watch_name(request).await?;
    while let Some(event) = events.next().await {
        match output.is_json() {
            true => output.json(&EventLine {
                kind: event.kind,
                found: FoundLine::from(&event.found),
            })?,
            false => output.text(&line(&event))?,
        }
        match event.kind {
            NameEventKind::Added | NameEventKind::Changed => warn(&event.found),
            NameEventKind::Gone => {}
        }
    }
    Err(Failure::DaemonGone)
}

/// What `pnrp resolve --watch --json` prints, one a line.
#[derive(Serialize)]
struct EventLine<'a> {
    kind: NameEventKind,
    found: FoundLine<'a>,
}

/// The PNRP ID tells publishers apart; its first digits are those of the name.
fn line(event: &NameEvent) -> String {
    let found = &event.found;
    let mut line = format!(
        "{:<7}  {}  {}  {}",
        event.kind,
        found.cloud,
        found.pnrp_id,
        list(&found.endpoints)
    );
    if let Some(comment) = &found.comment {
        line.push_str(&format!("  {}", printable(comment)));
    }
    if let Some(payload) = &found.payload {
        line.push_str(&match payload {
            Payload::String(text) => format!("  payload: {}", printable(text)),
            Payload::Binary(bytes) => format!("  payload: {} bytes", bytes.len()),
        });
    }
    line
}
