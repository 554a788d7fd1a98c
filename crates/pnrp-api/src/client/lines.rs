//! One JSON text a line, as a response streams them.

use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::Error;

/// The lines of a response, as they arrive.
#[derive(Debug)]
pub(super) struct Lines {
    body: Incoming,
    buffer: Splitter,
}

impl Lines {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            buffer: Splitter::default(),
        }
    }

    pub(super) async fn next(&mut self) -> Option<Result<BytesMut, Error>> {
        loop {
            match self.buffer.next() {
                Ok(None) => {}
                Ok(Some(line)) => return Some(Ok(line)),
                Err(error) => return Some(Err(error)),
            }
            match self.body.frame().await? {
                Ok(frame) => self.buffer.add(frame.data_ref().map_or(&[], |bytes| bytes)),
                Err(error) => return Some(Err(Error::protocol(error))),
            }
        }
    }
}

/// Received bytes that are not yet a whole line.
#[derive(Debug, Default)]
struct Splitter(BytesMut);

impl Splitter {
    fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<BytesMut>, Error> {
        match self.0.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                let mut line = self.0.split_to(end + 1);
                line.truncate(end);
                Ok(Some(line))
            }
            None if self.0.len() > MAX_LINE => Err(Error::protocol("a line of it is too long")),
            None => Ok(None),
        }
    }
}

const MAX_LINE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_whatever_the_pieces() {
        let mut buffer = Splitter::default();
        let mut lines = Vec::new();

        for piece in ["on", "e\ntwo\n", "", "thr", "ee\n", "rest"] {
            buffer.add(piece.as_bytes());
            while let Some(line) = buffer.next().unwrap() {
                lines.push(line);
            }
        }

        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut buffer = Splitter::default();

        buffer.add(&vec![b'x'; MAX_LINE + 1]);

        assert!(buffer.next().is_err());
    }
}
