//! Which addresses are proved, and until when.

use std::{
    net::Ipv6Addr,
    time::{Duration, Instant},
};

/// Proved addresses, of which the one proved longest ago is forgotten when there are too many.
///
/// A node talks to hundreds of others within the life of a proof, so an entry is 20 bytes: the
/// address, and a second.
#[derive(Debug)]
pub(crate) struct Proofs {
    /// In the order of the addresses, each with the second at which its proof ends.
    entries: Vec<(Ipv6Addr, u32)>,
    opened: Instant,
    capacity: usize,
}

/// How long an answer proves an address, to a second.
const LIFE: Duration = Duration::from_secs(600);

impl Proofs {
    /// None yet. `opened` is what seconds are counted from.
    pub(crate) fn new(capacity: usize, opened: Instant) -> Self {
        Self {
            entries: Vec::new(),
            opened,
            capacity,
        }
    }

    pub(crate) fn contains(&self, address: &Ipv6Addr, now: Instant) -> bool {
        let entry = self
            .find(address)
            .ok()
            .and_then(|place| self.entries.get(place));
        entry.is_some_and(|(_, until)| self.second(now) < *until)
    }

    /// Notes that an address is proved now.
    pub(crate) fn add(&mut self, address: Ipv6Addr, now: Instant) {
        let until = self.second(now + LIFE);
        match self.find(&address) {
            Ok(place) => {
                if let Some(entry) = self.entries.get_mut(place) {
                    entry.1 = until;
                }
            }
            Err(place) => self.insert(place, (address, until), now),
        }
    }

    fn insert(&mut self, place: usize, entry: (Ipv6Addr, u32), now: Instant) {
        let mut place = place;
        if self.entries.len() == self.entries.capacity() {
            self.make_room(now);
            place = self.find(&entry.0).unwrap_or_else(|place| place);
        }
        self.entries.insert(place, entry);
        if self.entries.len() > self.capacity {
            let entries = self.entries.iter().enumerate();
            let oldest = entries.min_by_key(|(_, (address, until))| (*until, *address));
            if let Some((place, _)) = oldest {
                self.entries.remove(place);
            }
        }
    }

    /// Forgets what has ended, and makes the room a quarter larger than what is left.
    fn make_room(&mut self, now: Instant) {
        let second = self.second(now);
        self.entries.retain(|(_, until)| *until > second);
        let len = self.entries.len();
        self.entries.shrink_to(len + len / 4 + 1);
        if len == self.entries.capacity() {
            self.entries.reserve_exact(len / 4 + 1);
        }
    }

    fn second(&self, at: Instant) -> u32 {
        let since = at.saturating_duration_since(self.opened);
        u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
    }

    fn find(&self, address: &Ipv6Addr) -> Result<usize, usize> {
        self.entries
            .binary_search_by_key(address, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::tests::epoch;

    #[test]
    fn a_proof_holds_for_ten_minutes() {
        let opened = epoch();
        let mut proofs = Proofs::new(4, opened);
        let at = |second| opened + Duration::from_secs(second);

        proofs.add(address(1), at(5));

        assert!(proofs.contains(&address(1), at(604)));
        assert!(!proofs.contains(&address(1), at(605)));
        assert!(!proofs.contains(&address(2), at(5)));
    }

    #[test]
    fn the_address_proved_longest_ago_makes_room() {
        let opened = epoch();
        let mut proofs = Proofs::new(2, opened);
        for (second, number) in [(0, 1), (1, 2), (2, 1), (3, 3)] {
            proofs.add(address(number), opened + Duration::from_secs(second));
        }

        let now = opened + Duration::from_secs(4);
        let known = [1, 2, 3].map(|number| proofs.contains(&address(number), now));
        assert_eq!(known, [true, false, true]);
    }

    #[test]
    fn proofs_that_have_ended_take_no_room() {
        let opened = epoch();
        let mut proofs = Proofs::new(1_000, opened);
        (0..500).for_each(|number| proofs.add(address(number), opened));
        let now = opened + LIFE;

        (500..1_000).for_each(|number| proofs.add(address(number), now));

        assert!(proofs.entries.capacity() < 650);
        assert!((500..1_000).all(|number| proofs.contains(&address(number), now)));
    }

    fn address(number: u16) -> Ipv6Addr {
        Ipv6Addr::new(0x2001, 0xdb8, number, 0, 0, 0, 0, 1)
    }
}
