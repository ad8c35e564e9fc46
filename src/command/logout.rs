//! `logout`: removes sessions from this machine. AWS accepts them until they end, and a message says so.
//!
//! It removes only what a login wrote. What cannot be removed is reported, and the rest is removed anyway.

use std::collections::{BTreeSet, HashSet};

use crate::aws::types::AccessKeyId;
use crate::cli::Logout;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::Wanted;
use crate::login::{
    Answer, LocalState, LoginError, Purpose, held_session, sweep, sweep_unread, withdraw,
};
use crate::session::cache::Lookup;
use crate::session::record_name::RecordName;
use crate::storage::lock::Patience;
use crate::ui::local_time;

use super::outcome::Outcome;

pub(super) fn run(context: &Context, profile: Option<String>, args: &Logout) -> Outcome {
    if args.all && profile.is_some() {
        return Err(Error::Usage {
            message: "`--all` and `--profile` cannot be used together".to_owned(),
            hint: "mfa-session logout --all".to_owned(),
        });
    }
    let wanted = Wanted {
        profile,
        ..Wanted::default()
    };
    // The files are read when no other program is writing them: a profile that is missing from half a file would keep its session.
    let (mut state, ()) = LocalState::look_up(&context.env, Purpose::Change, &mut |state| {
        if !args.all {
            state.names(context, &wanted)?;
        }
        Ok(Answer::Partial(()))
    })
    .inspect_err(|_| sweep_unread(context))?;
    let ui = context.ui;
    state
        .cache
        .wait_with(Patience::limited(move |line| ui.say(line)));
    let mut failures = Failures(Vec::new());
    if let Err(error) = sweep(context, &state) {
        failures.add(error);
    }
    let target = if args.all {
        everything(&state, &mut failures)
    } else {
        one(context, &state, &wanted, &mut failures)?
    };
    let known: HashSet<String> = if args.all {
        target.sessions.clone()
    } else {
        let sessions = state.sessions().into_iter();
        sessions.map(|id| id.to_string()).collect()
    };
    let mut forgot = forget(context, &state, &target.records, &mut failures);
    if args.all || target.key.is_some() {
        forgot |= forget_roles(context, &state, target.key.as_ref(), &mut failures);
    }
    let chosen = |name: &str, session: &str| {
        args.all || target.profiles.contains(name) || target.sessions.contains(session)
    };
    match withdraw(context, &state, &chosen, &|id| known.contains(id)) {
        Ok(withdrawn) => {
            withdrawn.left.into_iter().for_each(|e| failures.add(e));
            for name in withdrawn.emptied {
                forgot = true;
                context
                    .ui
                    .say(&format!("Profile {name} holds no session any more."));
            }
        }
        Err(error) => failures.add(error),
    }
    if !forgot && failures.0.is_empty() {
        context.ui.say("There is no session to forget.");
    }
    Ok(failures.report(context))
}

/// What is removed.
struct Target {
    /// The records that are removed.
    records: Vec<(RecordName, Lookup)>,
    /// The access key ids of the sessions. Every profile that holds one of them is emptied.
    sessions: HashSet<String>,
    /// The one long-term key that the logout is about, if it is known.
    key: Option<AccessKeyId>,
    /// Profiles that are emptied whichever session of ours they hold.
    profiles: BTreeSet<String>,
}

/// The reasons why something could not be removed. Each is reported, and the exit code is 1.
struct Failures(Vec<Error>);

impl Failures {
    /// Adds an error, unless it has been added before, or another one with the same cause.
    fn add(&mut self, error: LoginError) {
        let error = Error::from(error);
        let is_known = self.0.iter().any(|known| {
            known.to_string() == error.to_string()
                || cause(known).is_some_and(|known| Some(known) == cause(&error))
        });
        if !is_known {
            self.0.push(error);
        }
    }

