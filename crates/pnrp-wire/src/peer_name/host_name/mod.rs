//! Peer names as host names under `pnrp.net`, so that whatever looks up hosts can look up peers.
//!
//! A host name keeps neither case nor most characters, so a name is written in lower-case letters,
//! digits and hyphens, and read back from them. Different peer names have different host names.
//! `docs/decisions/0009-host-names.md` has the rules, and what is known of those of Windows.

use thiserror::Error;

use crate::{Authority, Classifier, PeerName, PeerNameError};

mod punycode;

use punycode::CodeError;

impl PeerName {
    /// The name as a host name: `0.web` is `web.pnrp.net`.
    ///
    /// It has at most 253 characters, labels of 1 to 63, and nothing but lower-case letters, digits
    /// and hyphens between the dots.
    ///
    /// # Errors
    /// When the host name would be too long, or has too many hyphens to be divided into labels.
    pub fn to_host_name(&self) -> Result<String, HostNameError> {
        let mut labels = labels(self)?;
        match self.authority() {
            Authority::Secure(_) => labels.push(authority_label(self.authority())),
            Authority::Unsecured if needs_authority(self, &labels) => {
                labels.push(UNSECURED.to_owned())
            }
            Authority::Unsecured => {}
        }
        let host = format!("{}{SUFFIX}", labels.join("."));
        match host.len() {
            ..=MAX_HOST_NAME => Ok(host),
            length => Err(HostNameError::TooLong(length)),
        }
    }

    /// The name that a host name stands for, in any case, with or without a final dot.
    ///
    /// # Errors
    /// When the text is no host name, not under `pnrp.net`, or stands for no peer name.
    pub fn from_host_name(host: &str) -> Result<HostNameReading, HostNameError> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        if host.len() > MAX_HOST_NAME {
            return Err(HostNameError::TooLong(host.len()));
        }
        let Some(front) = host.strip_suffix(SUFFIX) else {
            return Err(HostNameError::OtherDomain(host));
        };
        let mut labels: Vec<&str> = front.split('.').collect();
        if let Some(label) = labels.iter().find(|label| !is_label(label)) {
            return Err(HostNameError::Label((*label).to_owned()));
        }
        let mut authority = None;
        if let [_, .., last] = labels.as_slice() {
            authority = read_authority(last);
        }
        if authority.is_some() {
            labels.pop();
        }
        read_classifier(authority, &labels)
    }
}

/// What a host name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostNameReading {
    /// The name to try first.
    pub likely: PeerName,
    /// The name to try when nobody publishes the first: a `p` in front is part of it, and not a
    /// mark. Absent where the mark is beyond doubt, as in all that [`PeerName::to_host_name`] makes.
    pub other: Option<PeerName>,
}

/// Why a peer name has no host name, or a host name no peer name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostNameError {
    /// The host name has more than 253 characters.
    #[error("the host name has {0} characters and may have 253; use a shorter name")]
    TooLong(usize),
    /// No label can begin or end with a hyphen, and there is one on either side of each cut.
    #[error("the name has too many hyphens to be divided into labels of 63 characters; use fewer")]
    Hyphens,
    /// The host name is not under the domain of peer names.
    #[error("{0:?} is not under pnrp.net; write the whole host name, such as web.pnrp.net")]
    OtherDomain(String),
    /// Part of the host name is empty, too long or has a character no host name has.
    #[error(
        "{0:?} is not a part of a host name; write 1 to 63 letters, digits and hyphens between \
         dots, and no hyphen at either end"
    )]
    Label(String),
    /// The text in front of the authority is the code of nothing.
    #[error("{0:?} is not the code of a classifier; check that the host name is complete")]
    Code(String),
    /// What the code stands for cannot be a classifier.
    #[error("the host name stands for no peer name: {0}")]
    Name(#[from] PeerNameError),
}

/// The labels of the classifier.
fn labels(name: &PeerName) -> Result<Vec<String>, HostNameError> {
    let units = name.classifier().units();
    if *name.authority() == Authority::Unsecured
        && let Some(label) = plain(units)
    {
        return Ok(vec![label]);
    }
    if units.is_empty() {
        return Ok(vec![MARK.to_string()]);
    }
    split(&marked(punycode::encode(units)))
}

