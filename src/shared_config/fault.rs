//! Why a line of a shared file cannot be read, and where it stands.

/// A line that cannot be read, or a file that is not text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it; it does not repeat the line, which may hold a secret.
    pub message: &'static str,
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A header without `]`.
    Unclosed,
    /// A header without a name.
    Empty,
    /// A property without `=` or `:`.
    Undelimited,
    /// A property without a name.
    Nameless,
    /// A nested property without `=`.
    Unnested,
    /// A property above the first header.
    Homeless,
}

impl Fault {
    /// What is wrong with the line.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Unclosed => "a section header has no `]`",
            Self::Empty => "a section header has no name",
            Self::Undelimited => "a property has no `=`",
            Self::Nameless => "a property has no name",
            Self::Unnested => "a nested property has no `=`",
            Self::Homeless => "a property comes before the first section",
        }
    }

    /// Whether the line begins a section, whose name is not known.
    pub(super) fn is_header(self) -> bool {
        matches!(self, Self::Unclosed | Self::Empty)
    }
}
