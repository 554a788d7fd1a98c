//! AUTHORITY_BUFFERs out of their fragments. MS-PNRP §3.1.5.6.

use std::{collections::BTreeMap, net::SocketAddrV6};

use pnrp_wire::{AuthorityFragment, MessageId};

/// Buffers of which some fragments have been seen, by message ID and source.
///
/// It holds only bytes that were captured, up to a bound; the oldest buffer goes when a new one
/// needs its place, since a capture has no end to give up at.
#[derive(Debug)]
pub struct Reassembly {
    entries: BTreeMap<Key, Partial>,
    /// Which entry came when.
    ages: BTreeMap<u64, Key>,
    next_age: u64,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
    abandoned: u64,
}

type Key = (MessageId, SocketAddrV6);

#[derive(Debug)]
struct Partial {
    age: u64,
    acked: MessageId,
    size: u16,
    pieces: BTreeMap<u16, Vec<u8>>,
}

impl Partial {
    fn len(&self) -> usize {
        self.pieces.values().map(Vec::len).sum()
    }
}

impl Default for Reassembly {
    /// 1,024 buffers, 4 MiB.
    fn default() -> Self {
        Self::new(1_024, 4 << 20)
    }
}

impl Reassembly {
    /// Sets the bounds.
    pub fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            ages: BTreeMap::new(),
            next_age: 0,
            bytes: 0,
            max_entries,
            max_bytes,
            abandoned: 0,
        }
    }

    /// Takes a fragment; returns the buffer when it is complete.
    ///
    /// The codec has checked each fragment by itself: the offset is a multiple of the fragment
    /// length, all but the last are full, none reaches beyond Size. A fragment that contradicts
    /// those before it ends their buffer, and is the first of another.
    pub fn accept(
        &mut self,
        id: MessageId,
        source: SocketAddrV6,
        fragment: &AuthorityFragment,
    ) -> Option<Vec<u8>> {
        let key = (id, source);
        if fragment.data.len() == usize::from(fragment.size) {
            self.abandon(&key);
            return Some(fragment.data.clone());
        }
        let fits =
            |partial: &Partial| partial.size == fragment.size && partial.acked == fragment.acked;
        if !self.entries.get(&key).is_some_and(fits) {
            self.abandon(&key);
        }
        self.make_room(&key, fragment.data.len());
        let partial = self.entries.entry(key).or_insert_with(|| {
            self.next_age += 1;
            self.ages.insert(self.next_age, key);
            Partial {
                age: self.next_age,
                acked: fragment.acked,
                size: fragment.size,
                pieces: BTreeMap::new(),
            }
        });
        self.bytes += fragment.data.len();
        let replaced = partial
            .pieces
            .insert(fragment.offset, fragment.data.clone());
        self.bytes -= replaced.map_or(0, |piece| piece.len());
        if partial.len() < usize::from(partial.size) {
            return None;
        }
        let partial = self.remove(&key)?;
        Some(partial.pieces.into_values().flatten().collect())
    }

    /// Buffers that still lack a fragment, those given up included.
    pub fn unfinished(&self) -> u64 {
        self.abandoned + u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// Gives up other buffers, the oldest first, until one more piece fits.
    fn make_room(&mut self, key: &Key, length: usize) {
        let is_new = !self.entries.contains_key(key);
        while (is_new && self.entries.len() >= self.max_entries)
            || self.bytes + length > self.max_bytes
        {
            let Some(oldest) = self.ages.values().find(|&other| other != key).copied() else {
                break;
            };
            self.abandon(&oldest);
        }
    }

    fn abandon(&mut self, key: &Key) {
        self.abandoned += u64::from(self.remove(key).is_some());
    }

    fn remove(&mut self, key: &Key) -> Option<Partial> {
        let partial = self.entries.remove(key)?;
        self.ages.remove(&partial.age);
        self.bytes -= partial.len();
        Some(partial)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn fragments_join_in_any_order_and_when_repeated() {
        let buffer: Vec<u8> = (0..3_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut fragments = split(&buffer);
        fragments.reverse();
        fragments.insert(1, fragments[0].clone());
        let mut reassembly = Reassembly::default();

        let results: Vec<_> = fragments
            .iter()
            .map(|fragment| reassembly.accept(MessageId(9), from(1), fragment))
            .collect();

        assert_eq!(results, [None, None, None, Some(buffer)]);
        assert_eq!((reassembly.bytes, reassembly.unfinished()), (0, 0));
        assert!(reassembly.ages.is_empty());
    }

    #[test]
    fn sources_and_messages_are_told_apart() {
        let fragments = split(&[1; 2_000]);
        let mut reassembly = Reassembly::default();
        let mut accept = |id, port, at: usize| {
            reassembly
                .accept(MessageId(id), from(port), &fragments[at])
                .is_some()
        };

        assert!(!accept(9, 1, 0));
        assert!(!accept(9, 2, 1));
        assert!(!accept(8, 1, 1));
        assert!(accept(9, 1, 1));

        assert_eq!(reassembly.unfinished(), 2);
    }

    #[test]
    fn a_fragment_of_another_size_begins_again() {
        let (first, second) = (split(&[1; 2_000]), split(&[2; 2_001]));
        let mut reassembly = Reassembly::default();
        let mut accept = |fragment| reassembly.accept(MessageId(9), from(1), fragment);

        assert_eq!(accept(&first[0]), None);
        assert_eq!(accept(&second[1]), None);
        assert_eq!(accept(&second[0]), Some(vec![2; 2_001]));

        assert_eq!((reassembly.bytes, reassembly.unfinished()), (0, 1));
    }

    #[test]
    fn the_oldest_buffer_goes_when_there_is_no_room() {
        let fragments = split(&[1; 2_000]);
        for mut reassembly in [Reassembly::new(2, 100_000), Reassembly::new(100, 3_200)] {
            for id in [1, 2, 3] {
                let result = reassembly.accept(MessageId(id), from(1), &fragments[0]);
                assert_eq!(result, None);
            }

            let mut accept = |id| reassembly.accept(MessageId(id), from(1), &fragments[1]);
            assert!(accept(3).is_some());
            assert!(accept(2).is_some());
            assert!(accept(1).is_none());
            assert_eq!(reassembly.unfinished(), 2);
        }
    }

    fn split(buffer: &[u8]) -> Vec<AuthorityFragment> {
        let fragment = |(index, data): (usize, &[u8])| AuthorityFragment {
            acked: MessageId(7),
            size: u16::try_from(buffer.len()).unwrap(),
            offset: u16::try_from(1_188 * index).unwrap(),
            data: data.to_vec(),
        };
        buffer.chunks(1_188).enumerate().map(fragment).collect()
    }

    fn from(port: u16) -> SocketAddrV6 {
        SocketAddrV6::new(Ipv6Addr::LOCALHOST, port, 0, 0)
    }
}
