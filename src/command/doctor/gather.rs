//! Gathers the facts. Everything is opened for reading; nothing is created, written or locked.

use std::collections::HashMap;
use std::error::Error as _;
use std::io::IsTerminal as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::context::{Context, Env};
use crate::doctor::{
    Access, CacheFacts, Facts, FileFacts, FileState, Finding, Program, Session, Terminal,
    Untrusted, programs,
};
use crate::login::{LocalState, LoginError};
use crate::prompt;
use crate::shared_config::FileKind;
use crate::storage::inspect;

/// Variables whose values are secrets: of these it only matters that they are set.
const SECRETS: [&str; 3] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
];

/// Gathers the facts and hands them to `examine`.
pub(super) fn with_facts(
    context: &Context,
    state: &LocalState,
    errors: &[Option<LoginError>; 2],
    examine: &dyn Fn(&Facts<'_>) -> Vec<Finding>,
) -> Vec<Finding> {
    let env = &context.env;
    let variables = |name: &str| {
        let value = env.os(name)?;
        Some(if SECRETS.contains(&name) {
            "set".to_owned()
        } else {
            value.to_string_lossy().into_owned()
        })
    };
    let [config, credentials] = errors;
    examine(&Facts {
        profiles: &state.profiles,
        files: [
            file(env, state, FileKind::Config, config.as_ref()),
            file(env, state, FileKind::Credentials, credentials.as_ref()),
        ],
        variables: &variables,
        now: context.clock.now(),
        programs: programs(&state.profiles)
            .into_iter()
            .map(|name| {
                let found = program(env, &name);
                (name, found)
            })
            .collect::<HashMap<_, _>>(),
        cache: cache(context, state),
        terminal: terminal(),
        user: rustix::process::geteuid().as_raw(),
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn file(env: &Env, state: &LocalState, kind: FileKind, error: Option<&LoginError>) -> FileFacts {
    let path = state.locations.shared_file(kind);
    let variable = match kind {
        FileKind::Config => "AWS_CONFIG_FILE",
        FileKind::Credentials => "AWS_SHARED_CREDENTIALS_FILE",
    };
    let found = path.metadata().ok();
    let beside = inspect::beside(path);
    FileFacts {
        kind,
        path: shown(path),
        is_named: env.os(variable).is_some(),
        state: file_state(path, found.is_some(), error),
        // A device such as /dev/null is how people say that there is no file.
        access: found
            .filter(std::fs::Metadata::is_file)
            .map(|found| Access {
                mode: found.permissions().mode() & 0o7777,
                owner: found.uid(),
            }),
        leftovers: beside.leftovers.iter().map(|path| shown(path)).collect(),
        kept: beside.kept.iter().map(|path| shown(path)).collect(),
    }
}

fn file_state(path: &Path, exists: bool, error: Option<&LoginError>) -> FileState {
    match error {
        Some(LoginError::Parse { error, .. }) => FileState::Unreadable(
            format!("line {} is {}", error.line, error.message),
            Some(error.line),
        ),
        Some(error) => {
            let why = error
                .source()
                .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
            FileState::Unreadable(why, None)
        }
        None if exists => FileState::Read,
        None if path.is_symlink() => FileState::Dangling,
        None => FileState::Missing,
    }
}

/// What a shell, or a program without one, would run.
fn program(env: &Env, name: &str) -> Program {
    if name.contains('/') {
        return at(Path::new(name));
    }
    let path = env.os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(path)
        .map(|folder| at(&folder.join(name)))
        .filter(|found| *found != Program::Missing);
    let first = found.next().unwrap_or(Program::Missing);
    if first == Program::NotExecutable && found.any(|other| other == Program::Executable) {
        return Program::Executable;
    }
    first
}

fn at(path: &Path) -> Program {
    match path.metadata() {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => {
            Program::Executable
        }
        Ok(_) => Program::NotExecutable,
        Err(_) => Program::Missing,
    }
}

fn cache(context: &Context, state: &LocalState) -> CacheFacts {
    let cache = &state.cache;
    let inspection = cache.inspect();
    let now = context.clock.now();
    let session = |(path, record): &(PathBuf, crate::session::record::Record)| {
        let source = &record.source_profile;
        let remembered = cache.source_id(&state.memory_key(source));
        Session {
            file: shown(path),
            source_key_id: record.source_access_key_id.to_string(),
            key_id: record.credentials.id.to_string(),
            source_profile: source.clone(),
            is_live: record.is_live(now),
            ended_for: record.seconds_left(now).saturating_neg(),
            is_remembered: remembered
                .is_ok_and(|id| id.as_ref() == Some(&record.source_access_key_id)),
        }
    };
    CacheFacts {
        folder: shown(cache.dir()),
        distrusted: (inspection.distrusted.iter())
            .map(|why| Untrusted {
                path: shown(why.path()),
                why: why.line(),
                command: why.hint(),
            })
            .collect(),
        unwritable: inspect::unwritable(cache.dir()).map(|path| shown(&path)),
        broken: (inspection.broken.into_iter())
            .map(|(path, why)| (shown(&path), why))
            .collect(),
        sessions: inspection.sessions.iter().map(session).collect(),
        roles: (inspection.roles.iter())
            .filter(|role| role.credentials.expiration > now)
            .map(|role| role.credentials.id.to_string())
            .collect(),
        leftovers: inspection
            .leftovers
            .iter()
            .map(|path| shown(path))
            .collect(),
        doubtful_locks: inspect::doubtful_locks(cache.dir()),
    }
}

fn terminal() -> Terminal {
    match prompt::Terminal::open() {
        Ok(terminal) if terminal.is_ordinary() => Terminal::Ordinary,
        Ok(_) => Terminal::Unusual,
        Err(_) if std::io::stderr().is_terminal() => Terminal::Unreachable,
        Err(_) => Terminal::None,
    }
}
