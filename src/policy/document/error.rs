//! Errors in the text of a document, with their positions.

use std::ops::Range;

use super::lines::line_column;
use super::path::Path;

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` (line {line}, column {column}): {problem}")]
pub struct ParseError {
    /// The element.
    pub path: Path,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The element's bytes in the source.
    pub bytes: Range<usize>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not JSON.
    #[error("not valid JSON: {0}")]
    Syntax(String),
    /// Not the notation that the file is in: HCL, YAML.
    #[error("not valid {0}: {1}")]
    Notation(&'static str, String),
    /// More bytes than a policy can have.
    #[error("the policy document has {0} bytes, but at most {1} are read")]
    TooLarge(usize, usize),
    /// Nested deeper than any policy.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// The same name twice in one object.
    #[error("duplicate member `{0}`")]
    Duplicate(String),
    /// Another thing than the grammar asks for.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the grammar asks for.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// An element that must be there.
    #[error("expected {0}, found none")]
    Missing(&'static str),
    /// Two elements that exclude each other.
    #[error("expected either `{0}` or `{1}`, found both")]
    Both(&'static str, &'static str),
}

impl ParseError {
    pub(crate) fn at(source: &str, bytes: Range<usize>, path: Path, problem: Problem) -> Self {
        let (line, column) = line_column(source, bytes.start);
        Self {
            path,
            line,
            column,
            bytes,
            problem,
        }
    }
}
