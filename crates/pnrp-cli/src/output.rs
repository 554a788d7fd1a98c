//! Results on standard output: text and tables for people, JSON for programs.

use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use comfy_table::{LineStyle, Table, presets};
use serde::Serialize;

use crate::failure::Failure;

/// Standard output, and what form is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether programs read this.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// One line for people, with its styles where they can be seen and are wanted.
    pub(crate) fn text(self, line: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }

    /// One line of JSON.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(value).map_err(io::Error::from)?;
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }

    /// A table for people, or the rows themselves as a JSON array.
    pub(crate) fn rows<T: Serialize, const N: usize>(
        self,
        rows: &[T],
        header: [&str; N],
        cells: impl Fn(&T) -> [String; N],
    ) -> Result<(), Failure> {
        if self.json {
            return self.json(&rows);
        }
        let mut table = Table::new();
        table.load_style(
            presets::NOTHING.header_separator(LineStyle::none().fill('-').junction('-')),
        );
        table.set_header(header);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.add_rows(rows.iter().map(cells));
        let mut lines = table.lines();
        if let Some(header) = lines.next() {
            self.text(&styled(BOLD, header.trim_end()))?;
        }
        lines.try_for_each(|line| self.text(line.trim_end()))
    }
}

/// One line on standard error for people who wonder what takes time.
pub(crate) fn note(text: &str) {
    // A note that nobody can read is no reason to stop.
    let _ = writeln!(anstream::stderr(), "{} {text}", styled(BOLD, "note:"));
}

/// One line on standard error about something that may be an attack.
pub(crate) fn warning(text: &str) {
    // As with a note.
    let _ = writeln!(anstream::stderr(), "{} {text}", styled(YELLOW, "warning:"));
}

/// Text in a style; standard output and error leave the style out unless they are a terminal, and
/// with `NO_COLOR`.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();

/// Text from elsewhere with control characters escaped, so that it can neither break a line nor
/// command a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() || is_bidirectional_control(character) {
            true => safe.extend(character.escape_default()),
            false => safe.push(character),
        }
    }
    safe
}

/// Several items in one cell.
pub(crate) fn list<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Characters that reorder what stands around them.
fn is_bidirectional_control(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_cannot_command_a_terminal() {
        assert_eq!(
            printable("a\nb\u{1b}[31m\u{202e}c"),
            "a\\nb\\u{1b}[31m\\u{202e}c"
        );
        assert_eq!(printable("grüße 名前"), "grüße 名前");
    }
}
