//! The flags that the signal handlers read and set.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::signal::Signal;

/// Whether SIGINT, SIGTERM and SIGHUP end the program by themselves, as they do outside a question.
pub(super) static ARMED: AtomicBool = AtomicBool::new(false);
/// Whether SIGTSTP stops the program by itself: outside a question, if some process could continue us.
pub(super) static STOPS: AtomicBool = AtomicBool::new(false);

/// Whether every other signal that ends a program by default acts by itself, as outside a question.
pub(super) static DIES: AtomicBool = AtomicBool::new(false);

/// How many [`Held`](super::Held) there are: with one, a question that ends does not let signals act by themselves.
pub(super) static HOLDS: AtomicUsize = AtomicUsize::new(0);

pub(super) static INT: AtomicBool = AtomicBool::new(false);
pub(super) static TERM: AtomicBool = AtomicBool::new(false);
pub(super) static HUP: AtomicBool = AtomicBool::new(false);
/// The number of the last signal that ends a program by default, of those that are not in [`ENDING`]; 0 if none came.
pub(super) static DEADLY: AtomicUsize = AtomicUsize::new(0);
pub(super) static TSTP: AtomicBool = AtomicBool::new(false);
pub(super) static CONT: AtomicBool = AtomicBool::new(false);

/// The signals that end the program in an orderly way, each with the flag that its handler sets.
pub(super) const ENDING: [(i32, Signal, &AtomicBool); 3] = [
    (SIGHUP, Signal::Hup, &HUP),
    (SIGTERM, Signal::Term, &TERM),
    (SIGINT, Signal::Int, &INT),
];

/// Reads a flag and clears it.
pub(super) fn taken(flag: &AtomicBool) -> bool {
    flag.swap(false, Ordering::SeqCst)
}

/// The orderly signal that came, if one did. Its flag is cleared.
pub(super) fn ending() -> Option<Signal> {
    ENDING
        .into_iter()
        .find_map(|(_, signal, caught)| taken(caught).then_some(signal))
}

/// The number of the deadly signal that came, if one did. It is cleared.
pub(super) fn deadly_caught() -> Option<i32> {
    let number = DEADLY.swap(0, Ordering::SeqCst);
    i32::try_from(number).ok().filter(|number| *number != 0)
}
