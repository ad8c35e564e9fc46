//! The old key of a rotation: deactivated, its sessions forgotten, and in the end deleted.

use crate::aws::types::AccessKeyId;
use crate::aws::{CallError, KeyStatus, Signer};
use crate::error::Error;
use crate::login::withdraw;
use crate::session::cache::Lookup;
use crate::test_hooks::step;

use super::super::own_calls::OwnCalls;
use super::super::refusal::explained;

/// The old key, after the new one has taken its place.
pub(super) struct OldKey<'a> {
    pub calls: &'a OwnCalls<'a>,
    pub id: &'a AccessKeyId,
    pub keep: bool,
}

impl OldKey<'_> {
    /// Deletes the key, or keeps it, and forgets the rotation.
    ///
    /// # Errors
    /// AWS refuses. The next run tries again.
    pub(super) fn end(&self, by: &Signer) -> Result<(), Error> {
        if self.keep {
            self.kept();
            return Ok(());
        }
        delete(self.calls, by, self.id)?;
        self.forget_rotation();
        Ok(())
    }

    /// Leaves the key as it is, inactive.
    pub(super) fn kept(&self) {
        self.calls.context.ui.say(&format!(
            "The old key {} is kept. It is inactive, and counts towards AWS's limit of two keys.",
            self.id
        ));
        self.forget_rotation();
    }

    fn forget_rotation(&self) {
        let state = &self.calls.user.state;
        let key = state.memory_key(&self.calls.user.names.source);
        state.cache.forget_rotation(&key);
    }
}

/// Deactivates a key.
///
/// # Errors
/// AWS refuses. The next run tries again.
pub(super) fn deactivate(calls: &OwnCalls<'_>, by: &Signer, id: &AccessKeyId) -> Result<(), Error> {
    calls
        .call(|aws, to| aws.set_key_status(to, by, id, KeyStatus::Inactive))
        .map_err(|error| {
            calls.context.ui.warn(&format!(
                "the new key is in place, and the old key {id} is still active"
            ));
            explained(calls, by, error)
        })?;
    let _ = step("key.deactivated");
    calls
        .context
        .ui
        .say(&format!("The old key {id} is inactive."));
    Ok(())
}

/// Deletes a key. It is not an error if the key does not exist any more.
///
/// # Errors
/// AWS refuses.
pub(super) fn delete(calls: &OwnCalls<'_>, by: &Signer, id: &AccessKeyId) -> Result<(), Error> {
    match calls.call(|aws, to| aws.delete_key(to, by, id)) {
        Ok(_) => {}
        Err(CallError::Refused { refusal, .. }) if refusal.code == "NoSuchEntity" => {}
        Err(error) => return Err(explained(calls, by, error)),
    }
    let _ = step("key.deleted");
    calls.context.ui.say(&format!("The key {id} was deleted."));
    Ok(())
}

/// Forgets the sessions that were obtained with a key, in the cache and in the profiles. What cannot be removed is reported.
pub(super) fn forget_sessions(calls: &OwnCalls<'_>, id: &AccessKeyId) {
    let state = &calls.user.state;
    let records = state.cache.of_key(id).unwrap_or_default();
    let sessions: Vec<String> = records
        .iter()
        .filter_map(|(_, lookup)| match lookup {
            Lookup::Found(record) => Some(record.credentials.id.to_string()),
            Lookup::Missing | Lookup::Distrusted(_) => None,
        })
        .collect();
    let names: Vec<_> = records.into_iter().map(|(name, _)| name).collect();
    let is_old = |session: &str| sessions.iter().any(|known| known == session);
    let ui = calls.context.ui;
    // The profiles first: a session that is still in the cache is known for one of ours.
    if let Err(error) = withdraw(calls.context, state, &|_, session| is_old(session), &is_old) {
        ui.warn(&format!(
            "a profile keeps a session of the old key: {error}"
        ));
    }
    match state.cache.forget(&names) {
        Ok(removed) => {
            for error in removed.into_iter().filter_map(Result::err) {
                ui.warn(&format!(
                    "a session of the old key stays in the cache: {error}"
                ));
            }
        }
        Err(error) => ui.warn(&format!(
            "the sessions of the old key stay in the cache: {error}"
        )),
    }
}
