//! Asks the user at the terminal, when that is allowed.
//!
//! A program that runs the hook captures its standard error and owns its standard input. The user is therefore asked on the
//! terminal device itself (`/dev/tty`); standard input, output and error are never used for questions.
//!
//! The terminal is borrowed. It is used only while our process group is in its foreground and while it is in its ordinary mode.
//! Its mode is restored however the question ends, a panic included, unless another program has changed it meanwhile. Only the
//! ECHO flag of the mode is ever cleared: the kernel goes on editing the line, and Ctrl-C, Ctrl-\ and Ctrl-Z still send signals,
//! which wait just long enough for the mode to be restored.
//!
//! Three crates were considered and lack what the hook needs: `rpassword` (used here to edit the typed line) and `dialoguer` wait
//! without a deadline and do not restore the mode on a signal, and `crossterm` switches the kernel's line editing off.

mod line;
mod mode;
mod output;
mod question;
mod signals;
mod terminal;
#[cfg(test)]
mod tests;
mod wait;

pub use question::{Answer, Echo, NotAllowed, Question};
pub use signals::{Deferred, Held, Noted, Signal, Signals};
pub use terminal::Terminal;
