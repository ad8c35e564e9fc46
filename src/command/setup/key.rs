//! The long-term key, where no profile has one yet: typed at the terminal, from a CSV file of the console, or from the environment.

use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use time::UtcDateTime;

use crate::aws::Signer;
use crate::aws::types::{AccessKeyId, Keys, SecretAccessKey};
use crate::cli::Setup;
use crate::context::Context;
use crate::error::Error;
use crate::login::plan::{KeysFrom, PlanError};
use crate::login::setup::{NewKey, Room, layouts, room, sources, store_key, with_key};
use crate::login::{Answer, LocalState, LoginError, Overwrite, Purpose, check_section, sweep};
use crate::process::{shell_quote, shell_quote_path};
use crate::session::setup_record::StoredKey;
use crate::shared_config::{FileKind, Issuer, Profiles, WriteAccess};

use super::super::consent::{self, Consent};
use super::super::input;
use super::super::own_calls::{OwnCalls, wanted};
use super::super::person::{Enter, Nobody, Person};
use super::csv;
use super::show;

/// More than a file with one key needs.
const LARGEST_CSV: usize = 64 * 1024;
const CREATE: &str = "create an access key in the AWS console (IAM, Users, Security credentials) and run the command again";

/// What became of the key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The profile has it.
    Stored(Stored),
    /// It would be stored: a dry run.
    Shown,
}

/// A key in its profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub profile: String,
    id: String,
    /// Whether it was not there before.
    pub is_new: bool,
}

impl Stored {
    /// For the record of the setup.
    pub(super) fn record(self) -> StoredKey {
        StoredKey {
            profile: self.profile,
            access_key_id: self.id,
        }
    }
}

/// Whether a key is to be taken: one was offered, or no profile has one and none was named that gets its credentials elsewhere.
pub(super) fn is_wanted(
    context: &Context,
    named: Option<&str>,
    args: &Setup,
) -> Result<bool, Error> {
    if args.from_csv.is_some() || args.source_env {
        return Ok(true);
    }
    let name = name(context, named);
    let (_, wanted) = LocalState::look_up(&context.env, Purpose::Change, &mut |state| {
        let profiles = &state.profiles;
        let is_open = sources(profiles).is_empty() && has_nothing(profiles, &name);
        // A file that is being rewritten may have lost its keys for a moment.
        Ok(if is_open {
            Answer::Partial(true)
        } else {
            Answer::Complete(false)
        })
    })?;
    Ok(wanted)
}

/// Whether a profile is in no file, or has only settings.
fn has_nothing(profiles: &Profiles, name: &str) -> bool {
    // Credentials that have expired are credentials here.
    let now = UtcDateTime::UNIX_EPOCH;
    let access = profiles.write_access(name, now, Overwrite::Expired, Issuer::Aws);
    let profile = profiles.profile(name);
    access == WriteAccess::Writable
        && profile.is_none_or(|p| !p.may_hold_credentials() && !p.has_source())
}

/// The profile that the key is for.
fn name(context: &Context, named: Option<&str>) -> String {
    let exported = || {
        let first = context.env.get("AWS_PROFILE");
        first.or_else(|| context.env.get("AWS_DEFAULT_PROFILE"))
    };
    named.or_else(exported).unwrap_or("default").to_owned()
}

/// Takes a key, proves it, and stores it in the profile.
///
/// # Errors
/// There is no key, it is temporary or does not work, or the profile has no room for it.
pub(super) fn take(context: &Context, named: Option<&str>, args: &Setup) -> Result<Taken, Error> {
    let mut wanted = wanted(named, &args.call);
    wanted.keys = KeysFrom::Caller;
    let name = name(context, named);
    let calls = OwnCalls::of(context, &wanted, Purpose::Change)?;
    let state = &calls.user.state;
    let keys = keys(context, state, &name, args)?;
    let new = NewKey {
        profile: &name,
        keys: &keys,
    };
    let now = context.clock.now();
    if room(&state.profiles, new, now).map_err(LoginError::from)? == Room::Stored {
        context.ui.say(&format!(
            "Profile {name} holds the key {} already.",
            keys.id
        ));
        return Ok(Taken::Stored(stored(name, &keys, false)));
    }
    let (caller, _) = calls.identity(&Signer::Key(keys.clone()))?;
    let path = state.locations.credentials.display();
    let sentence = format!(
        "The access key {} of {} is stored in profile {name} in {path}.",
        keys.id, caller.arn
    );
    let after = with_key(state.profiles.credentials(), new).map_err(|error| LoginError::Edit {
        path: path.to_string(),
        error,
    })?;
    let difference = show::of_file(state, state.profiles.credentials(), &after);
    if args.dry_run {
        context.ui.say(&sentence);
        context.ui.show(&difference)?;
        context.ui.say("Nothing was written, because of --dry-run. Once the key is stored, setup goes on with the hook profile.");
        return Ok(Taken::Shown);
    }
    let _ = sweep(context, state);
    check_section(state, FileKind::Credentials)?;
    context.ui.say(&sentence);
    context.ui.aside(&difference);
    let consent = Consent {
        plan: &[],
        enter: Enter::Yes,
        yes: args.yes,
        command: &format!("mfa-session setup --profile {}", shell_quote(&name)),
    };
    consent::obtain(context, &state.cache, &consent)?;
    store_key(context, state, new)?;
    context.ui.say(&format!("Profile {name} has its key."));
    if let Some(file) = &args.from_csv {
        let file = shell_quote_path(file);
        context
            .ui
            .say("The CSV file still holds the secret. Delete it:");
        context
            .ui
            .command(&format!("  rm {}", file.to_string_lossy()));
    }
    Ok(Taken::Stored(stored(name, &keys, true)))
}

