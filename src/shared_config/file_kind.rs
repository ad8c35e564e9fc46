//! Which of the two shared files a text is: they write section headers differently.

/// Which of the two files
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `~/.aws/config`
    Config,
    /// `~/.aws/credentials`
    Credentials,
}
