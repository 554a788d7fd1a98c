//! `pnrp register`: publishes a name until a signal ends it, or for good.

use std::{path::Path, time::Duration};

use pnrp_api::{
    Payload, Pnrp, Registration, RegistrationEntry, RegistrationHandle, RegistrationId,
};
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    args::{Published, Register, Wait},
    failure::Failure,
    files,
    output::{Output, note, printable},
    progress::Progress,
};

pub(crate) async fn run(
    args: Register,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let mut registration = registration(args.name, args.published)?;
    registration.persist = args.persist;
    let name = registration.name.clone();
    // Whoever sees that the name is registered may send a signal at once.
    let mut signals = Signals::new()?;

    let pnrp = Pnrp::connect(socket).await?;
    let mut handle = pnrp.register(registration).await?;
    if let Some(Wait::Visible) = args.wait {
        let id = handle.id();
        tokio::select! {
            seen = visible(&pnrp, id, args.wait_timeout) => if !seen? {
                return Err(unseen(&name, &handle, args.wait_timeout));
            },
            () = signals.next() => return end(&name, handle).await,
            () = handle.withdrawn() => return Err(Failure::DaemonLeft),
        }
    }
    let registered = Registered {
        name: &name,
        id: handle.id(),
        persistent: handle.is_persistent(),
        entries: handle.entries(),
    };
    registered.show("registered", output)?;
    if handle.is_persistent() {
        return Ok(());
    }
    tokio::select! {
        () = signals.next() => end(&name, handle).await,
        () = handle.withdrawn() => Err(Failure::DaemonLeft),
    }
}

/// What the command line asks for, checked as far as this is possible without a node.
pub(super) fn registration(name: String, args: Published) -> Result<Registration, Failure> {
    let mut registration = Registration::new(name)
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

/// Whether another node has been told of the name in this time, in one cloud at least.
async fn visible(pnrp: &Pnrp, id: RegistrationId, limit: Duration) -> Result<bool, Failure> {
    let progress = Progress::start("waiting until another node knows the name");
    let seen = async {
        loop {
            let names = pnrp.names().await?;
            if names.iter().any(|name| name.id == id && name.announced) {
                return Ok::<_, Failure>(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    let seen = tokio::time::timeout(limit, seen).await;
    progress.end();
    seen.map_or(Ok(false), |seen| seen.map(|()| true))
}

fn unseen(name: &str, handle: &RegistrationHandle, limit: Duration) -> Failure {
    let (name, seconds) = (printable(name), limit.as_secs_f64());
    let what = match handle.is_persistent() {
        true => format!("the name stays registered as {}", handle.id()),
        false => "the name was withdrawn".to_owned(),
    };
    Failure::Other(format!(
        "no other node was told of {name} within {seconds} s; {what}, and `pnrp doctor` says what \
         is in the way"
    ))
}

/// Withdraws what is not meant to stay.
async fn end(name: &str, handle: RegistrationHandle) -> Result<(), Failure> {
    if handle.is_persistent() {
        let (name, id) = (printable(name), handle.id());
        note(&format!(
            "{name} stays registered, see pnrp unregister {id}"
        ));
        return Ok(());
    }
    Ok(handle.unregister().await?)
}

/// What asks for the end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The shape that `pnrp register --json` and `pnrp update --json` promise.
#[derive(Serialize)]
pub(super) struct Registered<'a> {
    pub(super) name: &'a str,
    pub(super) id: RegistrationId,
    pub(super) persistent: bool,
    pub(super) entries: &'a [RegistrationEntry],
}

impl Registered<'_> {
    /// Says what was done, and where.
    pub(super) fn show(&self, done: &str, output: Output) -> Result<(), Failure> {
        if output.is_json() {
            return output.json(self);
        }
        let name = printable(self.name);
        let kept = match self.persistent {
            true => format!(", kept as {}", self.id),
            false => String::new(),
        };
        if self.entries.is_empty() {
            return output.text(&format!(
                "{done} {name}, in no cloud until the network is back{kept}"
            ));
        }
        let entries = self.entries.iter();
        let entries = entries.map(|entry| format!("{} {}", entry.cloud, entry.pnrp_id));
        let entries: Vec<_> = entries.collect();
        output.text(&format!("{done} {name} in {}{kept}", entries.join(", ")))
    }
}

/// Between two looks at whether a name is known; a look costs the daemon next to nothing.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
