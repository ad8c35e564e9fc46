//! The two ways to a session: a human's command, and the hook.
//!
//! Both refuse to run under themselves, and both read everything before they ask anybody anything.

use std::cell::{Cell, RefCell};

use secrecy::SecretString;

use crate::aws::types::AccessKeyId;
use crate::context::Context;
use crate::process::{Input, PARENT_GUARD};
use crate::prompt::Signals;
use crate::session::cache::CacheError;
use crate::session::record::Record;
use crate::shared_config::Overwrite;
use crate::storage::lock::Patience;

use super::ask::Asker;
use super::attempt::{Caller, Job, attempt};
use super::deliver::{self, Judgement, Standing};
use super::plan::{self, KeySource, Names, Settings, Wanted};
use super::scene::{Found, Purpose, Scene, Sought};
use super::watch::Watch;
use super::withdraw::sweep;
use super::{LoginError, device, herd, source};

/// Where a session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The cache and the session profile: `login`.
    Profile(Overwrite),
    /// The cache alone: `exec` and `env`.
    Cache,
}

/// When a live session will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// With half of what it was granted left, or with `--min-remaining`: `login`.
    Half,
    /// As long as it lives, or with `--min-remaining`: `exec` and `env`.
    Live,
    /// Never: `--force`.
    Never,
}

/// What a human's command asked for.
#[derive(Debug)]
pub struct Request {
    /// Names and settings.
    pub wanted: Wanted,
    /// `--token-code`.
    pub token_code: Option<SecretString>,
    /// Where the session goes.
    pub delivery: Delivery,
    /// When a live session will do.
    pub reuse: Reuse,
}

/// A session, and how it came about.
#[derive(Debug)]
pub struct LoggedIn {
    /// The session.
    pub record: Box<Record>,
    /// The profiles.
    pub names: Names,
    /// The settings.
    pub settings: Settings,
    /// It was there already.
    pub reused: bool,
    /// Another process made it meanwhile.
    pub by_another: bool,
    /// How the session profile stood before; `None` if it was not looked at.
    pub profile: Option<Standing>,
}

/// Logs in for a human: `login`, `exec`, `env`.
///
/// # Errors
/// [`LoginError`].
pub fn log_in(context: &Context, request: &Request) -> Result<LoggedIn, LoginError> {
    guard(context)?;
    let purpose = match request.delivery {
        Delivery::Profile(_) => Purpose::Change,
        Delivery::Cache => Purpose::Answer,
    };
    let (mut scene, found) = Scene::look_up(&context.env, purpose, &mut |scene| {
        look_up(context, scene, request)
    })?;
    let FoundOut {
        names,
        settings,
        start,
    } = found;
    let ui = context.ui;
    scene
        .cache
        .wait_with(Patience::limited(move |line| ui.say(line)));
    for note in &names.notes {
        context.ui.warn(note);
    }
    let key_source = match start {
        Start::Keys(key_source) => key_source,
        Start::Session(record) => {
            return Ok(LoggedIn {
                record,
                names,
                settings,
                reused: true,
                by_another: false,
                profile: None,
            });
        }
    };
    // What cannot be removed is left to the next command, and a cache that cannot be used is reported below.
    let _ = sweep(context, &scene);
    let watch = Watch::none();
    let keys = source::keys(context, &key_source, &names, Input::Inherit, &watch)?;
    narrate(context, &scene, &names, &settings, &keys.id);
    let judgement = judgement(request.delivery, &scene);
    let finish = |record: Box<Record>, reused, by_another| -> Result<LoggedIn, LoginError> {
        let profile = match &judgement {
            Some(judgement) => Some(deliver::write(context, &scene, &names, &record, judgement)?),
            None => None,
        };
        Ok(LoggedIn {
            record,
            names: names.clone(),
            settings: settings.clone(),
            reused,
            by_another,
            profile,
        })
    };
    if let Some(record) = reusable(context, &scene, &settings, &keys.id, request) {
        remember(context, &scene, &names, &key_source, &keys.id);
        return finish(record, true, false);
    }
    let _ = Signals::install();
    let job = Job {
        context,
        scene: &scene,
        names: &names,
        settings: &settings,
        keys: &keys,
        watch: &watch,
        caller: Caller::Human,
        token_code: request.token_code.clone(),
        never_ask: false,
        before: before(context, &scene, &settings, &keys.id),
        serial: Cell::new(settings.serial_number.clone()),
        skew: Cell::new(0),
        ask_lock: RefCell::default(),
        by_another: Cell::new(false),
        unstored: Cell::new(None),
        held: Cell::new(None),
    };
    // What this machine refuses comes before anything is asked of anybody, AWS included.
    if let Some(judgement) = &judgement {
        deliver::check(&scene, &names, judgement, context.clock.now())?;
    }
    scene.cache.prepare()?;
    job.check_trust()?;
    let mut asker = Asker::open(&job)?;
    if job.serial().is_none() {
        device::find(&job, &mut asker)?;
    }
    let record = attempt(&job, &mut asker)?;
    // The terminal is free for others from here on.
    drop(asker);
    remember(context, &scene, &names, &key_source, &keys.id);
    if job.is_stored() {
        job.obey().inspect_err(|_| {
            context
                .ui
                .say("The session is in the cache: the next login needs no code.");
        })?;
    }
    let logged_in = finish(record, false, job.by_another.get());
    let concluded = concluded(context, logged_in, job.unstored.take());
    job.obey()?;
    concluded
}

