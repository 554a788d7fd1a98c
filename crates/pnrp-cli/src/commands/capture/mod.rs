//! `pnrp capture`: captured traffic, without a node.

mod check;
mod decode;
mod dialect;

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use pnrp_capture::{CaptureError, Datagram, Datagrams, Skipped};

use crate::{
    args::{Capture, CaptureFile},
    failure::Failure,
    output::{Output, note},
};

pub(crate) fn run(capture: &Capture, output: Output) -> Result<(), Failure> {
    match capture {
        Capture::Decode { file } => decode::run(file, output),
        Capture::Check { file, strict } => check::run(file, *strict, output),
    }
}

/// How a capture was read.
struct Summary {
    datagrams: u64,
    packets: u64,
}

/// Hands over each datagram, then says on standard error what was not looked into.
fn for_each(
    file: &CaptureFile,
    mut act: impl FnMut(&Datagram) -> Result<(), Failure>,
) -> Result<Summary, Failure> {
    let failure = |error: CaptureError| failure(&file.file, &error);
    let mut datagrams = Datagrams::new(open(&file.file)?, file.port).map_err(failure)?;
    let mut count = 0;
    let mut cut_off = None;
    for datagram in &mut datagrams {
        match datagram {
            Ok(datagram) => {
                count += 1;
                act(&datagram)?;
            }
            Err(error) if error.is_cut_off() => cut_off = Some(error),
            Err(error) => return Err(failure(error)),
        }
    }
    for line in skipped_lines(datagrams.skipped()) {
        note(&line);
    }
    if let Some(error) = cut_off {
        note(&format!("{}: {error}", file.file.display()));
    }
    Ok(Summary {
        datagrams: count,
        packets: datagrams.packets(),
    })
}

fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let refused = |error: io::Error| {
        let path = path.display();
        Failure::Other(format!(
            "{path}: {error}; check the path and its permissions"
        ))
    };
    let file = File::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.is_dir() {
        let path = path.display();
        let text = format!("{path} is a directory; give a pcap or pcapng file");
        return Err(Failure::Other(text));
    }
    Ok(Box::new(file))
}

fn failure(path: &Path, error: &CaptureError) -> Failure {
    Failure::Other(format!("{}: {error}", path.display()))
}

/// What was not looked into although it could have been PNRP.
fn skipped_lines(skipped: &Skipped) -> Vec<String> {
    let counts = [
        (skipped.fragments, "fragments of IPv6 packets"),
        (
            skipped.cut_short,
            "packets of which not all headers were captured",
        ),
        (skipped.malformed, "packets with contradictory headers"),
    ];
    let links = skipped.links.iter();
    let links = links.map(|(link, count)| format!("skipped packets of link type {link}: {count}"));
    counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("skipped {what}: {count}"))
        .chain(links)
        .collect()
}

/// Buffers that lack fragments, as a note.
fn note_unfinished(count: u64) {
    if count > 0 {
        note(&format!("answers without all their fragments: {count}"));
    }
}

/// Eight hexadecimal digits, as every message ID is shown.
fn id_text(id: pnrp_capture::MessageId) -> String {
    format!("{:08x}", id.0)
}
