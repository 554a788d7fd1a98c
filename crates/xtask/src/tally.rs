//! Counting what `cargo test` prints.

/// What the tests came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// One line for each test that could not run here.
    pub(crate) skipped: Vec<String>,
    is_listing: bool,
}

impl Tally {
    /// Reads one line, and says whether it is worth showing.
    ///
    /// The names of tests that passed are listed a second time when their output is shown; that
    /// list is not.
    pub(crate) fn read(&mut self, line: &str) -> bool {
        let was_listing = self.is_listing;
        self.is_listing = line == "successes:" || (was_listing && is_listed(line));
        self.note_skipped(line);
        if let Some(counts) = line.strip_prefix("test result:") {
            self.count(counts);
        }
        !self.is_listing
    }

    /// Notes a line by which a test says that it did not run.
    pub(crate) fn note_skipped(&mut self, line: &str) {
        let line = line.trim();
        if line.starts_with("skipped: ") && !self.skipped.iter().any(|known| known == line) {
            self.skipped.push(line.to_owned());
        }
    }

    fn count(&mut self, counts: &str) {
        self.passed += number_before(counts, " passed");
        self.failed += number_before(counts, " failed");
        let ignored = number_before(counts, " ignored");
        if ignored > 0 {
            self.skipped
                .push(format!("skipped: {ignored} tests are marked ignored"));
        }
    }
}

fn is_listed(line: &str) -> bool {
    line.is_empty() || line.starts_with("    ")
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split_once(word).map(|(before, _)| before);
    let digits = before.and_then(|text| text.split([' ', ';']).next_back());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_binaries_are_added() {
        let tally = read(
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; \
             finished in 0.02s\n\
             test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
        );

        assert_eq!((tally.passed, tally.failed), (13, 2));
        assert!(tally.skipped.is_empty());
    }

    #[test]
    fn tests_that_do_not_run_are_noted_once() {
        let tally = read("skipped: no tshark\n  skipped: no tshark\nskipped: not root\n");

        assert_eq!(tally.skipped, ["skipped: no tshark", "skipped: not root"]);
    }

    #[test]
    fn ignored_tests_count_as_skipped() {
        let tally = read("test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured\n");

        assert_eq!(tally.skipped, ["skipped: 2 tests are marked ignored"]);
    }

    #[test]
    fn the_second_list_of_names_is_not_shown() {
        let mut tally = Tally::default();
        let lines = [
            "test a ... ok",
            "successes:",
            "",
            "    a",
            "---- b stdout ----",
            "text",
        ];

        let shown: Vec<_> = lines.into_iter().filter(|line| tally.read(line)).collect();

        assert_eq!(shown, ["test a ... ok", "---- b stdout ----", "text"]);
    }

    fn read(text: &str) -> Tally {
        let mut tally = Tally::default();
        for line in text.lines() {
            tally.read(line);
        }
        tally
    }
}