fn stored(profile: String, keys: &Keys, is_new: bool) -> Stored {
    Stored {
        profile,
        id: keys.id.to_string(),
        is_new,
    }
}

fn keys(context: &Context, state: &LocalState, profile: &str, args: &Setup) -> Result<Keys, Error> {
    if let Some(file) = &args.from_csv {
        let (id, secret) = from_csv(file)?;
        return long_term(&id, &secret);
    }
    if args.source_env {
        return from_environment(context);
    }
    let mut person = match Person::open(&state.cache) {
        Ok(person) => person,
        Err(Nobody::Failed(error)) => return Err(error),
        Err(Nobody::NotAllowed(why)) => {
            return Err(Error::Usage {
                message: format!(
                    "no profile has a long-term key, and nobody can be asked for one: {why}"
                ),
                hint: format!(
                    "mfa-session setup --profile {} --from-csv FILE, or --source-env",
                    shell_quote(profile)
                ),
            });
        }
    };
    for layout in layouts(&state.profiles, profile) {
        person.say(&layout.explanation);
    }
    person.say(&format!(
        "No profile has a long-term key. Type the one of your IAM user; it is stored in profile {profile}."
    ));
    let id = person.text("Access key ID: ")?;
    // Seen before the secret is typed.
    check_id(&id)?;
    let secret = person.secret("Secret access key (not shown): ")?;
    long_term(&id, &secret)
}

fn from_csv(file: &Path) -> Result<(String, SecretString), Error> {
    let (name, text) = input::text(file, LARGEST_CSV)?;
    let text = Zeroizing::new(text);
    csv::pair(&text).map_err(|error| Error::Refused {
        message: format!("no access key is in `{name}`: {error}"),
        hint:
            "download the CSV file that the console offers once, after it has created an access key"
                .to_owned(),
    })
}

fn from_environment(context: &Context) -> Result<Keys, Error> {
    let get = |name: &'static str| {
        let value = context.env.get(name);
        value.ok_or(LoginError::from(PlanError::NoEnvironmentKeys {
            missing: name,
        }))
    };
    let id = get("AWS_ACCESS_KEY_ID")?;
    let secret = SecretString::from(get("AWS_SECRET_ACCESS_KEY")?);
    let token = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];
    let has_token = token.iter().any(|name| context.env.get(name).is_some());
    if has_token && !id.starts_with("AKIA") {
        return Err(temporary("the environment holds temporary credentials"));
    }
    long_term(id, &secret)
}

fn temporary(what: &str) -> Error {
    Error::Refused {
        message: format!("{what}, and a setup needs the long-term key of an IAM user"),
        hint: CREATE.to_owned(),
    }
}

fn check_id(id: &str) -> Result<AccessKeyId, Error> {
    let id = AccessKeyId::new(id).map_err(|error| Error::Refused {
        message: format!("the access key ID is {error}"),
        hint: "it begins with AKIA, and stands beside the secret in the console".to_owned(),
    })?;
    if id.is_asia() {
        return Err(temporary(
            "an access key ID that begins with ASIA is that of temporary credentials",
        ));
    }
    Ok(id)
}

fn long_term(id: &str, secret: &SecretString) -> Result<Keys, Error> {
    let id = check_id(id)?;
    let secret = SecretAccessKey::new(secret.expose_secret()).map_err(|error| Error::Refused {
        message: format!("the secret access key is {error}"),
        hint: CREATE.to_owned(),
    })?;
    Ok(Keys { id, secret })
}
