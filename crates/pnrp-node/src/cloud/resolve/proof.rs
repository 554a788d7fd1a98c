//! The end of a resolve: the best match has to prove itself. MS-PNRP §3.1.5.6.1.1.

use pnrp_cache::CachedRoute;
use pnrp_identity::CpaExpectation;
use pnrp_wire::{AuthorityBuffer, Body, Inquire, MessageId, RouteEntry};

use super::{Asked, Errand, Question, Resolve};
use crate::cloud::{
    Cloud, Discard, Event, Found, Now, Proof, ResolveError, ResolveId, Verdict,
    crypto::{CryptoJob, Statement, Verified, VerifyJob},
    jobs::Awaiting,
    pending::Purpose,
};

impl Cloud {
    /// Asks the best match for its CPA. MS-PNRP §3.1.4.4.2 step 7.
    pub(super) fn inquire(&mut self, resolve: &mut Resolve, best: &RouteEntry, now: Now) -> bool {
        let Some(asked) = self.ask_for_proof(resolve, best, now) else {
            resolve.next_best();
            return false;
        };
        // Whoever is still asked for a closer node answers the cache, not this resolve.
        resolve.asked = vec![asked];
        true
    }

    fn ask_for_proof(&mut self, resolve: &Resolve, best: &RouteEntry, now: Now) -> Option<Asked> {
        let nonce = self.random_nonce();
        let body = Body::Inquire(Inquire {
            validate: best.id(),
            want_cpa: true,
            want_extended_payload: true,
            want_cert_chain: true,
            nonce: Some(nonce),
        });
        self.own_inquiries.note(best.id(), now.instant);
        let more = self.insistence_on_proof(resolve);
        let (from, to) = self.local.choose(best)?;
        let purpose = Purpose::Inquire(resolve.id);
        let message = self.send_insistently(purpose, (from, to), (body, more), now)?;
        Some(Asked {
            message,
            id: best.id(),
            endpoint: to,
            at: now.instant,
            question: Question::Inquire(nonce),
        })
    }

    /// The best match has answered. MS-PNRP §3.1.5.6.1.1.
    pub(crate) fn on_proof_answer(
        &mut self,
        id: ResolveId,
        message: MessageId,
        (answer, bytes): (AuthorityBuffer, Vec<u8>),
        now: Now,
    ) -> Result<(), Discard> {
        let Some((mut resolve, asked)) = self.take_asked(id, message) else {
            return Err(Discard::NothingPending(message));
        };
        let Question::Inquire(nonce) = asked.question else {
            return Err(Discard::NothingPending(message));
        };
        if answer.id_not_found {
            self.forget(&asked.id, now);
            self.match_failed(resolve, &asked, Verdict::NotRegistered, now);
            return Ok(());
        }
        if answer.busy {
            resolve.met_busy = true;
            self.match_failed(resolve, &asked, Verdict::Busy, now);
            return Ok(());
        }
        if answer.cpa.is_none() {
            self.match_failed(resolve, &asked, Verdict::Unproven, now);
            return Ok(());
        }
        let job = CryptoJob::Verify(Box::new(VerifyJob {
            statement: Statement::Answer(bytes),
            dialect: self.config.dialect,
            name: resolve.errand.name().cloned(),
            expectation: CpaExpectation::publication(asked.id, nonce).with_payload(),
            utc: now.utc,
            verifier: self.config.verifier.clone(),
        }));
        if self.submit(job, Awaiting::Proof(id, asked.message)) {
            resolve.asked.push(asked);
            self.resolves.entries.insert(id, resolve);
            return Ok(());
        }
        self.match_failed(resolve, &asked, Verdict::Unproven, now);
        Err(Discard::CryptoFull)
    }

