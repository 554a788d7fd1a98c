//! How many entries of one owner a level holds before they have to give way.
//!
//! Whoever has a /64 has 2^64 addresses, and IDs cost a key each; so entries are counted by what
//! their addresses begin with. Entries over a cap fill room that nobody else wants, and are the
//! first to go: a cloud whose nodes all share one prefix loses nothing, and an owner who floods a
//! mixed one takes nobody's place.

use std::net::Ipv6Addr;

use crate::level::Level;

/// How many entries of one level may share the start of an address before more are crowded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diversity {
    /// Entries that share 64 bits: one link.
    pub per_64: u16,
    /// Entries that share 48 bits: one site.
    pub per_48: u16,
    /// Entries that share 32 bits: one provider.
    pub per_32: u16,
}

impl Diversity {
    /// No entry is ever crowded: for link-local clouds, where all addresses begin alike.
    pub const OFF: Self = Self {
        per_64: u16::MAX,
        per_48: u16::MAX,
        per_32: u16::MAX,
    };
}

impl Default for Diversity {
    /// One for each slice of a level from a link, twice that from a site, four times from a
    /// provider.
    fn default() -> Self {
        Self {
            per_64: 10,
            per_48: 20,
            per_32: 40,
        }
    }
}

/// How many entries of each level share what their addresses begin with.
///
/// A table of counters without keys: two prefixes that meet in a cell are counted as one, which
/// lets an entry give way too early, never too late. There are at least twice as many cells as
/// entries, of two bytes each, and three prefixes to an entry of one address.
#[derive(Clone, Debug)]
pub(crate) struct Crowds {
    caps: Diversity,
    cells: Vec<u16>,
}

impl Crowds {
    pub(crate) fn new(caps: Diversity) -> Self {
        let cells = if caps == Diversity::OFF {
            0
        } else {
            LEAST_CELLS
        };
        Self {
            caps,
            cells: vec![0; cells],
        }
    }

    pub(crate) fn caps(&self) -> Diversity {
        self.caps
    }

    /// Whether so many entries need more cells. All are zero then, and count from the start.
    pub(crate) fn grow(&mut self, entries: usize) -> bool {
        let must = !self.cells.is_empty() && self.cells.len() < entries.saturating_mul(2);
        if must {
            self.cells = vec![0; self.cells.len() * 2];
        }
        must
    }

    /// Forgets all entries.
    pub(crate) fn clear(&mut self) {
        self.cells.fill(0);
    }

    /// Counts an entry.
    pub(crate) fn add(&mut self, level: Level, addresses: &[Ipv6Addr]) {
        self.change(level, addresses, |count| count.saturating_add(1));
    }

    /// Counts an entry no more. A counter that was full stays so.
    pub(crate) fn remove(&mut self, level: Level, addresses: &[Ipv6Addr]) {
        self.change(level, addresses, |count| match count {
            u16::MAX => count,
            _ => count.saturating_sub(1),
        });
    }

    /// Whether `more` entries like this one are too many.
    pub(crate) fn is_crowded(&self, level: Level, addresses: &[Ipv6Addr], more: u16) -> bool {
        !self.cells.is_empty()
            && distinct_prefixes(self.caps, addresses).any(|(prefix, cap)| {
                let cell = self.cells.get(self.cell(level, prefix));
                cell.is_some_and(|count| count.saturating_add(more) > cap)
            })
    }

    fn change(&mut self, level: Level, addresses: &[Ipv6Addr], change: impl Fn(u16) -> u16) {
        if self.cells.is_empty() {
            return;
        }
        for (prefix, _) in distinct_prefixes(self.caps, addresses) {
            let cell = self.cell(level, prefix);
            if let Some(count) = self.cells.get_mut(cell) {
                *count = change(*count);
            }
        }
    }

