//! Whether a file that was just read may be in the middle of a rewrite by another program.
//!
//! Asked only when something is missing from it: the answer costs a few system calls.

use std::path::Path;

use rustix::fs::{Mode, open};
use rustix::time::{ClockId, clock_gettime};

use super::open_flags;
use super::platform::{self, OpenForWriting};
use super::temp::Stamp;

/// A change that is younger than this may be one of several.
const RECENT_MILLISECONDS: u32 = 100;

/// What another program may be doing to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Somebody has it open for writing.
    Writing,
    /// It is empty, or changed within the last 100 ms.
    Recent,
    /// Neither, or there is no such file.
    None,
}

impl Activity {
    /// Looks at the file that `path` leads to.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let Ok(file) = open(path, open_flags::READ, Mode::empty()).map(std::fs::File::from) else {
            return Self::None;
        };
        let Ok(found) = file.metadata() else {
            return Self::None;
        };
        if !found.is_file() {
            return Self::None;
        }
        if platform::open_for_writing(&file) == OpenForWriting::Yes {
            return Self::Writing;
        }
        // Not the program's clock, which tests shift: this one stamps files.
        let now = Stamp::of(clock_gettime(ClockId::Realtime));
        let changed = Stamp::changed(&found);
        if found.len() == 0 || !changed.is_apart_from(now, RECENT_MILLISECONDS) {
            Self::Recent
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let mode = open_flags::OWNER_ONLY;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_eq!(Activity::of(&pipe), Activity::None);
    }

    #[test]
    fn a_file_is_written_recent_or_at_rest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        assert_eq!(Activity::of(&path), Activity::None, "missing");
        assert_eq!(Activity::of(dir.path()), Activity::None, "a folder");
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        assert_eq!(Activity::of(&path), Activity::Writing);
        file.write_all(b"x").unwrap();
        drop(file);
        assert_eq!(Activity::of(&path), Activity::Recent);
        let empty = dir.path().join("empty");
        drop(
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&empty)
                .unwrap(),
        );
        std::thread::sleep(std::time::Duration::from_millis(150));
        assert_eq!(Activity::of(&path), Activity::None);
        assert_eq!(Activity::of(&empty), Activity::Recent);
    }
}
