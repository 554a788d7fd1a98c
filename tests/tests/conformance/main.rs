//! The rules of MS-PNRP chapter 3, a file for each section, against one real cloud among hand-made
//! peers: what arrives, what is sent, what is reported.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod beyond_the_letter;
mod in_a_hurry;
mod s3_1_4_01_opening;
mod s3_1_4_02_discovery;
mod s3_1_4_03_synchronization;
mod s3_1_4_04_resolve;
mod s3_1_4_05_closing;
mod s3_1_5_01_ssdp_response;
mod s3_1_5_02_message;
mod s3_1_5_03_advertise;
mod s3_1_5_04_ack;
mod s3_1_5_05_flood;
mod s3_1_5_06_1_1_proof;
mod s3_1_5_06_1_search;
mod s3_1_5_06_authority;
mod s3_1_5_11_route_entry;
mod s3_1_6_01_cleanup;
mod s3_1_7_01_addresses;
mod s3_1_resolve_only;
mod s3_2_1_1_cache;
mod s3_2_4_01_publication;
mod s3_2_4_01_register;
mod s3_2_4_02_unregister;
mod s3_2_5_02_lookup;
mod s3_2_5_03_solicit;
mod s3_2_5_04_request;
mod s3_2_5_06_inquire;
mod s3_2_5_10_sending;
mod s3_2_5_11_1_split;
mod s3_2_5_11_flooding;
mod s3_2_6_02_1_split;
mod s3_2_6_02_maintenance;
mod s3_2_7_02_addresses;

use std::time::Duration;

use pnrp_wire::{Body, HashedNonce, Solicit};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What a node says first that knows nobody.
fn solicit() -> Body {
    Body::Solicit(Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: HashedNonce([1; 20]),
    })
}
