//! The command lines of `credential_process`: whether their program is there, and found from every folder.

use std::collections::HashSet;

use crate::quote::shell_quote;
use crate::shared_config::{Profile, Profiles, key, profile_of_hook_line};

use super::check::Check;
use super::facts::Program;
use super::finding::Finding;
use super::view::View;

const PROGRAM: &str = "mfa-session";
const SUBCOMMAND: &str = "credential-process";

/// The programs that the command lines name, for [`super::Facts::programs`]: paths, and names for the search path.
#[must_use]
pub fn programs(profiles: &Profiles) -> HashSet<String> {
    let lines = profiles.all();
    let lines = lines
        .iter()
        .filter_map(|profile| profile.get(key::CREDENTIAL_PROCESS));
    lines
        .flat_map(|line| {
            let first = shlex::split(line).and_then(|words| words.into_iter().next());
            first.into_iter().chain(unquoted(line))
        })
        .collect()
}

/// The path up to the program's name in a line that would be one path if it were quoted.
fn unquoted(line: &str) -> Option<String> {
    let at = line.find(&format!("{PROGRAM} {SUBCOMMAND}"))?;
    let path = line.get(..at + PROGRAM.len())?;
    (path.starts_with(['/', '~']) && path.contains(' ') && !path.contains(['\'', '"', '\\']))
        .then(|| path.to_owned())
}

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for profile in view.with(&[key::CREDENTIAL_PROCESS]) {
        if let Some(line) = profile.get(key::CREDENTIAL_PROCESS) {
            found.extend(judge(view, profile, line).map(|finding| {
                finding
                    .of(profile.name())
                    .at(view.at_key(profile, key::CREDENTIAL_PROCESS))
            }));
        }
    }
}

fn judge(view: &View<'_>, profile: &Profile<'_>, line: &str) -> Option<Finding> {
    let name = format!("`{}`", profile.name().escape_debug());
    let edit = || view.edit_key(profile, key::CREDENTIAL_PROCESS);
    let breaks = "No AWS program gets credentials through the profile.";
    let state = |program: &str| view.facts.programs.get(program).copied();
    if let Some(path) = unquoted(line)
        && state(&path).is_some_and(|state| state != Program::Missing)
    {
        let rest = line.get(path.len()..).unwrap_or_default();
        let quoted = format!("\"{path}\"{rest}");
        return Some(
            Finding::new(
                Check::HookUnquoted,
                format!("The path in `credential_process` of profile {name} has blanks and is not quoted."),
            )
            .breaks(breaks)
            .repair("Quote the path.", set(&quoted, profile)),
        );
    }
    let Some(words) = shlex::split(line) else {
        return Some(
            Finding::new(
                Check::HookUnquoted,
                format!("A quote in `credential_process` of profile {name} is not closed."),
            )
            .breaks(breaks)
            .repair("Close the quote.", edit()),
        );
    };
    let program = words.first()?;
    let shown = program.escape_debug();
    if program.starts_with("~/") || program.contains('$') {
        return Some(
            Finding::new(
                Check::HookRelative,
                format!("`credential_process` of profile {name} begins with `{shown}`."),
            )
            .breaks("The AWS CLI and boto3 use no shell, which would expand this, and do not find the program.")
            .repair("Write the whole path.", edit()),
        );
    }
    if program.contains('/') && !program.starts_with('/') {
        return Some(
            Finding::new(
                Check::HookRelative,
                format!("The path `{shown}` in `credential_process` of profile {name} depends on the current folder."),
            )
            .breaks("The program is found from one folder only.")
            .repair("Write the whole path.", edit()),
        );
    }
    let is_ours = program.rsplit('/').next() == Some(PROGRAM);
    match state(program) {
        Some(Program::Missing) => {
            let repair = if is_ours {
                "Name the program where it is now."
            } else {
                "Install the program, or correct the line."
            };
            let now = format!("\"$(command -v {PROGRAM})\"");
            let command = match profile_of_hook_line(line) {
                Some(source) => format!(
                    "aws configure set {} {now}{} --profile {}",
                    key::CREDENTIAL_PROCESS,
                    shell_quote(&format!(
                        " {SUBCOMMAND} --profile {}",
                        shell_quote(&source)
                    )),
                    shell_quote(profile.name())
                ),
                None => edit(),
            };
            Some(
                Finding::new(
                    Check::HookMissing,
                    format!("`credential_process` of profile {name} runs `{shown}`, which does not exist."),
                )
                .breaks(breaks)
                .repair(repair, command),
            )
        }
        Some(Program::NotExecutable) => Some(
            Finding::new(
                Check::HookNotExecutable,
                format!("`credential_process` of profile {name} runs `{shown}`, which is not executable."),
            )
            .breaks(breaks)
            .repair(
                "Make it executable, if it is the right file.",
                format!("chmod +x {}", shell_quote(program)),
            ),
        ),
        Some(Program::Executable) | None => wrapped(profile, line, &words),
    }
}

/// A line that runs this program, but not so that it is recognised.
fn wrapped(profile: &Profile<'_>, line: &str, words: &[String]) -> Option<Finding> {
    let is_recognised = profile_of_hook_line(line).is_some() || profile.source().is_some();
    let runs_us = words.iter().any(|word| {
        let mut parts = word.split([' ', '/']);
        parts.any(|part| part == PROGRAM)
    });
    if is_recognised || !runs_us || !line.contains(SUBCOMMAND) {
        return None;
    }
    let name = profile.name().escape_debug();
    let names_none = words.first().and_then(|w| w.rsplit('/').next()) == Some(PROGRAM);
    let what = if names_none {
        format!("The hook of profile `{name}` names no profile.")
    } else {
        format!("`credential_process` of profile `{name}` runs mfa-session within another program.")
    };
    Some(
        Finding::new(Check::HookWrapped, what)
            .breaks("This program does not recognise the profile as a hook profile; commands with it fail.")
            .repair(
                "Name the source profile in a setting of its own.",
                format!(
                    "aws configure set {} SOURCE --profile {}",
                    key::SOURCE,
                    shell_quote(profile.name())
                ),
            ),
    )
}

fn set(line: &str, profile: &Profile<'_>) -> String {
    format!(
        "aws configure set {} {} --profile {}",
        key::CREDENTIAL_PROCESS,
        shell_quote(line),
        shell_quote(profile.name())
    )
}
