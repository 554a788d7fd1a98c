//! Datagrams as tshark and this implementation read them, field by field.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddrV6,
    path::Path,
};

use pnrp_wire::{AuthorityBuffer, Body, Dialect, Message, MessageId, MessageType};
use serde_json::{Value, json};

use crate::{
    expected,
    fields::{Fields, hex},
    pcap::{self, Datagram},
    split::{self, Element, HEADER},
    tshark,
};

/// What was compared.
#[derive(Debug, Default)]
pub struct Report {
    /// Frames, each with one element.
    pub frames: usize,
    /// Values found equal.
    pub values: usize,
    /// Kinds of element.
    pub elements: BTreeSet<u16>,
    /// Names of fields.
    pub fields: BTreeSet<String>,
}

/// Compares datagrams; the split form is written to `path`.
///
/// Datagrams that are sent again are compared once.
///
/// # Panics
/// When tshark and this implementation differ, or a datagram does not decode.
pub fn compare(datagrams: &[Datagram], path: &Path) -> Report {
    let frames = split_frames(datagrams);
    let written: Vec<_> = frames.iter().map(|frame| frame.datagram.clone()).collect();
    pcap::write(path, &written);
    let layers = tshark::dissect(path);
    assert_eq!(
        layers.len(),
        frames.len(),
        "frames that tshark takes for PNRP"
    );

    let mut report = Report::default();
    let mut differences = Vec::new();
    for (index, (frame, layer)) in frames.iter().zip(&layers).enumerate() {
        let shown = Fields::from_json(&frame.relevant(layer));
        let expected = frame.expected.as_shown();
        let label = format!("frame {} ({})", index + 1, frame.label);
        let found = expected.differences(&shown).into_iter();
        differences.extend(found.map(|line| format!("{label}: {line}")));
        report.frames += 1;
        report.values += shown.count();
        report.elements.insert(frame.code);
        report.fields.extend(shown.names().map(str::to_owned));
    }
    let shown: Vec<_> = differences
        .iter()
        .take(40)
        .map(|line| line.chars().take(400).collect::<String>())
        .collect();
    assert!(
        differences.is_empty(),
        "{} values differ; {} has the frames:\n{}",
        differences.len(),
        path.display(),
        shown.join("\n")
    );
    report
}

struct Frame {
    label: String,
    code: u16,
    datagram: Datagram,
    expected: Fields,
}

impl Frame {
    fn new(source: &Datagram, message: &Message, element: &Element, expected: Fields) -> Self {
        let payload = split::frame(&source.payload, element);
        Self {
            label: format!("{:?} element {:#06x}", message.message_type(), element.code),
            code: element.code,
            datagram: Datagram {
                payload,
                ..source.clone()
            },
            expected,
        }
    }

    /// The part of tshark's output that is compared: all, but for the reassembled buffer.
    fn relevant(&self, layer: &Value) -> Value {
        if self.code != SPLIT_CONTROLS {
            return layer.clone();
        }
        let mut relevant = json!({});
        for key in ["pnrp.header", "Split controls: "] {
            relevant[key] = layer[key].clone();
        }
        relevant
    }
}

const SPLIT_CONTROLS: u16 = 0x0098;
/// FieldID, Length, Size, Offset.
const SPLIT_CONTROLS_LENGTH: usize = 8;

/// The pieces of one buffer have these in common.
type BufferKey = (SocketAddrV6, SocketAddrV6, MessageId, MessageId);

/// The frames of all datagrams. The elements of a buffer stand behind its last piece.
fn split_frames(datagrams: &[Datagram]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut seen = BTreeSet::new();
    let mut buffers: BTreeMap<BufferKey, Pieces> = BTreeMap::new();
    for datagram in datagrams {
        if !seen.insert((
            datagram.source,
            datagram.destination,
            datagram.payload.clone(),
        )) {
            continue;
        }
        let message = decode(&datagram.payload);
        let body = &datagram.payload[HEADER..];
        let elements = if message.message_type() == MessageType::Authority {
            split::authority_elements(body)
        } else {
            split::elements(body)
        };
        for element in &elements {
            let mut fields = expected::header(&message);
            expected::message_element(&mut fields, &message.body, element.code);
            let frame = padded(datagram, &message, element, fields);
            frames.push(frame);
        }
        if let Body::Authority(fragment) = &message.body {
            let key = (
                datagram.source,
                datagram.destination,
                message.id,
                fragment.acked,
            );
            let pieces = buffers.entry(key).or_default();
            pieces.data.insert(fragment.offset, fragment.data.clone());
            pieces.frames.push(frames.len() - 1);
            if let Some(buffer) = pieces.whole(fragment.size) {
                expect_reassembly(&mut frames, &pieces.frames, &buffer);
                frames.extend(buffer_frames(datagram, &message, &buffer));
            }
        }
    }
    frames
}

#[derive(Default)]
struct Pieces {
    data: BTreeMap<u16, Vec<u8>>,
    /// Indices of the frames that carry them.
    frames: Vec<usize>,
}

impl Pieces {
    fn whole(&self, size: u16) -> Option<Vec<u8>> {
        let buffer = self.data.values().cloned().collect::<Vec<_>>().concat();
        (buffer.len() == usize::from(size)).then_some(buffer)
    }
}

/// The dissector shows each piece, and the whole in the frame that completes it.
fn expect_reassembly(frames: &mut [Frame], pieces: &[usize], buffer: &[u8]) {
    let (&last, others) = pieces.split_last().expect("a piece");
    for &other in others {
        let piece = frames[other].datagram.payload[HEADER + SPLIT_CONTROLS_LENGTH..].to_vec();
        frames[other]
            .expected
            .bytes("pnrp.segment.splitControls.fragmented_payload", &piece);
    }
    frames[last]
        .expected
        .each(
            "pnrp.segment.splitControls.fragment",
            pieces.iter().map(|piece| piece + 1),
        )
        .add("pnrp.segment.splitControls.fragment_count", pieces.len())
        .add(
            "pnrp.segment.splitControls.reassembled_length",
            buffer.len(),
        )
        .add("pnrp.segment.splitControls.reassembled_data", hex(buffer));
}

fn buffer_frames(datagram: &Datagram, message: &Message, bytes: &[u8]) -> Vec<Frame> {
    let buffer = AuthorityBuffer::decode(bytes, &Dialect::default());
    let buffer = buffer.unwrap_or_else(|error| panic!("{error}: {}", hex(bytes)));
    let elements = split::elements(bytes).into_iter();
    elements
        .map(|element| {
            let mut fields = expected::header(message);
            expected::buffer_element(&mut fields, &buffer, element.code);
            padded(datagram, message, &element, fields)
        })
        .collect()
}

/// The frame for an element, with its padding expected.
fn padded(datagram: &Datagram, message: &Message, element: &Element, fields: Fields) -> Frame {
    let mut frame = Frame::new(datagram, message, element, fields);
    let presented = match element.code {
        split::REVOKE_CPA => element.length - split::NONCE,
        _ => element.length,
    };
    let count = frame.datagram.payload.len() - HEADER - presented;
    expected::padding(&mut frame.expected, &message.body, element.code, count);
    frame
}

/// Decodes a datagram, and checks that it encodes to the same bytes.
///
/// # Panics
/// When it does not.
pub fn decode(payload: &[u8]) -> Message {
    let dialect = Dialect::default();
    let message = Message::decode(payload, &dialect);
    let message = message.unwrap_or_else(|error| panic!("{error}: {}", hex(payload)));
    assert_eq!(hex(&message.encode(&dialect)), hex(payload), "{message:?}");
    message
}
