//! A file with its name.

/// A file of a folder.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// The name of the file.
    pub name: &'a str,
    /// Its text, without a byte order mark.
    pub text: &'a str,
}
