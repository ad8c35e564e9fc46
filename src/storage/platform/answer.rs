//! What the platform's calls answer.

/// Why a file cannot be replaced by a rename, whatever its mode and folder allow.
pub(in crate::storage) enum Obstacle {
    /// The file itself is a mount point; containers mount single files.
    MountPoint,
    /// It is marked immutable or append-only.
    Immutable,
}

/// Whether another program has a file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storage) enum OpenForWriting {
    /// At least one process has.
    Yes,
    /// No process has.
    No,
    /// The system or the file system cannot answer this.
    Unknown,
}
