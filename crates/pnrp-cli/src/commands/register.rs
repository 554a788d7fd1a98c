//! `pnrp register`: publishes a name until a signal ends it.

use std::path::Path;

use pnrp_api::{Payload, Pnrp, Registration, RegistrationEntry, RegistrationHandle};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    args::Register,
    failure::Failure,
    files,
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
    handle.unregister().await?;
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
    registration.identity = args.identity;
    registration.bind = args.bind;
    files::check_stdin([args.payload.as_deref(), args.chain.as_deref()])?;
    registration.payload = args.payload.as_deref().map(payload).transpose()?;
    let chain = args.chain.as_deref().map(files::read_chain);
    registration.chain = chain.transpose()?;
    registration.check()?;
    Ok(registration)
}

/// One byte more than fits is enough to tell that it does not.
fn payload(path: &Path) -> Result<Payload, Failure> {
    let bytes = files::read_up_to(path, Payload::MAX_BYTES + 1)?;
    Ok(Payload::from_bytes(bytes)?)
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
    if entries.is_empty() {
        let name = printable(name);
        return output.text(&format!(
            "registered {name}, in no cloud until the network is back"
        ));
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
