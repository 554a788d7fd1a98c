//! `pnrp resolve -`: the names of standard input, one a line.

use std::path::Path;

use pnrp_api::ResolveRequest;

use super::{request, resolve};
use crate::{args::Search, failure::Failure, files, node::daemon_or_own, output::Output};

/// Nothing is looked for if a line is no name. Each failure is told when it happens, and the
/// command exits as the first of them says.
pub(super) async fn run(
    search: &Search,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let text = files::read(Path::new("-"), MAX_LIST)?;
    let requests = requests(&text, search)?;
    let pnrp = daemon_or_own(socket, &search.own).await?;
    let of = requests.len();
    let mut failures = Vec::new();
    for request in requests {
        match resolve(&pnrp, request, output).await {
            Ok(()) => {}
            Err(Failure::OutputClosed) => return Err(Failure::OutputClosed),
            Err(failure) => {
                failure.tell();
                failures.push(failure);
            }
        }
    }
    match failures.first() {
        None => Ok(()),
        Some(first) => Err(Failure::Several {
            failed: failures.len(),
            of,
            status: first.exit_status(),
        }),
    }
}

fn requests(text: &[u8], search: &Search) -> Result<Vec<ResolveRequest>, Failure> {
    let mut requests = Vec::new();
    for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        let line = std::str::from_utf8(line).map_err(|_| {
            Failure::Usage(format!(
                "line {number} of standard input is not UTF-8; write names in UTF-8"
            ))
        })?;
        let name = line.trim();
        if name.is_empty() {
            continue;
        }
        let request = request(name, search);
        requests.push(request.map_err(|failure| in_line(number, &failure))?);
    }
    match requests.is_empty() {
        true => Err(Failure::Usage(
            "standard input has no name; write one a line".to_owned(),
        )),
        false => Ok(requests),
    }
}

fn in_line(number: usize, failure: &Failure) -> Failure {
    Failure::Usage(format!(
        "line {number} of standard input: {}",
        failure.text()
    ))
}

/// Bytes of a list of names: thousands of the longest.
const MAX_LIST: usize = 4 << 20;
