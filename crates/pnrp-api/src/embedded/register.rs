//! Registering a name in the clouds it belongs to.

use std::{net::Ipv6Addr, sync::Arc};

use pnrp_identity::{PeerIdentity, Signer, ValidChain};
use pnrp_node::{
    cloud::{self, OwnerId, RegisterError, RegistrationId, Scope},
    driver::{CloudHandle, CloudSpec, DriverError},
};
use pnrp_wire::{AppEndpoint, PeerName};

use super::{Embedded, convert, enumerate::is_zone_of};
use crate::{
    EndpointSpec, Error, Registration, RegistrationEntry, RegistrationHandle,
    request::CheckedRegistration,
};

impl Embedded {
    pub(crate) async fn register(
        &self,
        registration: &Registration,
        owner: u32,
    ) -> Result<RegistrationHandle, Error> {
        let checked = CheckedRegistration::new(registration)?;
        let (signer, cert_chain) = self.signer(registration, &checked.name).await?;
        let placed = place(
            &self.specs().await?,
            self.select(&registration.cloud).await?,
            registration,
        )?;
        let specs: Vec<_> = placed.iter().map(|(spec, _)| spec.clone()).collect();
        let handles = self.start_all(&specs).await?;

        let mut local = LocalRegistration::default();
        for (spec, endpoints) in placed {
            let Some(handle) = handles
                .iter()
                .find(|handle| handle.spec().name == spec.name)
            else {
                continue;
            };
            let request = cloud::Registration {
                name: checked.name.clone(),
                signer: Arc::clone(&signer) as Arc<dyn Signer>,
                cert_chain: cert_chain.clone(),
                binds: registration.bind,
                endpoints,
                comment: checked.comment.clone(),
                payload: checked.payload.clone(),
                location_prefix: registration.hint.map(location_prefix),
                lifetime: registration.lifetime,
                owner: OwnerId(owner.into()),
            };
            // An error takes back what was registered in the clouds before.
            local.add(handle, request).await?;
        }
        Ok(RegistrationHandle::local(local))
    }

    /// Who signs, and the chain by which they may.
    async fn signer(
        &self,
        registration: &Registration,
        name: &PeerName,
    ) -> Result<(Arc<PeerIdentity>, Option<ValidChain>), Error> {
        let (selector, chain) = (registration.identity.clone(), registration.chain.clone());
        let owned = name.clone();
        self.with_identities(move |identities| {
            let chain = chain.map(|chain| chain.valid()).transpose()?;
            let publisher = chain.as_ref().map(|chain| chain.publisher().authority());
            let signer = identities.signer(&owned, selector.as_deref(), publisher)?;
            Ok((signer, chain))
        })
        .await
    }
}

/// One registration in each of some clouds; dropping it withdraws them.
#[derive(Debug, Default)]
pub(crate) struct LocalRegistration {
    parts: Vec<(CloudHandle, RegistrationId)>,
    pub(crate) entries: Vec<RegistrationEntry>,
}

impl LocalRegistration {
    async fn add(
        &mut self,
        handle: &CloudHandle,
        registration: cloud::Registration,
    ) -> Result<(), Error> {
        let (name, endpoints) = (registration.name.clone(), registration.endpoints.clone());
        let registered = handle.register(registration).await;
        let registered = registered.map_err(|error| refused(error, &name, &handle.spec()))?;
        self.parts.push((handle.clone(), registered.id));
        self.entries.push(RegistrationEntry {
            cloud: handle.spec().name,
            pnrp_id: registered.pnrp_id.to_string(),
            endpoints: convert::app_endpoints(&handle.spec(), &endpoints),
        });
        Ok(())
    }

    pub(crate) async fn unregister(&mut self) {
        withdraw(std::mem::take(&mut self.parts)).await;
    }
}

impl Drop for LocalRegistration {
    fn drop(&mut self) {
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() {
            return;
        }
        // Without a runtime the clouds are gone too.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(withdraw(parts));
        }
    }
}

