//! `pnrp man`: manual pages, one for each command.

use std::{fs, path::Path};

use clap::CommandFactory as _;

use crate::{args::Args, failure::Failure};

pub(crate) fn run(directory: &Path) -> Result<(), Failure> {
    let written = fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Args::command(), directory));
    written.map_err(|error| {
        let directory = directory.display();
        Failure::Other(format!(
            "cannot write into {directory}: {error}; give another --out"
        ))
    })
}
