//! The files, the names and the cache: what every command that deals with a session begins with.
//!
//! Reading only. Opening a scene and looking a session up is all that a hook hit does. A lookup that misses something reads the
//! files again while another program may be in the middle of rewriting them.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use time::UtcDateTime;

use crate::aws::types::AccessKeyId;
use crate::context::{Context, Env};
use crate::session::cache::{Cache, Lookup};
use crate::session::record::Record;
use crate::shared_config::location::{self, Locations};
use crate::shared_config::store;
use crate::shared_config::{Document, FileKind, KeyState, Profiles};
use crate::storage::activity::Activity;
use crate::test_hooks;

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

/// How long a lookup that misses something waits for files that another program may be rewriting.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a command that writes waits for a file that another program has open for writing, before it judges what it holds.
const WRITERS_PATIENCE: Duration = Duration::from_secs(10);
/// How often it reads them again in that time.
const PAUSE: Duration = Duration::from_millis(10);

/// Who looks something up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody who waits for an answer: half a second is all that there is.
    Answer,
    /// A command that is about to change something: a file that somebody has open for writing is not judged, it is waited for.
    Change,
}

impl Purpose {
    fn patience(self, locations: &Locations) -> Duration {
        match self {
            Self::Change if is_being_written(locations) => {
                test_hooks::write_patience().unwrap_or(WRITERS_PATIENCE)
            }
            Self::Answer | Self::Change => PATIENCE,
        }
    }
}

/// What a lookup in the shared files came to.
#[derive(Debug)]
pub enum Found<T> {
    /// Everything that was looked for.
    All(T),
    /// Something is missing. The answer holds if the files are at rest.
    Less(T),
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
        let locations = locate(env)?;
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

    /// Looks something up in the shared files. If the lookup fails or misses something, and while another program may be in the
    /// middle of rewriting one of the files, they are read again, for as long as the purpose allows. A lookup that finds
    /// everything reads each file once and waits for nothing.
    ///
    /// # Errors
    /// As [`Scene::open`], and the lookup's own.
    pub fn look_up<T>(
        env: &Env,
        purpose: Purpose,
        lookup: &mut dyn FnMut(&Scene) -> Result<Found<T>, LoginError>,
    ) -> Result<(Self, T), LoginError> {
        let began = Instant::now();
        let locations = locate(env)?;
        let mut told = false;
        let mut incomplete = None;
        // A program may have finished between our reading and the question whether it is writing: one more look is due then.
        let mut looked_at_rest = false;
        loop {
            let found = Self::open(env).and_then(|scene| {
                scene.told.set(told);
                let answer = lookup(&scene);
                told = scene.told.get();
                Ok((answer?, scene))
            });
            let now = match found {
                Ok((Found::All(answer), scene)) => return Ok((scene, answer)),
                Ok((Found::Less(answer), scene)) => Ok((scene, answer)),
                Err(error) => Err(error),
            };
            let at_rest = !may_be_in_flux(&locations);
            if at_rest && looked_at_rest {
                return now;
            }
            looked_at_rest = at_rest;
            if began.elapsed() >= purpose.patience(&locations) {
                // An answer that lacks something is better than an error over half a file.
                return now.or_else(|error| incomplete.ok_or(error));
            }
            incomplete = now.ok().or(incomplete);
            if !at_rest {
                std::thread::sleep(PAUSE);
            }
        }
    }

    /// Whether another program has one of the shared files open for writing.
    #[must_use]
    pub fn is_being_written(&self) -> bool {
        is_being_written(&self.locations)
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

fn locate(env: &Env) -> Result<Locations, LoginError> {
    Ok(location::locate(
        &|name| env.os(name).map(ToOwned::to_owned),
        dirs::home_dir(),
    )?)
}

fn is_being_written(locations: &Locations) -> bool {
    locations
        .shared_files()
        .any(|path| Activity::of(path) == Activity::Writing)
}

fn may_be_in_flux(locations: &Locations) -> bool {
    locations
        .shared_files()
        .any(|path| Activity::of(path) != Activity::None)
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
