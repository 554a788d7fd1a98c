//! `pnrp chain`: what certificate chains say, without a node.

use std::path::Path;

use pnrp_api::{CertificateInfo, ChainInfo, Error};
use pnrp_wire::{PeerName, PeerNameError};
use serde::Serialize;

use crate::{
    args::Chain,
    failure::Failure,
    files,
    output::{Output, printable},
};

pub(crate) fn run(command: &Chain, output: Output) -> Result<(), Failure> {
    match command {
        Chain::Show { file } => show(file, output),
        Chain::Verify { file, name } => verify(file, name.as_deref(), output),
    }
}

fn show(file: &Path, output: Output) -> Result<(), Failure> {
    let chain = files::read_chain(file)?.show()?;
    if output.is_json() {
        return output.json(&chain);
    }
    output.text(&format!("Owner      {}", chain.authority))?;
    output.text(&format!("Publisher  {}", chain.publisher))?;
    output.text("")?;
    let header = [
        "Subject",
        "Roles",
        "Classifiers",
        "Not before",
        "Not after",
        "Serial number",
    ];
    output.rows(&chain.certificates, header, |certificate| {
        [
            certificate.subject.clone(),
            or(certificate.roles.join(" "), "root"),
            or(quoted(certificate).join(" "), "all"),
            certificate.not_before.clone(),
            certificate.not_after.clone(),
            certificate.serial_number.clone(),
        ]
    })
}

fn verify(file: &Path, name: Option<&str>, output: Output) -> Result<(), Failure> {
    let name = name.map(parse).transpose()?;
    let checked = check(file, name.as_ref());
    if !output.is_json() {
        return output.text(&sentence(&checked?, name.as_ref()));
    }
    let verdict = Verdict::new(&checked, name.as_ref());
    output.json(&verdict)?;
    checked.map(drop)
}

/// The chain, when it holds and covers the name.
fn check(file: &Path, name: Option<&PeerName>) -> Result<ChainInfo, Failure> {
    let chain = files::read_chain(file)?;
    let info = chain.verify()?;
    let Some(name) = name else {
        return Ok(info);
    };
    if name.authority().to_string() != info.authority {
        return Err(Failure::Other(format!(
            "the chain is about names of {}, and {name} is none; ask the owner of that name for \
             a chain",
            info.authority
        )));
    }
    if !chain.permits(&name.classifier().to_string())? {
        return Err(Failure::Other(format!(
            "the chain does not cover {name}, but only {}; ask its issuer for another",
            covered(&info)
        )));
    }
    Ok(info)
}

/// The shape that `pnrp chain verify --json` promises.
#[derive(Serialize)]
struct Verdict<'a> {
    valid: bool,
    /// Why it is not valid, or not for the name.
    reason: Option<String>,
    name: Option<String>,
    authority: Option<&'a str>,
    publisher: Option<&'a str>,
    classifiers: &'a [String],
    /// Whether classifiers that begin with one of these count, too.
    prefixes: Option<bool>,
    not_after: Option<&'a str>,
}

impl<'a> Verdict<'a> {
    fn new(checked: &'a Result<ChainInfo, Failure>, name: Option<&PeerName>) -> Self {
        let info = checked.as_ref().ok();
        Self {
            valid: info.is_some(),
            reason: checked.as_ref().err().map(Failure::text),
            name: name.map(ToString::to_string),
            authority: info.map(|info| info.authority.as_str()),
            publisher: info.map(|info| info.publisher.as_str()),
            classifiers: info
                .and_then(last)
                .map(|last| last.classifiers.as_slice())
                .unwrap_or_default(),
            prefixes: info.and_then(last).map(covers_prefixes),
            not_after: info.and_then(not_after),
        }
    }
}

fn sentence(info: &ChainInfo, name: Option<&PeerName>) -> String {
    let among = name.map(|name| format!(", {} among them", printable(&name.to_string())));
    format!(
        "valid until {}: the key {} may publish {}{}",
        not_after(info).unwrap_or("forever"),
        info.publisher,
        covered(info),
        among.unwrap_or_default()
    )
}

/// The names that a chain lets its last key publish, in words.
pub(super) fn covered(info: &ChainInfo) -> String {
    let owner = &info.authority;
    let Some(last) = last(info).filter(|last| !last.classifiers.is_empty()) else {
        return format!("all names of {owner}");
    };
    let list = quoted(last).join(" or ");
    match covers_prefixes(last) {
        true => format!("names of {owner} whose classifier begins with {list}"),
        false => format!("names of {owner} whose classifier is {list}"),
    }
}

/// When the first certificate expires. RFC 3339 in UTC sorts as text.
pub(super) fn not_after(info: &ChainInfo) -> Option<&str> {
    let times = info.certificates.iter();
    times
        .map(|certificate| certificate.not_after.as_str())
        .min()
}

fn last(info: &ChainInfo) -> Option<&CertificateInfo> {
    info.certificates.last()
}

/// Two of the three roles are content with the beginning of a classifier. MS-PNRP §2.2.3.5.1.5.1.
fn covers_prefixes(certificate: &CertificateInfo) -> bool {
    certificate.roles.iter().any(|role| role != "member")
}

fn quoted(certificate: &CertificateInfo) -> Vec<String> {
    let classifiers = certificate.classifiers.iter();
    classifiers
        .map(|classifier| format!("\"{}\"", printable(classifier)))
        .collect()
}

fn or(text: String, otherwise: &str) -> String {
    match text.is_empty() {
        true => otherwise.to_owned(),
        false => text,
    }
}

fn parse(name: &str) -> Result<PeerName, Failure> {
    name.parse().map_err(|error: PeerNameError| {
        Failure::Pnrp(Error::InvalidName {
            name: name.to_owned(),
            reason: error.to_string(),
        })
    })
}
