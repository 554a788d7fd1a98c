//! Peer names as host names under `pnrp.net`, and back.

use pnrp_wire::PeerName;

use crate::{Error, request::parse_name};

/// What a host name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostNameReading {
    /// The peer name to try first.
    pub likely: String,
    /// The one to try when nobody publishes the first; none where there is no doubt.
    pub other: Option<String>,
}

/// The host name of a peer name: `0.web` is `web.pnrp.net`.
///
/// # Errors
/// When the text is no peer name, or its host name would be too long.
pub fn to_host_name(name: &str) -> Result<String, Error> {
    let host_name = parse_name(name)?.to_host_name();
    host_name.map_err(|error| Error::CannotConvertName {
        name: name.to_owned(),
        reason: error.to_string(),
    })
}

/// The peer name that a host name stands for, in any case, with or without a final dot.
///
/// # Errors
/// When the text is no host name under `pnrp.net`, or stands for no peer name.
pub fn from_host_name(host: &str) -> Result<HostNameReading, Error> {
    let reading = PeerName::from_host_name(host);
    let reading = reading.map_err(|error| Error::InvalidHostName {
        host: host.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(HostNameReading {
        likely: reading.likely.to_string(),
        other: reading.other.map(|name| name.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_converted_and_refused_with_the_codes_of_windows() {
        assert_eq!(to_host_name("0.johndoe").unwrap(), "johndoe.pnrp.net");
        let reading = from_host_name("johndoe.pnrp.net").unwrap();
        assert_eq!(reading.likely, "0.johndoe");

        // Far apart, so that each takes several characters of Punycode.
        let spread = (0..149).filter_map(|place| char::from_u32(0x4e00 + place * 7_919 % 20_000));
        let long = to_host_name(&format!("0.{}", spread.collect::<String>())).unwrap_err();
        assert_eq!(long.hresult(), 0x8063_4001, "{long}");
        for host in ["example.com", "a..pnrp.net", ""] {
            let error = from_host_name(host).unwrap_err();
            assert_eq!(error.hresult(), 0x8063_4002, "{error}");
        }
        assert_eq!(to_host_name("web").unwrap_err().hresult(), 0x8063_2050);
    }
}
