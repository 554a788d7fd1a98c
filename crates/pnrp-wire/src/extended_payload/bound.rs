//! An Ed25519 signature behind an application's data.
//!
//! Not part of MS-PNRP: to a peer that does not know it, the whole is binary data like any other.
//!
//! ```text
//! data | kind (1) | public key (32) | signature (64) | "PNRP-Ed25519" (12)
//! ```
//!
//! Kind is 0 for no data, 1 for text in UTF-16 (least significant byte first, without NUL) and 2 for
//! bytes.

use super::{Payload, payload::invalid};
use crate::{InvalidValue, limits::MAX_EXTENDED_PAYLOAD};

/// An application's data with a public key and a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPayload {
    /// The data, if the application has any.
    pub payload: Option<Payload>,
    /// The Ed25519 public key.
    pub key: [u8; 32],
    /// The signature, of what is for whoever makes it to say.
    pub signature: [u8; 64],
}

const MAGIC: &[u8; 12] = b"PNRP-Ed25519";
const NONE: u8 = 0;
const STRING: u8 = 1;
const BINARY: u8 = 2;

impl BoundPayload {
    /// What key and signature take of the 4,096 bytes of a payload.
    pub const OVERHEAD: usize = 1 + 32 + 64 + MAGIC.len();

    /// Packs everything into binary data.
    ///
    /// # Errors
    /// When the data leaves no room for the rest.
    pub fn pack(&self) -> Result<Payload, InvalidValue> {
        let (kind, mut bytes) = content(self.payload.as_ref());
        if bytes.len() + Self::OVERHEAD > MAX_EXTENDED_PAYLOAD {
            return Err(invalid(
                "must leave 109 of 4,096 bytes to the stronger binding",
            ));
        }
        bytes.push(kind);
        bytes.extend(self.key);
        bytes.extend(self.signature);
        bytes.extend(MAGIC);
        Payload::binary(bytes)
    }

    /// Unpacks binary data; `None` when it ends otherwise, and so is the application's own.
    pub fn unpack(payload: &Payload) -> Option<Self> {
        let Payload::Binary(bytes) = payload else {
            return None;
        };
        let bytes = bytes.strip_suffix(MAGIC)?;
        let (bytes, signature) = bytes.split_last_chunk()?;
        let (bytes, key) = bytes.split_last_chunk()?;
        let (kind, data) = bytes.split_last()?;
        let payload = match *kind {
            NONE if data.is_empty() => None,
            STRING => Some(Payload::from_utf16(units(data)?).ok()?),
            BINARY => Some(Payload::binary(data.to_vec()).ok()?),
            _ => return None,
        };
        Some(Self {
            payload,
            key: *key,
            signature: *signature,
        })
    }
}

impl Payload {
    /// Kind and bytes of some data or none, which tell any two apart.
    pub fn kind_and_bytes(payload: Option<&Self>) -> (u8, Vec<u8>) {
        content(payload)
    }
}

fn content(payload: Option<&Payload>) -> (u8, Vec<u8>) {
    match payload {
        None => (NONE, Vec::new()),
        Some(Payload::String(text)) => {
            let bytes = text.iter().flat_map(|unit| unit.to_le_bytes());
            (STRING, bytes.collect())
        }
        Some(Payload::Binary(bytes)) => (BINARY, bytes.clone()),
    }
}

fn units(bytes: &[u8]) -> Option<Vec<u16>> {
    let (pairs, []) = bytes.as_chunks() else {
        return None;
    };
    Some(pairs.iter().map(|&pair| u16::from_le_bytes(pair)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn bound(payload: Option<Payload>) -> BoundPayload {
        BoundPayload {
            payload,
            key: [0xA5; 32],
            signature: [0x5A; 64],
        }
    }

    #[test]
    fn data_of_every_kind_comes_back() {
        for payload in [
            None,
            Some(Payload::string("grüße").unwrap()),
            Some(Payload::binary(vec![0; 3_987]).unwrap()),
        ] {
            let bound = bound(payload);

            assert_eq!(BoundPayload::unpack(&bound.pack().unwrap()), Some(bound));
        }
    }

    #[test]
    fn data_that_leaves_no_room_is_refused() {
        assert_eq!(BoundPayload::OVERHEAD, 109);
        let too_long = bound(Some(Payload::binary(vec![0; 3_988]).unwrap()));

        assert!(too_long.pack().is_err());
    }

    #[test]
    fn data_of_an_application_is_not_taken_for_bound() {
        let plain = [
            Payload::string("text PNRP-Ed25519").unwrap(),
            Payload::binary(b"PNRP-Ed25519".to_vec()).unwrap(),
            Payload::binary(vec![1, 2, 3]).unwrap(),
        ];

        for payload in plain {
            assert_eq!(BoundPayload::unpack(&payload), None);
        }
    }

    proptest! {
        #[test]
        fn what_unpacks_packs_to_the_same_bytes(
            bytes in vec(any::<u8>(), 0..200),
            kind in 0_u8..4,
        ) {
            let bytes = [&bytes[..], &[kind], &[7; 96], MAGIC].concat();
            let payload = Payload::binary(bytes).unwrap();

            if let Some(bound) = BoundPayload::unpack(&payload) {
                prop_assert_eq!(bound.pack(), Ok(payload));
            }
        }
    }
}
