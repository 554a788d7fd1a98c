//! `pnrp resolve`: where a name is published.

use std::path::Path;

use pnrp_api::{Hop, Pnrp, ResolveEvent, ResolveRequest, ResolveStream};

use crate::{
    args::{Resolve, Search},
    failure::Failure,
    files,
    node::daemon_or_own,
    output::{Output, printable},
    progress::Progress,
};

mod several;
mod show;
mod watch;

pub(crate) async fn run(
    args: &Resolve,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    match (files::is_stdin(Path::new(&args.name)), args.watch) {
        (true, true) => Err(Failure::Usage(
            "one name is watched at a time; give it instead of -".to_owned(),
        )),
        (true, false) => several::run(&args.search, socket, output).await,
        (false, true) => watch::run(&args.name, &args.search, socket, output).await,
        (false, false) => {
            let events = start(&args.name, &args.search, socket).await?;
            follow(&args.name, events, output).await
        }
    }
}

/// Starts a resolve at the daemon, or at a node of this command's own.
pub(super) async fn start(
    name: &str,
    search: &Search,
    socket: Option<&Path>,
) -> Result<ResolveStream, Failure> {
    let request = request(name, search)?;
    let pnrp = daemon_or_own(socket, &search.own).await?;
    Ok(pnrp.resolve(request).await?)
}

/// What the command line asks for, checked as far as this is possible without a node.
fn request(name: &str, search: &Search) -> Result<ResolveRequest, Failure> {
    let mut request = ResolveRequest::new(name)
        .cloud(search.cloud.clone())
        .criteria(search.criteria)
        .max(search.max)
        .timeout(search.timeout);
    request.hint = search.hint;
    request.check()?;
    Ok(request)
}

/// Looks for one name, and shows who publishes it.
async fn resolve(pnrp: &Pnrp, request: ResolveRequest, output: Output) -> Result<(), Failure> {
    let name = request.name.clone();
    follow(&name, pnrp.resolve(request).await?, output).await
}

/// Shows what a resolve finds, and on a terminal how it goes on.
async fn follow(name: &str, mut events: ResolveStream, output: Output) -> Result<(), Failure> {
    let name = printable(name);
    let progress = Progress::start(&format!("looking for {name}"));
    let mut hops = 0;
    while let Some(event) = events.next().await {
        match event {
            ResolveEvent::Hop(hop) => {
                hops += 1;
                progress.say(asked(&name, &hop, hops));
            }
            ResolveEvent::Found(found) => progress.around(|| {
                match output.is_json() {
                    true => output.json(&show::FoundLine::from(&*found))?,
                    false => show::show(&found, output)?,
                }
                show::warn(&found);
                Ok::<_, Failure>(())
            })?,
            ResolveEvent::Ended { result } => result?,
        }
    }
    Ok(())
}

fn asked(name: &str, hop: &Hop, hops: u32) -> String {
    let plural = if hops == 1 { "" } else { "s" };
    format!(
        "looking for {name}: {hops} node{plural} asked, the last {} ({} bits)",
        hop.endpoint, hop.bits
    )
}
