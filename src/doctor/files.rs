//! The shared files as files: whether they can be read, and who else can.

use crate::quote::shell_quote;
use crate::shared_config::{FileKind, Profile, key};

use super::check::Check;
use super::facts::{FileFacts, FileState};
use super::finding::{Finding, edit};
use super::view::View;

/// Others may read it.
const READABLE: u32 = 0o044;
/// Others may write it.
const WRITABLE: u32 = 0o022;

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    for file in &view.facts.files {
        state(file, found);
        access(view, file, found);
        beside(file, found);
    }
    no_key(view, found);
}

fn name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Config => "shared config file",
        FileKind::Credentials => "shared credentials file",
    }
}

fn variable(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Config => "AWS_CONFIG_FILE",
        FileKind::Credentials => "AWS_SHARED_CREDENTIALS_FILE",
    }
}

fn state(file: &FileFacts, found: &mut Vec<Finding>) {
    let (what, path) = (name(file.kind), &file.path);
    let quoted = shell_quote(path);
    found.extend(match &file.state {
        FileState::Missing if file.is_named => Some(
            Finding::new(
                Check::FileMissing,
                format!("{} names a file that does not exist.", variable(file.kind)),
            )
            .in_file(path)
            .in_variable(variable(file.kind))
            .breaks(format!(
                "Every program takes the {what} for empty, although another one may be there."
            ))
            .repair(
                "Correct the variable, or unset it.",
                format!("unset {}", variable(file.kind)),
            ),
        ),
        FileState::Read | FileState::Missing => None,
        FileState::Dangling => Some(
            Finding::new(
                Check::FileDangling,
                format!("The {what} is a link to a file that does not exist."),
            )
            .in_file(path)
            .breaks("No program finds the profiles in it.")
            .repair(
                "See where the link leads, and correct it.",
                format!("ls -l {quoted}"),
            ),
        ),
        FileState::Unreadable(why, line) => {
            let command = match line {
                Some(line) => edit(path, *line),
                None => format!("ls -ld {quoted}"),
            };
            let mut finding = Finding::new(
                Check::FileUnreadable,
                format!("The {what} cannot be read: {why}."),
            )
            .in_file(path)
            .breaks("Neither this program nor the AWS SDKs find the profiles in it.")
            .repair("Make it a text file that you can read.", command);
            finding.line = *line;
            Some(finding)
        }
    });
}

fn access(view: &View<'_>, file: &FileFacts, found: &mut Vec<Finding>) {
    let Some(access) = file.access else {
        return;
    };
    let (what, quoted) = (name(file.kind), shell_quote(&file.path));
    let finding = |check, what: String| Finding::new(check, what).in_file(&file.path);
    let mode = access.mode;
    if mode & WRITABLE != 0 {
        found.push(
            finding(
                Check::FileWritable,
                format!("Other users can write the {what} (mode {mode:04o})."),
            )
            .breaks("They can have any program run as you, by `credential_process`, and exchange your keys.")
            .repair("Close it to others.", format!("chmod 600 {quoted}")),
        );
    } else if mode & READABLE != 0 && holds_secrets(view, file.kind) {
        found.push(
            finding(
                Check::FileOpen,
                format!("Other users can read the {what} (mode {mode:04o}), and it holds keys."),
            )
            .breaks("Whoever reads a long-term key can use it.")
            .repair("Close it to others.", format!("chmod 600 {quoted}")),
        );
    }
    if access.owner != view.facts.user && view.facts.user != 0 {
        found.push(
            finding(
                Check::FileOwner,
                format!(
                    "The {what} belongs to user {}, and you are user {}.",
                    access.owner, view.facts.user
                ),
            )
            .breaks("A login cannot write it, and its owner can change what you run.")
            .repair(
                "Make it yours.",
                format!("sudo chown \"$(id -u):$(id -g)\" {quoted}"),
            ),
        );
    }
}

fn holds_secrets(view: &View<'_>, kind: FileKind) -> bool {
    view.with(&[key::SECRET_ACCESS_KEY])
        .any(|profile| profile.place_in(kind, key::SECRET_ACCESS_KEY).is_some())
}

fn beside(file: &FileFacts, found: &mut Vec<Finding>) {
    for path in &file.leftovers {
        found.push(
            Finding::new(
                Check::FileLeftover,
                format!("A killed process left a copy of the {}.", name(file.kind)),
            )
            .in_file(path)
            .breaks("The copy may hold long-term keys, and nobody looks after it.")
            .repair(
                "Every command that may write removes it, after it has made sure that nothing is lost.",
                "mfa-session login",
            ),
        );
    }
    for path in &file.kept {
        found.push(
            Finding::new(
                Check::FileKept,
                format!(
                    "This file was kept for you: another program wrote it while the {} was replaced.",
                    name(file.kind)
                ),
            )
            .in_file(path)
            .breaks("What that program wrote may be missing from the shared file. The file may hold keys.")
            .repair(
                "Compare the two, and delete this one when nothing is missing.",
                format!("diff {} {}", shell_quote(&file.path), shell_quote(path)),
            ),
        );
    }
}

/// Files from which no program gets any credentials.
fn no_key(view: &View<'_>, found: &mut Vec<Finding>) {
    const OTHERS: [&str; 7] = [
        key::KEY_STORE,
        key::CREDENTIAL_PROCESS,
        key::LOGIN_SESSION,
        key::WEB_IDENTITY_TOKEN_FILE,
        key::CREDENTIAL_SOURCE,
        "sso_session",
        "sso_start_url",
    ];
    let is_read = |file: &FileFacts| matches!(file.state, FileState::Read | FileState::Missing);
    let has_any = |profile: &Profile<'_>| {
        profile.names_key()
            || profile.get(key::SECRET_ACCESS_KEY).is_some()
            || OTHERS.into_iter().any(|key| profile.get(key).is_some())
    };
    let is_elsewhere = view.variable("AWS_ACCESS_KEY_ID").is_some()
        || view.facts.cache.sessions.iter().any(|s| s.is_remembered);
    if !view.facts.files.iter().all(is_read) || view.all.iter().any(has_any) || is_elsewhere {
        return;
    }
    found.push(
        Finding::new(
            Check::NoKey,
            "No profile has a key, or another way to get credentials.",
        )
        .in_file(&view.file(FileKind::Credentials).path)
        .breaks("There is nothing to log in with.")
        .repair(
            "Store the access key of your IAM user.",
            "mfa-session setup",
        ),
    );
}
