//! What PNRP says and hears over the Simple Service Discovery Protocol. MS-PNRP §3.1.4.2.2,
//! §3.1.5.1, §3.2.4.1 step 6.
//!
//! Bytes and values only. Whoever has the multicast socket sends [`search`] for
//! [`DiscoveryRequest::Search`](crate::cloud::DiscoveryRequest::Search), passes what comes back to
//! [`Cloud::handle_ssdp_response`](crate::cloud::Cloud::handle_ssdp_response), and sends [`answer`]
//! to a [`Request`] that searches while the cloud publishes itself.
//!
//! The text is that of Windows nodes: no space after a colon, the search in the case and order of
//! `tests/vectors/ssdp/m-search.hex`. What is parsed may have any case, order and spacing.

use std::net::{Ipv6Addr, SocketAddrV6};

use pnrp_wire::Endpoint;
use thiserror::Error;

use crate::cloud::Scope;

/// Where searches are sent. The group is link-local, the hop limit 1.
pub const GROUP: SocketAddrV6 =
    SocketAddrV6::new(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc), 1900, 0, 0);

/// Why a datagram is no message about a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SsdpError {
    /// Not HTTP, or cut off in the headers.
    #[error("not an HTTP head")]
    NotHttp,
    /// A response with a status other than 200, or a request of another method.
    #[error("neither a found node nor a message of SSDP")]
    OtherMessage,
    /// A header without which the message says nothing.
    #[error("no {0} header")]
    Missing(&'static str),
    /// The place of a node is not `[IPv6]:port`.
    #[error("location is not [IPv6]:port")]
    BadLocation,
}

/// The search target of the nodes of a scope. MS-PNRP §3.1.4.2.2.
pub fn search_target(scope: Scope) -> &'static str {
    match scope {
        Scope::Global => "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:Global",
        Scope::SiteLocal => {
            "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:SiteLocal"
        }
        Scope::LinkLocal => {
            "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal"
        }
    }
}

/// The M-SEARCH for a target. MS-PNRP §3.1.4.2.2.
pub fn search(target: &str) -> Vec<u8> {
    format!(
        "M-SEARCH * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nST:{target}\r\n\
         Man:\"ssdp:discover\"\r\nMX:3\r\n\r\n"
    )
    .into_bytes()
}

/// The answer of a node at `endpoint` to a search. MS-PNRP §3.2.4.1 step 6.
pub fn answer(target: &str, endpoint: Endpoint) -> Vec<u8> {
    let location = location(endpoint);
    format!(
        "HTTP/1.1 200 OK\r\nST:{target}\r\nUSN:{location}\r\nAL:{location}\r\n\
         Cache-Control:max-age=14400\r\nServer:{SERVER}\r\nExt:\r\n\r\n"
    )
    .into_bytes()
}

/// What a node at `endpoint` says unasked when it comes and goes.
pub fn notification(target: &str, endpoint: Endpoint, presence: Presence) -> Vec<u8> {
    let location = location(endpoint);
    let (sub_type, life) = match presence {
        Presence::Alive => ("ssdp:alive", "Cache-Control:max-age=14400\r\n"),
        Presence::Leaving => ("ssdp:byebye", ""),
    };
    format!(
        "NOTIFY * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nNT:{target}\r\nNTS:{sub_type}\r\n\
         USN:{location}\r\nAL:{location}\r\n{life}Server:{SERVER}\r\n\r\n"
    )
    .into_bytes()
}

/// An endpoint as RFC 2732 writes it, which `AL` and `USN` carry.
pub fn location(endpoint: Endpoint) -> String {
    format!("[{}]:{}", endpoint.address, endpoint.port)
}

/// Reads `[IPv6]:port`. A zone in the brackets is the sender's own and says nothing here.
///
/// # Errors
/// [`SsdpError::BadLocation`] when it is anything else.
pub fn parse_location(text: &str) -> Result<Endpoint, SsdpError> {
    let (address, port) = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]:"))
        .ok_or(SsdpError::BadLocation)?;
    let address = match address.split_once('%') {
        Some((_, "")) => return Err(SsdpError::BadLocation),
        Some((address, _)) => address,
        None => address,
    };
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match (address.parse(), port.parse()) {
        (Ok(address), Ok(port)) if is_number => Ok(Endpoint { address, port }),
        _ => Err(SsdpError::BadLocation),
    }
}

