//! The signals that end or stop the program, during a question and otherwise.
//!
//! Outside a question SIGINT, SIGTERM and SIGHUP end the program at once, with the exit code that scripts expect. During one they
//! only wake the reader, which first restores the terminal's mode; so does every other signal that ends a program by default.
//! While a token code is on its way to AWS, these three and SIGTSTP wait until the answer is stored. Atomic flags switch between
//! these states, and a signal that arrives during a switch is not lost. A signal that was ignored when the program started stays
//! ignored.

mod deadly;
mod flags;
mod guards;
mod handlers;
mod ignored;
mod job_control;
mod proc_status;
mod signal;

pub(super) use deadly::die;
pub(super) use guards::{Caught, Listening};
pub use guards::{Deferred, Held, Noted, Signals};
pub use signal::Signal;
