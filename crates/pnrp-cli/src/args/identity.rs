//! The command line of identities, delegation and chains.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, builder::NonEmptyStringValueParser, value_parser};

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// Make an identity
    #[command(after_help = "Example:\n  pnrp identity new alice")]
    New {
        /// What to call it; without a name it is called by its authority
        friendly_name: Option<String>,
        #[command(flatten)]
        state: StateDir,
    },
    /// List the identities, that of the machine first
    #[command(after_help = "Example:\n  pnrp identity list --json")]
    List {
        #[command(flatten)]
        state: StateDir,
    },
    /// Show an identity: the names it can publish, and its public keys
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[command(flatten)]
        who: Who,
        /// Print only the public key, which `pnrp delegate --to` takes
        #[arg(long)]
        public_key: bool,
        #[command(flatten)]
        state: StateDir,
    },
    /// Give an identity another friendly name
    #[command(after_help = "Example:\n  pnrp identity rename alice 'alice at work'")]
    Rename {
        #[command(flatten)]
        who: Who,
        /// What to call it
        name: String,
        #[command(flatten)]
        state: StateDir,
    },
    /// Write an identity, protected by a password, for a backup or another machine
    ///
    /// The password comes from --password-file, else from PNRP_PASSWORD, else it is asked for.
    /// The file is readable for its owner alone.
    #[command(after_help = "Example:\n  pnrp identity export alice --output alice.pem")]
    Export {
        #[command(flatten)]
        who: Who,
        /// In which form
        #[arg(long, value_name = "FORM", default_value_t = Format::Pem, value_enum)]
        format: Format,
        #[command(flatten)]
        password: PasswordFile,
        #[command(flatten)]
        to: OutputFile,
        #[command(flatten)]
        state: StateDir,
    },
    /// Take in an identity that was exported here or on Windows
    ///
    /// The password comes from --password-file, else from PNRP_PASSWORD, else it is asked for.
    #[command(after_help = "Example:\n  pnrp identity import alice.pem --name alice")]
    Import {
        /// PEM, or the XML of Windows; - is standard input
        file: PathBuf,
        #[command(flatten)]
        password: PasswordFile,
        /// Take a key in PEM that no password protects
        #[arg(long, conflicts_with = "password_file")]
        unencrypted: bool,
        /// What to call it; without a name it is called by its authority
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        state: StateDir,
    },
    /// Delete an identity; without an export, its names can never be published again
    #[command(after_help = "Example:\n  pnrp identity delete alice")]
    Delete {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        state: StateDir,
    },
    /// List the secure names that were found with a stronger binding, and the keys they had
    ///
    /// A publisher that registers with --bind signs with an Ed25519 key, too. The first such key
    /// that is seen is remembered, and `pnrp resolve` warns when it changes or is missing.
    #[command(after_help = "Example:\n  pnrp identity bindings")]
    Bindings {
        #[command(flatten)]
        state: StateDir,
    },
    /// Forget the binding of a name, so that the next one seen counts as the first
    #[command(after_help = "Example:\n  pnrp identity forget AUTHORITY.db")]
    Forget {
        /// AUTHORITY.CLASSIFIER
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
        #[command(flatten)]
        state: StateDir,
    },
}

const SHOW_EXAMPLES: &str = "\
Examples:
  pnrp identity show alice
  pnrp identity show default --public-key > this-machine.key";

#[derive(Debug, clap::Args)]
pub(crate) struct Who {
    /// Authority of an identity, 8 or more digits of it, its friendly name, or default
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) who: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StateDir {
    /// Work on the state directory of a machine where no pnrpd runs, such as one that keeps a
    /// root key
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PasswordFile {
    /// File whose one line is the password; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OutputFile {
    /// File to write, whole or not at all; without it, standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

/// In which form an identity is exported.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Both keys as PKCS#8 in PEM, encrypted with AES-256; openssl reads it
    Pem,
    /// The XML of Windows with a PKCS#12 inside; the Ed25519 key stays behind
    Windows,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Delegate {
    /// The other's public key as `pnrp identity show` prints it, PEM, or a file with either; - is
    /// standard input
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) to: String,
    /// Classifier it is about; can be given several times, and without any it is about all
    #[arg(long, value_name = "C")]
    pub(crate) classifier: Vec<String>,
    /// member for exactly these classifiers; admin or inviting-member for all that begin with
    /// one of them
    #[arg(long, value_name = "ROLE", default_value = "member", value_parser = ["member", "admin", "inviting-member"])]
    pub(crate) role: String,
    /// For how many days from now, 1 to 36500
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = value_parser!(u32).range(1..=36_500))]
    pub(crate) days: u32,
    /// Whose names: authority of an identity, 8 or more digits of it, or its friendly name
    #[arg(long, value_name = "WHO", default_value = "default", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) identity: String,
    /// Chain by which that identity is a delegate itself, to hand on what it has; - is standard
    /// input
    #[arg(long, value_name = "FILE")]
    pub(crate) chain: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) to_file: OutputFile,
    #[command(flatten)]
    pub(crate) state: StateDir,
}

pub(super) const DELEGATE_EXAMPLES: &str = "\
Examples:
  pnrp delegate --to server.key --classifier db --days 90 --output db.chain
  pnrp delegate --identity alice --to server.key --classifier web- --role admin";

#[derive(Debug, Subcommand)]
pub(crate) enum Chain {
    /// Show the certificates of a chain, valid or not
    #[command(after_help = "Example:\n  pnrp chain show db.chain")]
    Show {
        /// PEM or DER; - is standard input
        file: PathBuf,
    },
    /// Check a chain as a resolver does: valid until when and for whom, or what is wrong with it
    #[command(after_help = "Example:\n  pnrp chain verify db.chain --name AUTHORITY.db")]
    Verify {
        /// PEM or DER; - is standard input
        file: PathBuf,
        /// Check that it covers this name, too
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
}