    fn report(self, context: &Context) -> u8 {
        for error in &self.0 {
            error.report(context.ui);
        }
        u8::from(!self.0.is_empty())
    }
}

fn cause(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}

fn everything(state: &LocalState, failures: &mut Failures) -> Target {
    let records = state.cache.all().unwrap_or_else(|why| {
        failures.add(state.cache.not_removed(why).into());
        Vec::new()
    });
    Target {
        sessions: records.iter().filter_map(session).collect(),
        records,
        key: None,
        profiles: BTreeSet::new(),
    }
}

fn one(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
    failures: &mut Failures,
) -> Result<Target, LoginError> {
    let names = state.names(context, wanted)?;
    for note in &names.notes {
        context.ui.warn(note);
    }
    let key = state.source_id(context, &names.source);
    let records = match &key {
        Some(id) => state.cache.of_key(id).unwrap_or_else(|why| {
            failures.add(state.cache.not_removed(why).into());
            Vec::new()
        }),
        None => Vec::new(),
    };
    // After a logout that was killed, the record is gone and only the profile still holds the session.
    let held = state.profiles.profile(&names.session);
    let held = held.as_ref().and_then(held_session).map(str::to_owned);
    let sessions = records.iter().filter_map(session).chain(held).collect();
    let recorded = records.iter().filter_map(|(_, lookup)| match lookup {
        Lookup::Found(record) => Some(record.session_profile.clone()),
        _ => None,
    });
    let profiles = recorded.chain([names.session]).collect();
    Ok(Target {
        records,
        sessions,
        key,
        profiles,
    })
}

fn session((_, lookup): &(RecordName, Lookup)) -> Option<String> {
    match lookup {
        Lookup::Found(record) => Some(record.credentials.id.to_string()),
        _ => None,
    }
}

/// Removes the records. Returns whether there was one.
fn forget(
    context: &Context,
    state: &LocalState,
    records: &[(RecordName, Lookup)],
    failures: &mut Failures,
) -> bool {
    let names: Vec<_> = records.iter().map(|(name, _)| name.clone()).collect();
    let removed = state.cache.forget(&names).unwrap_or_else(|error| {
        failures.add(error.into());
        Vec::new()
    });
    let mut forgot = false;
    for ((name, lookup), removed) in records.iter().zip(removed) {
        match removed {
            Ok(true) => {
                forgot = true;
                report_removed(context, state, name, lookup);
            }
            Ok(false) => {}
            Err(error) => failures.add(error.into()),
        }
    }
    forgot
}

/// Removes the credentials of the roles that were assumed with the session of a key, or of all keys. Returns whether there were any.
fn forget_roles(
    context: &Context,
    state: &LocalState,
    key: Option<&AccessKeyId>,
    failures: &mut Failures,
) -> bool {
    match state.cache.forget_roles(key) {
        Ok(0) => false,
        Ok(count) => {
            let what = if count == 1 {
                "the credentials of one role".to_owned()
            } else {
                format!("the credentials of {count} roles")
            };
            context
                .ui
                .say(&format!("Forgot {what}. AWS accepts them until they end."));
            true
        }
        Err(error) => {
            failures.add(error.into());
            false
        }
    }
}

fn report_removed(context: &Context, state: &LocalState, name: &RecordName, lookup: &Lookup) {
    let Lookup::Found(record) = lookup else {
        let path = state.cache.path(name);
        context.ui.say(&format!(
            "Removed `{}`, which held no usable session.",
            path.display()
        ));
        return;
    };
    let id = name.key_id();
    context.ui.say(&match &record.endpoint {
        Some(endpoint) => format!("Forgot the session of key {id} at {endpoint}."),
        None => format!("Forgot the session of key {id}."),
    });
    let now = context.clock.now();
    if record.is_live(now) {
        context.ui.say(&format!(
            "AWS still accepts it {}: anyone who copied it can use it.",
            local_time::until(record.credentials.expiration, now)
        ));
    }
}
