//! The codes of Windows.

use super::Error;

impl Error {
    /// The code by which Windows reports the same.
    pub fn hresult(&self) -> u32 {
        match self {
            Self::InvalidName { .. } => 0x8063_2050,
            Self::ClassifierTooLong { .. } => 0x8063_0201,
            Self::InvalidClassifier { .. } => 0x8063_2060,
            Self::CannotConvertName { .. } => 0x8063_4001,
            Self::InvalidHostName { .. } => 0x8063_4002,
            Self::TooManyIdentities { .. } => 0x8063_0202,
            Self::CloudNameAmbiguous { .. } => 0x8063_1005,
            Self::NoIpv6 => 0x8063_0001,
            Self::UnsupportedVersion { .. } => 0x8063_2090,
            Self::InvalidEndpoint { .. } | Self::InvalidEndpoints { .. } => 0x8063_7007,
            Self::InvalidComment { .. } | Self::InvalidFriendlyName { .. } => 0x8063_2070,
            Self::InvalidPayload { .. }
            | Self::InvalidTimeout { .. }
            | Self::IdentityRefused { .. }
            | Self::ImportRefused { .. }
            | Self::InvalidKey { .. }
            | Self::InvalidHost { .. }
            | Self::NoSeed { .. }
            | Self::InvalidRequest { .. } => 0x8007_0057,
            Self::ForeignAuthority { .. } => 0x8007_2CEF,
            Self::NoIdentity { .. } => 0x8063_0203,
            Self::IdentityNotFound { .. } => 0x8063_0401,
            Self::IdentityExists { .. } => 0x8007_00B7,
            Self::IdentityInUse { .. } => 0x8063_0204,
            Self::IdentityStore { .. } => 0x8063_0801,
            Self::InvalidChain { .. } | Self::DelegationRefused { .. } => 0x8007_2CEF,
            Self::CloudNotFound { .. } => 0x8007_2CED,
            Self::CloudUnavailable { .. } => 0x8007_2CF5,
            Self::CloudDisabled { .. } => 0x8007_2CEE,
            Self::CloudIsResolveOnly { .. } => 0x8007_2CF1,
            // ERROR_BUSY: nothing of PNRP says that a cloud is in use.
            Self::CloudInUse { .. } => 0x8007_00AA,
            Self::NoClouds { .. } => 0x8063_1001,
            Self::DuplicateName { .. } => 0x8063_4005,
            Self::RegistrationNotFound { .. } | Self::UpdateRefused { .. } => 0x8007_0057,
            // E_ACCESSDENIED: no handle of Windows reaches into another process.
            Self::RegistrationOfAnother { .. } => 0x8007_0005,
            Self::StateUnusable { .. } => 0x8063_0003,
            Self::DiskFull { .. } => 0x8007_0070,
            Self::TooMuchLoad { .. } => 0x8007_2CF0,
            Self::NotFound { .. } | Self::TimedOut { .. } | Self::Alone { .. } => 0x8063_4003,
            // WSAETIMEDOUT
            Self::NoAnswer { .. } => 0x8007_274C,
            Self::DaemonUnavailable { .. } => 0x8063_20A1,
            Self::Protocol { .. } => 0x8000_4005,
            Self::Closed => 0x8063_0002,
        }
    }
}
