//! The identities of a node, on disk.
//!
//! Everything here blocks: a key takes some milliseconds to make, a password a tenth of a second to
//! try.

mod chains;

use std::{
    error::Error as StdError,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use pnrp_identity::{
    BindingKey, DelegateError, Delegation, FriendlyName, IdentityEntry, IdentityStore, Origin,
    PeerIdentity, Role, Signer as _, StoreError, delegate, export_pem, export_windows, import,
    import_unencrypted, load_or_create_machine_identity, parse_public_key, public_key_text,
    self_signed_certificate,
};
use pnrp_wire::{Authority, CertChain, Classifier, FileTime, PeerName};
use tracing::warn;

use crate::{
    Chain, DamagedIdentity, DelegationRequest, Error, ExportFormat, IdentityInfo, IdentityList,
};

/// The identities in a state directory: that of the machine, and any number of others.
///
/// [`Pnrp`](crate::Pnrp) has the same operations for a running node; this type is for a machine
/// where none runs, such as one that keeps the root key of delegations.
#[derive(Debug)]
pub struct Identities {
    /// None when nothing is to be kept.
    kept: Option<Kept>,
    machine: Mutex<Option<Arc<PeerIdentity>>>,
}

#[derive(Debug)]
struct Kept {
    machine: PathBuf,
    store: IdentityStore,
}

impl Identities {
    /// Opens the identities in a state directory, which is made if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be made or read.
    pub fn open(state_dir: &Path) -> Result<Self, Error> {
        let store = IdentityStore::open(&state_dir.join("identities")).map_err(store_failed)?;
        let machine = state_dir.join("machine-identity.pem");
        Ok(Self {
            kept: Some(Kept { machine, store }),
            machine: Mutex::default(),
        })
    }

    /// One identity, for as long as this value lives.
    pub(crate) fn in_memory() -> Self {
        Self {
            kept: None,
            machine: Mutex::default(),
        }
    }

    /// All identities. A file that holds none is put aside, reported, and hides no other.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self) -> Result<IdentityList, Error> {
        let mut list = IdentityList {
            identities: vec![self.default_info()?],
            damaged: Vec::new(),
        };
        let Some(kept) = &self.kept else {
            return Ok(list);
        };
        let listing = kept.store.list().map_err(store_failed)?;
        for entry in listing.identities {
            list.identities.push(self.info(&entry)?);
        }
        for damaged in listing.damaged {
            warn!(path = %damaged.path.display(), reason = %damaged.reason, "damaged identity");
            list.damaged.push(DamagedIdentity {
                reason: with_causes(&damaged.reason),
                path: damaged.path,
                set_aside: damaged.set_aside,
            });
        }
        Ok(list)
    }

    /// One identity, by its authority, eight or more digits of it, its friendly name, or `default`.
    ///
    /// # Errors
    /// When none or several are called that.
    pub fn show(&self, selector: &str) -> Result<IdentityInfo, Error> {
        match self.find(selector)? {
            Chosen::Machine => self.default_info(),
            Chosen::Stored(entry) => self.info(&entry),
        }
    }

    /// Makes an identity; without a friendly name it is called by its authority.
    ///
    /// # Errors
    /// When the name is none, or the identity cannot be written.
    pub fn create(&self, friendly_name: Option<&str>) -> Result<IdentityInfo, Error> {
        let name = friendly_name.map(friendly).transpose()?;
        let stored = self.store()?.create(name.as_ref()).map_err(store_failed)?;
        self.info(&stored.entry)
    }

    /// Gives an identity another friendly name.
    ///
    /// # Errors
    /// When there is no such identity, or it cannot be written. The machine's has no other name.
    pub fn rename(&self, selector: &str, friendly_name: &str) -> Result<IdentityInfo, Error> {
        let name = friendly(friendly_name)?;
        let entry = self.stored(selector, "renamed")?;
        let renamed = self.store()?.rename(&entry.authority, Some(&name));
        self.info(&renamed.map_err(store_failed)?)
    }

    /// Deletes an identity: without an export, its names can never be published again.
    ///
    /// # Errors
    /// When there is no such identity, or it is the machine's.
    pub fn delete(&self, selector: &str) -> Result<IdentityInfo, Error> {
        let entry = self.stored(selector, "deleted")?;
        let info = self.info(&entry)?;
        self.store()?
            .delete(&entry.authority)
            .map_err(store_failed)?;
        Ok(info)
    }

    /// An identity as text, protected by a password.
    ///
    /// # Errors
    /// When there is no such identity, or the password is unusable.
    pub fn export(
        &self,
        selector: &str,
        password: &str,
        format: ExportFormat,
    ) -> Result<String, Error> {
        let identity = self.keys(selector)?;
        let exported = match format {
            ExportFormat::Pem => export_pem(&identity, password),
            ExportFormat::Windows => {
                let name = PeerName::new(identity.authority(), Classifier::default());
                let (from, until) = (now(), now().plus(CERTIFICATE_LIFETIME));
                let certificate = self_signed_certificate(&*identity, from, until);
                let certificate = certificate.map_err(|error| Error::NoIdentity {
                    reason: with_causes(&error),
                })?;
                export_windows(&identity, &name, &certificate, password)
            }
        };
        exported.map_err(|error| Error::InvalidRequest {
            reason: with_causes(&error),
        })
    }

    /// Takes in an identity that was exported here or on Windows; without a password, a key in
    /// PEM that is not encrypted.
    ///
    /// # Errors
    /// When the text is none, the password is wrong, or the identity is here already. Nothing
    /// changes then.
    pub fn import(
        &self,
        text: &str,
        password: Option<&str>,
        friendly_name: Option<&str>,
    ) -> Result<IdentityInfo, Error> {
        let name = friendly_name.map(friendly).transpose()?;
        let imported = match password {
            Some(password) => import(text, password),
            None => import_unencrypted(text),
        };
        let imported = imported.map_err(|error| Error::ImportRefused {
            reason: with_causes(&error),
        })?;
        let identity = match imported.identity.binding_key() {
            Some(_) => imported.identity,
            // Windows has none, and a name that is published here may want one.
            None => imported.identity.with_binding_key(BindingKey::generate()),
        };
        if self.machine()?.authority() == identity.authority() {
            return Err(Error::IdentityExists {
                authority: identity.authority().to_string(),
            });
        }
        let entry = self.store()?.add(&identity, name.as_ref());
        self.info(&entry.map_err(store_failed)?)
    }

    /// Lets the holder of another key publish names, and returns the chain to publish with.
    ///
    /// # Errors
    /// When there is no such identity, or it may not delegate this.
    pub fn delegate(&self, selector: &str, request: &DelegationRequest) -> Result<Chain, Error> {
        let signer = self.keys(selector)?;
        let delegation = delegation(request)?;
        // A delegate cannot do anything with a chain that does not hold.
        request.chain.as_ref().map(Chain::valid).transpose()?;
        let chain = request
            .chain
            .as_ref()
            .map(|chain| CertChain::decode(&chain.0));
        let chain = chain.transpose().map_err(|error| Error::InvalidChain {
            reason: format!("{error}; give the file that was made for the signing identity"),
        })?;
        match delegate(&*signer, chain.as_ref(), &delegation) {
            Ok(chain) => Ok(Chain(chain.encode())),
            Err(error @ DelegateError::Chain(_)) => Err(Error::InvalidChain {
                reason: format!("{error}; ask its issuer for another"),
            }),
            Err(error) => Err(Error::DelegationRefused {
                reason: with_causes(&error),
            }),
        }
    }

    /// Who signs for a name: whoever is asked for, else the identity whose name it is, else the
    /// publisher that a chain ends with, and the machine for names that belong to nobody.
    pub(crate) fn signer(
        &self,
        name: &PeerName,
        selector: Option<&str>,
        publisher: Option<Authority>,
    ) -> Result<Arc<PeerIdentity>, Error> {
        if let Some(selector) = selector {
            return self.keys(selector);
        }
        let machine = self.machine()?;
        let wanted = publisher.unwrap_or(*name.authority());
        if wanted == Authority::Unsecured || wanted == machine.authority() {
            return Ok(machine);
        }
        self.keys(&wanted.to_string()).map_err(|error| {
            if !matches!(error, Error::IdentityNotFound { .. }) {
                return error;
            }
            Error::ForeignAuthority {
                name: name.to_string(),
                authority: machine.authority().to_string(),
            }
        })
    }

    /// The machine's identity, made or read when it is first needed.
    pub(crate) fn machine(&self) -> Result<Arc<PeerIdentity>, Error> {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = &*machine {
            return Ok(Arc::clone(identity));
        }
        let made = match &self.kept {
            Some(kept) => load_machine(&kept.machine)?,
            None => PeerIdentity::generate().map_err(no_identity)?,
        };
        Ok(Arc::clone(machine.insert(Arc::new(made))))
    }

    fn keys(&self, selector: &str) -> Result<Arc<PeerIdentity>, Error> {
        match self.find(selector)? {
            Chosen::Machine => self.machine(),
            Chosen::Stored(entry) => {
                let stored = self.store()?.load(&entry.authority).map_err(store_failed)?;
                Ok(Arc::new(stored.identity))
            }
        }
    }

    fn find(&self, selector: &str) -> Result<Chosen, Error> {
        if selector == DEFAULT || selector == self.machine()?.authority().to_string() {
            return Ok(Chosen::Machine);
        }
        let Some(kept) = &self.kept else {
            return Err(Error::IdentityNotFound {
                selector: selector.to_owned(),
                reason: "this node keeps none but its own".to_owned(),
            });
        };
        let found = kept.store.find(selector).map(Chosen::Stored);
        found.map_err(store_failed)
    }

    fn stored(&self, selector: &str, verb: &str) -> Result<IdentityEntry, Error> {
        match self.find(selector)? {
            Chosen::Stored(entry) => Ok(entry),
            Chosen::Machine => Err(Error::IdentityRefused {
                reason: format!("the identity of the machine cannot be {verb}"),
            }),
        }
    }

    fn store(&self) -> Result<&IdentityStore, Error> {
        let kept = self.kept.as_ref().map(|kept| &kept.store);
        kept.ok_or_else(|| Error::NoIdentity {
            reason: "it has no state directory to keep another in".to_owned(),
        })
    }

    fn default_info(&self) -> Result<IdentityInfo, Error> {
        let machine = self.machine()?;
        info(&machine, DEFAULT, true)
    }

    fn info(&self, entry: &IdentityEntry) -> Result<IdentityInfo, Error> {
        let stored = self.store()?.load(&entry.authority).map_err(store_failed)?;
        info(&stored.identity, stored.entry.friendly_name.as_str(), false)
    }
}

