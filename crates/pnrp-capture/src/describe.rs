//! Every field of a message, under this project's names.

use pnrp_wire::{
    Advertise, AppEndpoint, AuthorityBuffer, AuthorityFragment, Body, Cpa, CpaKind, Endpoint,
    ExtendedPayload, FileTime, Flood, Inquire, Lookup, Message, MessageId, Payload, PnrpId, Reason,
    RouteEntry, SearchCriteria, SignedCpa, Solicit, SolicitType,
};

use crate::{
    Fields, Timestamp,
    fields::{Value, hex},
};

/// The fields of a message behind its header. MS-PNRP §2.2.2.
pub(crate) fn message(message: &Message) -> Fields {
    match &message.body {
        Body::Solicit(body) => solicit(body),
        Body::Advertise(body) => advertise(body),
        Body::Request(body) => Fields::default()
            .with("nonce", hex(&body.nonce.0))
            .with("ids", ids(&body.ids)),
        Body::Flood(body) => flood(body),
        Body::Inquire(body) => inquire(body),
        Body::Authority(body) => fragment(body),
        Body::Ack(body) => Fields::default()
            .with("acked", body.acked)
            .with("id_not_found", body.id_not_found),
        Body::Lookup(body) => lookup(body),
    }
}

fn solicit(body: &Solicit) -> Fields {
    let solicit_type = body.solicit_type.map(|kind| match kind {
        SolicitType::Any => "any",
        SolicitType::Local => "local",
    });
    Fields::default()
        .with("solicit_type", solicit_type)
        .with("route", body.route.as_ref().map(route))
        .with("hashed_nonce", hex(&body.hashed_nonce.0))
}

fn advertise(body: &Advertise) -> Fields {
    Fields::default()
        .with("acked", body.acked)
        .with("ids", ids(&body.ids))
        .with("hashed_nonce", hex(&body.hashed_nonce.0))
}

fn flood(body: &Flood) -> Fields {
    Fields::default()
        .with("suppress_ack", body.suppress_ack)
        .with("validate", body.validate)
        .with("revoke", body.content.revoke.as_ref().map(signed_cpa))
        .with("route", body.content.route.as_ref().map(route))
        .with("already_flooded", endpoints(&body.already_flooded))
}

fn inquire(body: &Inquire) -> Fields {
    Fields::default()
        .with("validate", body.validate)
        .with("want_cpa", body.want_cpa)
        .with("want_extended_payload", body.want_extended_payload)
        .with("want_cert_chain", body.want_cert_chain)
        .with("nonce", body.nonce.map(|nonce| hex(&nonce.0)))
}

fn fragment(body: &AuthorityFragment) -> Fields {
    Fields::default()
        .with("acked", body.acked)
        .with("size", body.size)
        .with("offset", body.offset)
        .with("length", body.data.len())
}

fn lookup(body: &Lookup) -> Fields {
    let (criteria, precision) = match body.criteria {
        SearchCriteria::Exact => ("exact", None),
        SearchCriteria::AnyPeerName => ("any_peer_name", None),
        SearchCriteria::NearestPeerName => ("nearest_peer_name", None),
        SearchCriteria::Nearest64PeerName => ("nearest64_peer_name", None),
        SearchCriteria::UpperBits(bits) => ("upper_bits", Some(bits)),
    };
    let reason = match body.reason {
        Reason::AppRequest => "app_request",
        Reason::Registration => "registration",
        Reason::CacheMaintenance => "cache_maintenance",
        Reason::SplitDetection => "split_detection",
    };
    Fields::default()
        .with("accept_not_closer", body.accept_not_closer)
        .with("criteria", criteria)
        .with("precision", precision)
        .with("reason", reason)
        .with("target", body.target)
        .with("validate", body.validate)
        .with("best_match", body.best_match.as_ref().map(route))
        .with("visited", endpoints(&body.visited))
}

/// The parts of a whole AUTHORITY_BUFFER. MS-PNRP §2.2.2.6.1.
pub(crate) fn buffer(buffer: &AuthorityBuffer) -> Fields {
    let classifier = buffer.classifier.as_ref().map(ToString::to_string);
    let payload = buffer.extended_payload.as_ref().map(extended_payload);
    Fields::default()
        .with("missing_from_leaf_set", buffer.missing_from_leaf_set)
        .with("busy", buffer.busy)
        .with("id_not_found", buffer.id_not_found)
        .with("cert_chain", buffer.cert_chain.as_deref().map(hex))
        .with("classifier", classifier)
        .with("extended_payload", payload)
        .with("route", buffer.route.as_ref().map(route))
        .with("cpa", buffer.cpa.as_ref().map(signed_cpa))
}