async fn withdraw(parts: Vec<(CloudHandle, RegistrationId)>) {
    for (handle, id) in parts {
        // It is withdrawn already when the cloud was closed.
        let _ = handle.unregister(id).await;
    }
}

/// The selected clouds with the endpoints that can be published in each; none without any, unless
/// only a payload is published.
fn place(
    all: &[CloudSpec],
    selected: Vec<CloudSpec>,
    registration: &Registration,
) -> Result<Vec<(CloudSpec, Vec<AppEndpoint>)>, Error> {
    for endpoint in &registration.endpoints {
        check_zone(endpoint, all)?;
    }
    let names: Vec<_> = selected.iter().map(|spec| spec.name.clone()).collect();
    let mut placed: Vec<_> = selected
        .into_iter()
        .map(|spec| {
            let endpoints = registration.endpoints.iter();
            let here = endpoints
                .flat_map(|endpoint| endpoints_in(&spec, endpoint))
                .collect();
            (spec, here)
        })
        .collect();
    if !registration.endpoints.is_empty() {
        placed.retain(|(_, endpoints): &(_, Vec<_>)| !endpoints.is_empty());
    }
    match (placed.is_empty(), registration.endpoints.first()) {
        (true, Some(first)) => {
            let reason = format!("no endpoint belongs to {}", names.join(" or "));
            Err(Error::invalid_endpoint(&first.to_string(), &reason))
        }
        _ => Ok(placed),
    }
}

/// A link-local address means nothing without its link, unless there is only one.
fn check_zone(endpoint: &EndpointSpec, all: &[CloudSpec]) -> Result<(), Error> {
    let Some(address) = &endpoint.address else {
        return Ok(());
    };
    if !address.ip.is_unicast_link_local() {
        return Ok(());
    }
    let mut links = all.iter().filter(|spec| spec.scope == Scope::LinkLocal);
    let reason = match &address.zone {
        Some(zone) if links.any(|spec| is_zone_of(zone, spec)) => return Ok(()),
        Some(zone) => format!("no cloud is on the interface {zone}"),
        None if links.count() <= 1 => return Ok(()),
        None => "a link-local address needs its interface, as in fe80::1%eth0".to_owned(),
    };
    Err(Error::invalid_endpoint(&endpoint.to_string(), &reason))
}

/// What an endpoint means in one cloud.
fn endpoints_in(spec: &CloudSpec, endpoint: &EndpointSpec) -> Vec<AppEndpoint> {
    let at = |address: Ipv6Addr| AppEndpoint {
        address,
        port: endpoint.port,
        protocol: endpoint.protocol.number(),
    };
    let Some(address) = &endpoint.address else {
        return spec.addresses.iter().copied().map(at).collect();
    };
    let belongs = !address.ip.is_unicast_link_local()
        || spec.scope == Scope::LinkLocal
            && address
                .zone
                .as_ref()
                .is_none_or(|zone| is_zone_of(zone, spec));
    belongs.then(|| at(address.ip)).into_iter().collect()
}

