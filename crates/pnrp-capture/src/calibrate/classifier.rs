//! The text of a classifier under every reading. MS-PNRP §2.2.2.6.1, §3.1.4.4.1.

use pnrp_wire::{ByteOrder, Classifier, ClassifierEncoding, ClassifierHash};

use super::proof::{ClassifierProof, TextReading};

/// Which readings of a text on the wire hash to what the CPA has.
///
/// UTF-16 in one order, hashed in that order, is the same bytes as in the other, hashed in the
/// other: the hash alone leaves such a pair open. One of them is left out where the other makes
/// every unit Latin, for then this one makes every unit a multiple of 256.
pub(super) fn prove(units: &[[u8; 2]], hash: [u8; 20]) -> Option<ClassifierProof> {
    let texts = [ByteOrder::BigEndian, ByteOrder::LittleEndian]
        .map(|wire| read(units, wire).map(|text| (wire, text)));
    let texts: Vec<_> = texts.into_iter().flatten().collect();
    let mut readings: Vec<_> = texts
        .iter()
        .flat_map(|(wire, text)| {
            let fits = |it: &ClassifierEncoding| text.hash_as(*it) == ClassifierHash(hash);
            let encodings = ClassifierEncoding::ALL.into_iter().filter(fits);
            encodings.map(|encoding| TextReading {
                wire: *wire,
                encoding,
            })
        })
        .collect();
    let latin = texts.iter().find(|(_, text)| is_latin(text));
    if let Some((wire, _)) = latin
        && readings.iter().any(|it| it.wire == *wire)
    {
        readings.retain(|it| it.wire == *wire);
    }
    let wire = readings.first().map(|it| it.wire).or(latin.map(|it| it.0));
    let text = texts
        .iter()
        .find(|(it, _)| wire.is_none_or(|wire| wire == *it));
    Some(ClassifierProof {
        text: text?.1.to_string(),
        readings,
    })
}

fn read(units: &[[u8; 2]], wire: ByteOrder) -> Option<Classifier> {
    let units = units.iter().map(|unit| match wire {
        ByteOrder::BigEndian => u16::from_be_bytes(*unit),
        ByteOrder::LittleEndian => u16::from_le_bytes(*unit),
    });
    Classifier::from_utf16(units.collect()).ok()
}

fn is_latin(text: &Classifier) -> bool {
    !text.is_empty() && text.units().iter().all(|unit| *unit < 0x0100)
}
