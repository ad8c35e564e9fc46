//! A panic is a fault of this program: it ends in one line and exit code 1, with everything put back on the way.
//!
//! The line holds no formatted message, which might quote a secret; only the place, and a message that is a constant.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use crate::login;
use crate::ui::Ui;

/// The first panic of any thread.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program. Unwinding restores the terminal, frees the locks and removes temporary files.
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
        "; the code may have been used"
    } else {
        ""
    };
    format!(
        "error: mfa-session failed because of a fault of its own{}{code}",
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
            "error: mfa-session failed because of a fault of its own at src/x.rs:1: no; the code may have been used"
        );
        assert!(!line(None, false).contains("code"));
    }
}
