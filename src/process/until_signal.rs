//! Running until somebody ends it: SIGINT, SIGTERM and SIGHUP become an orderly stop, and the exit code says which it was.
//!
//! For a command that has something to put away. A prompt has its own way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The exit code of the signal that came; 0 as long as none has.
#[derive(Debug, Clone, Default)]
pub struct Ending(Arc<AtomicU8>);

impl Ending {
    /// 130, 143 or 129, or 0 if no signal came.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Calls `stop` at the first signal that ends a program.
///
/// # Errors
/// What the system says of the handlers.
pub fn on_ending_signal(stop: impl FnOnce() + Send + 'static) -> io::Result<Ending> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let ending = Ending::default();
    let told = ending.clone();
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            told.0
                .store(u8::try_from(128 + signal).unwrap_or(1), Ordering::SeqCst);
            stop();
        }
    });
    Ok(ending)
}