/// What the files say to a human's command.
struct FoundOut {
    names: Names,
    settings: Settings,
    start: Start,
}

/// What a command begins with.
enum Start {
    /// A session that is good enough.
    Session(Box<Record>),
    /// The source's key, or where to get it.
    Keys(KeySource),
}

/// Finds everything that a login goes by. What another program is writing at this moment is not judged, and half a file may
/// hide a session.
fn look_up(
    context: &Context,
    scene: &Scene,
    request: &Request,
) -> Result<Found<FoundOut>, LoginError> {
    let found = find(context, scene, request)?;
    let is_enough = match &found.start {
        Start::Session(_) => true,
        Start::Keys(_) if scene.is_being_written() => false,
        Start::Keys(_) => {
            request.reuse == Reuse::Never
                || cached(context, scene, &request.wanted, &found.names)?.is_some()
        }
    };
    Ok(if is_enough {
        Found::All(found)
    } else {
        Found::Less(found)
    })
}

fn find(context: &Context, scene: &Scene, request: &Request) -> Result<FoundOut, LoginError> {
    let wanted = &request.wanted;
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let names = scene.names(context, wanted)?;
    let settings = |names: &Names| plan::settings(wanted, &var, &scene.profiles, &names.source);
    // A command that only needs a session does not run another program for a key that it will not use.
    let early = match request.delivery {
        Delivery::Cache if wanted.keys == plan::KeysFrom::Profile => {
            scene.source_id(context, &names.source)
        }
        _ => None,
    };
    if let Some(id) = early {
        let settings = settings(&names)?;
        if let Some(record) = reusable(context, scene, &settings, &id, request) {
            return Ok(FoundOut {
                names,
                settings,
                start: Start::Session(record),
            });
        }
    }
    let key_source = plan::key_source(wanted, &var, &scene.profiles, &names.source)?;
    Ok(FoundOut {
        settings: settings(&names)?,
        names,
        start: Start::Keys(key_source),
    })
}

