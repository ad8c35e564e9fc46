//! PURE: what a setup changes, from the shared files and the wishes.

use std::collections::HashMap;

use secrecy::ExposeSecret as _;
use time::UtcDateTime;

use crate::aws::types::SerialNumber;
use crate::shared_config::{FileKind, KeyState, Profile, Profiles, key, session_profile_name};

use super::super::own_section::{Remembering, remembering};
use super::super::plan::inherited;
use super::super::withdraw::WRITTEN;
use super::changes::Changes;
use super::code_command::code_command;
use super::convert;
use super::hook_profile::{Naming, hook_line, program_of, with_program};
use super::layouts::layouts;
use super::move_keys;
use super::refusal::Refusal;
use super::roles;

const MFA_PROCESS: &str = "mfa_process";

/// How AWS clients are to get the session.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'a> {
    /// From a hook profile, which calls this program by this path.
    Hook {
        /// The path.
        program: &'a str,
    },
    /// From a session profile, which `login` writes (`--static`).
    Static,
}

/// The MFA device, and whether it was named on the command line.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    /// Its serial number.
    pub serial_number: &'a SerialNumber,
    /// Whether it replaces a device that the profile names already.
    pub replaces: bool,
}

/// What a setup starts from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The source profile.
    pub source: &'a str,
    /// How clients are to get the session.
    pub kind: Kind<'a>,
    /// `--session-profile`.
    pub session_profile: Option<&'a str>,
    /// The profile whose keys move to the source first (`--default`).
    pub move_from: Option<&'a str>,
    /// The device, if it is known.
    pub device: Option<Device<'a>>,
    /// `--mfa-process`, as it was typed.
    pub mfa_process: Option<&'a str>,
    /// Whether role profiles that stand on the source are to stand on the hook profile.
    pub moves_roles: bool,
    /// Whether the layouts of other tools are added to (`--convert`).
    pub converts: bool,
    /// Whether a program that stands in a hook line can be run.
    pub runs: &'a dyn Fn(&str) -> bool,
    /// Whether an access key id is that of a session in the cache.
    pub is_session: &'a dyn Fn(&str) -> bool,
    /// The time.
    pub now: UtcDateTime,
}

/// What a setup does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The changes to the files.
    pub changes: Changes,
    /// The source profile.
    pub source: String,
    /// The hook profile, or the session profile with `--static`.
    pub profile: String,
    /// Whether it is a hook profile.
    pub hook: bool,
    /// What the changes are, one sentence each.
    pub sentences: Vec<String>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// The role profiles that could stand on the hook profile, and do not.
    pub roles: Vec<String>,
}

/// Plans a setup. Planned again after it was made, it has no changes.
///
/// # Errors
/// [`Refusal`], if there is no name for the hook profile.
pub fn plan(profiles: &Profiles, given: &Given<'_>) -> Result<Plan, Refusal> {
    let mut plan = Plan {
        changes: Changes::default(),
        source: given.source.to_owned(),
        profile: String::new(),
        hook: matches!(given.kind, Kind::Hook { .. }),
        sentences: Vec::new(),
        notes: Vec::new(),
        roles: Vec::new(),
    };
    let moved = match given.move_from {
        Some(from) => Some(plan.move_keys(profiles, from, given)?),
        None => None,
    };
    let profiles = moved.as_ref().unwrap_or(profiles);
    let source = profiles.profile(given.source);
    if let Some(device) = given.device {
        plan.remember(profiles, source.as_ref(), given.source, device);
    }
    plan.ask_program(profiles, source.as_ref(), given);
    match given.kind {
        Kind::Hook { program } => {
            plan.hook(profiles, source.as_ref(), given, program)?;
            plan.move_roles(profiles, given);
            plan.explain_others(profiles, given);
        }
        Kind::Static => {
            let usual = || source.as_ref().map(session_profile_name);
            let wanted = given.session_profile.map(str::to_owned).or_else(usual);
            plan.profile = wanted.unwrap_or_else(|| format!("{}-mfa", given.source));
        }
    }
    plan.name_session_profile(profiles, source.as_ref(), given.source);
    Ok(plan)
}

