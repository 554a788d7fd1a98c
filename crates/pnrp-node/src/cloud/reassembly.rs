//! AUTHORITY_BUFFERs in pieces, in and out. MS-PNRP §3.1.5.6, §3.2.5.10.

use std::collections::BTreeMap;

use pnrp_wire::{AuthorityFragment, Endpoint, MessageId, limits::FRAGMENT_LEN};

use super::Discard;

/// The Reassembly List of MS-PNRP §3.1.1.
///
/// It holds only bytes that were received: a fragment that announces a large buffer costs no
/// more than it carries.
#[derive(Debug)]
pub(crate) struct Reassembly {
    entries: BTreeMap<(MessageId, Endpoint), Partial>,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
}

#[derive(Debug)]
struct Partial {
    acked: MessageId,
    size: u16,
    pieces: BTreeMap<u16, Vec<u8>>,
}

impl Partial {
    fn len(&self) -> usize {
        self.pieces.values().map(Vec::len).sum()
    }
}

impl Reassembly {
    pub(crate) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            bytes: 0,
            max_entries,
            max_bytes,
        }
    }

    /// Takes a fragment; returns the buffer when it is complete.
    ///
    /// The codec has checked each fragment by itself: the offset is a multiple of the fragment
    /// length, all but the last are full, none reaches beyond Size.
    pub(crate) fn accept(
        &mut self,
        id: MessageId,
        from: Endpoint,
        fragment: AuthorityFragment,
    ) -> Result<Option<Vec<u8>>, Discard> {
        if fragment.offset == 0 && fragment.data.len() == usize::from(fragment.size) {
            self.remove(&(id, from));
            return Ok(Some(fragment.data));
        }
        let key = (id, from);
        let is_new = !self.entries.contains_key(&key);
        if self.bytes + fragment.data.len() > self.max_bytes
            || (is_new && self.entries.len() >= self.max_entries)
        {
            return Err(Discard::ReassemblyFull);
        }
        let partial = self.entries.entry(key).or_insert_with(|| Partial {
            acked: fragment.acked,
            size: fragment.size,
            pieces: BTreeMap::new(),
        });
        if partial.size != fragment.size || partial.acked != fragment.acked {
            self.remove(&key);
            return Err(Discard::FragmentMismatch);
        }
        self.bytes += fragment.data.len();
        let replaced = partial.pieces.insert(fragment.offset, fragment.data);
        self.bytes -= replaced.map_or(0, |piece| piece.len());
        let is_complete = partial.len() == usize::from(partial.size);
        Ok(if is_complete {
            self.remove(&key).map(join)
        } else {
            None
        })
    }

    /// Drops the pieces of every answer to `acked`, whose request has ended.
    pub(crate) fn forget(&mut self, acked: MessageId) {
        let bytes = &mut self.bytes;
        self.entries.retain(|_, partial| {
            let is_kept = partial.acked != acked;
            if !is_kept {
                *bytes -= partial.len();
            }
            is_kept
        });
    }

    #[cfg(any(test, debug_assertions, fuzzing))]
    pub(crate) fn check(&self, is_pending: impl Fn(MessageId) -> bool) -> Result<(), &'static str> {
        let held: usize = self.entries.values().map(Partial::len).sum();
        if held != self.bytes || held > self.max_bytes || self.entries.len() > self.max_entries {
            return Err("the reassembly list miscounts, or is too large");
        }
        match self
            .entries
            .values()
            .all(|partial| is_pending(partial.acked))
        {
            true => Ok(()),
            false => Err("an answer is put together that nothing waits for"),
        }
    }

    fn remove(&mut self, key: &(MessageId, Endpoint)) -> Option<Partial> {
        let partial = self.entries.remove(key)?;
        self.bytes -= partial.len();
        Some(partial)
    }
}

fn join(partial: Partial) -> Vec<u8> {
    partial.pieces.into_values().flatten().collect()
}