/// A login with what kept its session from the cache.
fn concluded(
    context: &Context,
    logged_in: Result<LoggedIn, LoginError>,
    unstored: Option<CacheError>,
) -> Result<LoggedIn, LoginError> {
    match (unstored, logged_in) {
        (None, Ok(session)) => Ok(session),
        (None, Err(error)) => {
            context.ui.say(
                "The session is kept in the cache: once this is mended, mfa-session login writes the profile without another code.",
            );
            Err(error)
        }
        // The cache was all that there was to be filled.
        (Some(unstored), Ok(session)) if session.profile == Some(Standing::Hook) => {
            Err(unstored.into())
        }
        (Some(unstored), Ok(session)) => {
            context.ui.warn(&format!(
                "the session could not be kept in the cache, so the hook will ask for another code: {unstored}"
            ));
            Ok(session)
        }
        (Some(unstored), Err(error)) => {
            context
                .ui
                .warn(&format!("the session is lost, its code spent: {unstored}"));
            Err(error)
        }
    }
}

/// Answers the hook.
///
/// # Errors
/// [`LoginError`].
pub fn hook(
    context: &Context,
    profile: Option<String>,
    never_ask: bool,
) -> Result<Box<Record>, LoginError> {
    guard(context)?;
    let wanted = Wanted {
        profile,
        explicit_only: true,
        ..Wanted::default()
    };
    let (scene, (names, session)) = Scene::look_up(&context.env, Purpose::Answer, &mut |scene| {
        let names = scene.names(context, &wanted)?;
        if let Some(session) = cached(context, scene, &wanted, &names)? {
            return Ok(Found::All((names, Some(session))));
        }
        // Half a file may hide the key as well, and without a key there is no answer.
        key_source(context, scene, &wanted, &names)?;
        Ok(Found::Less((names, None)))
    })?;
    if let Some(record) = session {
        return Ok(record);
    }
    miss(context, &scene, &names, &wanted, never_ask)
}

/// The live session of the source's key, by the endpoint in force.
fn cached(
    context: &Context,
    scene: &Scene,
    wanted: &Wanted,
    names: &Names,
) -> Result<Option<Box<Record>>, LoginError> {
    let Some(id) = scene.source_id(context, &names.source) else {
        return Ok(None);
    };
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let endpoint = plan::sts_endpoint(wanted, &var, &scene.profiles, &names.source)?;
    let foreign = endpoint
        .as_ref()
        .filter(|e| !e.is_aws())
        .map(crate::aws::endpoint::Endpoint::url);
    Ok(
        match scene.seek(context, &id, foreign, context.clock.now()) {
            Sought::Live(record) => Some(record),
            Sought::Ended(_) | Sought::Missing => None,
        },
    )
}

fn miss(
    context: &Context,
    scene: &Scene,
    names: &Names,
    wanted: &Wanted,
    never_ask: bool,
) -> Result<Box<Record>, LoginError> {
    let _ = Signals::install();
    if !never_ask {
        let _ = sweep(context, scene);
    }
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    let watch = Watch::hook(context.started);
    let settings = plan::settings(wanted, &var, &scene.profiles, &names.source)?;
    let key_source = key_source(context, scene, wanted, names)?;
    let keys = source::keys(context, &key_source, names, Input::Null, &watch)?;
    let job = Job {
        context,
        scene,
        names,
        settings: &settings,
        keys: &keys,
        watch: &watch,
        caller: Caller::Program,
        token_code: None,
        never_ask,
        before: None,
        serial: Cell::new(settings.serial_number.clone()),
        skew: Cell::new(0),
        ask_lock: RefCell::default(),
        by_another: Cell::new(false),
        unstored: Cell::new(None),
        held: Cell::new(None),
    };
    let record = herd::gather(&job)?;
    if let Some(unstored) = job.unstored.take() {
        context.ui.warn(&format!(
            "the session could not be kept in the cache, so the next call will ask for another code: {unstored}"
        ));
    }
    remember(context, scene, names, &key_source, &keys.id);
    Ok(record)
}

