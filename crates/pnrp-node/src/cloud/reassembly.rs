//! AUTHORITY_BUFFERs in pieces, in and out. MS-PNRP §3.1.5.6, §3.2.5.10.

use std::collections::BTreeMap;

use pnrp_wire::{AuthorityFragment, Endpoint, MessageId, limits::FRAGMENT_LEN};

use super::{Discard, pending::PendingList};

/// Answers to one question that are collected at a time: one for each transmission, and some more.
const MAX_ANSWERS: usize = 4;

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
            || (is_new && !self.has_room(from, fragment.acked))
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

    /// Whether one more answer, to `acked` and from `from`, may be collected.
    ///
    /// One source may hold half of the list, so that it cannot keep the answers of others out; nor
    /// may many do so with pieces of answers to one question.
    fn has_room(&self, from: Endpoint, acked: MessageId) -> bool {
        let of_source = self.entries.keys().filter(|(_, of)| *of == from).count();
        let answers = self.entries.values();
        let to_question = answers.filter(|partial| partial.acked == acked).count();
        self.entries.len() < self.max_entries
            && of_source < self.max_entries.div_ceil(2)
            && to_question < MAX_ANSWERS
    }

    /// Drops the pieces collected of an answer, one of which reaches beyond its end.
    /// MS-PNRP §3.1.5.6.
    pub(crate) fn abandon(&mut self, id: MessageId, from: Endpoint, acked: MessageId) {
        let key = (id, from);
        if self
            .entries
            .get(&key)
            .is_some_and(|partial| partial.acked == acked)
        {
            self.remove(&key);
        }
    }

    /// Drops the pieces of every answer to `acked`, whose request has ended.
    pub(crate) fn forget(&mut self, acked: MessageId) {
        self.retain(|of| of != acked);
    }

    /// Drops the pieces of every answer to a request that is not pending: one can end in ways that
    /// tell nobody.
    pub(crate) fn sweep(&mut self, pending: &PendingList) {
        self.retain(|acked| pending.contains(acked));
    }

    fn retain(&mut self, is_kept: impl Fn(MessageId) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|_, partial| {
            let is_kept = is_kept(partial.acked);
            if !is_kept {
                *bytes -= partial.len();
            }
            is_kept
        });
    }

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

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
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

/// Cuts a buffer into the fragments of one answer, most of which have one. MS-PNRP §3.2.5.10.
pub(crate) fn split(acked: MessageId, buffer: Vec<u8>, mut send: impl FnMut(AuthorityFragment)) {
    let size = u16::try_from(buffer.len()).unwrap_or(u16::MAX);
    let fragment = |offset, data| AuthorityFragment {
        acked,
        size,
        offset,
        data,
    };
    if buffer.len() <= FRAGMENT_LEN {
        return send(fragment(0, buffer));
    }
    for (index, data) in buffer.chunks(FRAGMENT_LEN).enumerate() {
        let offset = u16::try_from(index * FRAGMENT_LEN).unwrap_or(u16::MAX);
        send(fragment(offset, data.to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(acked: MessageId, buffer: impl Into<Vec<u8>>) -> Vec<AuthorityFragment> {
        let mut fragments = Vec::new();
        super::split(acked, buffer.into(), |fragment| fragments.push(fragment));
        fragments
    }

    const ACKED: MessageId = MessageId(7);
    const ID: MessageId = MessageId(9);

    /// R-3.2.5.10-02: every fragment but the last has 1,188 bytes; MS-PNRP §4.1.3 splits 2,000
    /// bytes into 1,188 and 812.
    #[test]
    fn two_thousand_bytes_become_two_fragments() {
        let fragments = split(ACKED, [1; 2_000]);

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
        let mut fragments = split(ACKED, buffer.clone());
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
        let mut fragments = split(ACKED, [1; 2_000]);
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
        let piece = || split(ACKED, [1; 2_000]).remove(0);
        let mut by_entries = Reassembly::new(1, 10_000);
        let mut by_bytes = Reassembly::new(9, 2_000);

        let other = Endpoint {
            port: 3541,
            ..endpoint()
        };
        assert!(by_entries.accept(MessageId(1), endpoint(), piece()).is_ok());
        assert!(matches!(
            by_entries.accept(MessageId(2), other, piece()),
            Err(Discard::ReassemblyFull)
        ));
        assert!(by_bytes.accept(MessageId(1), endpoint(), piece()).is_ok());
        assert!(matches!(
            by_bytes.accept(MessageId(2), endpoint(), piece()),
            Err(Discard::ReassemblyFull)
        ));
    }

    /// R-5.1-06: neither a source nor a question takes the whole list.
    #[test]
    fn a_source_has_half_of_the_list_and_a_question_four_answers() {
        let piece = |acked: u32| split(MessageId(acked), [1; 2_000]).remove(0);
        let other = Endpoint {
            port: 3541,
            ..endpoint()
        };
        let mut by_source = Reassembly::new(8, 100_000);
        let mut by_question = Reassembly::new(80, 100_000);

        for n in 0..4 {
            assert!(by_source.accept(MessageId(n), endpoint(), piece(n)).is_ok());
            assert!(
                by_question
                    .accept(MessageId(n), endpoint(), piece(0))
                    .is_ok()
            );
        }

        let fifth = MessageId(4);
        assert!(by_source.accept(fifth, endpoint(), piece(4)).is_err());
        assert!(by_source.accept(fifth, other, piece(4)).is_ok());
        assert!(by_question.accept(fifth, other, piece(0)).is_err());
        assert!(by_question.accept(fifth, other, piece(1)).is_ok());
    }

    /// R-3.1.6.3-04: when the request is given up, its pieces go.
    #[test]
    fn pieces_go_with_their_request() {
        let mut reassembly = Reassembly::new(4, 10_000);
        let piece = split(ACKED, [1; 2_000]).remove(0);
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
