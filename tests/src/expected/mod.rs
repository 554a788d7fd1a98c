//! What the dissector ought to show for an element, by this implementation's reading of it.
//!
//! Values come from decoded messages, never from the bytes of the element. Lengths and counts are
//! worked out from the values.

use pnrp_wire::{
    AuthorityBuffer, AuthorityFragment, Body, Endpoint, Inquire, Lookup, Message, Reason,
    RouteEntry, SearchCriteria, SolicitType,
};

use crate::fields::Fields;

pub mod cpa;

/// The fields of a message's header. MS-PNRP §2.2.1.
pub fn header(message: &Message) -> Fields {
    let mut fields = Fields::default();
    fields
        .add("pnrp.header.fieldID", 0x0010)
        .add("pnrp.header.length", 12)
        .add("pnrp.ident", 0x51)
        .add("pnrp.vMajor", 4)
        .add("pnrp.vMinor", 0)
        .add("pnrp.messageType", message.message_type().code())
        .add("pnrp.header.messageID", message.id.0);
    fields
}

/// Adds the fields of one top-level element of a message.
///
/// # Panics
/// When the message has no such element.
pub fn message_element(fields: &mut Fields, body: &Body, code: u16) {
    match (code, body) {
        (0x0018, Body::Advertise(body)) => acked(fields, body.acked.0),
        (0x0018, Body::Authority(body)) => acked(fields, body.acked.0),
        (0x0018, Body::Ack(body)) => acked(fields, body.acked.0),
        (0x0038, Body::Lookup(body)) => id(fields, code, body.target.as_bytes()),
        (0x0039, Body::Lookup(body)) => id(fields, code, body.validate.as_bytes()),
        (0x0039, Body::Flood(body)) => id(fields, code, body.validate.as_bytes()),
        (0x0039, Body::Inquire(body)) => id(fields, code, body.validate.as_bytes()),
        (0x0040, Body::Inquire(body)) => inquire_flags(fields, body),
        (0x0040, Body::Ack(body)) => {
            element(fields, code, 2)
                .add("pnrp.segment.ack.flags.reserved", 0)
                .add("pnrp.segment.ack.flags.Nbit", u8::from(body.id_not_found));
        }
        (0x0043, Body::Flood(body)) => {
            element(fields, code, 3)
                .add("pnrp.segment.flood.flags.reserved", 0)
                .add("pnrp.segment.flood.flags.Dbit", u8::from(body.suppress_ack))
                .add("pnrp.reserved", 0);
        }
        (0x0044, Body::Solicit(body)) => {
            let local = body.solicit_type == Some(SolicitType::Local);
            // The padding is shown as reserved, too.
            element(fields, code, 2)
                .each("pnrp.reserved", [0, 0])
                .add("pnrp.segment.solicitType", u8::from(local));
        }
        (0x0045, Body::Lookup(body)) => lookup_controls(fields, body),
        (0x0060, Body::Advertise(body)) => ids(fields, &body.ids),
        (0x0060, Body::Request(body)) => ids(fields, &body.ids),
        (0x0092, Body::Solicit(body)) => hashed_nonce(fields, &body.hashed_nonce.0),
        (0x0092, Body::Advertise(body)) => hashed_nonce(fields, &body.hashed_nonce.0),
        (0x0093, Body::Request(body)) => nonce(fields, &body.nonce.0),
        (0x0093, Body::Inquire(body)) => nonce(fields, &body.nonce.expect("a nonce").0),
        (0x0098, Body::Authority(body)) => split_controls(fields, body),
        (0x009a, Body::Solicit(body)) => route(fields, body.route.as_ref()),
        (0x009a, Body::Flood(body)) => route(fields, body.content.route.as_ref()),
        (0x009a, Body::Lookup(body)) => route(fields, body.best_match.as_ref()),
        (0x009c, Body::Flood(body)) => {
            cpa::revocation(fields, body.content.revoke.as_ref().expect("a revocation"));
        }
        (0x009e, Body::Flood(body)) => endpoints(fields, &body.already_flooded),
        (0x009e, Body::Lookup(body)) => endpoints(fields, &body.visited),
        _ => panic!("no element {code:#06x} was decoded from {body:?}"),
    }
}

