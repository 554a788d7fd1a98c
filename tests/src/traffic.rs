//! Recorded PNRP traffic of many hosts, as tshark reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use pnrp_wire::{Body, MessageType};

use crate::{
    oracle,
    pcap::{self, Datagram},
    tshark,
};

/// Compares all that was recorded with what tshark reads; the types of message that occur.
#[expect(clippy::print_stdout, reason = "figures of a system test")]
pub fn is_understood_by_tshark(datagrams: &[Datagram], directory: &Path) -> BTreeSet<MessageType> {
    let capture = directory.join("capture.pcap");
    pcap::write(&capture, datagrams);
    let summaries = tshark::summaries(&capture);
    assert_eq!(summaries.len(), datagrams.len(), "frames in the capture");
    let mut types: BTreeMap<MessageType, usize> = BTreeMap::new();
    for (datagram, summary) in datagrams.iter().zip(&summaries) {
        let kind = oracle::decode(&datagram.payload).message_type();
        let name = format!("PNRP {} Message", format!("{kind:?}").to_uppercase());
        assert!(summary.starts_with(&name), "{name} is called {summary:?}");
        *types.entry(kind).or_default() += 1;
    }

    let report = oracle::compare(datagrams, &directory.join("split.pcap"));

    println!("{types:?}");
    println!(
        "{} datagrams, {} frames, {} values of {} fields are equal",
        datagrams.len(),
        report.frames,
        report.values,
        report.fields.len()
    );
    types.into_keys().collect()
}

/// Some datagrams of each type and length, after a check that all decode and encode again. The
/// pieces of an answer that has several are all kept.
pub fn sample(datagrams: &[Datagram]) -> Vec<Datagram> {
    let mut counts: BTreeMap<(MessageType, usize), usize> = BTreeMap::new();
    let is_chosen = |datagram: &&Datagram| {
        let message = oracle::decode(&datagram.payload);
        let kind = (message.message_type(), datagram.payload.len());
        let count = counts.entry(kind).or_default();
        *count += 1;
        let is_piece = matches!(
            &message.body,
            Body::Authority(fragment) if fragment.data.len() < fragment.size.into()
        );
        is_piece || *count <= OF_EACH_KIND
    };
    datagrams.iter().filter(is_chosen).cloned().collect()
}

/// tshark takes a second for a thousand datagrams.
const OF_EACH_KIND: usize = 50;
