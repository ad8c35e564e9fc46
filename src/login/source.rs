//! The long-term key of a source that another program prints.
//!
//! Run only where a key is needed, never on a hook hit. What it prints on stdout is secret and goes nowhere but into the key.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::aws::types::Keys;
use crate::process::{self, Input, Limit};

use super::plan::{KeySource, PlanError, printed_keys};
use super::watch::Watch;
use super::LoginError;

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

/// The key itself, whatever it takes.
pub(super) fn keys(source: &KeySource, profile: &str, input: Input, watch: &Watch) -> Result<Keys, LoginError> {
    match source {
        KeySource::Known(keys) | KeySource::Environment(keys) => Ok(keys.clone()),
        KeySource::Process(command) => run(command, profile, input, watch),
    }
}

fn run(command: &str, profile: &str, input: Input, watch: &Watch) -> Result<Keys, LoginError> {
    let failed = |detail: String| LoginError::Source {
        recursion: detail.contains("started by mfa-session"),
        profile: profile.to_owned(),
        detail,
    };
    let limit = Limit { deadline: watch.deadline(), ..Limit::default() };
    let captured = process::capture(command, &[], input, limit, &mut || watch.look())
        .map_err(|e| failed(e.to_string()))?;
    if !captured.status.success() {
        return Err(failed(format!("it ended with {}: {}", captured.status, captured.stderr_head)));
    }
    let printed: Printed = serde_json::from_str(captured.stdout.expose_secret())
        .map_err(|e| failed(format!("its output is not the JSON expected of it (line {}, column {})", e.line(), e.column())))?;
    if printed.version != 1 {
        return Err(failed(format!("its output has Version {}, expected 1", printed.version)));
    }
    printed_keys(profile, &printed.access_key_id, printed.secret_access_key, printed.session_token.as_ref())
        .map_err(|e: PlanError| e.into())
}