/// Adds the fields of one element of an AUTHORITY_BUFFER.
///
/// # Panics
/// When the buffer has no such element.
pub fn buffer_element(fields: &mut Fields, buffer: &AuthorityBuffer, code: u16) {
    match code {
        0x0040 => authority_flags(fields, buffer),
        0x005a => {
            let payload = buffer.extended_payload.as_ref().expect("a payload");
            element(fields, code, payload.as_bytes().len());
        }
        0x0080 => {
            let chain = buffer.cert_chain.as_deref().expect("a chain");
            element(fields, code, chain.len()).bytes("pnrp.segment.certChain", chain);
        }
        0x0085 => {
            let classifier = buffer.classifier.as_ref().expect("a classifier");
            let units = classifier.units().len();
            element(fields, code, 8 + 2 * units)
                .add("pnrp.segment.type", 0x0084)
                .add("pnrp.segment.classifier.unicodeCount", units)
                .add("pnrp.segment.classifier.arrayLength", 8 + 2 * units)
                .add("pnrp.segment.classifier.entryLength", 2)
                .add("pnrp.segment.classifier.string", classifier);
        }
        0x009a => route(fields, buffer.route.as_ref()),
        0x009b => cpa::publication(fields, buffer.cpa.as_ref().expect("a CPA")),
        _ => panic!("no element {code:#06x} was decoded from {buffer:?}"),
    }
}

/// Adds the padding that follows an element.
pub fn padding(fields: &mut Fields, body: &Body, code: u16, count: usize) {
    // dissector::FAULTS has the reasons.
    let is_hidden = match code {
        0x0040 => matches!(body, Body::Ack(_)),
        0x0044 | 0x005a | 0x0098 | 0x009b | 0x009c => true,
        _ => count == 0,
    };
    if !is_hidden {
        fields.bytes("pnrp.padding", &vec![0; count]);
    }
}

/// FieldID and Length of an element with a body of `length` bytes. MS-PNRP §2.2.
fn element(fields: &mut Fields, code: u16, length: usize) -> &mut Fields {
    fields
        .add("pnrp.segment.type", code)
        .add("pnrp.segment.length", 4 + length)
}

fn acked(fields: &mut Fields, id: u32) {
    element(fields, 0x0018, 4).add("pnrp.segment.headerAck", id);
}

fn id(fields: &mut Fields, code: u16, id: &[u8; 32]) {
    element(fields, code, 32).bytes("pnrp.segment.pnrpID", id);
}

fn hashed_nonce(fields: &mut Fields, hash: &[u8; 20]) {
    element(fields, 0x0092, 20).bytes("pnrp.segment.hashednonce", hash);
}

fn nonce(fields: &mut Fields, nonce: &[u8; 16]) {
    element(fields, 0x0093, 16).bytes("pnrp.segment.nonce", nonce);
}

fn ids(fields: &mut Fields, ids: &[pnrp_wire::PnrpId]) {
    let bytes = 8 + 32 * ids.len();
    element(fields, 0x0060, bytes)
        .add("pnrp.segment.idArray.NumEntries", ids.len())
        .add("pnrp.segment.idArray.Length", bytes)
        .add("pnrp.segment.ElementFieldType", 0x0030)
        .add("pnrp.segment.idArray.Entrylength", 32);
    for id in ids {
        fields.bytes("pnrp.segment.pnrpID", id.as_bytes());
    }
}

fn endpoints(fields: &mut Fields, endpoints: &[Endpoint]) {
    let bytes = 8 + 18 * endpoints.len();
    element(fields, 0x009e, bytes)
        .add("pnrp.segment.type", 0x009d)
        .add(
            "pnrp.segment.ipv6EndpointArray.NumberOfEntries",
            endpoints.len(),
        )
        .add("pnrp.segment.ipv6EndpointArray.ArrayLength", bytes)
        .add("pnrp.segment.ipv6EndpointArray.EntryLength", 18);
    service_addresses(fields, endpoints);
}

