//! `pnrp register`: publishes a name until a signal ends it.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use pnrp_api::{Payload, Pnrp, Registration, RegistrationEntry, RegistrationHandle};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    args::Register,
    failure::Failure,
    output::{Output, printable},
};

pub(crate) async fn run(
    args: Register,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let registration = registration(args)?;
    let name = registration.name.clone();
    // Whoever sees the line below may send a signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    let mut handle = Pnrp::connect(socket).await?.register(registration).await?;
    show(&name, &handle, output)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = handle.withdrawn() => return Err(Failure::DaemonLeft),
    }
    handle.unregister().await;
    Ok(())
}

/// What the command line asks for, checked as far as this is possible without a node.
fn registration(args: Register) -> Result<Registration, Failure> {
    let mut registration = Registration::new(args.name)
        .cloud(args.cloud)
        .lifetime(args.lifetime);
    for endpoint in &args.endpoint {
        registration = registration.endpoint(endpoint.parse()?);
    }
    registration.comment = args.comment;
    registration.hint = args.hint;
    registration.payload = args.payload.as_deref().map(payload).transpose()?;
    registration.check()?;
    Ok(registration)
}

fn payload(path: &Path) -> Result<Payload, Failure> {
    let read = if path == Path::new("-") {
        read_bounded(io::stdin().lock())
    } else {
        File::open(path).and_then(read_bounded)
    };
    let bytes = read.map_err(|error| {
        Failure::Other(format!(
            "cannot read {}: {error}; give another file",
            path.display()
        ))
    })?;
    Ok(Payload::from_bytes(bytes)?)
}

/// One byte more than fits is enough to tell that it does not.
fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(Payload::MAX_BYTES + 1).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Serialize)]
struct Registered<'a> {
    name: &'a str,
    entries: &'a [RegistrationEntry],
}

fn show(name: &str, handle: &RegistrationHandle, output: Output) -> Result<(), Failure> {
    let entries = handle.entries();
    if output.is_json() {
        return output.json(&Registered { name, entries });
    }
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| format!("{} {}", entry.cloud, entry.pnrp_id))
        .collect();
    output.text(&format!(
        "registered {} in {}",
        printable(name),
        entries.join(", ")
    ))
}
