//! The flags that files and folders are opened with. No descriptor is inherited by a child, and no open waits for a FIFO's other end.

use rustix::fs::{Mode, OFlags};

/// An existing folder.
pub(super) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
/// An existing folder that is not a link.
pub(super) const FOLDER_ITSELF: OFlags = FOLDER.union(OFlags::NOFOLLOW);
/// An existing file, to read.
pub(super) const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);
/// An existing file that is not a link, to read.
pub(super) const READ_ITSELF: OFlags = READ.union(OFlags::NOFOLLOW);
/// An existing file that is not a link, to read and write.
pub(super) const UPDATE_ITSELF: OFlags = OFlags::RDWR
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);
/// A file that does not exist yet.
pub(super) const CREATE: OFlags = UPDATE_ITSELF.union(OFlags::CREATE).union(OFlags::EXCL);

/// The mode of a new file: only its owner reads and writes it.
pub(super) const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_inherited_and_links_are_followed_only_where_the_name_allows_it() {
        for (flags, follows) in [
            (FOLDER, true),
            (READ, true),
            (FOLDER_ITSELF, false),
            (READ_ITSELF, false),
            (UPDATE_ITSELF, false),
            (CREATE, false),
        ] {
            assert!(flags.contains(OFlags::CLOEXEC), "{flags:?}");
            assert_eq!(!flags.contains(OFlags::NOFOLLOW), follows, "{flags:?}");
            let is_folder = flags.contains(OFlags::DIRECTORY);
            assert_ne!(flags.contains(OFlags::NONBLOCK), is_folder, "{flags:?}");
        }
    }
}
