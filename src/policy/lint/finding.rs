//! Rules, findings and severities.

use std::fmt;

use super::fix::Fix;
use super::view::View;
use crate::policy::document::Path;

/// Findings of one rule in one document, at most: nobody reads more, and hostile documents must not cost more.
pub(super) const MAX_FINDINGS: usize = 200;

/// How bad a finding is, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not meant.
    Warning,
    /// A way around MFA, or to credentials, is open.
    High,
    /// The policy does not do what it is for.
    Error,
}

impl Severity {
    /// As options and reports write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::High => "high",
            Self::Error => "error",
        }
    }
}

/// One rule.
pub struct Rule {
    /// `MFA001`.
    pub id: &'static str,
    /// A few words for reports, e.g. `long-term-keys-pass`.
    pub name: &'static str,
    /// What goes wrong and why it matters, one paragraph.
    pub explanation: &'static str,
    /// The page that says so.
    pub url: &'static str,
    /// The findings in one policy, which is taken apart once for all rules.
    pub(super) find: fn(&View<'_>) -> Vec<Finding>,
}

impl Rule {
    pub(super) fn finding(
        &'static self,
        severity: Severity,
        path: Path,
        message: String,
    ) -> Finding {
        Finding {
            rule: self,
            severity,
            path,
            message,
            fix: None,
        }
    }
}

impl Finding {
    pub(super) fn mended_by(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// One thing that a rule found in one policy.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The element; the empty path is the whole document.
    pub path: Path,
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// What mends it, where that is safe.
    pub fix: Option<Fix>,
}
