//! The two operations that every verified resolve takes. MS-PNRP §3.2.5.9, §3.1.5.9.

use std::{hint::black_box, time::Instant};

use pnrp_identity::{PeerIdentity, RsaVerifier, Signer, Verifier};

/// How long both take together.
pub(crate) struct Signatures {
    key: PeerIdentity,
    milliseconds: Vec<f64>,
}

impl Signatures {
    pub(crate) fn new() -> Self {
        Self {
            key: PeerIdentity::generate().expect("a key"),
            milliseconds: Vec::new(),
        }
    }

    pub(crate) fn measure(&mut self) {
        let public = self.key.public_key();
        for _ in 0..20 {
            let start = Instant::now();
            let signature = self.key.sign(black_box(&[7; 300])).expect("a signature");
            let order = RsaVerifier.verify(black_box(&public), &[7; 300], &signature);
            self.milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
            assert!(order.is_ok());
        }
    }

    pub(crate) fn median(mut self) -> f64 {
        self.milliseconds.sort_by(f64::total_cmp);
        self.milliseconds[self.milliseconds.len() / 2]
    }
}