/// A response to a search. MS-PNRP §3.1.5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What was searched for.
    pub target: String,
    /// The text of `AL`, or of `USN` where there is none.
    location: Option<String>,
}

impl Response {
    /// Reads the payload of a datagram.
    ///
    /// # Errors
    /// When it is not a response that found something.
    pub fn parse(bytes: &[u8]) -> Result<Self, SsdpError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        expect_complete(response.parse(bytes))?;
        if response.code != Some(200) {
            return Err(SsdpError::OtherMessage);
        }
        let headers = Headers(response.headers);
        Ok(Self {
            target: headers.required("ST")?,
            location: headers.location(),
        })
    }

    /// Where the node listens.
    ///
    /// # Errors
    /// When it does not say so in the form of RFC 2732.
    pub fn endpoint(&self) -> Result<Endpoint, SsdpError> {
        let location = self.location.as_deref().ok_or(SsdpError::Missing("AL"))?;
        parse_location(location)
    }
}

/// A request that another node multicasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// It looks for nodes.
    Search {
        /// What it looks for.
        target: String,
    },
    /// It says by itself that it is there, or leaves.
    Notify {
        /// What it is.
        target: String,
        /// Whether it stays.
        presence: Presence,
        /// Where it listens; a node that leaves need not say so.
        endpoint: Option<Endpoint>,
    },
}

/// What a NOTIFY says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// `ssdp:alive`
    Alive,
    /// `ssdp:byebye`
    Leaving,
}

impl Request {
    /// Reads the payload of a datagram.
    ///
    /// # Errors
    /// When it is neither a search nor a notification, or lacks what it is about.
    pub fn parse(bytes: &[u8]) -> Result<Self, SsdpError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        expect_complete(request.parse(bytes))?;
        let headers = Headers(request.headers);
        match request.method {
            Some("M-SEARCH") => headers.search(),
            Some("NOTIFY") => headers.notify(),
            Some(_) | None => Err(SsdpError::OtherMessage),
        }
    }

    /// Whether it is a search that nodes of `target` answer.
    pub fn is_search_for(&self, target: &str) -> bool {
        match self {
            Self::Search { target: wanted } => wanted == target || wanted == "ssdp:all",
            Self::Notify { .. } => false,
        }
    }
}

/// The headers of a message.
#[derive(Debug)]
struct Headers<'a>(&'a [httparse::Header<'a>]);

impl Headers<'_> {
    fn search(&self) -> Result<Request, SsdpError> {
        match self.required("MAN")?.as_str() {
            "\"ssdp:discover\"" => Ok(Request::Search {
                target: self.required("ST")?,
            }),
            _ => Err(SsdpError::OtherMessage),
        }
    }

    fn notify(&self) -> Result<Request, SsdpError> {
        let target = self.required("NT")?;
        let presence = match self.required("NTS")?.as_str() {
            "ssdp:alive" => Presence::Alive,
            "ssdp:byebye" => Presence::Leaving,
            _ => return Err(SsdpError::OtherMessage),
        };
        let endpoint = self.location().map(|text| parse_location(&text));
        let endpoint = match presence {
            Presence::Alive => Some(endpoint.ok_or(SsdpError::Missing("AL"))??),
            Presence::Leaving => endpoint.and_then(Result::ok),
        };
        Ok(Request::Notify {
            target,
            presence,
            endpoint,
        })
    }

    fn location(&self) -> Option<String> {
        self.find("AL").or_else(|| self.find("USN"))
    }

    fn required(&self, name: &'static str) -> Result<String, SsdpError> {
        self.find(name).ok_or(SsdpError::Missing(name))
    }

    fn find(&self, name: &str) -> Option<String> {
        let mut headers = self.0.iter();
        let header = headers.find(|header| header.name.eq_ignore_ascii_case(name))?;
        let value = str::from_utf8(header.value).ok()?;
        Some(value.trim().to_owned())
    }
}

fn expect_complete(parsed: httparse::Result<usize>) -> Result<(), SsdpError> {
    match parsed {
        Ok(httparse::Status::Complete(_)) => Ok(()),
        Ok(httparse::Status::Partial) | Err(_) => Err(SsdpError::NotHttp),
    }
}

/// What answers: system, UPnP and product, as UPnP 1.0 wants it.
const SERVER: &str = concat!("Any/0 UPnP/1.0 pnrp/", env!("CARGO_PKG_VERSION"));

/// Headers beyond which a message is no message.
const MAX_HEADERS: usize = 32;

#[cfg(test)]
mod tests;
