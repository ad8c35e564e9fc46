//! What this machine knows about sessions: the shared files as they were read, and the session cache.
//!
//! Only reads. A hook hit does nothing else than to read this state and to look a session up in it. A lookup that misses something reads
//! the files again while another program may be in the middle of rewriting them.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use time::UtcDateTime;

use crate::aws::endpoint::{Endpoint, ForeignEndpoint};
use crate::aws::types::AccessKeyId;
use crate::context::{Context, Env};
use crate::session::cache::{Cache, Lookup};
use crate::session::record::Record;
use crate::session::record_name::RecordName;
use crate::shared_config::location::{self, Locations};
use crate::shared_config::store;
use crate::shared_config::{Document, FileKind, KeyState, ParseError, Profiles, ResolveError};
use crate::storage::activity::Activity;
use crate::test_hooks;

use super::LoginError;
use super::elsewhere::Elsewhere;
use super::plan::{self, KeySource, Names, PlanError, Wanted};

/// The shared files as they were read, and the session cache.
pub struct LocalState {
    /// Where the files and folders are.
    pub locations: Locations,
    /// The profiles in the shared files.
    pub profiles: Profiles,
    /// The session cache.
    pub cache: Cache,
    has_warned: Cell<bool>,
}

/// How long a lookup that misses something waits for files that another program may be rewriting.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long a command that writes waits for a file that another program has open for writing, before it judges what it holds.
const WRITERS_PATIENCE: Duration = Duration::from_secs(10);
/// How often it reads them again in that time.
const PAUSE: Duration = Duration::from_millis(10);

/// What a lookup is for, which decides how long it may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An answer that a caller waits for: it may take half a second.
    Answer,
    /// A change to the files: a file that another program has open for writing is waited for.
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

/// The answer of a lookup in the shared files.
#[derive(Debug)]
pub enum Answer<T> {
    /// Everything was found.
    Complete(T),
    /// Something is missing. The answer is right if no program is writing to the files.
    Partial(T),
}

/// A session in the cache.
#[derive(Debug)]
pub enum CachedSession {
    /// A session that can be used.
    Live(Box<Record>),
    /// A session that has ended or is about to end.
    Ended(Box<Record>),
    /// There is none.
    Missing,
}

impl LocalState {
    /// Reads both shared files.
    ///
    /// # Errors
    /// No home folder, a file that cannot be read or understood.
    pub fn open(env: &Env) -> Result<Self, LoginError> {
        let (locations, cache) = Self::places(env)?;
        let profiles = Profiles::new(
            read(&locations.config, FileKind::Config)?,
            read(&locations.credentials, FileKind::Credentials)?,
        );
        Ok(Self {
            locations,
            profiles,
            cache,
            has_warned: Cell::new(false),
        })
    }

    /// Reads both shared files, where one that cannot be read counts as empty: why it cannot comes beside it, the config file first.
    ///
    /// # Errors
    /// No home folder.
    pub fn open_in_part(env: &Env) -> Result<(Self, [Option<LoginError>; 2]), LoginError> {
        let (locations, cache) = Self::places(env)?;
        let lenient = |path: &Path, kind| match read(path, kind) {
            Ok(document) => (document, None),
            Err(error) => (Document::empty(kind), Some(error)),
        };
        let (config, first) = lenient(&locations.config, FileKind::Config);
        let (credentials, second) = lenient(&locations.credentials, FileKind::Credentials);
        let state = Self {
            locations,
            profiles: Profiles::new(config, credentials),
            cache,
            has_warned: Cell::new(false),
        };
        Ok((state, [first, second]))
    }

    /// Where the files are, and the session cache. No shared file is read.
    ///
    /// # Errors
    /// No home folder.
    pub(super) fn places(env: &Env) -> Result<(Locations, Cache), LoginError> {
        let locations = locate(env)?;
        let cache = Cache::open(
            locations.sessions.clone(),
            trusted_owner(&locations.credentials),
        );
        Ok((locations, cache))
    }

