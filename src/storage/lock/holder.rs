//! The lock holder: one line in the lock file that names it, for waiters.
//!
//! The holder writes the line when it has taken the lock and removes it before it frees the lock. The line is advice and is
//! never trusted: it is bounded, only a process id and one of three words are read from it, and it counts only while the
//! process that it names holds a lock. A line that a killed holder left behind is therefore not attributed to the next one.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use rustix::process::{Pid, test_kill_process};
use time::UtcDateTime;

/// The line begins with this.
const MARK: &str = "mfa-session";
/// More than the longest line.
const LONGEST: usize = 64;

/// What a process does while it holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It asks a user or an `mfa_process`.
    Asking,
    /// It has sent a code.
    Calling,
    /// It replaces a shared file.
    Writing,
}

impl Activity {
    const ALL: [Self; 3] = [Self::Asking, Self::Calling, Self::Writing];

    const fn word(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Calling => "calling",
            Self::Writing => "writing",
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking => "asking for a token code",
            Self::Calling => "waiting for AWS",
            Self::Writing => "writing a shared file",
        })
    }
}

/// The process that holds a lock, displayed as `mfa-session, PID 1234, which has been waiting for AWS since 09:12 UTC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    pid: Pid,
    activity: Activity,
    since: UtcDateTime,
    stopped: bool,
}

impl Holder {
    /// Whether it is the same process.
    pub(super) fn is(&self, other: Self) -> bool {
        self.pid == other.pid
    }

    /// How to continue it or end it.
    #[must_use]
    pub fn hint(&self) -> String {
        let pid = self.pid.as_raw_pid();
        if self.stopped {
            format!("`kill -CONT {pid}` continues it, `kill -KILL {pid}` ends it")
        } else {
            format!("`kill -CONT {pid}` continues it if it is stopped, `kill {pid}` ends it")
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{MARK}, PID {}, which has been {} since {:02}:{:02} UTC{}",
            self.pid.as_raw_pid(),
            self.activity,
            self.since.hour(),
            self.since.minute(),
            if self.stopped { " and is stopped" } else { "" }
        )
    }
}

/// The holder for a message, also if it is unknown.
pub(super) fn describe(holder: Option<Holder>) -> String {
    holder.map_or_else(
        || "an mfa-session process that is not visible from here".to_owned(),
        |holder| holder.to_string(),
    )
}

/// Writes the line. A failure is ignored: waiters then cannot see who holds the lock.
pub(super) fn write(file: &File, activity: Activity) {
    erase(file);
    let line = format!("{MARK} {} {}\n", std::process::id(), activity.word());
    let _ = file.write_all_at(line.as_bytes(), 0);
}

/// Removes the line.
pub(super) fn erase(file: &File) {
    let _ = file.set_len(0);
}

/// Reads the line, if it can be trusted.
pub(super) fn read(file: &File) -> Option<Holder> {
    let mut line = [0; LONGEST];
    let length = file.read_at(&mut line, 0).ok()?;
    let (pid, activity) = parse(line.get(..length)?)?;
    if !holds_a_lock(pid) {
        return None;
    }
    // The line is as old as what the process does.
    let since = UtcDateTime::from_unix_timestamp(file.metadata().ok()?.mtime()).ok()?;
    Some(Holder {
        pid,
        activity,
        since,
        stopped: is_stopped(pid),
    })
}

fn parse(line: &[u8]) -> Option<(Pid, Activity)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (pid, word) = line
        .strip_prefix(MARK)?
        .strip_prefix(' ')?
        .split_once(' ')?;
    if !pid.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let pid = Pid::from_raw(pid.parse().ok()?)?;
    let activity = Activity::ALL.into_iter().find(|a| a.word() == word)?;
    Some((pid, activity))
}

/// Whether a process holds any lock of this kind, by the kernel's own list; where there is none, whether it exists.
fn holds_a_lock(pid: Pid) -> bool {
    match std::fs::read_to_string("/proc/locks") {
        Ok(locks) => is_listed(&locks, pid),
        Err(_) => test_kill_process(pid).is_ok(),
    }
}

