//! Makes the changes of a setup.
//!
//! INVARIANT: the changes are planned again on the bytes that are replaced, and only those that the user has seen are made. Keys and a
//! `credential_process` never meet in one profile: a setup takes keys away before it adds the process, and an undo the other way round.

use crate::context::Context;
use crate::shared_config::store;
use crate::shared_config::{FileKind, Profiles};
use crate::test_hooks::step;

use super::super::LoginError;
use super::super::deliver;
use super::super::local_state::LocalState;
use super::changes::{Changes, Part};
use super::plan::Plan;
use super::refusal::Refusal;

/// Which file comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The shared credentials file: a setup.
    CredentialsFirst,
    /// The shared config file: an undo.
    ConfigFirst,
}

impl Order {
    /// The writes, in their order. The settings of a profile that gets keys come before its keys, so that it is whole with them.
    fn parts(self, changes: &Changes) -> Vec<Part> {
        let whole = |file| Part {
            file,
            only: None,
            except: None,
        };
        let (config, credentials) = (whole(FileKind::Config), whole(FileKind::Credentials));
        match (self, changes.moved()) {
            (Self::ConfigFirst, _) => vec![config, credentials],
            (Self::CredentialsFirst, Some(moved)) if moved.file == FileKind::Credentials => {
                let to = Some(moved.to.clone());
                let first = Part {
                    only: to.clone(),
                    ..config.clone()
                };
                let last = Part {
                    except: to,
                    ..config
                };
                vec![first, credentials, last]
            }
            (Self::CredentialsFirst, _) => vec![credentials, config],
        }
    }
}

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
}

/// Sees, before anything is asked or changed, that every file of the changes can be written.
///
/// # Errors
/// What keeps a file from being replaced.
pub fn check_files(state: &LocalState, changes: &Changes) -> Result<(), LoginError> {
    for file in [FileKind::Credentials, FileKind::Config] {
        if !changes.of(file).is_empty() {
            let path = state.locations.shared_file(file);
            store::check(path, &state.cache.locks())?;
        }
    }
    Ok(())
}

/// Makes the changes. `replan` plans them on the files as they are.
///
/// # Errors
/// A file cannot be written, or the plan is another one by now. That file is then as it was.
pub fn write(
    context: &Context,
    first_state: &LocalState,
    order: Order,
    shown: &Changes,
    replan: &dyn Fn(&Profiles) -> Result<Changes, Refusal>,
) -> Result<(), LoginError> {
    let mut own_write = None;
    for part in order.parts(shown) {
        let (file, expected) = (part.file, shown.part(&part));
        if expected.is_empty() {
            continue;
        }
        // What this command has just taken out of the other file is not missed.
        let state = own_write.as_ref().unwrap_or(first_state);
        deliver::update(context, state, file, &mut |fresh| {
            let now = replan(fresh)?.part(&part);
            if now != expected {
                return Err(Refusal {
                    profile: shown.name().to_owned(),
                    reason: "the files have changed since this command showed what it would do"
                        .to_owned(),
                    hint: "run the command again".to_owned(),
                }
                .into());
            }
            let path = state.locations.shared_file(file);
            let after = now.applied(fresh, file);
            let after = after.map_err(|error| deliver::not_edited(path, error))?;
            Ok(Some(after.as_bytes().to_vec().into()))
        })?;
        let _ = step(match (file, part.only) {
            (FileKind::Config, Some(_)) => "setup.settings",
            (FileKind::Config, None) => "setup.config",
            (FileKind::Credentials, _) => "setup.credentials",
        });
        own_write = Some(LocalState::open(&context.env)?);
    }
    Ok(())
}
