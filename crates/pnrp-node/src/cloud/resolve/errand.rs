//! What a resolve is for, and what follows from that. MS-PNRP §3.1.4.4.2.

use pnrp_cache::Gap;
use pnrp_wire::{PeerName, PnrpId, Reason, RouteEntry, SearchCriteria};

use crate::cloud::{RegistrationId, split::SplitTest};

/// What a resolve is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// An application wants to know.
    Application(PeerName),
    /// A registration is made known. MS-PNRP §3.2.4.1 step 5.
    Announce(RegistrationId),
    /// Whoever is near this ID is looked for. MS-PNRP §3.2.6.2.
    Maintain(PnrpId),
    /// Whoever lives in this gap of the cache is looked for. MS-PNRP §3.2.6.2 <6>.
    Balance(Gap),
    /// The own neighbourhood is looked at from elsewhere. MS-PNRP §3.2.6.2.1.
    DetectSplit(SplitTest),
}

impl Errand {
    /// What an application looks for.
    pub(super) fn name(&self) -> Option<&PeerName> {
        match self {
            Self::Application(name) => Some(name),
            Self::Announce(_) | Self::Maintain(_) | Self::Balance(_) | Self::DetectSplit(_) => None,
        }
    }

    /// Where the search begins, if not at the closest cached entry.
    pub(super) fn first_hop(&self) -> Option<RouteEntry> {
        match self {
            Self::DetectSplit(test) => test.first_hop(),
            Self::Application(_) | Self::Announce(_) | Self::Maintain(_) | Self::Balance(_) => None,
        }
    }

    pub(super) fn criteria(&self) -> SearchCriteria {
        match self {
            Self::Balance(gap) => SearchCriteria::UpperBits(gap.precision()),
            Self::Application(_) | Self::Announce(_) | Self::Maintain(_) | Self::DetectSplit(_) => {
                SearchCriteria::Exact
            }
        }
    }

    /// Whether referrals are examined for the cache before anybody has asked them.
    pub(super) fn takes_in_referrals(&self) -> bool {
        match self {
            Self::Announce(_) | Self::Maintain(_) | Self::Balance(_) => true,
            Self::Application(_) | Self::DetectSplit(_) => false,
        }
    }

    /// Whether what is cached here is beside the point: the search keeps to what others say, and
    /// whoever they say is closest has to show itself. MS-PNRP §3.2.5.11.1.
    pub(super) fn is_outside_view(&self) -> bool {
        matches!(self, Self::DetectSplit(_))
    }

    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::Application(_) => Reason::AppRequest,
            Self::Announce(_) => Reason::Registration,
            Self::Maintain(_) | Self::Balance(_) => Reason::CacheMaintenance,
            Self::DetectSplit(_) => Reason::SplitDetection,
        }
    }
}