/// Cuts a buffer into the fragments of one answer. MS-PNRP §3.2.5.10.
pub(crate) fn split(acked: MessageId, buffer: &[u8]) -> Vec<AuthorityFragment> {
    let size = u16::try_from(buffer.len()).unwrap_or(u16::MAX);
    let fragment = |(index, data): (usize, &[u8])| AuthorityFragment {
        acked,
        size,
        offset: u16::try_from(index * FRAGMENT_LEN).unwrap_or(u16::MAX),
        data: data.to_vec(),
    };
    buffer
        .chunks(FRAGMENT_LEN)
        .enumerate()
        .map(fragment)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACKED: MessageId = MessageId(7);
    const ID: MessageId = MessageId(9);

    /// R-3.2.5.10-02: every fragment but the last has 1,188 bytes; MS-PNRP §4.1.3 splits 2,000
    /// bytes into 1,188 and 812.
    #[test]
    fn two_thousand_bytes_become_two_fragments() {
        let fragments = split(ACKED, &[1; 2_000]);

        let shapes: Vec<_> = fragments
            .iter()
            .map(|f| (f.size, f.offset, f.data.len()))
            .collect();
        assert_eq!(shapes, [(2_000, 0, 1_188), (2_000, 1_188, 812)]);
    }

    /// R-3.1.5.6-04, R-3.1.5.6-08, R-3.1.5.6-09, R-3.1.5.6-10: by coverage, in any order.
    #[test]
    fn fragments_join_in_any_order_and_when_repeated() {
        let buffer: Vec<u8> = (0..3_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut fragments = split(ACKED, &buffer);
        fragments.reverse();
        fragments.insert(1, fragments[0].clone());
        let mut reassembly = Reassembly::new(4, 10_000);

        let results: Vec<_> = fragments
            .into_iter()
            .map(|fragment| reassembly.accept(ID, endpoint(), fragment).unwrap())
            .collect();

        assert_eq!(results, [None, None, None, Some(buffer)]);
        assert_eq!((reassembly.bytes, reassembly.entries.len()), (0, 0));
    }

    /// R-3.1.5.6-07: a fragment of another Size ends the reassembly.
    #[test]
    fn a_fragment_of_another_size_deletes_the_state() {
        let mut reassembly = Reassembly::new(4, 10_000);
        let mut fragments = split(ACKED, &[1; 2_000]);
        fragments[1].size = 2_001;
        let mut fragments = fragments.into_iter();

        assert!(matches!(
            reassembly.accept(ID, endpoint(), fragments.next().unwrap()),
            Ok(None)
        ));
        assert!(matches!(
            reassembly.accept(ID, endpoint(), fragments.next().unwrap()),
            Err(Discard::FragmentMismatch)
        ));

        assert_eq!((reassembly.bytes, reassembly.entries.len()), (0, 0));
    }

    /// R-3.1.5.6-05: what cannot be kept is dropped.
    #[test]
    fn the_list_is_bounded_in_entries_and_bytes() {
        let piece = || split(ACKED, &[1; 2_000]).remove(0);
        let mut by_entries = Reassembly::new(1, 10_000);
        let mut by_bytes = Reassembly::new(9, 2_000);

        assert!(by_entries.accept(MessageId(1), endpoint(), piece()).is_ok());
        assert!(matches!(
            by_entries.accept(MessageId(2), endpoint(), piece()),
            Err(Discard::ReassemblyFull)
        ));
        assert!(by_bytes.accept(MessageId(1), endpoint(), piece()).is_ok());
        assert!(matches!(
            by_bytes.accept(MessageId(2), endpoint(), piece()),
            Err(Discard::ReassemblyFull)
        ));
    }

    /// R-3.1.6.3-04: when the request is given up, its pieces go.
    #[test]
    fn pieces_go_with_their_request() {
        let mut reassembly = Reassembly::new(4, 10_000);
        let piece = split(ACKED, &[1; 2_000]).remove(0);
        assert!(matches!(reassembly.accept(ID, endpoint(), piece), Ok(None)));

        reassembly.forget(ACKED);

        assert_eq!((reassembly.bytes, reassembly.entries.len()), (0, 0));
    }

    fn endpoint() -> Endpoint {
        Endpoint {
            address: "fe80::1".parse().unwrap(),
            port: 3540,
        }
    }
}
