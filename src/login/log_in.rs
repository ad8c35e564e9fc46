//! Logging in for a person who typed a command: `login`, `exec` and `env`.
//!
//! Everything that can fail without a code is done before one is asked for.

use crate::aws::types::AccessKeyId;
use crate::context::Context;
use crate::process::Input;
use crate::prompt::Signals;
use crate::session::cache::CacheError;
use crate::session::issued::Issued;
use crate::session::record::Record;
use crate::session::role_record::RoleRecord;
use crate::storage::lock::Patience;

use super::advice;
use super::assume::Assuming;
use super::attempt::HeldSignals;
use super::child::refuse_recursion;
use super::code_loop::{Obtained, Origin, obtain};
use super::code_source::CodeSource;
use super::deliver::{self, ProfileState, WriteRules};
use super::file_warnings::warn_about_files;
use super::inputs::{Caller, Login};
use super::local_state::{LocalState, Purpose};
use super::plan::{KeySource, Names, NextStep, Settings, Wanted};
use super::request::{Delivery, Request, Reuse};
use super::start::{Start, live_session_id, look_up, reusable};
use super::turn::Turn;
use super::watch::Watch;
use super::withdraw::{sweep, sweep_unread};
use super::{LoginError, source};

/// A session, and where it came from.
#[derive(Debug)]
pub struct LoggedIn {
    /// The session.
    pub record: Box<Record>,
    /// The credentials of the role that was wanted; its session may have ended.
    pub role: Option<Box<RoleRecord>>,
    /// The profiles.
    pub names: Names,
    /// The settings.
    pub settings: Settings,
    /// What to do for programs to use it.
    pub next_step: NextStep,
    /// Whether it was in the cache already.
    pub reused: bool,
    /// Whether another process made it meanwhile.
    pub by_another: bool,
    /// The state of the session profile before; `None` if it was not looked at.
    pub profile: Option<ProfileState>,
}

impl LoggedIn {
    /// The credentials that were wanted: those of the role, if there is one.
    #[must_use]
    pub fn issued(&self) -> Issued<'_> {
        match &self.role {
            Some(role) => role.issued(),
            None => self.record.issued(),
        }
    }
}

/// Logs in for a person, and assumes the roles of a role profile if a command needs their credentials.
///
/// # Errors
/// [`LoginError`].
pub fn log_in(context: &Context, request: &Request) -> Result<LoggedIn, LoginError> {
    refuse_recursion(context)?;
    let purpose = match request.delivery {
        Delivery::Profile(_) => Purpose::Change,
        Delivery::Cache => Purpose::Answer,
    };
    let (mut state, inputs) = LocalState::look_up(&context.env, purpose, &mut |state| {
        look_up(context, state, request)
    })
    .inspect_err(|_| sweep_unread(context))?;
    let ui = context.ui;
    state
        .cache
        .wait_with(Patience::limited(move |line| ui.say(line)));
    for note in &inputs.names.notes {
        ui.warn(note);
    }
    if let Delivery::Profile(_) = request.delivery {
        warn_about_files(context, &state, &inputs.names.in_use());
    }
    let from_cache = |record, role| LoggedIn {
        record,
        role,
        next_step: next_step(context, &request.wanted, &state, &inputs.names),
        names: inputs.names.clone(),
        settings: inputs.settings.clone(),
        reused: true,
        by_another: false,
        profile: None,
    };
    let session = match inputs.start {
        Start::Role(found) => from_cache(found.session, Some(found.role)),
        Start::Session(record) => from_cache(record, None),
        Start::Keys(key_source) => {
            let run = LoginRun {
                context,
                request,
                state: &state,
                names: &inputs.names,
                settings: &inputs.settings,
            };
            run.with_key(&key_source)?
        }
    };
    let Some(chain) = &inputs.chain else {
        return Ok(session);
    };
    let role = Assuming {
        context,
        state: &state,
        names: &session.names,
        settings: &session.settings,
        watch: &Watch::none(),
        chain,
        session: &session.record,
        min_remaining: request.wanted.min_remaining,
    }
    .run()?;
    Ok(LoggedIn {
        role: Some(role),
        ..session
    })
}

/// One login after the shared files have been read.
struct LoginRun<'a> {
    context: &'a Context,
    request: &'a Request,
    state: &'a LocalState,
    names: &'a Names,
    settings: &'a Settings,
}