/// A CPA and the IDs it may certify. MS-PNRP §2.2.3.1.
fn signed_cpa(signed: &SignedCpa) -> Fields {
    let mut possible_ids: Vec<PnrpId> = Vec::new();
    for id in signed.possible_ids() {
        if !possible_ids.contains(&id) {
            possible_ids.push(id);
        }
    }
    cpa(signed.cpa())
        .with("signature", hex(&signed.signature().0))
        .with("possible_ids", ids(&possible_ids))
}

fn cpa(cpa: &Cpa) -> Fields {
    let (kind, nonce) = match cpa.kind {
        CpaKind::Publish(nonce) => ("publish", Some(nonce)),
        CpaKind::Revoke => ("revoke", None),
    };
    let friendly_name = cpa.friendly_name.as_ref().map(|name| name.as_str());
    let app_endpoints: Vec<_> = cpa.app_endpoints.iter().map(app_endpoint).collect();
    Fields::default()
        .with("kind", kind)
        .with("nonce", nonce.map(|nonce| hex(&nonce.0)))
        .with("has_extended_payload", cpa.has_extended_payload)
        .with("not_after", time(cpa.not_after))
        .with("service_location", hex(&cpa.service_location.0))
        .with("authority", cpa.authority.to_string())
        .with(
            "classifier_hash",
            cpa.classifier_hash.map(|hash| hex(&hash.0)),
        )
        .with("friendly_name", friendly_name)
        .with("service_addresses", endpoints(&cpa.service_addresses))
        .with("app_endpoints", app_endpoints)
        .with("public_key", hex(&cpa.public_key.0))
}

fn app_endpoint(endpoint: &AppEndpoint) -> Fields {
    Fields::default()
        .with("address", endpoint.address.to_string())
        .with("port", endpoint.port)
        .with("protocol", endpoint.protocol)
}

/// MS-PNRP §2.2.3.3.
fn extended_payload(signed: &ExtendedPayload) -> Fields {
    let statements = signed.statements();
    let (kind, payload) = match &statements.payload {
        Payload::String(units) => ("string", String::from_utf16_lossy(units)),
        Payload::Binary(bytes) => ("binary", hex(bytes)),
    };
    Fields::default()
        .with("not_after", time(statements.not_after))
        .with("id", statements.id)
        .with("nonce", hex(&statements.nonce.0))
        .with("kind", kind)
        .with("payload", payload)
        .with("signature", hex(&signed.signature().0))
}

fn route(route: &RouteEntry) -> Fields {
    let addresses = route.addresses().iter();
    Fields::default()
        .with("id", route.id())
        .with("port", route.port())
        .with(
            "addresses",
            addresses.map(ToString::to_string).collect::<Vec<_>>(),
        )
}

fn ids(ids: &[PnrpId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn endpoints(endpoints: &[Endpoint]) -> Vec<String> {
    endpoints.iter().map(ToString::to_string).collect()
}

/// RFC 3339; a year that it cannot write stays a number.
fn time(time: FileTime) -> String {
    /// 100 ns from 1601 to 1970.
    const EPOCH: i128 = 116_444_736_000_000_000;
    let text = Timestamp((i128::from(time.0) - EPOCH) * 100).rfc3339();
    text.unwrap_or_else(|| format!("FILETIME {}", time.0))
}

impl From<MessageId> for Value {
    fn from(id: MessageId) -> Self {
        Self::Text(format!("{:08x}", id.0))
    }
}

impl From<PnrpId> for Value {
    fn from(id: PnrpId) -> Self {
        Self::Text(id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_time_has_a_text() {
        assert_eq!(time(FileTime(0)), "1601-01-01T00:00:00Z");
        assert_eq!(
            time(FileTime(116_444_736_000_000_000)),
            "1970-01-01T00:00:00Z"
        );
        assert_eq!(
            time(FileTime(134_000_000_000_000_001)),
            "2025-08-18T14:13:20.0000001Z"
        );
        assert_eq!(time(FileTime(u64::MAX)), "FILETIME 18446744073709551615");
    }
}
