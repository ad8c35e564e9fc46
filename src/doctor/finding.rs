//! What a check found: where, what it breaks, and how it is repaired.

use super::check::Check;

/// What a check found. It repeats names and never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// The file or folder that it is about, if there is one.
    pub file: Option<String>,
    /// The line in that file, from 1.
    pub line: Option<usize>,
    /// The profile that it is about, if it is about one.
    pub profile: Option<String>,
    /// The environment variable that it is about.
    pub variable: Option<&'static str>,
    /// What is wrong, as a sentence.
    pub what: String,
    /// What that breaks, as a sentence.
    pub breaks: String,
    /// How it is repaired, as a sentence.
    pub repair: String,
    /// The command that repairs it, for a POSIX shell.
    pub command: String,
}

impl Finding {
    /// A finding without a place.
    #[must_use]
    pub fn new(check: Check, what: impl Into<String>) -> Self {
        Self {
            check,
            file: None,
            line: None,
            profile: None,
            variable: None,
            what: what.into(),
            breaks: String::new(),
            repair: String::new(),
            command: String::new(),
        }
    }

    /// In a file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// At a line of a file.
    #[must_use]
    pub fn at(mut self, (file, line): (String, usize)) -> Self {
        self.file = Some(file);
        self.line = Some(line);
        self
    }

    /// Of a profile.
    #[must_use]
    pub fn of(mut self, profile: &str) -> Self {
        self.profile = Some(profile.to_owned());
        self
    }

    /// In a variable.
    #[must_use]
    pub fn in_variable(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    /// What it breaks.
    #[must_use]
    pub fn breaks(mut self, breaks: impl Into<String>) -> Self {
        self.breaks = breaks.into();
        self
    }

    /// How it is repaired, and by which command.
    #[must_use]
    pub fn repair(mut self, how: impl Into<String>, command: impl Into<String>) -> Self {
        self.repair = how.into();
        self.command = command.into();
        self
    }
}

/// The command that opens a file at a line in the user's editor. No command of AWS's removes a setting.
#[must_use]
pub fn edit(file: &str, line: usize) -> String {
    format!(
        "${{EDITOR:-vi}} +{line} {}",
        crate::quote::shell_quote(file)
    )
}
