//! Replaces this process by another program.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::harden;

/// Why this process was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// No such command.
    #[error("command `{program}` not found")]
    NotFound {
        /// As it was typed.
        program: String,
    },
    /// It is there, but it is not a program that we may run.
    #[error("command `{program}` cannot be run")]
    NotExecutable {
        /// As it was typed.
        program: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Anything else, such as arguments and environment that are too long.
    #[error("command `{program}` could not be started")]
    Other {
        /// As it was typed.
        program: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

impl ExecError {
    fn new(program: &OsStr, source: io::Error) -> Self {
        let program = program.to_string_lossy().into_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { program },
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::ExecutableFileBusy => Self::NotExecutable { program, source },
            // ENOEXEC has no kind of its own.
            _ => Self::Other { program, source },
        }
    }

    /// What a shell would exit with: 127 for a command that is not there, else 126.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound { .. } => 127,
            Self::NotExecutable { .. } | Self::Other { .. } => 126,
        }
    }
}

/// Becomes `program`, which is looked for in PATH, with a changed environment: first without `env_remove`, then with
/// `env_set`. Returns only to say why not. Signals that we ignore or hold off for ourselves are as usual in the program.
#[must_use]
pub fn replace(
    program: &OsStr,
    args: &[OsString],
    env_set: &[(&str, &str)],
    env_remove: &[&str],
) -> ExecError {
    let mut command = Command::new(program);
    command.args(args);
    for name in env_remove {
        command.env_remove(name);
    }
    command.envs(env_set.iter().copied());
    harden::restore(harden::core_limit());
    // Handlers fall to their defaults at exec, and std gives SIGPIPE and the signal mask back, which it had taken.
    ExecError::new(program, command.exec())
}

/// Becomes `program` with these arguments, the first of which is the name that this process was started by. Returns only to say why
/// not.
#[must_use]
pub fn become_program(program: &Path, arguments: &[OsString]) -> ExecError {
    let mut command = Command::new(program);
    if let Some((name, arguments)) = arguments.split_first() {
        command.arg0(name).args(arguments);
    }
    harden::restore(harden::core_limit());
    ExecError::new(program.as_os_str(), command.exec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: &str = "MFA_SESSION_TEST_EXEC";

    /// Runs this test's other half in a process of its own, which becomes `command`.
    fn exec(command: &[&str]) -> std::process::Output {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "process::exec::tests::becomes_the_command_of_its_environment",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(SCENE, command.join("\n"))
            .env("REMOVED", "1")
            .env("CHANGED", "1")
            .output()
            .unwrap()
    }

    #[test]
    #[ignore = "the other half of the tests below"]
    #[expect(
        clippy::disallowed_methods,
        clippy::exit,
        clippy::print_stderr,
        reason = "its arguments come in the environment and its result is its exit code"
    )]
    fn becomes_the_command_of_its_environment() {
        let scene = std::env::var(SCENE).unwrap();
        let mut words = scene.split('\n').map(OsString::from);
        let program = words.next().unwrap();
        let args: Vec<OsString> = words.collect();
        let error = replace(
            &program,
            &args,
            &[("CHANGED", "2"), ("ADDED", "\u{fc} 3")],
            &["REMOVED", SCENE],
        );
        eprintln!("<{error}>");
        std::process::exit(error.exit_code().into());
    }

    #[test]
    fn arguments_environment_and_status_are_the_command_s() {
        let script = r#"echo "<$0|$1|$2|${REMOVED-none}|$CHANGED|$ADDED>"; exit 42"#;
        let output = exec(&["sh", "-c", script, "a b", "", "c*"]);
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.contains("<a b||c*|none|2|\u{fc} 3>"), "{stdout}");
        assert_eq!(output.status.code(), Some(42));
    }

    #[test]
    fn signals_are_as_usual_again() {
        let output = exec(&["cat", "/proc/self/status"]);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let mask = |name| {
            let line = stdout.lines().find_map(|line| line.strip_prefix(name));
            line.map(|hex: &str| u64::from_str_radix(hex.trim(), 16).unwrap())
        };
        // SIGPIPE is 13.
        assert_eq!(mask("SigIgn:").map(|m| m >> 12 & 1), Some(0), "{stdout}");
        assert_eq!(mask("SigBlk:"), Some(0), "{stdout}");
    }

    #[test]
    fn what_cannot_be_run_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        #[expect(clippy::disallowed_methods, reason = "a file of the test")]
        std::fs::write(&plain, "not a program").unwrap();
        let said = |command: &str| {
            let output = exec(&[command]);
            let stderr = String::from_utf8(output.stderr).unwrap();
            let message = stderr.split(['<', '>']).nth(1).unwrap_or_default();
            (output.status.code(), message.to_owned())
        };
        assert_eq!(
            said("mfa-session-no-such-command"),
            (
                Some(127),
                "command `mfa-session-no-such-command` not found".to_owned()
            )
        );
        let path = plain.to_str().unwrap();
        assert_eq!(
            said(path),
            (Some(126), format!("command `{path}` cannot be run"))
        );
        let path = folder.path().to_str().unwrap();
        assert_eq!(
            said(path),
            (Some(126), format!("command `{path}` cannot be run"))
        );
    }
}
