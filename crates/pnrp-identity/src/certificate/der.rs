//! Elements that the `der` crate does not do: strings of any type, and names made of them.
//!
//! That crate knows no UniversalString, and refuses whatever holds one.

use der::{Decode, Length, Reader, SliceReader, asn1::ObjectIdentifier};

use super::Text;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// id-at-commonName
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// Alternatives of GeneralName that hold text.
const OTHER_NAME: u8 = 0xA0;
const RFC822_NAME: u8 = 0x81;
const DNS_NAME: u8 = 0x82;
const DIRECTORY_NAME: u8 = 0xA4;
const URI: u8 = 0x86;

/// The tag of a constructed, context-specific element.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

/// One element as bytes.
///
/// The content is far shorter than the longest that DER and this crate know.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..0x80) => out.push(length),
        _ => {
            let digits = content.len().to_be_bytes();
            let digits: Vec<u8> = digits.into_iter().skip_while(|&byte| byte == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            out.extend(digits);
        }
    }
    out.extend_from_slice(content);
    out
}

pub(super) fn object_id(id: ObjectIdentifier) -> Vec<u8> {
    element(OBJECT_ID, id.as_bytes())
}

/// Takes an element of any tag, and its content.
pub(super) fn any<'a>(reader: &mut SliceReader<'a>) -> der::Result<(u8, &'a [u8])> {
    let tag = reader.read_byte()?;
    let length = Length::decode(reader)?;
    Ok((tag, reader.read_slice(length)?))
}

/// Takes the content of an element that must have this tag; `None` when it is another.
pub(super) fn expect<'a>(reader: &mut SliceReader<'a>, tag: u8) -> Option<&'a [u8]> {
    any(reader)
        .ok()
        .filter(|(found, _)| *found == tag)
        .map(|(_, content)| content)
}

/// The content of the only element in some bytes; `None` when there is another or more.
pub(super) fn only(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let content = expect(&mut reader, tag)?;
    reader.is_finished().then_some(content)
}

/// The elements inside some bytes.
pub(super) fn all(content: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut elements = Vec::new();
    // A reader of nothing cannot be made.
    if content.is_empty() {
        return Some(elements);
    }
    let mut reader = SliceReader::new(content).ok()?;
    while !reader.is_finished() {
        elements.push(any(&mut reader).ok()?);
    }
    Some(elements)
}

/// The text of an X.501 name, which is that of its common name, or of its only attribute.
pub(super) fn name_text(name: &[u8]) -> Option<Text> {
    let mut attributes = Vec::new();
    for (tag, set) in all(name)? {
        for (inner, attribute) in (tag == SET).then(|| all(set))?? {
            attributes.push((inner == SEQUENCE).then_some(attribute)?);
        }
    }
    let mut texts = Vec::new();
    for attribute in attributes {
        let mut reader = SliceReader::new(attribute).ok()?;
        let id = ObjectIdentifier::decode(&mut reader).ok()?;
        let (tag, content) = any(&mut reader).ok()?;
        let text = Text::decode(tag, content).filter(|_| reader.is_finished())?;
        texts.push((id, text));
    }
    match texts.as_slice() {
        [] => Some(Text::new("")),
        [(_, text)] => Some(text.clone()),
        more => {
            let mut common = more.iter().filter(|(id, _)| *id == COMMON_NAME);
            common.next().map(|(_, text)| text.clone())
        }
    }
}

/// A name of one common name, as a BMPString.
pub(super) fn name(text: &Text) -> Vec<u8> {
    let value = element(super::text::BMP, &text.to_bmp());
    let attribute = element(SEQUENCE, &[object_id(COMMON_NAME), value].concat());
    element(SEQUENCE, &element(SET, &attribute))
}

/// The text of the only name in GeneralNames, whatever alternative it takes.
pub(super) fn alternative_name_text(body: &[u8]) -> Option<Text> {
    let names = all(only(body, SEQUENCE)?)?;
    let [(tag, content)] = names.as_slice() else {
        return None;
    };
    match *tag {
        DIRECTORY_NAME => name_text(only(content, SEQUENCE)?),
        OTHER_NAME => other_name(content).and_then(|(_, tag, text)| Text::decode(tag, text)),
        RFC822_NAME | DNS_NAME | URI => Text::decode(0x16, content),
        _ => None,
    }
}

/// GeneralNames of one directory name.
pub(super) fn alternative_name(text: &Text) -> Vec<u8> {
    element(SEQUENCE, &element(DIRECTORY_NAME, &name(text)))
}

/// The other names in GeneralNames, which must have this type and hold UniversalStrings.
pub(super) fn other_names(body: &[u8], type_id: ObjectIdentifier) -> Option<Vec<Text>> {
    let mut texts = Vec::new();
    for (tag, content) in all(only(body, SEQUENCE)?)? {
        let (id, string, content) = (tag == OTHER_NAME).then(|| other_name(content))??;
        if id != type_id {
            return None;
        }
        texts.push(Text::decode(string, content)?);
    }
    Some(texts)
}

/// GeneralNames of other names. MS-PNRP §2.2.3.5.1.3, §2.2.3.5.1.5.
pub(super) fn other_names_of<'a>(
    texts: impl IntoIterator<Item = &'a Text>,
    type_id: ObjectIdentifier,
) -> Vec<u8> {
    let encode = |text: &Text| {
        let string = element(super::text::UNIVERSAL, &text.to_universal());
        let value = element(context(0), &string);
        element(OTHER_NAME, &[object_id(type_id), value].concat())
    };
    let names: Vec<u8> = texts.into_iter().flat_map(encode).collect();
    element(SEQUENCE, &names)
}

/// Type, tag and content of an AnotherName.
fn other_name(content: &[u8]) -> Option<(ObjectIdentifier, u8, &[u8])> {
    let mut reader = SliceReader::new(content).ok()?;
    let id = ObjectIdentifier::decode(&mut reader).ok()?;
    let value = expect(&mut reader, context(0)).filter(|_| reader.is_finished())?;
    let [(tag, text)] = *all(value)? else {
        return None;
    };
    Some((id, tag, text))
}
