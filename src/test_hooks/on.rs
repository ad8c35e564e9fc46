//! In tests: read from `MFA_SESSION_TEST_*`.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::KeychainRequest;

#[expect(
    clippy::disallowed_methods,
    reason = "the hooks are outside the context by design"
)]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A named step of a write. `MFA_SESSION_TEST_STEP=NAME=kill` ends the process by SIGKILL there, `NAME=enospc`, `NAME=eintr`,
/// `NAME=emfile` and `NAME=eio` fail it, `NAME=panic` panics, `NAME=sleep:MS` waits, `NAME=run:COMMAND` runs a shell command first. Several are joined by `;`.
///
/// # Errors
/// The error asked for.
pub fn step(name: &str) -> io::Result<()> {
    let Some(plan) = read("MFA_SESSION_TEST_STEP") else {
        return Ok(());
    };
    for entry in plan.split(';') {
        let Some((at, what)) = entry.split_once('=') else {
            continue;
        };
        if at != name {
            continue;
        }
        if let Some(ms) = what.strip_prefix("sleep:") {
            std::thread::sleep(std::time::Duration::from_millis(ms.parse().unwrap_or(0)));
        } else if let Some(command) = what.strip_prefix("run:") {
            std::process::Command::new("sh")
                .arg("-c")
                .arg(command)
                .status()?;
        } else {
            match what {
                "kill" => {
                    let pid = std::process::id().to_string();
                    std::process::Command::new("kill")
                        .args(["-9", &pid])
                        .status()?;
                }
                "eintr" => return Err(io::Error::from(io::ErrorKind::Interrupted)),
                // EMFILE has no kind of its own.
                "emfile" => return Err(io::Error::from_raw_os_error(24)),
                "enospc" => return Err(io::Error::from(io::ErrorKind::StorageFull)),
                "panic" => fail(name),
                _ => return Err(io::Error::other("failed by a test")),
            }
        }
    }
    Ok(())
}

/// `MFA_SESSION_TEST_CLOCK_OFFSET`: seconds added to the system clock.
#[must_use]
pub fn clock_offset() -> i64 {
    read("MFA_SESSION_TEST_CLOCK_OFFSET")
        .and_then(|v| v.parse().ok())
        .unwrap_or(0)
}

/// `MFA_SESSION_TEST_DEADLINE`: the hook's deadline in seconds.
#[must_use]
pub fn deadline_seconds() -> Option<u64> {
    read("MFA_SESSION_TEST_DEADLINE").and_then(|v| v.parse().ok())
}

#[expect(clippy::panic, reason = "a test asked for it")]
fn fail(name: &str) {
    panic!("a test failed step {name}");
}

fn milliseconds(name: &str) -> Option<Duration> {
    read(name)
        .and_then(|v| v.parse().ok())
        .map(Duration::from_millis)
}

/// `MFA_SESSION_TEST_PATIENCE`: how many milliseconds a shared file that another program is writing to is waited for.
#[must_use]
pub fn write_patience() -> Option<Duration> {
    milliseconds("MFA_SESSION_TEST_PATIENCE")
}

/// `MFA_SESSION_TEST_LOCK_NOTICE`: how many milliseconds of waiting for one process are reported.
#[must_use]
pub fn lock_notice() -> Option<Duration> {
    milliseconds("MFA_SESSION_TEST_LOCK_NOTICE")
}

/// `MFA_SESSION_TEST_LOCK_LIMIT`: after how many milliseconds a login stops waiting for a lock.
#[must_use]
pub fn lock_limit() -> Option<Duration> {
    milliseconds("MFA_SESSION_TEST_LOCK_LIMIT")
}

/// `MFA_SESSION_TEST_CALL_LIMIT`: how many milliseconds a call to AWS may take.
#[must_use]
pub fn call_limit() -> Option<Duration> {
    milliseconds("MFA_SESSION_TEST_CALL_LIMIT")
}

/// `MFA_SESSION_TEST_KEYCHAIN`: a folder that stands for the keychain, with a file for each entry, and a line in `calls` for each
/// request. If there is no such folder, no keychain is running; a file `locked` locks it, and with a file `silent` it never answers.
#[must_use]
pub fn keychain(request: &KeychainRequest<'_>) -> Option<io::Result<Option<String>>> {
    let folder = PathBuf::from(read("MFA_SESSION_TEST_KEYCHAIN")?);
    Some(answer(&folder, request))
}

#[expect(clippy::disallowed_methods, reason = "the files of a test")]
fn answer(folder: &std::path::Path, request: &KeychainRequest<'_>) -> io::Result<Option<String>> {
    use std::fs;
    use std::io::Write as _;
    let word = match request {
        KeychainRequest::Load(_) => "load",
        KeychainRequest::Keep(..) => "keep",
        KeychainRequest::Remove(_) => "remove",
    };
    let mut calls = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("calls"))?;
    writeln!(calls, "{word}")?;
    if folder.join("silent").exists() {
        std::thread::sleep(Duration::from_hours(1));
    }
    if folder.join("locked").exists() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    match request {
        KeychainRequest::Load(id) => match fs::read_to_string(folder.join(id)) {
            Ok(secret) => Ok(Some(secret)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        },
        KeychainRequest::Keep(id, secret) => fs::write(folder.join(id), secret).map(|()| None),
        KeychainRequest::Remove(id) => match fs::remove_file(folder.join(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        },
    }
}
