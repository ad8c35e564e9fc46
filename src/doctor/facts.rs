//! What is known about this machine before any check runs. Whoever gathers it reads only.

use std::collections::{HashMap, HashSet};

use time::UtcDateTime;

use crate::shared_config::{FileKind, Profiles};

/// Everything that the checks look at.
pub struct Facts<'a> {
    /// The profiles in the shared files; a file that could not be read counts as empty.
    pub profiles: &'a Profiles,
    /// The shared config file and the shared credentials file.
    pub files: [FileFacts; 2],
    /// Environment variables. Those that hold secrets are present with a value that is not theirs.
    pub variables: &'a dyn Fn(&str) -> Option<String>,
    /// This machine's clock.
    pub now: UtcDateTime,
    /// The programs of [`super::programs`].
    pub programs: HashMap<String, Program>,
    /// The session cache.
    pub cache: CacheFacts,
    /// The terminal.
    pub terminal: Terminal,
    /// The user's id.
    pub user: u32,
}

/// One of the shared files.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// Which one.
    pub kind: FileKind,
    /// Where it is.
    pub path: String,
    /// Whether a variable names it.
    pub is_named: bool,
    /// What it is.
    pub state: FileState,
    /// Its permission bits and its owner, if it exists.
    pub access: Option<Access>,
    /// Names of temporary files beside it that are older than any write takes.
    pub leftovers: Vec<String>,
    /// Names of files with what another program wrote.
    pub kept: Vec<String>,
}

/// Who may do what with a file.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Its permission bits.
    pub mode: u32,
    /// Its owner.
    pub owner: u32,
}

/// What a shared file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// It was read.
    Read,
    /// There is none.
    Missing,
    /// It is a link to nothing.
    Dangling,
    /// It cannot be read, for this reason, at this line if it is not text.
    Unreadable(String, Option<usize>),
}

/// What is at the path of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// An executable file.
    Executable,
    /// A file that is not executable, or a folder.
    NotExecutable,
    /// Nothing.
    Missing,
}

/// The session cache.
#[derive(Clone, Debug, Default)]
pub struct CacheFacts {
    /// Its folder.
    pub folder: String,
    /// What is not trusted in it.
    pub distrusted: Vec<Untrusted>,
    /// The folder, or the nearest parent folder that exists, if it cannot be written.
    pub unwritable: Option<String>,
    /// Records that cannot be read: the file, and why.
    pub broken: Vec<(String, String)>,
    /// Records that can.
    pub sessions: Vec<Session>,
    /// The ids of the keys of roles that have not ended.
    pub roles: HashSet<String>,
    /// Temporary files that are older than any write takes.
    pub leftovers: Vec<String>,
    /// The kind of its file system, if locks may not work on that.
    pub doubtful_locks: Option<&'static str>,
}

/// Something in the cache that is not trusted.
#[derive(Clone, Debug)]
pub struct Untrusted {
    /// Where.
    pub path: String,
    /// Why.
    pub why: String,
    /// The command that repairs it, if there is one.
    pub command: Option<String>,
}

/// A session in the cache.
#[derive(Clone, Debug)]
pub struct Session {
    /// The file.
    pub file: String,
    /// The id of the long-term key that it was got with.
    pub source_key_id: String,
    /// The id of its own key.
    pub key_id: String,
    /// The source profile at login.
    pub source_profile: String,
    /// Whether it can be used.
    pub is_live: bool,
    /// Seconds since it ended; negative while it lasts.
    pub ended_for: i64,
    /// Whether its key is known without being in the shared files: another program or the environment gave it.
    pub is_remembered: bool,
}

/// The terminal of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// There is none, as in a script.
    None,
    /// Lines can be typed.
    Ordinary,
    /// It does not read whole lines, or does not show what is typed.
    Unusual,
    /// Messages go to a terminal, but it cannot be opened.
    Unreachable,
}
