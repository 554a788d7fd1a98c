//! The readings of bytes that the specification leaves open, as they are configured and kept.

use pnrp_wire as wire;
use serde::{Deserialize, Serialize};

/// Some fields of [`pnrp_wire::Dialect`], by their names there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialectRecord {
    /// Of BinaryAuthority, Service Location and the PNRP ID of a payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_order: Option<ByteOrder>,
    /// Of the text under ClassifierHash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier_hash: Option<ClassifierEncoding>,
    /// Of CLASSIFIER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier_wire: Option<ByteOrder>,
    /// Of Signature Data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_order: Option<ByteOrder>,
    /// Of the all-zero nonce in a revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke_nonce: Option<Presence>,
    /// Of the port of an application's endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_port_order: Option<ByteOrder>,
    /// Of padding after the last element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailing_padding: Option<Presence>,
    /// Of classifier text and route entry beside a CPA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inquire_answer_extras: Option<Presence>,
}

impl DialectRecord {
    /// `base` with the fields replaced that this record has.
    #[must_use]
    pub fn over(&self, base: wire::Dialect) -> wire::Dialect {
        wire::Dialect {
            number_order: self.number_order.map_or(base.number_order, Into::into),
            classifier_hash: self
                .classifier_hash
                .map_or(base.classifier_hash, Into::into),
            classifier_wire: self
                .classifier_wire
                .map_or(base.classifier_wire, Into::into),
            signature_order: self
                .signature_order
                .map_or(base.signature_order, Into::into),
            revoke_nonce: self.revoke_nonce.map_or(base.revoke_nonce, Into::into),
            app_port_order: self.app_port_order.map_or(base.app_port_order, Into::into),
            trailing_padding: self
                .trailing_padding
                .map_or(base.trailing_padding, Into::into),
            inquire_answer_extras: self
                .inquire_answer_extras
                .map_or(base.inquire_answer_extras, Into::into),
        }
    }
}

impl From<wire::Dialect> for DialectRecord {
    fn from(dialect: wire::Dialect) -> Self {
        Self {
            number_order: Some(dialect.number_order.into()),
            classifier_hash: Some(dialect.classifier_hash.into()),
            classifier_wire: Some(dialect.classifier_wire.into()),
            signature_order: Some(dialect.signature_order.into()),
            revoke_nonce: Some(dialect.revoke_nonce.into()),
            app_port_order: Some(dialect.app_port_order.into()),
            trailing_padding: Some(dialect.trailing_padding.into()),
            inquire_answer_extras: Some(dialect.inquire_answer_extras.into()),
        }
    }
}

/// One enum here and one of `pnrp-wire` with the same variants, which has no JSON form.
macro_rules! mirrored {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl From<wire::$name> for $name {
            fn from(value: wire::$name) -> Self {
                match value {
                    $(wire::$name::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$name> for wire::$name {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant,)+
                }
            }
        }
    };
}

mirrored! {
    /// Which byte of a number comes first.
    ByteOrder {
        /// The most significant.
        BigEndian,
        /// The least significant.
        LittleEndian
    }
}

mirrored! {
    /// The bytes of a text that are hashed.
    ClassifierEncoding {
        /// UTF-16, least significant byte first.
        #[serde(rename = "utf16le")]
        Utf16Le,
        /// The same with a final NUL.
        #[serde(rename = "utf16le_nul")]
        Utf16LeNul,
        /// UTF-16, most significant byte first.
        #[serde(rename = "utf16be")]
        Utf16Be,
        /// The same with a final NUL.
        #[serde(rename = "utf16be_nul")]
        Utf16BeNul,
        /// UTF-8.
        Utf8,
        /// The same with a final NUL.
        Utf8Nul
    }
}

mirrored! {
    /// Whether optional bytes are there.
    Presence {
        /// They are.
        Present,
        /// They are not.
        Absent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_comes_back_from_its_record() {
        let foreign = wire::Dialect {
            number_order: wire::ByteOrder::BigEndian,
            classifier_hash: wire::ClassifierEncoding::Utf8Nul,
            classifier_wire: wire::ByteOrder::LittleEndian,
            signature_order: wire::ByteOrder::LittleEndian,
            revoke_nonce: wire::Presence::Absent,
            app_port_order: wire::ByteOrder::LittleEndian,
            trailing_padding: wire::Presence::Present,
            inquire_answer_extras: wire::Presence::Absent,
        };
        let json = serde_json::to_string(&DialectRecord::from(foreign)).unwrap();

        let back: DialectRecord = serde_json::from_str(&json).unwrap();

        assert_eq!(back.over(wire::Dialect::default()), foreign, "{json}");
    }

    #[test]
    fn a_record_of_one_field_leaves_the_others() {
        let record: DialectRecord =
            serde_json::from_str(r#"{"classifier_hash":"utf16be"}"#).unwrap();

        let expected = wire::Dialect {
            classifier_hash: wire::ClassifierEncoding::Utf16Be,
            ..wire::Dialect::default()
        };
        assert_eq!(record.over(wire::Dialect::default()), expected);
    }
}
