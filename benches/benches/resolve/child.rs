//! This program once more, with something to do.

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write},
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
};

/// The variable that says what.
pub(crate) const ROLE: &str = "PNRP_BENCH_ROLE";

/// A process that answers lines with lines, and ends with its input.
pub(crate) struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(crate) fn start(role: &str) -> Self {
        let program = env::current_exe().expect("this program");
        let mut process = Command::new(program)
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let input = process.stdin.take();
        let output = process.stdout.take().expect("its output");
        Self {
            process,
            input,
            output: BufReader::new(output).lines(),
        }
    }

    /// The next line it prints.
    pub(crate) fn line(&mut self) -> String {
        let line = self.output.next().expect("a process that runs");
        line.expect("a line")
    }

    pub(crate) fn ask(&mut self, question: &str) -> String {
        let input = self.input.as_mut().expect("its input");
        writeln!(input, "{question}").expect("a process that runs");
        self.line()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}
