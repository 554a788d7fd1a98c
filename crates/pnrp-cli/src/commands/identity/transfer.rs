//! Identities that leave a machine and enter another.

use std::path::Path;

use pnrp_api::{ExportFormat, Pnrp};
use serde::Serialize;

use super::show;
use crate::{
    args::{Format, OutputFile, PasswordFile},
    failure::Failure,
    files,
    output::{Output, note},
    password,
};

/// `pnrp identity export`.
pub(super) struct Export<'a> {
    pub(super) who: &'a str,
    pub(super) format: Format,
    pub(super) password: &'a PasswordFile,
    pub(super) to: &'a OutputFile,
}

impl Export<'_> {
    /// Nobody is asked for a password in vain: whether the identity and a place for the file are
    /// there is looked at first.
    pub(super) async fn run(
        &self,
        keeper: impl Future<Output = Result<Pnrp, Failure>>,
        output: Output,
    ) -> Result<(), Failure> {
        files::check_output(self.to)?;
        let keeper = keeper.await?;
        let authority = keeper.identity(self.who).await?.authority;
        let password = password::new(self.password)?;
        let format = match self.format {
            Format::Pem => ExportFormat::Pem,
            Format::Windows => ExportFormat::Windows,
        };
        let text = keeper.export_identity(&authority, &password, format);
        self.deliver(&authority, &text.await?, format, output)
    }

    fn deliver(
        &self,
        authority: &str,
        text: &str,
        format: ExportFormat,
        output: Output,
    ) -> Result<(), Failure> {
        let file = self.to.output.as_deref();
        if let Some(file) = file {
            files::write(file, text, files::PRIVATE)?;
        }
        if format == ExportFormat::Windows {
            note("this form protects the key weakly; choose a long password, or guard the text");
        }
        match file {
            _ if output.is_json() => output.json(&Exported {
                authority,
                format,
                output: file,
                text: file.is_none().then_some(text),
            }),
            None => output.text(text.trim_end()),
            Some(file) => output.text(&format!("{authority} was written to {}", file.display())),
        }
    }
}

/// The shape that `pnrp identity export --json` promises.
#[derive(Serialize)]
struct Exported<'a> {
    authority: &'a str,
    format: ExportFormat,
    output: Option<&'a Path>,
    /// The export, unless it was written to a file.
    text: Option<&'a str>,
}

/// `pnrp identity import`.
pub(super) struct Import<'a> {
    pub(super) file: &'a Path,
    pub(super) password: &'a PasswordFile,
    pub(super) is_unencrypted: bool,
    pub(super) name: Option<&'a str>,
}

impl Import<'_> {
    pub(super) async fn run(
        &self,
        keeper: impl Future<Output = Result<Pnrp, Failure>>,
        output: Output,
    ) -> Result<(), Failure> {
        files::check_stdin([Some(self.file), self.password.password_file.as_deref()])?;
        let text = self.text()?;
        let password = match self.is_unencrypted {
            true => None,
            false => Some(password::existing(self.password)?),
        };
        let keeper = keeper.await?;
        let info = keeper.import_identity(&text, password.as_deref(), self.name);
        show(&info.await?, output)
    }

    /// The text of the file, as far as what is wrong with it shows without a password.
    fn text(&self) -> Result<String, Failure> {
        let path = self.file.display();
        let refused = |what: String| Failure::Other(format!("{path} {what}"));
        let bytes = files::read(self.file, MAX_IMPORT)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            refused(format!(
                "is not text; if it is a PKCS#12 (.pfx, .p12), convert it first: openssl pkcs12 \
                 -in {path} -nocerts -out identity.pem"
            ))
        })?;
        if !self.is_unencrypted && text.contains("-----BEGIN PRIVATE KEY-----") {
            let what = "holds a key that no password protects; give --unencrypted to take it";
            return Err(refused(what.to_owned()));
        }
        Ok(text)
    }
}

/// Bytes; longer ones are refused by every node.
const MAX_IMPORT: usize = 256 << 10;
