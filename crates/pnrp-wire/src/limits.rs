//! Every number the specification fixes, in section order.

use std::time::Duration;

/// Longest classifier, in UTF-16 code units. MS-PNRP §2.2.4.
pub const MAX_CLASSIFIER: usize = 149;
/// Port a node listens on by default. MS-PNRP §2.1.
pub const DEFAULT_PORT: u16 = 3540;
/// Highest source port whose datagrams are dropped. MS-PNRP §3.1.5.2.
pub const LAST_RESERVED_PORT: u16 = 1024;
/// Most PNRP IDs that one message is sent with: 36 make an ADVERTISE of 1,208 bytes, which fits
/// the smallest MTU of IPv6. Received lists may be longer. MS-PNRP §2.2.2.2, §2.2.2.3.
pub const MAX_SENT_IDS: usize = 36;
/// Most endpoints in a Flagged Path or an Already Flooded List. MS-PNRP §2.2.2.4, §2.2.2.8.
pub const MAX_PATH: usize = 22;
/// Largest AUTHORITY_BUFFER, before fragmentation. MS-PNRP §2.2.2.6.
pub const MAX_AUTHORITY_BUFFER: usize = 0x91E4;
/// Bytes of AUTHORITY_BUFFER that one AUTHORITY message carries. MS-PNRP §3.2.5.10.
pub const FRAGMENT_LEN: usize = 1_188;
/// Longest friendly name, in bytes. MS-PNRP §2.2.3.1.
pub const MAX_FRIENDLY_NAME: usize = 78;
/// Most service addresses in a CPA, and addresses of one node in a cloud. MS-PNRP §2.2.3.1.1.
pub const MAX_SERVICE_ADDRESSES: usize = 4;
/// Most application endpoints in a CPA. MS-PNRP §2.2.3.1.2.
pub const MAX_APP_ENDPOINTS: usize = 10;
/// Bytes of a DER RSAPublicKey with a 1024-bit modulus and exponent 65537. MS-PNRP §2.2.3.1.4.
pub const PUBLIC_KEY_LEN: usize = 0x8C;
/// Bytes of an RSA-1024 signature. MS-PNRP §2.2.3.2.
pub const SIGNATURE_LEN: usize = 0x80;
/// Most bytes of a binary extended payload. MS-PNRP §2.2.3.3.
pub const MAX_EXTENDED_PAYLOAD: usize = 4_096;
/// Most addresses in a route entry. MS-PNRP §2.2.3.4.
pub const MAX_ROUTE_ADDRESSES: usize = 20;
/// Most certificates in a chain. MS-PNRP §2.2.3.5.
pub const MAX_CERTIFICATES: usize = 25;
/// PNRP IDs in an ADVERTISE that this implementation sends. MS-PNRP §3.2.5.3.
pub const ADVERTISED_IDS: usize = 5;
/// Shortest and longest life of a CPA. MS-PNRP §2.2.3.1.
pub const CPA_LIFETIME: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(12 * 3_600)..=Duration::from_secs(7 * 86_400);
