//! AUTHORITY_BUFFER: the answer that AUTHORITY messages carry. MS-PNRP §2.2.2.6.1.
//!
//! ```text
//! FLAGS_FIELD (2) [CERT_CHAIN] [CLASSIFIER] [EXTENDED_PAYLOAD] [ROUTING_ENTRY] [VALIDATE_CPA]
//! ```

use crate::{
    ByteOrder, Classifier, ClassifierEncoding, DecodeError, Dialect, ExtendedPayload, RouteEntry,
    SignedCpa,
    element::{Array, Elements, FieldId},
    limits::MAX_AUTHORITY_BUFFER,
    reader::wide,
    writer::Writer,
};

/// The answer to a LOOKUP or an INQUIRE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityBuffer {
    /// Flag `L`: the target is unknown, yet would be in the sender's leaf set.
    pub missing_from_leaf_set: bool,
    /// Flag `B`: the sender is too busy.
    pub busy: bool,
    /// Flag `N`: the Validate PNRP ID is not registered at the sender.
    pub id_not_found: bool,
    /// The certificate chain, as received: checking its syntax is the first step of validating
    /// it (MS-PNRP §3.1.5.10 step 1), so a chain that [`CertChain::decode`] refuses leaves the rest
    /// of the buffer intact. It is left out of a buffer that would become larger than 37,348 bytes
    /// with it.
    ///
    /// [`CertChain::decode`]: crate::CertChain::decode
    pub cert_chain: Option<Vec<u8>>,
    /// The classifier of the name.
    pub classifier: Option<Classifier>,
    /// The application's data.
    pub extended_payload: Option<ExtendedPayload>,
    /// To a LOOKUP: the closest entry known. To an INQUIRE: the publisher's own.
    pub route: Option<RouteEntry>,
    /// The publisher's proof.
    pub cpa: Option<SignedCpa>,
}

const MISSING_FROM_LEAF_SET: u16 = 0x0200;
const BUSY: u16 = 0x0008;
const NOT_FOUND: u16 = 0x0001;

