//! Installs the signal handlers. Each only sets a flag, ends or stops the program, or wakes the reader.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::{flag, low_level};

use super::deadly::{deadly, dies_by_emulation};
use super::flags::{ARMED, CONT, DEADLY, DIES, ENDING, HOLDS, STOPS, TSTP};
use super::ignored::Ignored;
use super::job_control::is_orphaned;

/// The handlers that have been installed.
pub(super) struct Installed {
    pub(super) ending: bool,
    pub(super) pipe: Option<UnixStream>,
}

pub(super) static INSTALLED: Mutex<Installed> = Mutex::new(Installed {
    ending: false,
    pipe: None,
});

/// Installs the handlers of SIGINT, SIGTERM and SIGHUP, once.
pub(super) fn install_ending(installed: &mut Installed) -> io::Result<()> {
    if installed.ending {
        return Ok(());
    }
    let ignored = Ignored::now();
    arm();
    for (number, signal, caught) in ENDING {
        if !ignored.contains(number) {
            flag::register_conditional_shutdown(number, signal.exit_code().into(), &ARMED)?;
            flag::register(number, caught)?;
        }
    }
    installed.ending = true;
    Ok(())
}

/// Installs the handlers for a question and for a token code on its way to AWS: job control, every deadly signal, and a pipe that
/// becomes readable when a signal comes.
pub(super) fn install_waking() -> io::Result<UnixStream> {
    let ignored = Ignored::now();
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    if !ignored.contains(SIGTSTP) {
        flag::register_conditional_default(SIGTSTP, &STOPS)?;
        flag::register(SIGTSTP, &TSTP)?;
        low_level::pipe::register(SIGTSTP, write.try_clone()?)?;
    }
    if !ignored.contains(SIGCONT) {
        flag::register(SIGCONT, &CONT)?;
        low_level::pipe::register(SIGCONT, write.try_clone()?)?;
    }
    for number in deadly() {
        if !ignored.contains(number) {
            if dies_by_emulation(number) {
                flag::register_conditional_default(number, &DIES)?;
            } else {
                flag::register_conditional_shutdown(number, 128 + number, &DIES)?;
            }
            flag::register_usize(number, &DEADLY, usize::try_from(number).unwrap_or(0))?;
            low_level::pipe::register(number, write.try_clone()?)?;
        }
    }
    for (number, ..) in ENDING {
        if !ignored.contains(number) {
            low_level::pipe::register(number, write.try_clone()?)?;
        }
    }
    Ok(read)
}

/// Lets every signal act by itself, as outside a question; but not those that are held back beyond the question.
pub(super) fn arm() {
    DIES.store(true, Ordering::SeqCst);
    if HOLDS.load(Ordering::SeqCst) > 0 {
        return;
    }
    STOPS.store(!is_orphaned(), Ordering::SeqCst);
    ARMED.store(true, Ordering::SeqCst);
}