impl LoginRun<'_> {
    /// Gets the key, and then a session from the cache or from AWS.
    fn with_key(&self, key_source: &KeySource) -> Result<LoggedIn, LoginError> {
        let Self {
            context,
            request,
            state,
            names,
            settings,
        } = *self;
        // What cannot be removed is left to the next command, and a cache that cannot be used is reported below.
        let _ = sweep(context, state);
        let watch = Watch::none();
        let keys = source::keys(context, key_source, names, Input::Inherit, &watch)?;
        print_details(context, state, names, settings, &keys.id);
        let rules = match request.delivery {
            Delivery::Profile(overwrite) => Some(WriteRules {
                overwrite,
                known_sessions: state.sessions(),
            }),
            Delivery::Cache => None,
        };
        let remember = || state.remember_source(context, names, key_source, &keys.id);
        if let Some(record) = reusable(context, state, settings, &keys.id, request) {
            remember();
            return self.deliver(record, Source::Cache, rules.as_ref());
        }
        let _ = Signals::install();
        let login = Login {
            context,
            state,
            names,
            settings,
            keys: &keys,
            watch: &watch,
            caller: Caller::Person,
            token_code: request.token_code.clone(),
            never_ask: false,
            session_before: live_session_id(context, state, settings, &keys.id),
        };
        // Whatever this machine refuses comes before anybody is asked for anything, AWS included.
        if let Some(rules) = &rules {
            deliver::check(state, names, rules, context.clock.now())?;
        }
        state.cache.prepare()?;
        login.check_trust()?;
        let mut turn = Turn::unshared();
        let located = |error| login.located(error, &request.wanted);
        let mut codes = CodeSource::open(&login, &mut turn).map_err(located)?;
        if let Some(elsewhere) = login.elsewhere().filter(|_| request.reuse != Reuse::Never) {
            context
                .ui
                .say(&format!("A new session is needed: {elsewhere}."));
        }
        // The terminal is free for other processes as soon as the session is here.
        let obtained = obtain(&login, &mut codes).map_err(located)?;
        drop(codes);
        remember();
        self.conclude(obtained, rules.as_ref())
    }

    /// Delivers a session that was just obtained, and obeys the signals that came meanwhile.
    fn conclude(
        &self,
        obtained: Obtained,
        rules: Option<&WriteRules>,
    ) -> Result<LoggedIn, LoginError> {
        let Obtained {
            record,
            origin,
            unstored,
            mut signals,
        } = obtained;
        let (ui, names) = (self.context.ui, self.names);
        if unstored.is_none() {
            signals.obey(names).inspect_err(|_| {
                ui.say("The session is in the cache: the next login needs no code.");
            })?;
            signals = HeldSignals::none();
        }
        let delivered = self.deliver(record, Source::Login(origin), rules);
        let result = with_cache_error(self.context, delivered, unstored);
        signals.obey(names)?;
        result
    }

    /// Writes the session profile, if the command asks for that.
    fn deliver(
        &self,
        record: Box<Record>,
        source: Source,
        rules: Option<&WriteRules>,
    ) -> Result<LoggedIn, LoginError> {
        let profile = match rules {
            Some(rules) => Some(deliver::write(
                self.context,
                self.state,
                self.names,
                &record,
                rules,
            )?),
            None => None,
        };
        if rules.is_some() {
            advice::give(self.context, self.state, self.names);
        }
        Ok(LoggedIn {
            record,
            role: None,
            next_step: next_step(self.context, &self.request.wanted, self.state, self.names),
            names: self.names.clone(),
            settings: self.settings.clone(),
            reused: source == Source::Cache,
            by_another: source == Source::Login(Origin::OtherProcess),
            profile,
        })
    }
}

fn next_step(context: &Context, wanted: &Wanted, state: &LocalState, names: &Names) -> NextStep {
    let var = |name: &str| context.env.get(name).map(str::to_owned);
    NextStep::after_login(wanted, &var, &state.profiles, names)
}

/// Where a delivered session came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It was in the cache when the command started.
    Cache,
    /// From this login.
    Login(Origin),
}

/// The result of a login, together with the error that kept its session out of the cache.
fn with_cache_error(
    context: &Context,
    logged_in: Result<LoggedIn, LoginError>,
    unstored: Option<CacheError>,
) -> Result<LoggedIn, LoginError> {
    match (unstored, logged_in) {
        (None, Ok(session)) => Ok(session),
        (None, Err(error)) => {
            context.ui.say(
                "The session is in the cache. When the problem below is solved, mfa-session login writes the profile without another code.",
            );
            Err(error)
        }
        // There was nothing to fill but the cache.
        (Some(unstored), Ok(session)) if session.profile == Some(ProfileState::Hook) => {
            Err(unstored.into())
        }
        (Some(unstored), Ok(session)) => {
            context.ui.warn(&format!(
                "the session could not be stored in the cache, so the hook will ask for another code: {unstored}"
            ));
            Ok(session)
        }
        (Some(unstored), Err(error)) => {
            context.ui.warn(&format!(
                "the session is lost, although its code was used: {unstored}"
            ));
            Err(error)
        }
    }
}

/// Prints what was found, for `-v` and `-vv`. Nothing of it is secret.
fn print_details(
    context: &Context,
    state: &LocalState,
    names: &Names,
    settings: &Settings,
    id: &AccessKeyId,
) {
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
        None => ui.info("MFA device unknown: it is looked up with iam:ListMFADevices"),
    }
    ui.info(&format!(
        "duration {} s, if a login is needed",
        settings.duration_seconds
    ));
    for (what, path) in [
        ("config file", &state.locations.config),
        ("credentials file", &state.locations.credentials),
        ("session folder", &state.locations.sessions),
    ] {
        ui.debug(&format!("{what} {}", path.display()));
    }
}