/// The upper half of the service location. MS-PNRP §3.2.4.1 step 3.
pub(super) fn location_prefix(hint: Ipv6Addr) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hint.octets();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn refused(error: DriverError, name: &PeerName, spec: &CloudSpec) -> Error {
    let cloud = || spec.name.clone();
    let unavailable = |reason: String| Error::CloudUnavailable {
        name: cloud(),
        reason,
    };
    let DriverError::Register(error) = error else {
        return match matches!(error, DriverError::Closed) {
            true => Error::Closed,
            false => unavailable(error.to_string()),
        };
    };
    match error {
        RegisterError::Duplicate(_) => Error::DuplicateName {
            name: name.to_string(),
            cloud: cloud(),
        },
        RegisterError::TooMany => Error::TooMuchLoad {
            reason: error.to_string(),
        },
        RegisterError::TooManyEndpoints(_) => Error::invalid_endpoint("", &error.to_string()),
        RegisterError::ForeignAuthority(_) => Error::InvalidChain {
            reason: format!("{error}; give a --chain from the owner of the name"),
        },
        RegisterError::ForeignChain(_)
        | RegisterError::ChainOfAnotherKey { .. }
        | RegisterError::NotDelegated(_) => Error::InvalidChain {
            reason: format!("{error}; give the chain that was made for this name and identity"),
        },
        RegisterError::NoBinding(_) => Error::InvalidRequest {
            reason: error.to_string(),
        },
        RegisterError::PayloadTooLong => Error::InvalidPayload {
            reason: "has no room for the 109 bytes of the stronger binding".to_owned(),
        },
        RegisterError::Closed => Error::Closed,
        // All but the last two are ruled out before.
        RegisterError::ResolveOnly
        | RegisterError::NothingToPublish
        | RegisterError::PortZero
        | RegisterError::NoAddress
        | _ => unavailable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::enumerate::tests::{global, link},
        *,
    };

    fn placed(clouds: &[CloudSpec], endpoints: &[&str]) -> Result<Vec<(String, usize)>, Error> {
        let mut registration = Registration::new("0.web");
        registration.endpoints = endpoints.iter().map(|text| text.parse().unwrap()).collect();
        let placed = place(clouds, clouds.to_vec(), &registration)?;
        Ok(placed
            .into_iter()
            .map(|(spec, endpoints)| (spec.name, endpoints.len()))
            .collect())
    }

    fn entry(name: &str, endpoints: usize) -> (String, usize) {
        (name.to_owned(), endpoints)
    }

    #[test]
    fn a_link_local_endpoint_goes_to_the_cloud_of_its_link_only() {
        let clouds = [global(), link("eth0", 2), link("eth1", 3)];

        for text in ["[fe80::9%eth1]:80", "[fe80::9%3]:80"] {
            assert_eq!(
                placed(&clouds, &[text]).unwrap(),
                [entry("LinkLocal_ff00::%3/8", 1)]
            );
        }
    }

    #[test]
    fn a_global_endpoint_goes_to_every_cloud() {
        let clouds = [global(), link("eth0", 2)];

        let expected = [entry("Global_", 1), entry("LinkLocal_ff00::%2/8", 1)];
        assert_eq!(placed(&clouds, &["[2001:db8::9]:80"]).unwrap(), expected);
    }

    #[test]
    fn a_port_alone_means_the_addresses_of_each_cloud() {
        let mut two = global();
        two.addresses.push("2001:db8::2".parse().unwrap());

        let expected = [entry("Global_", 4), entry("LinkLocal_ff00::%2/8", 2)];
        assert_eq!(
            placed(&[two, link("eth0", 2)], &[":80", ":53/udp"]).unwrap(),
            expected
        );
    }

    #[test]
    fn a_link_local_endpoint_needs_a_zone_when_there_are_several_links() {
        let one = [global(), link("eth0", 2)];
        let two = [link("eth0", 2), link("eth1", 3)];

        let expected = [entry("LinkLocal_ff00::%2/8", 1)];
        assert_eq!(placed(&one, &["[fe80::9]:80"]).unwrap(), expected);
        let error = placed(&two, &["[fe80::9]:80"]).unwrap_err().to_string();
        assert!(error.contains("needs its interface"), "{error}");
    }

    #[test]
    fn an_endpoint_that_no_cloud_can_take_is_refused() {
        let error = placed(&[global()], &["[fe80::9]:80"])
            .unwrap_err()
            .to_string();
        assert!(error.contains("no endpoint belongs to Global_"), "{error}");
        let error = placed(&[global()], &["[fe80::9%eth7]:80"])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no cloud is on the interface eth7"),
            "{error}"
        );
    }

    #[test]
    fn a_payload_alone_goes_to_every_cloud() {
        assert_eq!(placed(&[global()], &[]).unwrap(), [entry("Global_", 0)]);
    }

    #[test]
    fn the_location_prefix_is_the_upper_half_of_the_hint() {
        let hint = "2001:db8:1:2:3:4:5:6".parse().unwrap();

        assert_eq!(location_prefix(hint), 0x2001_0db8_0001_0002);
    }
}
