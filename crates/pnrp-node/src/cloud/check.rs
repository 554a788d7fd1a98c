//! What must hold between any two inputs.

use std::collections::BTreeSet;

use super::Cloud;

impl Cloud {
    /// Checks every invariant. O(n log n) for n cached entries.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn check(&self) -> Result<(), &'static str> {
        self.check_bounds()?;
        self.cache.check()?;
        self.check_leaf_sets()?;
        self.check_admissions()?;
        self.resolves
            .check(|message| self.pending.contains(message) || self.jobs.proves(message))?;
        self.reassembly
            .check(|message| self.pending.contains(message))
    }

    fn check_bounds(&self) -> Result<(), &'static str> {
        let limits = &self.config.limits;
        let [pending, admissions, resolves, incoming] = self.table_sizes();
        let bounds = [
            (pending, limits.pending, "too many messages are pending"),
            (
                admissions,
                limits.admissions,
                "too many entries are examined",
            ),
            (
                resolves,
                limits.resolves,
                "too many resolves are in progress",
            ),
            (
                incoming,
                limits.incoming_conversations,
                "peers have opened too many conversations",
            ),
            (
                self.outgoing.len(),
                limits.outgoing_conversations,
                "too many conversations are open",
            ),
            (self.cache.len(), limits.cache, "the cache is too large"),
            (
                self.registrations.len(),
                limits.registrations,
                "too many names are registered",
            ),
            (
                self.jobs.len(),
                limits.crypto_jobs,
                "too many signatures are waiting",
            ),
            (
                self.lost.len(),
                limits.lost,
                "too many lost nodes are remembered",
            ),
        ];
        let over = bounds.iter().find(|(size, bound, _)| size > bound);
        over.map_or(Ok(()), |(_, _, excess)| Err(*excess))
    }

    /// Every leaf has proven itself and is cached, so that it can be referred to.
    fn check_leaf_sets(&self) -> Result<(), &'static str> {
        let own: BTreeSet<_> = self.registrations.pnrp_ids().collect();
        for (_, local) in self.registrations.iter() {
            for leaf in local.leaves.members() {
                if own.contains(&leaf) {
                    return Err("a local ID is a leaf");
                }
                let Some(cached) = self.cache.get(&leaf) else {
                    return Err("a leaf is not cached");
                };
                if !cached.cpa_checked() {
                    return Err("a leaf has not proven itself");
                }
            }
            if !local.told.is_within_bounds() {
                return Err("too many leaves are remembered that were told");
            }
        }
        match own.iter().any(|id| self.cache.contains(id)) {
            true => Err("a local ID is cached"),
            false => Ok(()),
        }
    }

    /// Whoever is examined has been asked, or its CPA is being checked; whoever is talked to has been
    /// asked.
    fn check_admissions(&self) -> Result<(), &'static str> {
        for inquire in self.admissions.inquiries() {
            if !self.pending.contains(inquire) {
                return Err("an entry is examined by an INQUIRE that is not pending");
            }
        }
        if !self.outgoing.solicits().all(|id| self.pending.contains(id)) {
            return Err("a conversation waits for a SOLICIT that is not pending");
        }
        match self.admissions.len() == self.admissions.inquiries().count() + self.jobs.admitting() {
            true => Ok(()),
            false => Err("an entry is examined by nothing"),
        }
    }
}
