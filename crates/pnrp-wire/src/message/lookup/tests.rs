use super::*;
use crate::{
    Body, Dialect, Message, MessageId,
    fixtures::{
        ROUTE, decode, endpoint, fault, hex, ignores, is_encoded_as, patched, pnrp_id, refuses,
        route,
    },
};

/// Header, controls, target, validate.
fn head(controls: &str) -> String {
    let (target, validate) = ("11".repeat(32), "22".repeat(32));
    format!(
        "0010000c 5104000b 01020304 0045 000c {controls} 0038 0024 {target} 0039 0024 {validate}"
    )
}

const PATH: &str = "009e 001e 0001 001a 009d 0012 0dd4 fe800000000000000000000000000001";

/// R-2.2.2.8-01, R-2.2.2.8-09, R-2.2.2.8-10, R-2.2.2.8-12: every byte of a LOOKUP without a
/// best match.
#[test]
fn the_least_lookup_has_a_path_of_one() {
    let bytes = hex(&format!("{} {PATH}", head("0000 0000 00 00 0000")));

    is_encoded_as(&lookup(SearchCriteria::Exact, Reason::AppRequest), &bytes);
}

/// R-2.2.2.8-01, R-2.2.2.8-02, R-2.2.2.8-08, R-2.2.2.8-11, R-2.2.2.8-12: every byte, and which
/// of them do not matter.
#[test]
fn a_lookup_with_its_best_match_has_the_bytes_of_the_specification() {
    let head = head("0002 0080 08 03 0000");
    let bytes = hex(&format!("{head} 009a 003a {ROUTE} 0000 {PATH}"));
    let mut message = lookup(SearchCriteria::UpperBits(128), Reason::SplitDetection);
    if let Body::Lookup(lookup) = &mut message.body {
        lookup.accept_not_closer = true;
        lookup.best_match = Some(route());
    }

    is_encoded_as(&message, &bytes);
    ignores(&bytes, &[(16, "fffe"), (22, "ffff"), (154, "ffff")]);
    refuses(
        &bytes,
        &[
            (12, "0043", "LOOKUP_CONTROLS"),
            (14, "000b", "LOOKUP_CONTROLS.Reserved2"),
            (14, "000d", "LOOKUP_CONTROLS"),
            (24, "0039", "TARGET_PNRP_ID"),
            (26, "0020", "LOOKUP.Target PNRP ID"),
            (60, "0038", "VALIDATE_PNRP_ID"),
            (62, "0028", "VALIDATE_PNRP_ID"),
            (96, "009b", "IPV6_ENDPOINT_ARRAY"),
            (98, "0039", "ROUTE_ENTRY.Address Count"),
            (98, "003b", "ROUTE_ENTRY.Address Count"),
            (156, "0060", "IPV6_ENDPOINT_ARRAY"),
            (160, "0000", "IPV6_ENDPOINT_ARRAY.ArrayLength"),
            (162, "0012", "IPV6_ENDPOINT_ARRAY.ArrayLength"),
            (164, "0030", "IPV6_ENDPOINT_ARRAY.ElementFieldType"),
            (166, "0013", "IPV6_ENDPOINT_ARRAY.EntryLength"),
        ],
    );
}

/// R-2.2.2.8-03, R-2.2.2.8-04: and Precision counts for one of them.
///
/// MS-PNRP §2.2.2.8: the codes are values, not bits.
#[test]
fn only_the_five_criteria_exist() {
    for (opcode, criteria) in [
        (0x00, SearchCriteria::Exact),
        (0x01, SearchCriteria::AnyPeerName),
        (0x02, SearchCriteria::NearestPeerName),
        (0x04, SearchCriteria::Nearest64PeerName),
    ] {
        let bytes = hex(&format!(
            "{} {PATH}",
            head(&format!("0000 0000 {opcode:02x} 00 0000"))
        ));

        is_encoded_as(&lookup(criteria, Reason::AppRequest), &bytes);
        ignores(&bytes, &[(18, "ffff")]);
    }
    let valid = hex(&format!("{} {PATH}", head("0000 0000 00 00 0000")));
    for opcode in ["03", "05", "09", "0c", "10", "80", "ff"] {
        refuses(&valid, &[(20, opcode, "LOOKUP_CONTROLS.ResolveCriteria")]);
    }
}

/// R-2.2.2.8-06: each reason has its code.
#[test]
fn every_reason_has_its_code() {
    for (code, reason) in [
        ("00", Reason::AppRequest),
        ("01", Reason::Registration),
        ("02", Reason::CacheMaintenance),
        ("03", Reason::SplitDetection),
    ] {
        let bytes = hex(&format!(
            "{} {PATH}",
            head(&format!("0000 0000 00 {code} 0000"))
        ));

        is_encoded_as(&lookup(SearchCriteria::Exact, reason), &bytes);
    }
}

/// MS-PNRP §2.2.2.8: receivers ignore ResolveReasonCode.
#[test]
fn an_unknown_reason_is_received() {
    let valid = hex(&format!("{} {PATH}", head("0000 0000 00 01 0000")));

    let unknown = decode(&patched(&valid, 21, "7f"));

    assert_eq!(
        decode(&valid),
        Ok(lookup(SearchCriteria::Exact, Reason::Registration))
    );
    assert_eq!(
        unknown,
        Ok(lookup(SearchCriteria::Exact, Reason::AppRequest))
    );
}

/// R-2.2.2.8-13: and no more are sent.
///
/// MS-PNRP §2.2.2.8: from 1 to 22 endpoints.
#[test]
fn the_path_has_1_to_22_endpoints() {
    let with_path = |count: usize| {
        let mut message = lookup(SearchCriteria::Exact, Reason::AppRequest);
        if let Body::Lookup(lookup) = &mut message.body {
            lookup.visited = vec![endpoint(); count];
        }
        message
    };
    let sent = with_path(23).encode(&Dialect::default());
    assert_eq!(decode(&sent), Ok(with_path(22)));

    let head = head("0000 0000 00 00 0000");
    let empty = hex(&format!("{head} 009e 000c 0000 0008 009d 0012"));
    let long = hex(&format!(
        "{head} 009e 01aa 0017 01a6 009d 0012 {}",
        "01".repeat(23 * 18)
    ));
    assert_eq!(fault(&empty), "LOOKUP.NumEntries");
    assert_eq!(fault(&long), "LOOKUP.NumEntries");
}

fn lookup(criteria: SearchCriteria, reason: Reason) -> Message {
    let body = Body::Lookup(Lookup {
        accept_not_closer: false,
        criteria,
        reason,
        target: pnrp_id(0x11),
        validate: pnrp_id(0x22),
        best_match: None,
        visited: vec![endpoint()],
    });
    Message {
        id: MessageId(0x0102_0304),
        body,
    }
}
