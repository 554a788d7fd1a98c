//! One file a command.

pub(crate) mod bugreport;
pub(crate) mod capture;
pub(crate) mod chain;
pub(crate) mod cloud;
pub(crate) mod completions;
pub(crate) mod delegate;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod identity;
pub(crate) mod man;
pub(crate) mod name;
pub(crate) mod names;
pub(crate) mod ping;
pub(crate) mod register;
pub(crate) mod resolve;
pub(crate) mod trace;
pub(crate) mod unregister;
pub(crate) mod update;