/// For `-v` and `-vv`: what was found, and nothing secret.
fn narrate(context: &Context, scene: &Scene, names: &Names, settings: &Settings, id: &AccessKeyId) {
    let ui = context.ui;
    let Names {
        named,
        source,
        session,
        ..
    } = names;
    ui.info(&format!(
        "profile {named}: source profile {source}, session profile {session}"
    ));
    ui.info(&format!("long-term key {id}"));
    let region = settings.call_region(settings.serial_number.as_ref());
    match &settings.sts_endpoint {
        Some(endpoint) => ui.info(&format!("endpoint {}, region {region}", endpoint.url())),
        None => ui.info(&format!("AWS's own endpoint, region {region}")),
    }
    match &settings.serial_number {
        Some(serial) => ui.info(&format!("MFA device {serial}")),
        None => ui.info("MFA device unknown: iam:ListMFADevices is asked"),
    }
    ui.info(&format!(
        "duration {} s where a login is needed",
        settings.duration_seconds
    ));
    for (what, path) in [
        ("config file", &scene.locations.config),
        ("credentials file", &scene.locations.credentials),
        ("session folder", &scene.locations.sessions),
    ] {
        ui.debug(&format!("{what} {}", path.display()));
    }
}

/// Where a hook finds the source's key.
fn key_source(
    context: &Context,
    scene: &Scene,
    wanted: &Wanted,
    names: &Names,
) -> Result<KeySource, LoginError> {
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    plan::key_source(wanted, &var, &scene.profiles, &names.source)
        .map_err(|error| from_environment(scene, context, names, error))
}

/// A key that only ever stood in a shell's environment cannot be asked for here.
fn from_environment(
    scene: &Scene,
    context: &Context,
    names: &Names,
    error: plan::PlanError,
) -> LoginError {
    match error {
        plan::PlanError::NoKeys { .. } if scene.source_id(context, &names.source).is_some() => {
            LoginError::CannotAsk {
                profile: names.named.clone(),
                why: "its long-term key came from the environment of a login".to_owned(),
                command: format!(
                    "mfa-session login --profile {} --source-env",
                    crate::process::shell_quote(&names.source)
                ),
            }
        }
        other => other.into(),
    }
}

fn guard(context: &Context) -> Result<(), LoginError> {
    if context.env.os(PARENT_GUARD).is_some() {
        Err(LoginError::Recursion)
    } else {
        Ok(())
    }
}

fn judgement(delivery: Delivery, scene: &Scene) -> Option<Judgement> {
    match delivery {
        Delivery::Profile(overwrite) => Some(Judgement {
            overwrite,
            sessions: scene.sessions(),
        }),
        Delivery::Cache => None,
    }
}

fn reusable(
    context: &Context,
    scene: &Scene,
    settings: &Settings,
    id: &AccessKeyId,
    request: &Request,
) -> Option<Box<Record>> {
    let now = context.clock.now();
    let Sought::Live(record) = scene.seek(context, id, settings.foreign_endpoint(), now) else {
        return None;
    };
    let least = match (request.reuse, settings.min_remaining) {
        (Reuse::Never, _) => return None,
        (_, Some(seconds)) => i64::from(seconds),
        (Reuse::Half, None) => i64::from(record.granted_seconds / 2),
        (Reuse::Live, None) => 0,
    };
    (record.seconds_left(now) >= least).then_some(record)
}

fn before(
    context: &Context,
    scene: &Scene,
    settings: &Settings,
    id: &AccessKeyId,
) -> Option<AccessKeyId> {
    match scene.seek(
        context,
        id,
        settings.foreign_endpoint(),
        context.clock.now(),
    ) {
        Sought::Live(record) => Some(record.credentials.id),
        _ => None,
    }
}

/// The hook must find the session without running anything: a source outside the files leaves its key's id behind.
fn remember(
    context: &Context,
    scene: &Scene,
    names: &Names,
    key_source: &KeySource,
    id: &AccessKeyId,
) {
    if matches!(key_source, KeySource::Known(_)) {
        return;
    }
    if let Err(error) = scene
        .cache
        .remember_source_id(&scene.memory_key(&names.source), id)
    {
        context.ui.warn(&error.to_string());
    }
}