enum Chosen {
    Machine,
    Stored(IdentityEntry),
}

fn info(
    identity: &PeerIdentity,
    friendly_name: &str,
    is_default: bool,
) -> Result<IdentityInfo, Error> {
    Ok(IdentityInfo {
        authority: identity.authority().to_string(),
        friendly_name: friendly_name.to_owned(),
        is_default,
        public_key: public_key_text(&identity.public_key()).map_err(no_identity)?,
        binding_key: identity.binding_key().map(|key| key.public().to_string()),
    })
}

fn delegation(request: &DelegationRequest) -> Result<Delegation, Error> {
    let to = parse_public_key(&request.to).map_err(|error| Error::InvalidKey {
        reason: with_causes(&error),
    })?;
    let role: Role = request
        .role
        .parse()
        .map_err(|error| Error::InvalidRequest {
            reason: format!("{error}"),
        })?;
    let classifiers = request.classifiers.iter().map(|text| {
        text.parse::<Classifier>()
            .map_err(|error| Error::invalid_name(text, &error))
    });
    if request.lifetime.is_zero() || request.lifetime > MAX_DELEGATION {
        return Err(Error::InvalidRequest {
            reason: "a delegation holds from one second to 100 years".to_owned(),
        });
    }
    let now = now();
    Ok(Delegation {
        to,
        classifiers: classifiers.collect::<Result<_, _>>()?,
        role,
        not_before: FileTime(now.0.saturating_sub(CLOCK_SKEW)),
        not_after: now.plus(request.lifetime),
    })
}

