//! The checks that need AWS: harmless calls that read, signed with the long-term key as a login signs them. No code is sent.

use crate::aws::{CallError, Signer, UserCalls as _};
use crate::cli::CallArgs;
use crate::context::Context;
use crate::doctor::Finding;
use crate::login::plan::KeySource;
use crate::login::{LoginError, Purpose};

use super::super::own_calls::{OwnCalls, wanted};
use super::answers::{Asked, denied, devices, failed, identity, key_age, skew};

/// Makes the calls; a call that fails for a reason that the others share is the last one.
///
/// # Errors
/// Why no call was made, in words for a note.
pub(super) fn findings(
    context: &Context,
    profile: Option<&str>,
    args: &CallArgs,
) -> Result<Vec<Finding>, String> {
    let calls = match OwnCalls::of(context, &wanted(profile, args), Purpose::Answer) {
        Ok(calls) => calls,
        Err(crate::error::Error::Login(LoginError::Call { error, .. })) => {
            return Ok(failed(&Asked::default(), &error).into_iter().collect());
        }
        Err(error) => return Err(error.to_string()),
    };
    let key = match calls.user.key_source(context) {
        Ok(KeySource::Known(keys) | KeySource::Environment(keys)) => keys,
        // A keychain may ask to be unlocked.
        Ok(KeySource::Keychain(_)) => {
            return Err(format!(
                "the secret of profile `{}` is in the OS keychain, which is not opened for a check",
                calls.user.names.source
            ));
        }
        Ok(KeySource::Process { .. }) => {
            return Err(format!(
                "another program gives the key of profile `{}`, and it is not run for a check",
                calls.user.names.source
            ));
        }
        Err(error) => return Err(error.to_string()),
    };
    let asked = Asked {
        profile: calls.user.names.source.clone(),
        key_id: key.id.to_string(),
        serial_number: (calls.user.settings.serial_number.as_ref()).map(ToString::to_string),
        now: context.clock.now(),
    };
    Ok(ask(&calls, &asked, &Signer::Key(key)))
}

fn ask(calls: &OwnCalls<'_>, asked: &Asked, key: &Signer) -> Vec<Finding> {
    let mut found = Vec::new();
    let context = calls.context;
    context.ui.info("calling sts:GetCallerIdentity");
    match calls.aws.caller(&calls.target, key) {
        Ok(answered) => {
            found.extend(skew(asked, answered.skew, answered.corrected));
            found.extend(identity(asked, &answered.value));
        }
        Err(error) => {
            found.extend(failed(asked, &error));
            return found;
        }
    }
    context.ui.info("calling iam:ListMFADevices");
    match calls.aws.devices(&calls.target, key) {
        Ok(answered) => found.extend(devices(asked, &answered.value)),
        Err(error @ CallError::Refused { .. }) => found.extend(denied(asked, &error)),
        Err(error) => {
            found.extend(failed(asked, &error));
            return found;
        }
    }
    // Under a policy that asks for MFA, only a session may list keys. Where neither may, the age is not known.
    let signer = match &calls.user.session {
        Some(record) => Signer::Session(record.credentials.clone()),
        None => key.clone(),
    };
    context.ui.info("calling iam:ListAccessKeys");
    match calls.aws.keys(&calls.target, &signer) {
        Ok(answered) => found.extend(key_age(asked, &answered.value)),
        Err(error) => context
            .ui
            .info(&format!("the age of the key is not known: {error}")),
    }
    found
}