/// The text itself, where it is a label that begins with a letter and has no hyphen.
fn plain(units: &[u16]) -> Option<String> {
    let text = String::from_utf16(units).ok()?;
    let is_plain = text.starts_with(|it: char| it.is_ascii_lowercase())
        && text
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    (is_plain && text.len() <= MAX_LABEL).then_some(text)
}

/// Puts a mark before what is no letter, after a hyphen, and beside what could be taken for one.
fn marked(mut code: String) -> String {
    if !begins_unmarked(&code) {
        code.insert(0, MARK);
    }
    if code.ends_with(['-', MARK]) {
        code.push(MARK);
    }
    code
}

/// Whether a code needs no mark in front.
fn begins_unmarked(code: &str) -> bool {
    code.starts_with(|it: char| it.is_ascii_lowercase() && it != MARK)
}

/// Cuts a code into labels as long as they can be.
fn split(code: &str) -> Result<Vec<String>, HostNameError> {
    let mut labels = Vec::new();
    let mut rest = code;
    while rest.len() > MAX_LABEL {
        let cut = (1..=MAX_LABEL)
            .rev()
            .filter_map(|cut| rest.split_at_checked(cut))
            .find(|(label, after)| !label.ends_with('-') && !after.starts_with('-'));
        let (label, after) = cut.ok_or(HostNameError::Hyphens)?;
        labels.push(label.to_owned());
        rest = after;
    }
    labels.push(rest.to_owned());
    Ok(labels)
}

/// Whether the labels of an unsecured name would stand for another with no authority behind them.
fn needs_authority(name: &PeerName, labels: &[String]) -> bool {
    match labels {
        [_, .., last] => read_authority(last).is_some(),
        // Alone, the label of the empty classifier is the plain one of `0.p`.
        _ => name.classifier().is_empty(),
    }
}

fn authority_label(authority: &Authority) -> String {
    let digits = authority.to_string();
    match digits.starts_with(|it: char| it.is_ascii_digit()) {
        true => format!("{MARK}{digits}"),
        false => digits,
    }
}

/// An authority as a label, with or without the mark; `p0` is that of unsecured names.
fn read_authority(label: &str) -> Option<Authority> {
    if label == UNSECURED {
        return Some(Authority::Unsecured);
    }
    let digits = label.strip_prefix(MARK).unwrap_or(label);
    digits.parse().ok().filter(|it| *it != Authority::Unsecured)
}

/// What the labels in front of the authority stand for.
fn read_classifier(
    authority: Option<Authority>,
    labels: &[&str],
) -> Result<HostNameReading, HostNameError> {
    let text = labels.concat();
    let name = |classifier| PeerName::new(authority.unwrap_or(Authority::Unsecured), classifier);
    let certain = |classifier| HostNameReading {
        likely: name(classifier),
        other: None,
    };
    if authority.is_some() && text == MARK.to_string() {
        return Ok(certain(Classifier::default()));
    }
    if !text.contains('-') {
        return Ok(certain(text.parse()?));
    }
    let whole = text.strip_suffix(MARK).unwrap_or(&text);
    let Some(bare) = whole.strip_prefix(MARK) else {
        return Ok(certain(decode(whole)?));
    };
    if !begins_unmarked(bare) {
        return Ok(certain(decode(bare)?));
    }
    Ok(match (decode(bare), decode(whole)) {
        (Ok(bare), whole) => HostNameReading {
            likely: name(bare),
            other: whole.ok().map(name),
        },
        (Err(_), Ok(whole)) => certain(whole),
        (Err(error), Err(_)) => return Err(error),
    })
}

fn decode(code: &str) -> Result<Classifier, HostNameError> {
    punycode::decode(code).map_err(|error| match error {
        CodeError::Invalid => HostNameError::Code(code.to_owned()),
        CodeError::Classifier(error) => HostNameError::Name(error),
    })
}

fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// The domain of peer names.
const SUFFIX: &str = ".pnrp.net";
/// What stands where a label would otherwise begin with no letter or end with a hyphen.
const MARK: char = 'p';
/// The authority of unsecured names, written only where it is needed.
const UNSECURED: &str = "p0";
/// Characters in a label, and in a host name without its final dot.
const MAX_LABEL: usize = 63;
const MAX_HOST_NAME: usize = 253;

#[cfg(test)]
mod tests;
