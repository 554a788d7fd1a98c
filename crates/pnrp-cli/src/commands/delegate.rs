//! `pnrp delegate`: lets the holder of another key publish names.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use pnrp_api::{ChainInfo, DelegationRequest};
use serde::Serialize;

use super::chain::{covered, not_after};
use crate::{
    args::Delegate,
    failure::Failure,
    files,
    node::{Keys, keeper},
    output::{Output, note},
};

pub(crate) async fn run(
    args: Delegate,
    socket: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    files::check_output(&args.to_file)?;
    let request = request(&args)?;
    let keeper = keeper(socket, &args.state, Keys::Present).await?;
    let chain = keeper.delegate(&args.identity, request).await?;

    let (pem, info) = (chain.to_pem(), chain.show()?);
    let file = args.to_file.output.as_deref();
    if let Some(file) = file {
        files::write(file, &pem, files::PUBLIC)?;
    }
    if output.is_json() {
        output.json(&Delegated {
            pem: &pem,
            output: file,
            not_after: not_after(&info),
            chain: &info,
        })?;
    } else if file.is_none() {
        output.text(pem.trim_end())?;
    }
    note(&explanation(&info, &args));
    Ok(())
}

fn request(args: &Delegate) -> Result<DelegationRequest, Failure> {
    let key = KeySource::of(&args.to)?;
    let key_file = match &key {
        KeySource::File(path) => Some(path.as_path()),
        KeySource::Text(_) => None,
    };
    files::check_stdin([key_file, args.chain.as_deref()])?;
    let lifetime = Duration::from_secs(u64::from(args.days) * 86_400);
    let mut request = DelegationRequest::new(key.read()?)
        .role(&args.role)
        .lifetime(lifetime);
    request.classifiers.clone_from(&args.classifier);
    request.chain = args.chain.as_deref().map(files::read_chain).transpose()?;
    Ok(request)
}

/// Where the other's public key is.
enum KeySource {
    Text(String),
    File(PathBuf),
}

impl KeySource {
    /// What is meant: base64 of a key is longer than most paths, and never begins with @.
    fn of(text: &str) -> Result<Self, Failure> {
        if let Some(path) = text.strip_prefix('@') {
            return Ok(Self::File(path.into()));
        }
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        let is_key = text.contains("-----BEGIN")
            || text.len() >= SHORTEST_KEY && text.trim().chars().all(is_base64);
        if is_key {
            return Ok(Self::Text(text.to_owned()));
        }
        let path = Path::new(text);
        match files::is_stdin(path) || path.exists() {
            true => Ok(Self::File(path.to_owned())),
            false => Err(Failure::Usage(format!(
                "{text:?} is neither a public key nor a file; give what `pnrp identity show \
                 --public-key` prints, or a file with it"
            ))),
        }
    }

    fn read(self) -> Result<String, Failure> {
        let (text, source) = match self {
            Self::Text(text) => (text, "the text".to_owned()),
            Self::File(path) => {
                let source = path.display().to_string();
                let refused = |_| Failure::Other(format!("{source} is not text; {GIVE}"));
                let bytes = files::read(&path, MAX_KEY)?;
                (String::from_utf8(bytes).map_err(refused)?, source)
            }
        };
        if text.contains("PRIVATE KEY-----") {
            let text = format!("{source} holds a private key, which nobody else may have; {GIVE}");
            return Err(Failure::Other(text));
        }
        Ok(text)
    }
}

/// The shape that `pnrp delegate --json` promises.
#[derive(Serialize)]
struct Delegated<'a> {
    pem: &'a str,
    /// Where it was written, too.
    output: Option<&'a Path>,
    not_after: Option<&'a str>,
    #[serde(flatten)]
    chain: &'a ChainInfo,
}

/// What the chain allows, until when, and how it is used.
fn explanation(info: &ChainInfo, args: &Delegate) -> String {
    let all = match args.classifier.is_empty() {
        true => ", for no --classifier was given",
        false => "",
    };
    let classifier = args.classifier.first().map_or("CLASSIFIER", String::as_str);
    let file = match &args.to_file.output {
        Some(path) => path.display().to_string(),
        None => "FILE".to_owned(),
    };
    format!(
        "the key {} may publish {}{all}, until {}; its holder does so with: pnrp register \
         {}.{classifier} --chain {file} --endpoint :PORT",
        info.publisher,
        covered(info),
        not_after(info).unwrap_or("revoked"),
        info.authority,
    )
}

const GIVE: &str = "give what `pnrp identity show --public-key` prints";
/// Characters; the base64 of a key of PNRP has 188.
const SHORTEST_KEY: usize = 100;
/// Bytes of a file with a public key and remarks.
const MAX_KEY: usize = 16 << 10;