fn load_machine(path: &Path) -> Result<PeerIdentity, Error> {
    let loaded = load_or_create_machine_identity(path).map_err(no_identity)?;
    if let Origin::Replaced { set_aside } = &loaded.origin {
        warn!(
            path = %path.display(),
            set_aside = %set_aside.display(),
            "the identity was damaged and a new one made; secure names under the old one are lost"
        );
    }
    Ok(loaded.identity)
}

fn friendly(name: &str) -> Result<FriendlyName, Error> {
    FriendlyName::new(name).map_err(|error| Error::InvalidFriendlyName {
        reason: error.to_string(),
    })
}

fn store_failed(error: StoreError) -> Error {
    match error {
        StoreError::NotFound(selector) => Error::IdentityNotFound {
            selector,
            reason: "there is none of that name or authority".to_owned(),
        },
        StoreError::Ambiguous {
            selector,
            candidates,
        } => {
            let candidates: Vec<_> = candidates
                .iter()
                .map(|entry| entry.authority.to_string())
                .collect();
            Error::IdentityNotFound {
                selector,
                reason: format!("it may mean {}", candidates.join(" or ")),
            }
        }
        StoreError::AlreadyExists(authority) => Error::IdentityExists {
            authority: authority.to_string(),
        },
        error @ StoreError::TooManyIdentities(_) => Error::TooManyIdentities {
            reason: error.to_string(),
        },
        error @ (StoreError::Io { .. }
        | StoreError::NotARegularFile(_)
        | StoreError::NotADirectory(_)
        | StoreError::TooManyDamaged(_)
        | StoreError::Key(_)
        | StoreError::Damaged { .. }
        | _) => Error::IdentityStore {
            reason: with_causes(&error),
        },
    }
}

fn no_identity(error: impl StdError) -> Error {
    Error::NoIdentity {
        reason: with_causes(&error),
    }
}

/// The error and its causes in one line.
fn with_causes(error: &dyn StdError) -> String {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    reason
}

/// The time in certificates.
#[expect(
    clippy::disallowed_methods,
    reason = "a certificate is made at a time, and the node's clock is out of reach here"
)]
pub(crate) fn now() -> FileTime {
    FileTime::from_system_time(SystemTime::now())
}

/// What the identity of the machine is called.
const DEFAULT: &str = "default";
/// How far behind the clock of whoever checks a new delegation may be: an hour.
const CLOCK_SKEW: u64 = 3_600 * 10_000_000;
const MAX_DELEGATION: Duration = Duration::from_secs(100 * 365 * 86_400);
/// Of the certificate that Windows keeps with an identity.
const CERTIFICATE_LIFETIME: Duration = Duration::from_secs(10 * 365 * 86_400);

#[cfg(test)]
mod tests;
