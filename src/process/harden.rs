//! What a program that holds secrets asks of the system before it reads one, and what its children get back.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::SIGXFSZ;

use super::platform;

/// The limit on core files as it was at the start, where it was lowered.
static CORE: OnceLock<Rlimit> = OnceLock::new();
static FILE_LIMIT: AtomicBool = AtomicBool::new(false);

/// Keeps this process's memory out of core files and away from other processes, and has a limit on the size of files be an error
/// of the write that meets it, not the end of the program.
pub fn harden() {
    platform::close_memory();
    let limit = getrlimit(Resource::Core);
    if limit.current != Some(0) {
        let none = Rlimit {
            current: Some(0),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Core, none).is_ok() {
            let _ = CORE.set(limit);
        }
    }
    // A handler, and not SIG_IGN, which a child would inherit.
    let _ = signal_hook::flag::register(SIGXFSZ, &FILE_LIMIT);
}

/// The limit that a child is to be given back.
pub(super) fn core_limit() -> Option<Rlimit> {
    CORE.get().copied()
}

/// Gives a limit back to the program that this process is about to become.
pub(super) fn restore(limit: Option<Rlimit>) {
    if let Some(limit) = limit {
        let _ = setrlimit(Resource::Core, limit);
    }
}
