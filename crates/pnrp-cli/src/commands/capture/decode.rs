//! `pnrp capture decode`: what the datagrams say.

use pnrp_capture::{Datagram, Decoded, Decoder, Fields};
use serde::Serialize;

use super::{for_each, id_text, note_unfinished};
use crate::{
    args::CaptureFile,
    failure::Failure,
    output::{Output, note, printable},
};

pub(super) fn run(file: &CaptureFile, output: Output) -> Result<(), Failure> {
    let mut decoder = Decoder::default();
    let summary = for_each(file, |datagram| {
        let decoded = decoder.decode(datagram);
        if output.is_json() {
            output.json(&Line::new(datagram, &decoded))
        } else {
            output.text(&block(datagram, &decoded))
        }
    })?;
    note_unfinished(decoder.unfinished());
    if summary.datagrams == 0 {
        let (port, packets) = (file.port, summary.packets);
        note(&format!(
            "no datagram of UDP port {port} in {packets} packets; --port N looks for another"
        ));
    }
    Ok(())
}

/// The shape that `pnrp capture decode --json` promises.
#[derive(Serialize)]
struct Line<'a> {
    frame: u64,
    source: String,
    destination: String,
    message: Option<&'static str>,
    id: Option<String>,
    fields: &'a Fields,
    error: Option<&'a str>,
    /// Which datagram answers which, and how fast, shows in the times.
    time: Option<String>,
}

impl<'a> Line<'a> {
    fn new(datagram: &Datagram, decoded: &'a Decoded) -> Self {
        Self {
            frame: datagram.frame,
            source: datagram.source.to_string(),
            destination: datagram.destination.to_string(),
            message: decoded.kind.map(|kind| kind.name()),
            id: decoded.id.map(id_text),
            fields: &decoded.fields,
            error: decoded.error.as_deref(),
            time: datagram.time.and_then(|time| time.rfc3339()),
        }
    }
}

/// A line about the datagram, and one for each value in it.
fn block(datagram: &Datagram, decoded: &Decoded) -> String {
    let time = datagram.time.and_then(|time| time.rfc3339());
    let name = decoded.kind.map_or("?", |kind| kind.name()).to_uppercase();
    let id = decoded.id.map(id_text);
    let mut block = format!(
        "{}  {}  {} > {}  {name} {}",
        datagram.frame,
        time.as_deref().unwrap_or("-"),
        datagram.source,
        datagram.destination,
        id.as_deref().unwrap_or("-"),
    );
    let mut lines = decoded.fields.lines();
    lines.extend(
        decoded
            .error
            .clone()
            .map(|error| ("error".to_owned(), error)),
    );
    let width = lines
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    for (name, value) in lines {
        block.push_str(&format!("\n  {name:width$}  {}", printable(&value)));
    }
    block
}
