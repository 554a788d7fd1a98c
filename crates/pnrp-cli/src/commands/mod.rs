//! One file a command.

pub(crate) mod capture;
pub(crate) mod cloud;
pub(crate) mod demo;
pub(crate) mod name;
pub(crate) mod names;
pub(crate) mod register;
pub(crate) mod resolve;
pub(crate) mod trace;
