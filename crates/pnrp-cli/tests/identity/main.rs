//! Identities, delegation and chains: the real binary on a state directory, and with daemons.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod chains;
mod delegation;
mod keys;
mod openssl;
mod passwords;
mod place;
mod transfer;
