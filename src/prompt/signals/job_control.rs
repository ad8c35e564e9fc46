//! Stopping by SIGTSTP (Ctrl-Z), as the kernel's default does it.

use std::sync::atomic::Ordering;

use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid};
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level;

use super::flags::{CONT, TSTP, taken};
use super::proc_status::{field, status_of};

/// Whether SIGTSTP came and the program should stop. The flag is cleared.
pub(super) fn may_stop() -> bool {
    // By default the kernel drops SIGTSTP for an orphaned process group: a program that leads its session would hang for ever.
    taken(&TSTP) && !is_orphaned()
}

/// Stops the program, and returns when it is continued.
pub(super) fn stop() {
    let _ = low_level::emulate_default_handler(SIGTSTP);
    CONT.store(false, Ordering::SeqCst);
}

/// Whether our process group is orphaned: no ancestor in the same session, but in another group, could continue us.
pub(super) fn is_orphaned() -> bool {
    // Not rustix's functions, which do not accept the 0 of a group or session outside our PID namespace.
    let (group, session) = (getpgrp(), getsid(None));
    let mut ancestor = getppid();
    while ancestor.as_raw() > 0 {
        if getsid(Some(ancestor)) != session {
            return true;
        }
        if getpgid(Some(ancestor)) != Ok(group) {
            return false;
        }
        let parent = status_of(&ancestor.to_string())
            .and_then(|status| field(&status, "PPid:")?.parse().ok());
        let Some(parent) = parent else {
            return false;
        };
        ancestor = Pid::from_raw(parent);
    }
    true
}
