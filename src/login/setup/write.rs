//! Makes the changes of a setup.
//!
//! INVARIANT: the changes are planned again on the bytes that are replaced, and only those that the user has seen are made. The
//! credentials file comes first, so that keys and a `credential_process` never meet in one profile.

use crate::context::Context;
use crate::shared_config::{FileKind, Profiles, store};
use crate::test_hooks::step;

use super::super::LoginError;
use super::super::deliver;
use super::super::local_state::LocalState;
use super::plan::Plan;
use super::refusal::Refusal;

/// The order in which the files are written.
const ORDER: [FileKind; 2] = [FileKind::Credentials, FileKind::Config];

/// A plan whose result has been looked at.
#[derive(Debug)]
pub struct Checked {
    /// The plan.
    pub plan: Plan,
    /// The files as they will be.
    pub after: Profiles,
}

impl Checked {
    /// Plans the setup, and judges what the files would be after it.
    ///
    /// # Errors
    /// The plan is refused, or an edit cannot be made.
    pub fn of(
        state: &LocalState,
        replan: &dyn Fn(&Profiles) -> Result<Plan, Refusal>,
    ) -> Result<Self, LoginError> {
        let plan = replan(&state.profiles)?;
        let after = plan.changes.applied_to_both(&state.profiles);
        let after = after.map_err(|(file, error)| {
            deliver::not_edited(state.locations.shared_file(file), error)
        })?;
        plan.judge(&state.profiles, &after)?;
        Ok(Self { plan, after })
    }

    /// Sees, before anything is asked or changed, that every file of the changes can be written.
    ///
    /// # Errors
    /// What keeps a file from being replaced.
    pub fn check_files(&self, state: &LocalState) -> Result<(), LoginError> {
        for file in ORDER {
            if !self.plan.changes.of(file).is_empty() {
                let path = state.locations.shared_file(file);
                store::check(path, &state.cache.locks())?;
            }
        }
        Ok(())
    }
}

/// Makes the changes. `replan` plans the setup on the files as they are.
///
/// # Errors
/// A file cannot be written, or the plan is another one by now. That file is then as it was.
pub fn write(
    context: &Context,
    state: &LocalState,
    shown: &Plan,
    replan: &dyn Fn(&Profiles) -> Result<Plan, Refusal>,
) -> Result<(), LoginError> {
    for file in ORDER {
        let expected = shown.changes.of(file);
        if expected.is_empty() {
            continue;
        }
        deliver::update(context, state, file, &mut |fresh| {
            let now = replan(fresh)?;
            if now.profile != shown.profile || now.changes.of(file) != expected {
                return Err(Refusal {
                    profile: shown.profile.clone(),
                    reason: "the files have changed since this command showed what it would do"
                        .to_owned(),
                    hint: "run the command again".to_owned(),
                }
                .into());
            }
            let before = match file {
                FileKind::Config => fresh.config(),
                FileKind::Credentials => fresh.credentials(),
            };
            let path = state.locations.shared_file(file);
            let after = now.changes.applied(before);
            let after = after.map_err(|error| deliver::not_edited(path, error))?;
            Ok(Some(after.as_bytes().to_vec().into()))
        })?;
        let _ = step(match file {
            FileKind::Config => "setup.config",
            FileKind::Credentials => "setup.credentials",
        });
    }
    Ok(())
}
