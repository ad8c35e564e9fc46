//! The record of a setup, which `--undo` needs: written before the files are, and completed afterwards.

use crate::context::Context;
use crate::error::Error;
use crate::login::setup::{Changes, record_of};
use crate::login::{LocalState, LoginError};
use crate::session::setup_record::{SetupRecord, StoredKey};
use crate::shared_config::Profiles;
use crate::test_hooks::step;

/// What a setup has recorded.
pub(super) struct Recording<'a> {
    state: &'a LocalState,
    record: SetupRecord,
}

/// The last setup of these files.
///
/// # Errors
/// Its record is not trusted.
pub(super) fn last(state: &LocalState) -> Result<Option<SetupRecord>, Error> {
    (state.cache.setup_record(&key(state))).map_err(|why| Error::Refused {
        message: why.to_string(),
        hint: "take the changes back by hand: mfa-session setup --help".to_owned(),
    })
}

/// The files that a record is about.
pub(super) fn key(state: &LocalState) -> String {
    state.memory_key("")
}

impl<'a> Recording<'a> {
    /// Records what is about to be written. An earlier record that cannot be read is replaced, with a warning.
    ///
    /// # Errors
    /// The record cannot be written, so nothing should be.
    pub(super) fn begin(
        context: &Context,
        state: &'a LocalState,
        before: &Profiles,
        changes: &Changes,
        stored: Option<StoredKey>,
    ) -> Result<Self, Error> {
        let earlier = state.cache.setup_record(&key(state));
        let earlier = earlier.unwrap_or_else(|why| {
            context.ui.warn(&why.to_string());
            None
        });
        let mut record = record_of(before, changes, earlier);
        record.complete = false;
        record.stored = stored.or(record.stored);
        let recording = Self { state, record };
        recording.save()?;
        let _ = step("setup.recorded");
        Ok(recording)
    }

    /// Notes that all of it was written.
    ///
    /// # Errors
    /// The record cannot be written.
    pub(super) fn complete(mut self) -> Result<(), Error> {
        self.record.complete = true;
        self.save()
    }

    fn save(&self) -> Result<(), Error> {
        let saved = self
            .state
            .cache
            .remember_setup(&key(self.state), &self.record);
        Ok(saved.map_err(LoginError::from)?)
    }
}
