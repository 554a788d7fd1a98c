//! `pnrp name`: what follows from a peer name alone, without a node.

use pnrp_api::Error;
use pnrp_wire::{
    Authority, ClassifierEncoding, Dialect, P2pId, PeerName, PnrpId, ServiceLocation,
    limits::MAX_CLASSIFIER,
};
use serde::Serialize;

use crate::{
    args::{Name, Place},
    failure::Failure,
    output::{Output, note, printable},
};

pub(crate) fn run(command: &Name, output: Output) -> Result<(), Failure> {
    match command {
        Name::ToHost { name } => to_host(&parse(name)?, output),
        Name::FromHost { host } => from_host(host, output),
        Name::Id {
            name,
            place,
            all_readings,
        } => ids(&parse(name)?, place, *all_readings, output),
        Name::Check { name } => check(name, output),
    }
}

fn to_host(name: &PeerName, output: Output) -> Result<(), Failure> {
    let host_name = name.to_host_name().map_err(cannot_convert)?;
    if output.is_json() {
        return output.json(&HostName {
            name: name.to_string(),
            host_name,
        });
    }
    output.text(&host_name)
}

/// The shape that `pnrp name to-host --json` promises.
#[derive(Serialize)]
struct HostName {
    name: String,
    host_name: String,
}

fn from_host(host: &str, output: Output) -> Result<(), Failure> {
    let reading = PeerName::from_host_name(host).map_err(cannot_convert)?;
    if output.is_json() {
        return output.json(&Reading {
            host_name: host,
            name: NameParts::new(&reading.likely),
            other: reading.other.as_ref().map(NameParts::new),
        });
    }
    show_name(&reading.likely, output)?;
    if let Some(other) = &reading.other {
        note("the p in front can be read both ways; the second name is to be tried second");
        show_name(other, output)?;
    }
    Ok(())
}

/// The shape that `pnrp name from-host --json` promises.
#[derive(Serialize)]
struct Reading<'a> {
    host_name: &'a str,
    #[serde(flatten)]
    name: NameParts,
    other: Option<NameParts>,
}

#[derive(Serialize)]
struct NameParts {
    /// With U+FFFD for unpaired surrogates.
    name: String,
    authority: String,
    classifier: String,
    /// As it is, whatever the text cannot show.
    classifier_utf16: Vec<u16>,
    secure: bool,
}

impl NameParts {
    fn new(name: &PeerName) -> Self {
        Self {
            name: name.to_string(),
            authority: name.authority().to_string(),
            classifier: name.classifier().to_string(),
            classifier_utf16: name.classifier().units().to_vec(),
            secure: is_secure(name),
        }
    }
}

fn show_name(name: &PeerName, output: Output) -> Result<(), Failure> {
    if String::from_utf16(name.classifier().units()).is_err() {
        note("the classifier has an unpaired surrogate, shown as U+FFFD; --json has its units");
    }
    output.text(&printable(&name.to_string()))
}

fn ids(name: &PeerName, place: &Place, all_readings: bool, output: Output) -> Result<(), Failure> {
    let encodings: &[_] = match all_readings {
        true => &ClassifierEncoding::ALL,
        false => &[Dialect::default().classifier_hash],
    };
    let location = location(place);
    let rows: Vec<_> = encodings
        .iter()
        .map(|&encoding| Ids::new(name, encoding, location))
        .collect();
    match rows.as_slice() {
        [row] if output.is_json() => output.json(row),
        [row] => {
            output.text(&format!("P2P ID   {}", row.p2p_id))?;
            output.text(&format!("PNRP ID  {}", row.pnrp_id))
        }
        rows => output.rows(rows, ["Classifier as", "P2P ID", "PNRP ID"], |row| {
            [
                row.classifier_encoding.to_owned(),
                row.p2p_id.clone(),
                row.pnrp_id.clone(),
            ]
        }),
    }
}

/// The shape that `pnrp name id --json` promises: one, or with `--all-readings` an array.
#[derive(Serialize)]
struct Ids {
    name: String,
    classifier_encoding: &'static str,
    p2p_id: String,
    pnrp_id: String,
}

