//! A panic is a bug of this program. It ends in one line and exit code 1, after the terminal and the files have been restored.
//!
//! The line never contains a formatted message, which could quote a secret: only the place, and a message that is a constant.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use crate::login;
use crate::ui::Ui;

/// Where the first panic of any thread happened, and its message.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program. Unwinding restores the terminal, releases the locks and removes temporary files.
pub(super) fn contained(run: impl FnOnce() -> u8) -> u8 {
    set_hook(Box::new(note));
    let ended = catch_unwind(AssertUnwindSafe(run));
    let first = FIRST.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (ended, first) {
        (Ok(code), None) => code,
        (_, first) => {
            let line = line(first.as_deref(), login::code_may_be_used());
            Ui::default().release(Some(&line));
            1
        }
    }
}

fn note(panic: &PanicHookInfo<'_>) {
    let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
    if first.is_none() {
        let place = panic.location().map_or_else(String::new, |location| {
            format!(" at {}:{}", location.file(), location.line())
        });
        let message = panic
            .payload()
            .downcast_ref::<&'static str>()
            .map_or_else(String::new, |message| format!(": {message}"));
        *first = Some(format!("{place}{message}"));
    }
}

fn line(panic: Option<&str>, code_may_be_used: bool) -> String {
    let code = if code_may_be_used {
        "; the token code may have been used"
    } else {
        ""
    };
    format!(
        "error: mfa-session failed because of a bug{}{code}",
        panic.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_where_and_whether_the_code_may_have_been_used() {
        assert_eq!(
            line(Some(" at src/x.rs:1: no"), true),
            "error: mfa-session failed because of a bug at src/x.rs:1: no; the token code may have been used"
        );
        assert!(!line(None, false).contains("code"));
    }
}
