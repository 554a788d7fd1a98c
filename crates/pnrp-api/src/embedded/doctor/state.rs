//! Whether what the node learns can be kept.

use std::path::PathBuf;

use crate::Finding;

/// Takes the state directory, and why nothing can be written there.
pub(super) fn check(state_dir: Option<&(PathBuf, Option<String>)>) -> Option<Finding> {
    let (directory, failure) = state_dir?;
    let directory = directory.display();
    Some(match failure {
        None => Finding::ok("state", format!("{directory} can be written")),
        Some(failure) => Finding::problem(
            "state",
            format!("{directory} cannot be written, so nothing is kept: {failure}"),
            "give its owner the right to write, make room on the disk, or choose a --state-dir",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FindingStatus;

    #[test]
    fn a_directory_that_cannot_be_written_is_a_problem() {
        let at = |failure: Option<&str>| (PathBuf::from("/s"), failure.map(str::to_owned));
        let status = |facts| check(Some(&facts)).unwrap().status;

        assert_eq!(status(at(None)), FindingStatus::Ok);
        assert_eq!(status(at(Some("read-only"))), FindingStatus::Problem);
        assert_eq!(check(None), None);
    }
}
