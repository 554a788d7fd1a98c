//! Receiving FLOOD. MS-PNRP §3.1.5.5, with the publisher's additions in §3.2.5.5.

use pnrp_identity::CpaExpectation;
use pnrp_wire::{Authority, Flood, SignedCpa};

use super::Received;
use crate::cloud::{
    Cloud, Discard, Now,
    admission::{Origin, Revocation},
    crypto::{CryptoJob, Statement, VerifyJob},
    jobs::Awaiting,
    reflection::Asker,
};

impl Cloud {
    /// MS-PNRP §3.1.5.5, §3.2.5.5.
    pub(super) fn on_flood(&mut self, flood: Received<Flood>, now: Now) -> Result<(), Discard> {
        let (path, mut asker) = (flood.reply_path(), flood.asker());
        let Received { id, from, body, .. } = flood;
        if !body.suppress_ack {
            // MS-PNRP §3.2.5.5 binds only those that publish to say that an ID is not theirs.
            let is_denied = !self.config.resolve_only
                && !body.validate.is_zero()
                && !self.registrations.owns(&body.validate);
            self.acknowledge((&mut asker, path), id, is_denied, now)?;
        }
        if let Some(route) = &body.content.route {
            let already_flooded = body.already_flooded.clone();
            self.consider_claim(
                route,
                &mut asker,
                Origin::Flood {
                    source: from,
                    already_flooded,
                },
                now,
            );
        }
        match body.content.revoke {
            Some(signed) => {
                let already_flooded = body.already_flooded;
                let revocation = Revocation {
                    signed,
                    already_flooded,
                };
                self.consider_revocation(revocation, &mut asker, now)
            }
            None => Ok(()),
        }
    }

    /// MS-PNRP §3.1.5.5 steps 4 to 6.
    ///
    /// A revocation counts if the key that published signed it, or the owner of the name. Anyone
    /// can sign the revocation of an unsecured ID, so without a record of its key its node is asked
    /// instead: it denies the ID or is silent if the revocation is true.
    fn consider_revocation(
        &mut self,
        revocation: Revocation,
        claimant: &mut Asker,
        now: Now,
    ) -> Result<(), Discard> {
        let signed: &SignedCpa = &revocation.signed;
        let mut possible_ids = signed.possible_ids();
        let Some(id) = possible_ids.find(|id| self.cache.contains(id)) else {
            return Ok(());
        };
        let key = signed.cpa().public_key.authority();
        let has_published = self.publishers.has_published(&id, &key);
        let expectation = CpaExpectation::revocation(id);
        let expectation = match has_published {
            true => expectation.by_publisher(key),
            false => expectation,
        };
        if signed.cpa().authority == Authority::Unsecured && !has_published {
            self.may_examine(claimant, now)?;
            self.examine_revocation(revocation, id, now);
            return Ok(());
        }
        let source = claimant.source();
        self.spend(|ledger| &mut ledger.checks, &source, 1, now)?;
        let job = CryptoJob::Verify(Box::new(VerifyJob {
            statement: Statement::Alone(Box::new(signed.clone())),
            dialect: self.config.dialect,
            name: None,
            expectation,
            utc: now.utc,
            verifier: self.config.verifier.clone(),
        }));
        if self.submit(job, Awaiting::Revocation(Box::new(revocation), id)) {
            Ok(())
        } else {
            Err(Discard::CryptoFull)
        }
    }
}
