//! One thing for which IAM refuses a document.

use std::borrow::Cow;

use crate::policy::document::Path;

/// What IAM says of a document that does not follow the grammar.
pub const SYNTAX: &str = "Syntax errors in policy.";

/// What IAM says of literals and ARNs that it cannot read.
pub const LEGACY: &str = "The policy failed legacy parsing";

pub(super) const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";

/// One thing for which IAM refuses a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The element.
    pub path: Path,
    /// IAM's message.
    pub message: Cow<'static, str>,
}

impl Refusal {
    pub(super) fn new(path: Path, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path,
            message: message.into(),
        }
    }

    pub(super) fn legacy(path: Path) -> Self {
        Self::new(path, LEGACY)
    }

    pub(super) fn is_version(&self) -> bool {
        self.message == VERSION
    }
}
