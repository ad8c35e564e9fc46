//! The long-term key of a source profile, which may come from another program.
//!
//! That program runs only where a key is needed, never on a hook hit. Its stdout is secret: only the key is kept.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::aws::types::Keys;
use crate::context::Context;
use crate::process::Input;
use crate::shared_config::location;

use super::LoginError;
use super::child::{self, Failed};
use super::command_file;
use super::plan::{KeySource, Names, printed_keys};
use super::stored_key;
use super::watch::Watch;

/// What a `credential_process` prints
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: Option<SecretString>,
}

/// The long-term key. Runs the profile's `credential_process` if it has one.
///
/// # Errors
/// That program cannot be trusted or run, or prints no long-term key.
pub(super) fn keys(
    context: &Context,
    source: &KeySource,
    names: &Names,
    input: Input,
    watch: &Watch,
) -> Result<Keys, LoginError> {
    match source {
        KeySource::Known(keys) | KeySource::Environment(keys) => Ok(keys.clone()),
        KeySource::Keychain(id) => stored_key::load(id, names, watch),
        KeySource::Process { command, file } => {
            let home = dirs::home_dir();
            let locations =
                location::locate(&|name| context.env.os(name).map(ToOwned::to_owned), home)?;
            command_file::check(context, &locations, "credential_process", *file)?;
            run(context, command, names, input, watch)
        }
    }
}

fn run(
    context: &Context,
    command: &str,
    names: &Names,
    input: Input,
    watch: &Watch,
) -> Result<Keys, LoginError> {
    let profile = &names.source;
    let failed = |detail: String| LoginError::Source {
        profile: profile.clone(),
        detail,
        recursion: false,
    };
    let output = child::output(command, input, watch, context.ui).map_err(|error| match error {
        Failed::Process(error) => failed(error.to_string()),
        Failed::Stopped(reason) => LoginError::stopped(names, reason),
        Failed::Exit { status, recursion } => LoginError::Source {
            profile: profile.clone(),
            detail: format!("it ended with {status}"),
            recursion,
        },
    })?;
    let printed: Printed = serde_json::from_str(output.expose_secret()).map_err(|e| {
        failed(format!(
            "its output is not the JSON expected of it (line {}, column {})",
            e.line(),
            e.column()
        ))
    })?;
    if printed.version != 1 {
        return Err(failed(format!(
            "its output has Version {}, expected 1",
            printed.version
        )));
    }
    let keys = printed_keys(
        profile,
        &printed.access_key_id,
        &printed.secret_access_key,
        printed.session_token.as_ref(),
    )?;
    Ok(keys)
}
