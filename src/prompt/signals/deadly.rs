//! The signals that end a program by default and have no orderly end.

use nix::sys::signal::Signal as Known;
use signal_hook::low_level;

/// The signals that [`deadly`] leaves out: those that end the program in an orderly way, stop it or do nothing by default, those of
/// a fault, and those that the failing call reports as an error as well.
const SPARED: [Known; 18] = [
    Known::SIGHUP,
    Known::SIGINT,
    Known::SIGTERM,
    Known::SIGKILL,
    Known::SIGSTOP,
    Known::SIGTSTP,
    Known::SIGTTIN,
    Known::SIGTTOU,
    Known::SIGCHLD,
    Known::SIGCONT,
    Known::SIGURG,
    Known::SIGWINCH,
    Known::SIGSEGV,
    Known::SIGBUS,
    Known::SIGILL,
    Known::SIGFPE,
    Known::SIGPIPE,
    Known::SIGXFSZ,
];

/// The other signals that end a program by default: Ctrl-\, timers, limits, and what another program may send. Signals of a fault
/// are not among them, because a handler that returns would repeat the fault.
pub(super) fn deadly() -> impl Iterator<Item = i32> {
    Known::iterator()
        .filter(|signal| !SPARED.contains(signal))
        .map(|signal| signal as i32)
}

/// Whether signal-hook can emulate how a program dies by this signal. It treats SIGIO as harmless, and does not know some of
/// Linux's signals.
pub(super) fn dies_by_emulation(number: i32) -> bool {
    number != signal_hook::consts::SIGIO && low_level::signal_name(number).is_some()
}

/// Ends the program by a signal, as if it had not been caught.
pub(in crate::prompt) fn die(number: i32) {
    if dies_by_emulation(number) {
        let _ = low_level::emulate_default_handler(number);
    }
    // The signal's default cannot be emulated: this is the status that shells show for it.
    low_level::exit(128 + number);
}
