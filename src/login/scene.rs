//! The files, the names and the cache: what every command that deals with a session begins with.
//!
//! Reading only. Opening a scene and looking a session up is all that a hook hit does.

use std::cell::Cell;
use std::path::Path;

use time::UtcDateTime;

use crate::aws::types::AccessKeyId;
use crate::context::{Context, Env};
use crate::session::cache::{Cache, Lookup};
use crate::session::record::Record;
use crate::shared_config::location::{self, Locations};
use crate::shared_config::store;
use crate::shared_config::{Document, FileKind, KeyState, Profiles};

use super::LoginError;
use super::plan::{self, Names, PlanError, Wanted};

/// The shared files as they were read, and the cache beside them.
pub struct Scene {
    /// Where things are.
    pub locations: Locations,
    /// What the files say.
    pub profiles: Profiles,
    /// The sessions.
    pub cache: Cache,
    told: Cell<bool>,
}

/// What a look into the cache found.
#[derive(Debug)]
pub enum Sought {
    /// A session that can be served.
    Live(Box<Record>),
    /// One that has ended or is about to.
    Ended(Box<Record>),
    /// None.
    Missing,
}

impl Scene {
    /// Reads both shared files.
    ///
    /// # Errors
    /// No home folder, a file that cannot be read or understood.
    pub fn open(env: &Env) -> Result<Self, LoginError> {
        let locations = location::locate(
            &|name| env.os(name).map(ToOwned::to_owned),
            dirs::home_dir(),
        )?;
        let profiles = Profiles::new(
            read(&locations.config, FileKind::Config)?,
            read(&locations.credentials, FileKind::Credentials)?,
        );
        let cache = Cache::open(
            locations.sessions.clone(),
            trusted_owner(&locations.credentials),
        );
        Ok(Self {
            locations,
            profiles,
            cache,
            told: Cell::new(false),
        })
    }

    /// The names of all profiles, for completion: none where a file cannot be read.
    #[must_use]
    pub fn profile_names(env: &Env) -> Vec<String> {
        Self::open(env)
            .map(|scene| {
                scene
                    .profiles
                    .names()
                    .into_iter()
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Every record that can be read, with a line on stderr for each that cannot.
    #[must_use]
    pub fn records(&self, context: &Context) -> Vec<Record> {
        let all = self.cache.all().unwrap_or_else(|why| {
            context.ui.warn(&why.line());
            Vec::new()
        });
        all.into_iter()
            .filter_map(|(_, lookup)| match lookup {
                Lookup::Found(record) => Some(*record),
                Lookup::Missing => None,
                Lookup::Distrusted(why) => {
                    context.ui.warn(&why);
                    None
                }
            })
            .collect()
    }

    /// The ids of the sessions in the cache, whatever state they are in.
    #[must_use]
    pub fn sessions(&self) -> Vec<AccessKeyId> {
        let all = self.cache.all().unwrap_or_default();
        all.into_iter()
            .filter_map(|(_, lookup)| match lookup {
                Lookup::Found(record) => Some(record.credentials.id),
                Lookup::Missing | Lookup::Distrusted(_) => None,
            })
            .collect()
    }

    /// Finds the profiles; a profile in no file is fine where a login by `--source-env` left its key's id.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn names(&self, context: &Context, wanted: &Wanted) -> Result<Names, PlanError> {
        plan::names(
            wanted,
            &|v| context.env.get(v).map(str::to_owned),
            &self.profiles,
            &|source| self.remembered(context, source).is_some(),
        )
    }

    /// The id of the source's key without running anything: from the files, else as a login left it.
    #[must_use]
    pub fn source_id(&self, context: &Context, source: &str) -> Option<AccessKeyId> {
        match self.profiles.profile(source).map(|p| p.long_term_keys()) {
            Some(KeyState::LongTerm(keys)) => Some(keys.id),
            Some(KeyState::None) | None => self.remembered(context, source),
            Some(_) => None,
        }
    }

    fn remembered(&self, context: &Context, source: &str) -> Option<AccessKeyId> {
        self.cache
            .source_id(&self.memory_key(source))
            .unwrap_or_else(|why| {
                self.distrust(context, &why.to_string());
                None
            })
    }

    /// What a source outside the files is remembered by: another file's profile of the same name is another profile.
    #[must_use]
    pub fn memory_key(&self, source: &str) -> String {
        format!(
            "{}\0{}\0{source}",
            self.locations.config.display(),
            self.locations.credentials.display()
        )
    }

    /// Looks a session up. One from another endpoint than the one in force is none.
    #[must_use]
    pub fn seek(
        &self,
        context: &Context,
        id: &AccessKeyId,
        endpoint: Option<&str>,
        now: UtcDateTime,
    ) -> Sought {
        match self.cache.load(id) {
            Lookup::Found(record) if record.endpoint_url.as_deref() != endpoint => Sought::Missing,
            Lookup::Found(record) if record.is_live(now) => Sought::Live(record),
            Lookup::Found(record) => Sought::Ended(record),
            Lookup::Missing => Sought::Missing,
            Lookup::Distrusted(why) => {
                self.distrust(context, &why);
                Sought::Missing
            }
        }
    }

    /// Says once why what stands on disk is not believed: everything else there is mostly not believed for the same reason.
    pub fn distrust(&self, context: &Context, why: &str) {
        if !self.told.replace(true) {
            context.ui.warn(why);
        }
    }
}

fn read(path: &Path, kind: FileKind) -> Result<Document, LoginError> {
    parse(path, &store::read(path)?, kind)
}

/// A shared file's contents; what cannot be understood is named with its line.
pub(super) fn parse(path: &Path, bytes: &[u8], kind: FileKind) -> Result<Document, LoginError> {
    Document::parse(bytes, kind).map_err(|error| LoginError::Parse {
        path: path.display().to_string(),
        error,
    })
}

/// Root works over other people's homes (a container's, sudo's): their own files are then as good as root's.
fn trusted_owner(credentials: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    rustix::process::geteuid()
        .is_root()
        .then(|| std::fs::metadata(credentials).ok().map(|m| m.uid()))
        .flatten()
}