fn service_addresses(fields: &mut Fields, endpoints: &[Endpoint]) {
    fields
        .each(
            "pnrp.segment.port_number",
            endpoints.iter().map(|at| at.port),
        )
        .each(
            "pnrp.segment.ipv6Address",
            endpoints.iter().map(|at| at.address),
        );
}

fn route(fields: &mut Fields, route: Option<&RouteEntry>) {
    let route = route.expect("a route entry");
    let addresses = route.addresses();
    element(fields, 0x009a, 38 + 16 * addresses.len())
        .bytes("pnrp.segment.pnrpID", route.id().as_bytes())
        .add("pnrp.vMajor", 4)
        .add("pnrp.vMinor", 0)
        .add("pnrp.segment.routeEntry.portNumber", route.port())
        .add("pnrp.segment.routeEntry.flags", 0)
        .add("pnrp.segment.routeEntry.addressCount", addresses.len())
        .each("pnrp.segment.ipv6Address", addresses);
}

/// MS-PNRP §2.2.2.5.
fn inquire_flags(fields: &mut Fields, inquire: &Inquire) {
    let [a, x, c] = [
        inquire.want_cpa,
        inquire.want_extended_payload,
        inquire.want_cert_chain,
    ]
    .map(u16::from);
    element(fields, 0x0040, 2)
        .add("pnrp.segment.inquire.flags", a << 4 | x << 3 | c << 2)
        .add("pnrp.segment.inquire.flags.reserved1", 0)
        .add("pnrp.segment.inquire.flags.Abit", a)
        .add("pnrp.segment.inquire.flags.Xbit", x)
        .add("pnrp.segment.inquire.flags.Cbit", c)
        .add("pnrp.segment.inquire.flags.reserved2", 0);
}

/// MS-PNRP §2.2.2.6.1.
fn authority_flags(fields: &mut Fields, buffer: &AuthorityBuffer) {
    let [l, b, n] = [
        buffer.missing_from_leaf_set,
        buffer.busy,
        buffer.id_not_found,
    ]
    .map(u16::from);
    element(fields, 0x0040, 2)
        .add("pnrp.segment.authority.flags", l << 9 | b << 3 | n)
        .add("pnrp.segment.authority.flags.reserved1", 0)
        .add("pnrp.segment.authority.flags.Lbit", l)
        .add("pnrp.segment.authority.flags.reserved2", 0)
        .add("pnrp.segment.authority.flags.Bbit", b)
        .add("pnrp.segment.authority.flags.reserved3", 0)
        .add("pnrp.segment.authority.flags.Nbit", n);
}

/// MS-PNRP §2.2.2.8.
fn lookup_controls(fields: &mut Fields, lookup: &Lookup) {
    let a = u16::from(lookup.accept_not_closer);
    let (criteria, precision) = match lookup.criteria {
        SearchCriteria::Exact => (0, 0),
        SearchCriteria::AnyPeerName => (1, 0),
        SearchCriteria::NearestPeerName => (2, 0),
        SearchCriteria::Nearest64PeerName => (4, 0),
        SearchCriteria::UpperBits(bits) => (8, bits),
    };
    let reason = match lookup.reason {
        Reason::AppRequest => 0,
        Reason::Registration => 1,
        Reason::CacheMaintenance => 2,
        Reason::SplitDetection => 3,
    };
    element(fields, 0x0045, 8)
        .add("pnrp.lookupControls.flags", a << 1)
        .add("pnrp.lookupControls.flags.reserved", 0)
        .add("pnrp.lookupControls.flags.Abit", a)
        .add("pnrp.lookupControls.flags.0bit", 0)
        .add("pnrp.lookupControls.precision", precision)
        .add("pnrp.lookupControls.resolveCriteria", criteria)
        .add("pnrp.lookupControls.reasonCode", reason)
        .add("pnrp.reserved", 0);
}

fn split_controls(fields: &mut Fields, fragment: &AuthorityFragment) {
    element(fields, 0x0098, 4)
        .add("pnrp.segment.splitControls.authorityBuffer", fragment.size)
        .add("pnrp.segment.offset", fragment.offset);
}
