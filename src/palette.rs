//! The colours of everything that people read, in one place.
//!
//! The code that prints decides whether they are shown: only on a terminal, unless the environment says otherwise.

use anstyle::{AnsiColor, Style};

/// The label of an error, and whatever is wrong.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The label of a warning, and whatever needs attention.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// The label of a hint, a note or a detail.
pub const NOTE: Style = AnsiColor::Cyan.on_default().bold();
/// A heading, or the name that a line is about.
pub const HEADING: Style = Style::new().bold();
/// The decision that a call is allowed, and a live session.
pub const ALLOWED: Style = AnsiColor::Green.on_default();
/// The decision that a call is denied, and a session that has ended.
pub const DENIED: Style = AnsiColor::Red.on_default();
/// The verdict that nothing is open.
pub const CLEAN: Style = AnsiColor::Green.on_default().bold();
/// The verdict that something is open.
pub const OPEN: Style = ERROR;

/// The text in a style. Control characters must have been removed from it before.
#[must_use]
pub fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
