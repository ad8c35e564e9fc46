//! What the platform's calls answer.

/// What keeps a file from being renamed over, whatever its mode and folder allow.
pub(in crate::storage) enum Hindrance {
    /// Something is mounted on this very name, as containers do with single files.
    MountPoint,
    /// It is marked immutable, or fit to be appended to only.
    Immutable,
}

/// Whether another program has a file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storage) enum OpenForWriting {
    /// Somebody has.
    Yes,
    /// Nobody has.
    No,
    /// The system or the file system cannot tell.
    Unknown,
}