    /// Looks something up in the shared files. If the lookup fails or misses something, and while another program may be in the
    /// middle of rewriting one of the files, they are read again, for as long as the purpose allows. A lookup that finds
    /// everything reads each file once and waits for nothing.
    ///
    /// # Errors
    /// As [`LocalState::open`], and the lookup's own.
    pub fn look_up<T>(
        env: &Env,
        purpose: Purpose,
        lookup: &mut dyn FnMut(&LocalState) -> Result<Answer<T>, LoginError>,
    ) -> Result<(Self, T), LoginError> {
        let began = Instant::now();
        let locations = locate(env)?;
        let mut has_warned = false;
        let mut incomplete = None;
        // A program may have finished between our reading and the question whether it is writing: one more look is due then.
        let mut looked_at_rest = false;
        loop {
            let found = Self::open(env).and_then(|state| {
                state.has_warned.set(has_warned);
                let answer = lookup(&state);
                has_warned = state.has_warned.get();
                Ok((answer?, state))
            });
            let now = match found {
                Ok((Answer::Complete(answer), state)) => return Ok((state, answer)),
                Ok((Answer::Partial(answer), state)) => Ok((state, answer)),
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
            .map(|state| {
                state
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
        let names = plan::names(
            wanted,
            &|v| context.env.get(v).map(str::to_owned),
            &self.profiles,
            &|source| self.remembered(context, source).is_some(),
        );
        match names {
            Ok(names) => match names.chain.iter().find_map(|name| self.fault(name)) {
                Some(fault) => Err(fault),
                None => Ok(names),
            },
            Err(PlanError::Resolve(error)) => Err(self.unresolved(error)),
            Err(other) => Err(other),
        }
    }

    /// The error for a profile that has a line at fault.
    fn fault(&self, profile: &str) -> Option<PlanError> {
        let fault = self.profiles.fault(profile)?;
        Some(self.fault_of(profile, fault))
    }

    fn fault_of(&self, profile: &str, (file, fault): (FileKind, ParseError)) -> PlanError {
        PlanError::Fault {
            profile: profile.to_owned(),
            path: self.locations.shared_file(file).display().to_string(),
            line: fault.line,
            message: fault.message,
        }
    }

    /// A profile that leads nowhere may do so because of a line that cannot be read, or for want of the word `profile`.
    fn unresolved(&self, error: ResolveError) -> PlanError {
        let (missing, profile) = match &error {
            ResolveError::Unknown { name, .. } => (Some(name), None),
            ResolveError::NoSource {
                source_profile,
                profile,
                ..
            } => (Some(source_profile), Some(profile)),
            ResolveError::Chain { profile, .. } | ResolveError::OnlyTemporary { profile, .. } => {
                (None, Some(profile))
            }
            ResolveError::Loop { .. } => (None, None),
        };
        if let Some(fault) = profile.and_then(|profile| self.fault(profile)) {
            return fault;
        }
        match missing {
            Some(name) if self.profiles.config().has_ignored_section(name) => PlanError::Ignored {
                name: name.clone(),
                path: self.locations.config.display().to_string(),
            },
            Some(name) => match self.profiles.unreadable_header() {
                Some(fault) => self.fault_of(name, fault),
                None => error.into(),
            },
            None => error.into(),
        }
    }

    /// The id of the source's key without running anything: from the files, else as a login left it.
    #[must_use]
    pub fn source_id(&self, context: &Context, source: &str) -> Option<AccessKeyId> {
        match self.profiles.profile(source).map(|p| p.long_term_keys()) {
            Some(KeyState::LongTerm(keys)) => Some(keys.id),
            Some(KeyState::Stored(id)) => Some(id),
            Some(KeyState::None) | None => self.remembered(context, source),
            Some(_) => None,
        }
    }

    fn remembered(&self, context: &Context, source: &str) -> Option<AccessKeyId> {
        self.cache
            .source_id(&self.memory_key(source))
            .unwrap_or_else(|why| {
                self.warn_once(context, &why.to_string());
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

    /// Looks the session of a key at an endpoint up in the cache.
    #[must_use]
    pub fn session(
        &self,
        context: &Context,
        id: &AccessKeyId,
        endpoint: Option<&ForeignEndpoint>,
        now: UtcDateTime,
    ) -> CachedSession {
        match self.cache.load(&RecordName::new(id.clone(), endpoint)) {
            Lookup::Found(record) if record.is_live(now) => CachedSession::Live(record),
            Lookup::Found(record) => CachedSession::Ended(record),
            Lookup::Missing => CachedSession::Missing,
            Lookup::Distrusted(why) => {
                self.warn_once(context, &why);
                CachedSession::Missing
            }
        }
    }

    /// A live session of a key that is from another endpoint than `here`.
    #[must_use]
    pub(super) fn elsewhere(
        &self,
        id: &AccessKeyId,
        here: Option<ForeignEndpoint>,
        now: UtcDateTime,
    ) -> Option<Elsewhere> {
        let records = self.cache.of_key(id).unwrap_or_default();
        let mut found = records.iter().filter_map(|(_, lookup)| match lookup {
            Lookup::Found(record) => Some(record),
            Lookup::Missing | Lookup::Distrusted(_) => None,
        });
        let record = found.find(|record| record.endpoint != here && record.is_live(now))?;
        Some(Elsewhere::new(record, here))
    }

    /// The live session of the source's key, from the endpoint in force.
    ///
    /// # Errors
    /// [`PlanError::Endpoint`].
    pub(super) fn live_session(
        &self,
        context: &Context,
        wanted: &Wanted,
        names: &Names,
    ) -> Result<Option<Box<Record>>, LoginError> {
        let Some(id) = self.source_id(context, &names.source) else {
            return Ok(None);
        };
        let endpoint = self.origin(context, wanted, &names.source)?;
        let now = context.clock.now();
        Ok(match self.session(context, &id, endpoint.as_ref(), now) {
            CachedSession::Live(record) => Some(record),
            CachedSession::Ended(_) | CachedSession::Missing => None,
        })
    }

    /// The endpoint in force for a source profile; `None` for AWS's own. A session from another one is not used.
    ///
    /// # Errors
    /// [`PlanError::Endpoint`].
    pub fn origin(
        &self,
        context: &Context,
        wanted: &Wanted,
        source: &str,
    ) -> Result<Option<ForeignEndpoint>, PlanError> {
        let var = |name: &str| context.env.get(name).map(str::to_owned);
        let endpoint = plan::sts_endpoint(wanted, &var, &self.profiles, source)?;
        Ok(endpoint.as_ref().and_then(Endpoint::foreign))
    }

    /// Remembers the id of a key that is not in the files, so that the hook finds its session without running another program.
    pub(super) fn remember_source(
        &self,
        context: &Context,
        names: &Names,
        key_source: &KeySource,
        id: &AccessKeyId,
    ) {
        if matches!(key_source, KeySource::Known(_) | KeySource::Keychain(_)) {
            return;
        }
        let memory_key = self.memory_key(&names.source);
        if let Err(error) = self.cache.remember_source_id(&memory_key, id) {
            context.ui.warn(&error.to_string());
        }
    }

    /// Warns that something in the cache is not trusted. Only the first warning is shown, because the others mostly have the same
    /// reason.
    pub fn warn_once(&self, context: &Context, why: &str) {
        if !self.has_warned.replace(true) {
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
    Document::from_bytes(store::read(path)?, kind).map_err(|error| unparsable(path, error))
}

/// A shared file's contents; what cannot be understood is named with its line.
pub(super) fn parse(path: &Path, bytes: &[u8], kind: FileKind) -> Result<Document, LoginError> {
    Document::parse(bytes, kind).map_err(|error| unparsable(path, error))
}

fn unparsable(path: &Path, error: ParseError) -> LoginError {
    LoginError::Parse {
        path: path.display().to_string(),
        error,
    }
}

/// Root works over other people's homes (a container's, sudo's): their own files are then as good as root's.
fn trusted_owner(credentials: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    rustix::process::geteuid()
        .is_root()
        .then(|| std::fs::metadata(credentials).ok().map(|m| m.uid()))
        .flatten()
}