impl AuthorityBuffer {
    /// Decodes a whole buffer.
    ///
    /// The classifier is taken as the dialect has it if it has the CPA's ClassifierHash then. Else
    /// a byte order is taken in which it has that hash in any encoding; if it has in both, Latin
    /// letters decide, and if in neither, the dialect.
    ///
    /// # Errors
    /// When the bytes break MS-PNRP §2.2.2.6.1.
    pub fn decode(bytes: &[u8], dialect: &Dialect) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_AUTHORITY_BUFFER {
            let value = wide(bytes.len());
            return Err(DecodeError::BadValue {
                field: "SPLIT_CONTROLS.Size",
                value,
            });
        }
        let mut elements = Elements::new(bytes, 0);
        let flags = elements.required(FieldId::FLAGS, |r| r.u16_be("AUTHORITY_BUFFER.Flags"))?;
        let cert_chain = elements.optional(FieldId::CERT_CHAIN, |r| Ok(r.rest().to_vec()))?;
        let text = elements.optional(FieldId::CLASSIFIER, |r| {
            Array::CLASSIFIER.decode(r, |unit| *unit)
        })?;
        let extended_payload = elements.optional(FieldId::EXTENDED_PAYLOAD, |r| {
            ExtendedPayload::decode(r.rest(), dialect)
        })?;
        let route = elements.optional(FieldId::ROUTING_ENTRY, RouteEntry::decode)?;
        let cpa = elements.optional(FieldId::VALIDATE_CPA, |r| {
            SignedCpa::decode(r.rest(), dialect)
        })?;
        elements.finish("AUTHORITY_BUFFER")?;
        Ok(Self {
            missing_from_leaf_set: flags & MISSING_FROM_LEAF_SET != 0,
            busy: flags & BUSY != 0,
            id_not_found: flags & NOT_FOUND != 0,
            cert_chain,
            classifier: text
                .map(|units| decode_classifier(&units, cpa.as_ref(), dialect))
                .transpose()?,
            extended_payload,
            route,
            cpa,
        })
    }

    /// The byte order in which the classifier stands in the bytes this was decoded from; `None`
    /// when there is no classifier, or it reads the same in both.
    pub fn classifier_order(&self, bytes: &[u8]) -> Option<ByteOrder> {
        let units = self.classifier.as_ref()?.units();
        let mut elements = Elements::new(bytes, 0);
        for skipped in [FieldId::FLAGS, FieldId::CERT_CHAIN] {
            elements.optional(skipped, |r| Ok(r.rest().len())).ok()?;
        }
        let text = elements.optional(FieldId::CLASSIFIER, |r| {
            Array::CLASSIFIER.decode(r, |unit| *unit)
        });
        let text = text.ok()??;
        let is_in = |order: &ByteOrder| {
            let encoded = units.iter().map(|unit| order.arrange(unit.to_be_bytes()));
            encoded.eq(text.iter().copied())
        };
        let mut orders = [ByteOrder::BigEndian, ByteOrder::LittleEndian]
            .into_iter()
            .filter(is_in);
        orders.next().filter(|_| orders.next().is_none())
    }

    /// Encodes the whole buffer, at most 37,348 bytes.
    pub fn encode(&self, dialect: &Dialect) -> Vec<u8> {
        let chain = self
            .cert_chain
            .as_deref()
            .filter(|chain| chain.len() < MAX_AUTHORITY_BUFFER);
        let whole = self.encode_with(chain, dialect);
        if whole.len() <= MAX_AUTHORITY_BUFFER {
            whole
        } else {
            self.encode_with(None, dialect)
        }
    }

    fn encode_with(&self, cert_chain: Option<&[u8]>, dialect: &Dialect) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.room(cert_chain));
        let mut w = Writer::new(&mut out);
        w.element(FieldId::FLAGS, |w| w.u16_be(self.flags()));
        if let Some(chain) = cert_chain {
            w.element(FieldId::CERT_CHAIN, |w| w.bytes(chain));
        }
        if let Some(classifier) = &self.classifier {
            Array::CLASSIFIER.encode(&mut w, classifier.units(), |w, unit| {
                w.bytes(&dialect.classifier_wire.arrange(unit.to_be_bytes()));
            });
        }
        if let Some(payload) = &self.extended_payload {
            w.element(FieldId::EXTENDED_PAYLOAD, |w| w.bytes(payload.as_bytes()));
        }
        if let Some(route) = &self.route {
            w.element(FieldId::ROUTING_ENTRY, |w| route.encode(w));
        }
        if let Some(cpa) = &self.cpa {
            w.element(FieldId::VALIDATE_CPA, |w| w.bytes(cpa.as_bytes()));
        }
        w.finish(dialect.trailing_padding);
        out
    }

    /// About how many bytes it takes, and rather more than less.
    fn room(&self, cert_chain: Option<&[u8]>) -> usize {
        const FRAME: usize = 8;
        let chain = cert_chain.map_or(0, |chain| chain.len() + FRAME);
        let classifier = self.classifier.as_ref();
        let classifier = classifier.map_or(0, |text| 2 * text.units().len() + 2 * FRAME);
        let payload = self.extended_payload.as_ref();
        let payload = payload.map_or(0, |payload| payload.as_bytes().len() + FRAME);
        let route = self.route.as_ref();
        let route = route.map_or(0, |route| 48 + 16 * route.addresses().len());
        let cpa = self.cpa.as_ref();
        let cpa = cpa.map_or(0, |cpa| cpa.as_bytes().len() + FRAME);
        FRAME + chain + classifier + payload + route + cpa
    }

    fn flags(&self) -> u16 {
        let flag = |set: bool, bit: u16| if set { bit } else { 0 };
        flag(self.missing_from_leaf_set, MISSING_FROM_LEAF_SET)
            | flag(self.busy, BUSY)
            | flag(self.id_not_found, NOT_FOUND)
    }
}

fn decode_classifier(
    units: &[[u8; 2]],
    cpa: Option<&SignedCpa>,
    dialect: &Dialect,
) -> Result<Classifier, DecodeError> {
    let usual = read_classifier(units, dialect.classifier_wire)?;
    let Some(hash) = cpa.and_then(|cpa| cpa.cpa().classifier_hash) else {
        return Ok(usual);
    };
    let other = read_classifier(units, dialect.classifier_wire.other())?;
    if usual.hash(dialect) == hash {
        return Ok(usual);
    }
    // A text with its bytes swapped has the hash of the text in the swapped encoding, so a hash
    // alone does not tell the two apart; the one of Latin letters is the one that was meant.
    let rank = |text: &Classifier| {
        let latin = text.units().iter().filter(|unit| **unit < 0x100).count();
        let fits_any = ClassifierEncoding::ALL
            .iter()
            .any(|&encoding| text.hash_as(encoding) == hash);
        fits_any.then_some((latin, text.hash(dialect) == hash))
    };
    Ok(if rank(&other) > rank(&usual) {
        other
    } else {
        usual
    })
}

fn read_classifier(units: &[[u8; 2]], order: ByteOrder) -> Result<Classifier, DecodeError> {
    let units = units
        .iter()
        .map(|&unit| u16::from_be_bytes(order.arrange(unit)))
        .collect();
    Classifier::from_utf16(units).map_err(|_| DecodeError::BadContent {
        field: "CLASSIFIER.Classifier",
        expected: "at most 149 UTF-16 units without NUL",
    })
}

#[cfg(test)]
mod tests;
