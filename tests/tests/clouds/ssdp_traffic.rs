//! What daemons say to find each other, against bytes that Windows nodes sent, and as tshark reads
//! it.

use std::{fs, path::Path};

use pnrp_node::ssdp::{GROUP, Response};
use pnrp_tests::{
    pcap::{self, Datagram},
    ssdp::PNRP_ON_THE_LINK,
    tshark,
};

/// Checks what was recorded of port 1900.
///
/// # Panics
/// When a search is not what Windows sends, nobody searched or answered, or tshark reads anything
/// else.
pub(crate) fn is_as_it_should_be(datagrams: &[Datagram], directory: &Path) {
    let searches = searches(datagrams);
    are_those_of_windows(&searches);
    let answers: Vec<_> = datagrams
        .iter()
        .filter(|datagram| datagram.payload.starts_with(b"HTTP/1.1 "))
        .collect();
    for answer in &answers {
        let parsed = Response::parse(&answer.payload).unwrap();
        let said = parsed.endpoint().unwrap();
        if parsed.target == PNRP_ON_THE_LINK {
            assert_eq!(said.address, *answer.source.ip(), "{parsed:?}");
        }
    }
    println!(
        "{} SSDP datagrams: {} searches on the link, {} answers",
        datagrams.len(),
        searches.len(),
        answers.len()
    );
    assert!(!searches.is_empty());
    assert!(!answers.is_empty());

    let path = directory.join("ssdp-written.pcap");
    pcap::write(&path, datagrams);
    let read = tshark::ssdp_fields(
        &path,
        [
            "_ws.col.Protocol",
            "http.request.method",
            "http.response.code",
        ],
    );
    assert_eq!(read.len(), datagrams.len());
    for (datagram, read) in datagrams.iter().zip(&read) {
        let start = String::from_utf8_lossy(&datagram.payload);
        let start = start.split("\r\n").next().unwrap().to_owned();
        let expected = match start.as_str() {
            "M-SEARCH * HTTP/1.1" => ["SSDP", "M-SEARCH", ""],
            "HTTP/1.1 200 OK" => ["SSDP", "", "200"],
            "NOTIFY * HTTP/1.1" => ["SSDP", "NOTIFY", ""],
            _ => panic!("{datagram:?}"),
        };
        assert_eq!(*read, expected, "{start}");
    }
}

/// The searches for PNRP nodes on the link.
pub(crate) fn searches(datagrams: &[Datagram]) -> Vec<&Datagram> {
    let target = format!("ST:{PNRP_ON_THE_LINK}\r\n");
    let is_search = |datagram: &&Datagram| {
        let text = String::from_utf8_lossy(&datagram.payload);
        text.starts_with("M-SEARCH ") && text.contains(&target)
    };
    datagrams.iter().filter(is_search).collect()
}

/// Checks that searches are byte for byte what Windows sends, to the group of the link.
pub(crate) fn are_those_of_windows(searches: &[&Datagram]) {
    let windows = vector();
    for search in searches {
        assert_eq!(search.payload, windows, "{search:?}");
        assert_eq!(search.hop_limit, 1, "{search:?}");
        assert_eq!(search.destination, GROUP, "{search:?}");
        let source = search.source.ip();
        assert!(source.is_unicast_link_local(), "{search:?}");
    }
}

fn vector() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/ssdp/m-search.hex");
    let text = fs::read_to_string(path).unwrap();
    let digits: String = text
        .lines()
        .map(|line| line.split('#').next().unwrap())
        .flat_map(str::split_whitespace)
        .collect();
    let bytes = digits.as_bytes().chunks(2);
    let bytes: Vec<u8> = bytes
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(bytes.len(), 146);
    bytes
}