impl Ids {
    fn new(name: &PeerName, encoding: ClassifierEncoding, location: ServiceLocation) -> Self {
        let p2p_id = P2pId::derive(name.authority(), &name.classifier().hash_as(encoding));
        let pnrp_id = PnrpId::new(p2p_id, location).to_string();
        Self {
            name: name.to_string(),
            classifier_encoding: encoding_name(encoding),
            p2p_id: pnrp_id.chars().take(32).collect(),
            pnrp_id,
        }
    }
}

/// Where a resolver begins to look: in the middle of what a prefix covers. MS-PNRP §3.1.4.4.
fn location(place: &Place) -> ServiceLocation {
    if let Some(location) = place.location {
        return location;
    }
    let prefix = place.hint.map_or(0, |hint| {
        let [a, b, c, d, e, f, g, h, ..] = hint.octets();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    });
    ServiceLocation::new(prefix, RESOLVER_SUFFIX)
}

fn encoding_name(encoding: ClassifierEncoding) -> &'static str {
    match encoding {
        ClassifierEncoding::Utf16Le => "utf16le",
        ClassifierEncoding::Utf16LeNul => "utf16le_nul",
        ClassifierEncoding::Utf16Be => "utf16be",
        ClassifierEncoding::Utf16BeNul => "utf16be_nul",
        ClassifierEncoding::Utf8 => "utf8",
        ClassifierEncoding::Utf8Nul => "utf8_nul",
    }
}

fn check(text: &str, output: Output) -> Result<(), Failure> {
    let parsed = parse(text);
    if output.is_json() {
        output.json(&Verdict::new(text, &parsed))?;
        return parsed.map(|_| ());
    }
    let name = parsed?;
    let kind = if is_secure(&name) {
        "secure"
    } else {
        "unsecured"
    };
    let units = name.classifier().units().len();
    let host_name = match name.to_host_name() {
        Ok(host_name) => host_name,
        Err(error) => format!("none: {error}"),
    };
    output.text(&format!("{} is a peer name, {kind}", printable(text)))?;
    output.text(&format!("Authority   {}", name.authority()))?;
    output.text(&format!(
        "Classifier  {units} of {MAX_CLASSIFIER} UTF-16 units"
    ))?;
    output.text(&format!("Host name   {host_name}"))
}

/// The shape that `pnrp name check --json` promises.
#[derive(Serialize)]
struct Verdict<'a> {
    name: &'a str,
    valid: bool,
    /// Why it is not valid.
    reason: Option<String>,
    authority: Option<String>,
    secure: Option<bool>,
    classifier_units: Option<usize>,
    max_classifier_units: usize,
    /// Absent where the name has none.
    host_name: Option<String>,
}

impl<'a> Verdict<'a> {
    fn new(text: &'a str, parsed: &Result<PeerName, Failure>) -> Self {
        let name = parsed.as_ref().ok();
        let reason = match parsed {
            Err(Failure::Pnrp(Error::InvalidName { reason, .. })) => Some(reason.clone()),
            _ => None,
        };
        Self {
            name: text,
            valid: name.is_some(),
            reason,
            authority: name.map(|it| it.authority().to_string()),
            secure: name.map(is_secure),
            classifier_units: name.map(|it| it.classifier().units().len()),
            max_classifier_units: MAX_CLASSIFIER,
            host_name: name.and_then(|it| it.to_host_name().ok()),
        }
    }
}

fn parse(text: &str) -> Result<PeerName, Failure> {
    text.parse().map_err(|error: pnrp_wire::PeerNameError| {
        Failure::Pnrp(Error::InvalidName {
            name: text.to_owned(),
            reason: error.to_string(),
        })
    })
}

fn cannot_convert(error: pnrp_wire::HostNameError) -> Failure {
    Failure::Other(error.to_string())
}

fn is_secure(name: &PeerName) -> bool {
    *name.authority() != Authority::Unsecured
}

/// The lower half of a resolver's service location. MS-PNRP §3.1.4.4.
const RESOLVER_SUFFIX: u64 = 0x8000_0000_0000_0000;