    fn cell(&self, level: Level, prefix: Prefix) -> usize {
        let level = u64::from(level.around) << 8 | u64::from(level.depth);
        let mixed = mix(mix(prefix.upper ^ u64::from(prefix.bits)) ^ level);
        // The length is a power of two.
        usize::try_from(mixed >> 32).unwrap_or(0) & self.cells.len().wrapping_sub(1)
    }

    pub(crate) fn cells(&self) -> &[u16] {
        &self.cells
    }
}

/// What an address begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prefix {
    upper: u64,
    bits: u8,
}

/// Every prefix of every address once, and its cap.
///
/// All addresses count, for the first one need not be the one that answered.
fn distinct_prefixes(
    caps: Diversity,
    addresses: &[Ipv6Addr],
) -> impl Iterator<Item = (Prefix, u16)> {
    let lengths = [(64, caps.per_64), (48, caps.per_48), (32, caps.per_32)];
    lengths.into_iter().flat_map(move |(bits, cap)| {
        let upper = move |address: &Ipv6Addr| {
            let [a, b, c, d, ..] = address.segments().map(u64::from);
            (a << 48 | b << 32 | c << 16 | d) & (u64::MAX << (64 - bits))
        };
        let is_new = move |(index, address): &(usize, &Ipv6Addr)| {
            let mut before = addresses.iter().take(*index);
            !before.any(|earlier| upper(earlier) == upper(address))
        };
        let addresses = addresses.iter().enumerate().filter(is_new);
        addresses.map(move |(_, address)| {
            let upper = upper(address);
            (Prefix { upper, bits }, cap)
        })
    })
}

/// Spreads what differs in a few bits over all (the finalizer of SplitMix64).
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

const LEAST_CELLS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_counts_once_for_each_prefix_of_its_addresses() {
        let addresses: Vec<Ipv6Addr> = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"]
            .map(|text| text.parse().unwrap())
            .to_vec();

        let bits: Vec<u8> = distinct_prefixes(Diversity::default(), &addresses)
            .map(|(prefix, _)| prefix.bits)
            .collect();

        assert_eq!(bits, [64, 64, 48, 32]);
    }

    #[test]
    fn each_length_has_its_cap_in_each_level() {
        let mut crowds = Crowds::new(Diversity {
            per_64: 1,
            per_48: 2,
            per_32: 3,
        });
        let add = |crowds: &mut Crowds, text: &str| {
            crowds.add(Level::RING, &[text.parse().unwrap()]);
        };
        let crowded = |crowds: &Crowds, text: &str| {
            crowds.is_crowded(Level::RING, &[text.parse().unwrap()], 1)
        };

        add(&mut crowds, "2001:db8:1:1::1");
        assert!(crowded(&crowds, "2001:db8:1:1::2") && !crowded(&crowds, "2001:db8:1:2::1"));
        add(&mut crowds, "2001:db8:1:2::1");
        assert!(crowded(&crowds, "2001:db8:1:3::1") && !crowded(&crowds, "2001:db8:2::1"));
        add(&mut crowds, "2001:db8:2::1");
        assert!(crowded(&crowds, "2001:db8:3::1") && !crowded(&crowds, "2001:db9::1"));
        let lower = Level {
            depth: 1,
            around: 0,
        };
        assert!(!crowds.is_crowded(lower, &["2001:db8:1:1::2".parse().unwrap()], 1));

        crowds.remove(Level::RING, &["2001:db8:2::1".parse().unwrap()]);
        assert!(!crowded(&crowds, "2001:db8:3::1"));
    }

    #[test]
    fn without_caps_nothing_is_counted() {
        let mut crowds = Crowds::new(Diversity::OFF);
        crowds.add(Level::RING, &[Ipv6Addr::LOCALHOST]);

        assert!(!crowds.is_crowded(Level::RING, &[Ipv6Addr::LOCALHOST], u16::MAX));
        assert!(crowds.cells().is_empty() && !crowds.grow(1_000));
    }
}
