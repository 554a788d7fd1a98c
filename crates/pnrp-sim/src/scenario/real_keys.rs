//! Real signatures and checksums lead to the same routing.

use std::sync::Arc;

use anyhow::{Context, ensure};
use pnrp_identity::{PeerIdentity, RsaVerifier, Signer};

use super::{Common, Scenario, check};
use crate::{
    course::Course,
    crowd::Crowd,
    crypto::{StandIn, StandInVerifier},
    report::{Bar, Figure, Run},
    world::{Outcome, Traffic},
};

/// The same run twice: with an RSA key for each node, and with checksums in the place of the keys.
#[derive(Clone, Debug, clap::Args)]
pub struct RealKeys {
    /// Nodes.
    #[arg(long, default_value_t = 60)]
    pub nodes: u32,
    /// Resolves.
    #[arg(long, default_value_t = 500)]
    pub resolves: u32,
}

impl Scenario for RealKeys {
    fn name(&self) -> &'static str {
        "real-keys"
    }

    fn title(&self) -> String {
        format!("{} nodes with RSA keys, and with the stand-in", self.nodes)
    }

    fn run(&self, common: &Common, progress: &mut Course) -> anyhow::Result<Run> {
        progress.stage("keys", u64::from(self.nodes));
        let keys: Vec<Arc<dyn Signer>> = (0..self.nodes)
            .map(|_| {
                let key = PeerIdentity::generate().context("cannot make a key")?;
                Ok(Arc::new(key) as Arc<dyn Signer>)
            })
            .collect::<anyhow::Result<_>>()?;
        let stand_ins = keys
            .iter()
            .map(|key| StandIn::of(key.public_key()))
            .collect();
        let network = || common.network();
        let real = Crowd::new(common.settings(), network()).with_keys(keys, Arc::new(RsaVerifier));
        let cheap = Crowd::new(common.settings(), network())
            .with_keys(stand_ins, Arc::new(StandInVerifier));
        let (real, traffic) = self.resolve(real, "RSA", progress)?;
        let (cheap, cheap_traffic) = self.resolve(cheap, "checksums", progress)?;
        let differing = real
            .iter()
            .zip(&cheap)
            .filter(|(one, other)| one != other)
            .count();
        ensure!(
            real.len() == cheap.len(),
            "the two runs have different numbers of resolves"
        );
        let found = real
            .iter()
            .filter(|outcome| outcome.found.is_some())
            .count();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Run::new(self.name(), self.title())
            .with_parameter("nodes", self.nodes)
            .with_common(common)
            .with_figures(vec![
                Figure::count("resolves", count(real.len())),
                Figure::count("of them found", count(found)),
                Figure {
                    bar: Some(Bar::Exactly(0.0)),
                    ..Figure::count("of them differ between the two", count(differing))
                },
                Figure::count("messages with RSA", traffic.sent),
                Figure::count("messages with checksums", cheap_traffic.sent),
                Figure::count("bytes with RSA", traffic.bytes),
                Figure::count("bytes with checksums", cheap_traffic.bytes),
            ]))
    }
}

impl RealKeys {
    fn resolve(
        &self,
        mut crowd: Crowd,
        keys: &str,
        progress: &mut Course,
    ) -> anyhow::Result<(Vec<Outcome>, Traffic)> {
        progress.stage(keys, u64::from(self.nodes));
        crowd.grow(self.nodes, &mut |crowd| {
            progress.at(u64::from(crowd.size()), &crowd.world);
        });
        crowd.rest(super::SETTLING);
        let outcomes = crowd.ask(
            self.resolves,
            std::time::Duration::from_secs(60),
            &mut |_| {},
        );
        check(&crowd)?;
        Ok((outcomes, crowd.world.traffic))
    }
}
