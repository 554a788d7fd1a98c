//! What a proof shows about the bytes that the specification leaves open.
//!
//! A key, a hash or a signature fits under one reading only, so a CPA that holds also says how its
//! sender writes. See [`Dialect`].

use pnrp_wire::{ByteOrder, ClassifierEncoding, Dialect};

use crate::cpa::ValidCpa;

/// How the sender of a valid CPA writes; `None` where the CPA does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Of [`Dialect::signature_order`].
    pub signature_order: Option<ByteOrder>,
    /// Of [`Dialect::number_order`].
    pub number_order: Option<ByteOrder>,
    /// Of [`Dialect::classifier_hash`].
    pub classifier_hash: Option<ClassifierEncoding>,
    /// Of [`Dialect::classifier_wire`].
    pub classifier_wire: Option<ByteOrder>,
}

impl Readings {
    pub(crate) fn of(cpa: &ValidCpa) -> Self {
        let classifier_hash = classifier_hash(cpa);
        Self {
            signature_order: Some(cpa.signature_order()),
            number_order: cpa.signed().number_order(&cpa.id()),
            classifier_wire: classifier_hash.and(cpa.classifier_order()),
            classifier_hash,
        }
    }

    /// A dialect with those of its fields replaced that the sender writes otherwise than this
    /// software does by itself.
    ///
    /// A sender that writes as the defaults say may be this software, which says nothing about the
    /// others; one that does not is another implementation, or has met one.
    #[must_use]
    pub fn calibrate(&self, dialect: &Dialect) -> Dialect {
        fn adopt<T: PartialEq>(current: T, default: T, read: Option<T>) -> T {
            read.filter(|read| *read != default).unwrap_or(current)
        }
        let default = Dialect::default();
        Dialect {
            signature_order: adopt(
                dialect.signature_order,
                default.signature_order,
                self.signature_order,
            ),
            number_order: adopt(
                dialect.number_order,
                default.number_order,
                self.number_order,
            ),
            classifier_hash: adopt(
                dialect.classifier_hash,
                default.classifier_hash,
                self.classifier_hash,
            ),
            classifier_wire: adopt(
                dialect.classifier_wire,
                default.classifier_wire,
                self.classifier_wire,
            ),
            ..*dialect
        }
    }
}

/// The encoding of the classifier under its hash, if the text came along and tells.
fn classifier_hash(cpa: &ValidCpa) -> Option<ClassifierEncoding> {
    let hash = cpa.cpa().classifier_hash?;
    let classifier = cpa.classifier().filter(|text| !text.is_empty())?;
    ClassifierEncoding::ALL
        .into_iter()
        .find(|&encoding| classifier.hash_as(encoding) == hash)
}