    /// The CPA of a best match has been checked.
    pub(crate) fn on_proof_checked(
        &mut self,
        id: ResolveId,
        message: MessageId,
        result: Result<Box<Verified>, Discard>,
        now: Now,
    ) -> Result<(), Discard> {
        let Some((mut resolve, asked)) = self.take_asked(id, message) else {
            return Ok(());
        };
        let verified = match result {
            Ok(verified) => verified,
            Err(error) => {
                self.match_failed(resolve, &asked, Verdict::Unproven, now);
                return Err(error);
            }
        };
        self.report_hop(&mut resolve, &asked, Verdict::Published, now);
        if let Errand::Application(name) = &resolve.errand {
            let elapsed = now.instant.saturating_duration_since(resolve.started);
            let valid = &verified.cpa;
            let cpa = valid.cpa();
            let found = Found {
                name: name.clone(),
                id: asked.id,
                endpoints: cpa.app_endpoints.clone(),
                comment: cpa.friendly_name.clone(),
                payload: verified.payload.clone(),
                binding: verified.binding,
                not_after: cpa.not_after,
                node: cpa.service_addresses.clone(),
                proof: Proof::Cpa {
                    signer: cpa.public_key.authority(),
                    signature_order: valid.signature_order(),
                    certificates: valid.chain().map_or(0, |chain| chain.certificates().len()),
                },
                elapsed,
            };
            self.events.push_back(Event::Found {
                id,
                found: Box::new(found),
            });
        }
        if let Errand::DetectSplit(test) = &resolve.errand
            && let Some(best) = &resolve.best
        {
            let (test, best) = (test.clone(), best.id());
            self.on_split_test(&test, &best, now);
        }
        self.go_on_after(resolve, &asked, now);
        Ok(())
    }

    /// Ends a resolve that has found as many publishers as are wanted; else looks for the next
    /// one, with what was found left out.
    fn go_on_after(&mut self, mut resolve: Box<Resolve>, asked: &Asked, now: Now) {
        resolve.found.push(asked.id);
        if resolve.found.len() >= resolve.max {
            return self.end(resolve, Ok(()), now);
        }
        resolve.note_asked(asked.endpoint);
        resolve.suspicious = 0;
        resolve.useful = 0;
        resolve.next_best();
        if resolve.best.is_none() {
            resolve.best = self.cached_publisher(&resolve);
        }
        self.start_from_cache(&mut resolve);
        self.advance(resolve, now);
    }

    /// A cached entry of the name that was not reported yet: two registrations of one node have
    /// the same endpoint, and the search goes to no endpoint twice.
    fn cached_publisher(&self, resolve: &Resolve) -> Option<RouteEntry> {
        let is_new = |cached: &CachedRoute<'_>| {
            let id = cached.id();
            resolve.accepts(&id) && !resolve.found.contains(&id)
        };
        let closest = self.cache.closest_matching(&resolve.target, 1, is_new);
        closest.first().map(|cached| cached.route())
    }

    /// The best match is silent. MS-PNRP §3.1.4.4.2 step 7.
    pub(crate) fn on_proof_unanswered(&mut self, id: ResolveId, message: MessageId, now: Now) {
        let Some((mut resolve, asked)) = self.take_asked(id, message) else {
            return;
        };
        resolve.met_silence = true;
        self.lose(&asked.id, now);
        if resolve.asked_again == Some(asked.id) {
            self.report_hop(&mut resolve, &asked, Verdict::Unreachable, now);
            return self.advance(resolve, now);
        }
        let silent = resolve.best.clone().filter(|best| best.id() == asked.id);
        if let Some(best) = silent.filter(|_| resolve.skips_last_lookup) {
            // It may be there all the same. Nobody else can prove what it can, unless others publish
            // the name too; so both are tried at once.
            let again = self.ask_for_proof(&resolve, &best, now);
            resolve.asked_again = Some(asked.id);
            resolve.asked.extend(again);
        }
        self.match_failed(resolve, &asked, Verdict::Unreachable, now);
    }

    /// Goes back to the former best match, or on with the search. MS-PNRP §3.1.5.6.1.1.
    fn match_failed(
        &mut self,
        mut resolve: Box<Resolve>,
        asked: &Asked,
        verdict: Verdict,
        now: Now,
    ) {
        self.report_hop(&mut resolve, asked, verdict, now);
        if resolve.skips_last_lookup {
            // Whoever denies an ID may have the name under another: it has started again.
            if verdict != Verdict::NotRegistered {
                resolve.note_asked(asked.endpoint);
            }
            self.start_from_cache(&mut resolve);
        } else {
            resolve.note_asked(asked.endpoint);
        }
        resolve.next_best();
        if resolve.best.is_none() && resolve.hops.is_empty() && resolve.asked.is_empty() {
            return self.end(resolve, Err(ResolveError::NotFound), now);
        }
        self.advance(resolve, now);
    }
}
