//! What differs between operating systems: when addresses change, and what they are good for.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

#[cfg(target_os = "linux")]
pub(super) use linux::{ChangeNotices, address_conditions};
#[cfg(not(target_os = "linux"))]
pub(super) use portable::{ChangeNotices, address_conditions};

/// What a local address is good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Condition {
    /// It is being checked for duplicates, and cannot be bound yet (RFC 4862 §5.4).
    pub(super) is_tentative: bool,
    /// Another host has it, too.
    pub(super) is_duplicate: bool,
    /// Nothing new should begin with it (RFC 4862 §5.5.4).
    pub(super) is_deprecated: bool,
    /// It goes again soon (RFC 8981).
    pub(super) is_temporary: bool,
}
