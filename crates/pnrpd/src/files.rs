//! Open files: each connection of a client is one.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use tracing::warn;

use crate::Limits;

/// Lets this process open as many files as its clients may need, as far as the system allows.
pub fn allow(limits: Limits) {
    let needed = rlim_t::from(limits.connections) + OWN;
    let Ok((allowed, most)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return;
    };
    if allowed >= needed {
        return;
    }
    let raised = needed.min(most);
    let set = setrlimit(Resource::RLIMIT_NOFILE, raised, most);
    let reached = if set.is_ok() { raised } else { allowed };
    if reached < needed {
        warn!(
            needed,
            allowed = reached,
            "not all clients that limits.connections allows can be served; raise the number of \
             open files (LimitNOFILE in the unit)"
        );
    }
}

/// Sockets of clouds, state, and what the system libraries open.
const OWN: rlim_t = 128;
