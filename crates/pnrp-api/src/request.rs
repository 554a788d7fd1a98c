//! The rules that a request has to satisfy wherever the node runs.

use pnrp_wire::{FriendlyName, Payload, PeerName, limits::MAX_APP_ENDPOINTS};

use crate::{EndpointSpec, Error, Registration, ResolveRequest};

/// A registration whose parts are what MS-PNRP §2.2 can express.
#[derive(Debug)]
pub(crate) struct CheckedRegistration {
    pub(crate) name: PeerName,
    pub(crate) comment: Option<FriendlyName>,
    pub(crate) payload: Option<Payload>,
}

impl CheckedRegistration {
    pub(crate) fn new(registration: &Registration) -> Result<Self, Error> {
        let name = parse_name(&registration.name)?;
        registration
            .endpoints
            .iter()
            .try_for_each(EndpointSpec::check)?;
        let comment = registration
            .comment
            .as_deref()
            .map(FriendlyName::new)
            .transpose();
        let comment = comment.map_err(|invalid| Error::InvalidComment {
            reason: invalid.reason.to_owned(),
        })?;
        let payload = registration
            .payload
            .as_ref()
            .map(|data| data.to_wire())
            .transpose()?;
        if payload.is_none() && registration.endpoints.is_empty() {
            return Err(Error::InvalidEndpoints {
                reason: "a registration needs an endpoint or a payload".to_owned(),
            });
        }
        if registration.endpoints.len() > MAX_APP_ENDPOINTS {
            return Err(Error::InvalidEndpoints {
                reason: format!("a registration has at most {MAX_APP_ENDPOINTS} endpoints"),
            });
        }
        Ok(Self {
            name,
            comment,
            payload,
        })
    }
}

/// A resolve whose parts make sense.
#[derive(Debug)]
pub(crate) struct CheckedResolve {
    pub(crate) name: PeerName,
}

impl CheckedResolve {
    pub(crate) fn new(request: &ResolveRequest) -> Result<Self, Error> {
        let name = parse_name(&request.name)?;
        if request.timeout.is_zero() || request.timeout > ResolveRequest::MAX_TIMEOUT {
            return Err(Error::InvalidTimeout {
                timeout: request.timeout,
            });
        }
        if !(1..=ResolveRequest::MAX_RESULTS).contains(&request.max) {
            return Err(Error::InvalidRequest {
                reason: format!(
                    "{} publishers cannot be asked for, 1 to {} can",
                    request.max,
                    ResolveRequest::MAX_RESULTS
                ),
            });
        }
        Ok(Self { name })
    }
}

impl Registration {
    /// Applies the rules that do not depend on the clouds of a host.
    ///
    /// # Errors
    /// When a part of the registration cannot be published by any node.
    pub fn check(&self) -> Result<(), Error> {
        CheckedRegistration::new(self).map(drop)
    }
}

impl ResolveRequest {
    /// Applies the rules that do not depend on the clouds of a host.
    ///
    /// # Errors
    /// When the name or the timeout is invalid.
    pub fn check(&self) -> Result<(), Error> {
        CheckedResolve::new(self).map(drop)
    }
}

pub(crate) fn parse_name(name: &str) -> Result<PeerName, Error> {
    name.parse()
        .map_err(|error| Error::invalid_name(name, &error))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn web() -> Registration {
        Registration::new("0.web").endpoint(EndpointSpec::port(80))
    }

    #[test]
    fn a_name_with_an_endpoint_is_enough() {
        web().check().unwrap();
    }

    #[test]
    fn what_cannot_be_published_is_refused() {
        let nothing = Registration::new("0.web").check().unwrap_err();
        assert!(
            matches!(nothing, Error::InvalidEndpoints { .. }),
            "{nothing}"
        );
        let port = web().endpoint(EndpointSpec::port(0)).check().unwrap_err();
        assert!(matches!(port, Error::InvalidEndpoint { .. }), "{port}");
        let name = Registration {
            name: "web".to_owned(),
            ..web()
        }
        .check()
        .unwrap_err();
        assert!(matches!(name, Error::InvalidName { .. }), "{name}");
        let comment = web().comment("x".repeat(40)).check().unwrap_err();
        assert!(matches!(comment, Error::InvalidComment { .. }), "{comment}");
        let payload = web()
            .payload(crate::Payload::Binary(Vec::new()))
            .check()
            .unwrap_err();
        assert!(matches!(payload, Error::InvalidPayload { .. }), "{payload}");
        let eleven = (0..10).fold(web(), |web, _| web.endpoint(EndpointSpec::port(80)));
        assert!(matches!(
            eleven.check(),
            Err(Error::InvalidEndpoints { .. })
        ));
    }

    #[test]
    fn a_timeout_is_up_to_ten_minutes() {
        let within = |timeout| ResolveRequest::new("0.web").timeout(timeout).check();

        within(Duration::from_millis(1)).unwrap();
        within(Duration::from_secs(600)).unwrap();
        assert!(matches!(
            within(Duration::ZERO),
            Err(Error::InvalidTimeout { .. })
        ));
        assert!(matches!(
            within(Duration::from_secs(601)),
            Err(Error::InvalidTimeout { .. })
        ));
    }
}