impl Plan {
    /// Judges the files as they will be, whatever made the plan: the long-term keys of every profile are as they were, and a hook
    /// profile holds no keys and leads to the source.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(super) fn judge(&self, before: &Profiles, after: &Profiles) -> Result<(), Refusal> {
        let refused = |profile: &str, reason: &str| Refusal {
            profile: profile.to_owned(),
            reason: reason.to_owned(),
            hint: "name another profile with `--session-profile NAME`".to_owned(),
        };
        let now: HashMap<_, _> = (after.all().into_iter())
            .map(|profile| (profile.name(), profile.long_term_keys()))
            .collect();
        for old in before.all() {
            let moved = self.changes.moved().filter(|m| m.from == old.name());
            let new = now.get(moved.map_or(old.name(), |m| m.to.as_str()));
            let same = match (old.long_term_keys(), new) {
                (KeyState::LongTerm(old), Some(KeyState::LongTerm(new))) => {
                    new.id == old.id && new.secret.expose_secret() == old.secret.expose_secret()
                }
                (KeyState::Stored(old), Some(KeyState::Stored(new))) => *new == old,
                (KeyState::LongTerm(_) | KeyState::Stored(_), _) => false,
                _ => true,
            };
            if !same {
                return Err(refused(old.name(), "its long-term key would be lost"));
            }
        }
        let Some(hook) = self.hook.then(|| after.profile(&self.profile)).flatten() else {
            return Ok(());
        };
        let leads_to = after.resolve(hook.name(), &|_| true).ok();
        let is_sound = hook.is_hook()
            && !hook.may_hold_credentials()
            && leads_to.is_some_and(|found| found.source == self.source);
        if is_sound {
            Ok(())
        } else {
            Err(refused(
                hook.name(),
                "AWS clients would not get the session from it",
            ))
        }
    }

    /// Moves the keys. Returns the files as they are then.
    fn move_keys(
        &mut self,
        profiles: &Profiles,
        from: &str,
        given: &Given<'_>,
    ) -> Result<Profiles, Refusal> {
        let to = given.source;
        self.changes = move_keys::changes(profiles, (from, to), given.now)?;
        if self.changes.moved().is_some() {
            self.sentences.push(format!(
                "The keys of profile {from} move to profile {to}, with the settings of the login."
            ));
        }
        let moved = self.changes.applied_to_both(profiles);
        moved.map_err(|(_, error)| Refusal {
            profile: to.to_owned(),
            reason: error.to_string(),
            hint: "correct the file by hand, and run the command again".to_owned(),
        })
    }

    /// Sets `mfa_process` of the source.
    fn ask_program(
        &mut self,
        profiles: &Profiles,
        source: Option<&Profile<'_>>,
        given: &Given<'_>,
    ) {
        let Some(typed) = given.mfa_process else {
            return;
        };
        let command = code_command(typed, given.device.map(|device| device.serial_number));
        let now = source.and_then(|p| p.get_with_file(MFA_PROCESS));
        if now.is_some_and(|(now, _)| now == command) {
            return;
        }
        let file = now.map_or(FileKind::Config, |(_, file)| file);
        let place = (file, given.source);
        self.changes.set(profiles, place, MFA_PROCESS, &command);
        self.sentences.push(format!(
            "Profile {} gets its token codes from: {command}",
            given.source
        ));
    }

    /// Explains the layouts of other tools, and converts them if that is wanted.
    fn explain_others(&mut self, profiles: &Profiles, given: &Given<'_>) {
        let found = layouts(profiles, given.source);
        let explanations = found.iter().map(|layout| layout.explanation.clone());
        self.notes.extend(explanations);
        let names = (given.source, self.profile.as_str());
        if given.converts {
            let done = convert::add(&mut self.changes, profiles, &found, names);
            self.sentences.extend(done);
            return;
        }
        let mut offered = Changes::default();
        let offer = convert::add(&mut offered, profiles, &found, names);
        if !offer.is_empty() {
            self.notes.push(format!(
                "With --convert, setup also does this: {}",
                offer.join(" ")
            ));
        }
    }

    /// Has role profiles stand on the hook profile, or names those that could.
    fn move_roles(&mut self, profiles: &Profiles, given: &Given<'_>) {
        let found = roles::to_move(profiles, given.source, &self.profile);
        if !given.moves_roles {
            self.roles = found;
            return;
        }
        roles::add(&mut self.changes, profiles, &found, &self.profile);
        if !found.is_empty() {
            self.sentences.push(format!(
                "Role profiles that stand on profile {} and ask for codes themselves get the session from profile {}: {}.",
                given.source,
                self.profile,
                found.join(", ")
            ));
        }
    }

    /// Sets `mfa_serial` of the source.
    fn remember(
        &mut self,
        profiles: &Profiles,
        source: Option<&Profile<'_>>,
        name: &str,
        device: Device<'_>,
    ) {
        let serial = device.serial_number;
        match remembering(source, serial, &|_| device.replaces) {
            Remembering::Set(file) => {
                let place = (file, name);
                self.changes
                    .set(profiles, place, key::MFA_SERIAL, serial.as_str());
                self.sentences
                    .push(format!("Profile {name} gets `mfa_serial = {serial}`."));
            }
            Remembering::Same => {}
            Remembering::Keep(other) => self.notes.push(format!(
                "Profile {name} keeps its device {other}. To use {serial} instead, add --serial-number {serial}."
            )),
        }
    }

    fn hook(
        &mut self,
        profiles: &Profiles,
        source: Option<&Profile<'_>>,
        given: &Given<'_>,
        program: &str,
    ) -> Result<(), Refusal> {
        let naming = Naming {
            profiles,
            source: given.source,
            wanted: given.session_profile,
            is_session: given.is_session,
            now: given.now,
        };
        if let Some(hook) = naming.existing() {
            self.repair(profiles, &hook, given, program);
            return Ok(());
        }
        let free = naming.free()?;
        if let Some(passed_over) = free.passed_over {
            self.notes.push(format!(
                "Profile {} is not used: {}.",
                passed_over.profile, passed_over.reason
            ));
        }
        let name = free.name;
        if free.holds_session {
            for key in WRITTEN {
                self.changes.remove((FileKind::Credentials, &name), key);
            }
            self.sentences.push(format!(
                "The session in profile {name} is taken out of the shared credentials file; it stays in the cache."
            ));
        }
        let place = (FileKind::Config, name.as_str());
        let line = hook_line(program, given.source);
        self.changes
            .set(profiles, place, key::CREDENTIAL_PROCESS, &line);
        self.changes.set(profiles, place, key::SOURCE, given.source);
        if !profiles.config().has_profile(&name) {
            // A value of several lines cannot be copied.
            let one_line = |(_, value): &(_, String)| !value.contains(['\n', '\r']);
            for (key, value) in inherited(source).into_iter().filter(one_line) {
                self.changes.set(profiles, place, key, &value);
            }
        }
        self.sentences.push(format!(
            "The hook profile {name} gives AWS clients the MFA session of profile {}. It holds no keys.",
            given.source
        ));
        self.profile = name;
        Ok(())
    }

    /// Brings the hook profile that there is up to date.
    fn repair(
        &mut self,
        profiles: &Profiles,
        hook: &Profile<'_>,
        given: &Given<'_>,
        program: &str,
    ) {
        let name = hook.name();
        name.clone_into(&mut self.profile);
        let Some((line, file)) = hook.get_with_file(key::CREDENTIAL_PROCESS) else {
            return;
        };
        if !program_of(line).is_some_and(|old| (given.runs)(&old)) {
            let line =
                with_program(line, program).unwrap_or_else(|| hook_line(program, given.source));
            self.changes
                .set(profiles, (file, name), key::CREDENTIAL_PROCESS, &line);
            self.sentences.push(format!(
                "The hook profile {name} calls {program}, because the program that it calls now cannot be run."
            ));
        }
        if hook.source().is_none() {
            self.changes
                .set(profiles, (file, name), key::SOURCE, given.source);
            self.sentences.push(format!(
                "The hook profile {name} gets `{} = {}`.",
                key::SOURCE,
                given.source
            ));
        }
    }

    /// Has `login` use the profile as well, where its own rule would choose another one.
    fn name_session_profile(
        &mut self,
        profiles: &Profiles,
        source: Option<&Profile<'_>>,
        name: &str,
    ) {
        let by_rule = match source {
            Some(source) => session_profile_name(source),
            None => format!("{name}-mfa"),
        };
        if by_rule == self.profile {
            return;
        }
        let file = source
            .and_then(|p| p.get_with_file(key::SESSION_PROFILE))
            .map_or(FileKind::Config, |(_, file)| file);
        self.changes
            .set(profiles, (file, name), key::SESSION_PROFILE, &self.profile);
        self.sentences.push(format!(
            "Profile {name} gets `{} = {}`, so that login uses that profile too.",
            key::SESSION_PROFILE,
            self.profile
        ));
    }
}

#[cfg(test)]
mod tests;