/// `1: FLOCK ADVISORY WRITE PID …`; a waiting process has `->` in the second column.
fn is_listed(locks: &str, pid: Pid) -> bool {
    let pid = pid.as_raw_pid().to_string();
    locks.lines().any(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        columns.next() == Some("FLOCK") && columns.nth(2) == Some(pid.as_str())
    })
}

fn is_stopped(pid: Pid) -> bool {
    let status = std::fs::read(format!("/proc/{}/status", pid.as_raw_pid())).unwrap_or_default();
    String::from_utf8_lossy(&status)
        .lines()
        .find_map(|line| line.strip_prefix("State:"))
        .is_some_and(|state| state.trim_start().starts_with(['T', 't']))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn holder(pid: i32) -> Holder {
        Holder {
            pid: Pid::from_raw(pid).unwrap(),
            activity: Activity::Calling,
            since: time::macros::utc_datetime!(2026-11-24 09:12:59),
            stopped: false,
        }
    }

    fn file(text: &[u8]) -> File {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(text, 0).unwrap();
        file
    }

    #[test]
    fn a_line_is_read_back_only_while_its_writer_holds_a_lock() {
        let file = file(b"mfa-session 1 writing of an earlier, longer line\n");
        write(&file, Activity::Calling);
        if std::fs::exists("/proc/locks").unwrap() {
            file.unlock().unwrap();
            let pid = rustix::process::getpid();
            // Another test of this process may hold a lock of its own.
            let locks = "1: FLOCK  ADVISORY  WRITE 77 fe:00:1 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 78 fe:00:1 0 EOF\n";
            assert!(!is_listed(locks, pid));
            assert!(is_listed(locks, Pid::from_raw(77).unwrap()));
            assert!(!is_listed(locks, Pid::from_raw(78).unwrap()), "it waits");
        }
        file.lock().unwrap();
        let holder = read(&file).unwrap();
        assert_eq!(holder.pid, rustix::process::getpid());
        assert_eq!(holder.activity, Activity::Calling);
        erase(&file);
        assert_eq!(read(&file), None);
    }

    #[test]
    fn a_line_of_a_process_that_has_ended_is_ignored() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let file = file(format!("mfa-session {} calling\n", child.id()).as_bytes());
        file.lock().unwrap();
        assert_eq!(read(&file), None);
    }

    #[test]
    fn only_a_process_id_and_a_known_word_are_read() {
        let parsed = |line: &[u8]| parse(line).map(|(pid, activity)| (pid.as_raw_pid(), activity));
        assert_eq!(
            parsed(b"mfa-session 42 asking\n"),
            Some((42, Activity::Asking))
        );
        for line in [
            &b""[..],
            b"mfa-session 42 asking",
            b"mfa-session 42\n",
            b"mfa-session 42 \x1b[2J\n",
            b"mfa-session 42 asking \n",
            b"mfa-session +42 asking\n",
            b"mfa-session -1 asking\n",
            b"mfa-session 0 asking\n",
            b"mfa-session 99999999999 asking\n",
            b"mfa-session \xff asking\n",
            b"other 42 asking\n",
        ] {
            assert_eq!(parsed(line), None, "{}", line.escape_ascii());
        }
        let long = file(&b"mfa-session 1 asking ".repeat(1000));
        assert_eq!(read(&long), None);
    }

    #[test]
    fn the_words_say_who_what_and_since_when() {
        let mut holder = holder(1234);
        assert_eq!(
            holder.to_string(),
            "mfa-session, PID 1234, which has been waiting for AWS since 09:12 UTC"
        );
        assert_eq!(
            holder.hint(),
            "`kill -CONT 1234` continues it if it is stopped, `kill 1234` ends it"
        );
        holder.stopped = true;
        assert!(
            holder
                .to_string()
                .ends_with("since 09:12 UTC and is stopped")
        );
        assert!(
            holder.hint().ends_with("`kill -KILL 1234` ends it"),
            "SIGTERM waits for SIGCONT"
        );
    }
}
