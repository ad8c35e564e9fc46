//! `doctor explain`: reads the text of an error, and says what it is by what this machine knows.

use std::io::{self, IsTerminal as _, Read as _};

use crate::aws::types::SerialNumber;
use crate::cli::DoctorForm;
use crate::context::Context;
use crate::doctor::explain::{Here, StandsFor, explain};
use crate::error::Error;
use crate::login::plan::{Names, Wanted};
use crate::login::{CachedSession, LocalState};
use crate::session::record::Record;
use crate::shared_config::{Via, key};

use super::super::outcome::Outcome;
use super::{json, text};

/// The most that is read from standard input. No error is longer, and a log may be.
const LONGEST: u64 = 1024 * 1024;

pub(super) fn run(
    context: &Context,
    profile: Option<&str>,
    words: &[String],
    form: DoctorForm,
) -> Outcome {
    let error = if words.is_empty() {
        from_stdin()?
    } else {
        words.join(" ")
    };
    let Some(found) = explain(&error, &here(context, profile)) else {
        return Err(Error::Refused {
            message: "this text is no error of AWS's that is known here".to_owned(),
            hint: "give the whole text of the error, from `An error occurred` or the error code on; mfa-session doctor looks for other causes"
                .to_owned(),
        });
    };
    match form {
        DoctorForm::Json => context.ui.data(&json::explained(&found))?,
        DoctorForm::Text => context.ui.show(&text::explained(context.ui, &found))?,
    }
    Ok(0)
}

fn from_stdin() -> Result<String, Error> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Error::Usage {
            message: "there is no text to explain".to_owned(),
            hint: "give the text as an argument, or pipe it: COMMAND 2>&1 | mfa-session doctor explain"
                .to_owned(),
        });
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(LONGEST).read_to_end(&mut bytes);
    read.map_err(|source| Error::File {
        what: "read",
        path: "standard input".to_owned(),
        source,
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What this machine knows. A file that cannot be read only makes that less.
fn here(context: &Context, profile: Option<&str>) -> Here {
    let wanted = Wanted {
        profile: profile.map(str::to_owned),
        ..Wanted::default()
    };
    let variable = |name| context.env.get(name).map(str::to_owned);
    let asked = (wanted.profile.clone())
        .or_else(|| variable("AWS_PROFILE"))
        .or_else(|| variable("AWS_DEFAULT_PROFILE"))
        .unwrap_or_else(|| "default".to_owned());
    let unknown = Here {
        source: asked.clone(),
        session_profile: format!("{asked}-mfa"),
        profile: asked,
        has_env_keys: context.env.os("AWS_ACCESS_KEY_ID").is_some(),
        ..Here::default()
    };
    let Ok((state, _)) = LocalState::open_in_part(&context.env) else {
        return unknown;
    };
    let Ok(names) = state.names(context, &wanted) else {
        return unknown;
    };
    let session = session(context, &state, &wanted, &names);
    let id = session
        .as_ref()
        .map(|record| record.credentials.id.as_str());
    // What `exec` and `env` export is the session itself.
    let has_session_keys = id.is_some() && variable("AWS_ACCESS_KEY_ID").as_deref() == id;
    let stands_for = if !names.roles.is_empty() {
        StandsFor::Role
    } else if names.via == Via::Source && !has_session_keys {
        StandsFor::LongTermKey
    } else {
        StandsFor::Session
    };
    Here {
        account: account(&state, &names, session.as_deref()),
        stands_for,
        is_live: session.is_some(),
        has_env_keys: unknown.has_env_keys && !has_session_keys,
        source: names.source,
        session_profile: names.session,
        profile: names.named,
    }
}

fn session(
    context: &Context,
    state: &LocalState,
    wanted: &Wanted,
    names: &Names,
) -> Option<Box<Record>> {
    let id = state.source_id(context, &names.source)?;
    let endpoint = state.origin(context, wanted, &names.source).ok()?;
    let now = context.clock.now();
    match state.session(context, &id, endpoint.as_ref(), now) {
        CachedSession::Live(record) => Some(record),
        CachedSession::Ended(_) | CachedSession::Missing => None,
    }
}

/// The account of the user: that of the session's device, else that of the device in the source profile.
fn account(state: &LocalState, names: &Names, session: Option<&Record>) -> Option<String> {
    let of_session = session.and_then(|record| record.serial_number.account());
    if let Some(account) = of_session {
        return Some(account.to_owned());
    }
    let source = state.profiles.profile(&names.source)?;
    let serial = source
        .get(key::MFA_SERIAL)
        .or_else(|| source.get("aws_mfa_device"))?;
    let serial = SerialNumber::new(serial).ok()?;
    serial.account().map(str::to_owned)
}
