//! Where tshark's PNRP dissector departs from MS-PNRP, and what is done about it.
//!
//! [`FAULTS`] is the only list. Whatever is not in it is compared as it stands.

/// One departure.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// A field of the dissector, or in words what it concerns.
    pub subject: &'static str,
    /// What the dissector does, and what the specification says.
    pub reason: &'static str,
    /// How the comparison copes.
    pub remedy: Remedy,
}

/// How the comparison copes with a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Our number with its bytes swapped is what the dissector shows.
    Swap16,
    /// The same for a number of eight bytes.
    Swap64,
    /// Our bytes in reverse are what the dissector shows.
    Reverse,
    /// The bytes of the field are compared, not the text that is made of them.
    CompareBytes,
    /// The frames are made so that the fault does not show; `split.rs` does it.
    Frames,
}

/// Seen in tshark 4.0.17; the same lines are in the source of 4.4.18.
pub const FAULTS: [Fault; 14] = [
    Fault {
        subject: "elements after the first",
        reason: "the loop over the elements ends with an error after the first: its check of the \
                 offset is inverted. So each element gets a frame of its own, and the malformed \
                 mark means nothing",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "messages under 20 bytes",
        reason: "they are taken for another protocol, so short frames are filled with zeros",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "REVOKE_CPA",
        reason: "there is no case for it, so it is labelled as VALIDATE_CPA, whose content has \
                 the same structure",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "nonce of a revoke CPA",
        reason: "taken to be left out; MS-PNRP §2.2.3.1 wants it zero, which needs it there. So \
                 its 16 bytes are cut out, after a check that they are zero",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "EXTENDED_PAYLOAD",
        reason: "only type and length are shown",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "AUTHORITY_BUFFER inside a fragment",
        reason: "reassembled and dissected as far as the faults above allow; so the elements of \
                 the buffer get frames of their own, and of a fragment only its controls and the \
                 reassembled bytes are compared",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "padding",
        reason: "not shown behind the FLAGS of an ACK, EXTENDED_PAYLOAD, a CPA and a fragment; \
                 shown as reserved behind SOLICIT_CONTROLS",
        remedy: Remedy::Frames,
    },
    Fault {
        subject: "pnrp.encodedCPA.length",
        reason: "read as big-endian; MS-PNRP §2.2.3.1: little-endian",
        remedy: Remedy::Swap16,
    },
    Fault {
        subject: "pnrp.encodedCPA.expirationDate",
        reason: "read as big-endian; MS-PNRP §2.2.3.1: little-endian",
        remedy: Remedy::Swap64,
    },
    Fault {
        subject: "pnrp.payload.port",
        reason: "read as little-endian; MS-PNRP §2.2.3.1.3 makes no exception from network order",
        remedy: Remedy::Swap16,
    },
    Fault {
        subject: "pnrp.encodedCPA.serviceLocation",
        reason: "shown in transmission order; MS-PNRP §2.2.3.1: least significant byte first",
        remedy: Remedy::Reverse,
    },
    Fault {
        subject: "pnrp.encodedCPA.binaryAuthority",
        reason: "shown in transmission order; MS-PNRP §2.2.3.1: least significant byte first",
        remedy: Remedy::Reverse,
    },
    Fault {
        subject: "pnrp.encodedCPA.friendlyName",
        reason: "read as ASCII; MS-PNRP §2.2.3.1: UTF-16 or UTF-8",
        remedy: Remedy::CompareBytes,
    },
    Fault {
        subject: "pnrp.publicKey.publicKeyData",
        reason: "read as text, which ends at the first zero byte; MS-PNRP §2.2.3.1.4: DER",
        remedy: Remedy::CompareBytes,
    },
];

/// What to do about a field, if it is a faulty one.
pub fn remedy(field: &str) -> Option<Remedy> {
    let fault = FAULTS.iter().find(|fault| fault.subject == field);
    fault.map(|fault| fault.remedy)
}

impl Remedy {
    /// What the dissector shows for a true value.
    pub fn shown(self, value: &str) -> String {
        match self {
            Self::Swap16 => {
                let number: u16 = value.parse().expect("a number of 16 bits");
                number.swap_bytes().to_string()
            }
            Self::Swap64 => {
                let number: u64 = value.parse().expect("a number of 64 bits");
                number.swap_bytes().to_string()
            }
            Self::Reverse => {
                let pairs: Vec<_> = value.split(':').rev().collect();
                pairs.join(":")
            }
            Self::CompareBytes | Self::Frames => value.to_owned(),
        }
    }
}
