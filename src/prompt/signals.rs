//! The signals that end or stop the program, outside a question and within one.
//!
//! Outside a question SIGINT, SIGTERM and SIGHUP end the program at once, with the exit code that scripts expect. Within one
//! they only wake the reader, which puts the terminal's mode back first. The switch between the two is one atomic flag, and
//! what comes around the switch is kept, never lost. A signal that was ignored when the program started stays ignored.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::{flag, low_level};

/// A signal that ends the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Int,
    /// SIGTERM.
    Term,
    /// SIGHUP: the terminal has gone.
    Hup,
}

impl Signal {
    /// 128 and the signal's number, as shells have it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Int => 130,
            Self::Term => 143,
            Self::Hup => 129,
        }
    }
}

/// Outside a question: signals act by themselves.
static ARMED: AtomicBool = AtomicBool::new(false);
/// As [`ARMED`], and somebody could continue us if we stopped.
static STOPS: AtomicBool = AtomicBool::new(false);

static INT: AtomicBool = AtomicBool::new(false);
static TERM: AtomicBool = AtomicBool::new(false);
static HUP: AtomicBool = AtomicBool::new(false);
static QUIT: AtomicBool = AtomicBool::new(false);
static TSTP: AtomicBool = AtomicBool::new(false);
static CONT: AtomicBool = AtomicBool::new(false);

const ENDING: [(i32, Signal, &AtomicBool); 3] = [
    (SIGHUP, Signal::Hup, &HUP),
    (SIGTERM, Signal::Term, &TERM),
    (SIGINT, Signal::Int, &INT),
];

struct Installed {
    ending: bool,
    pipe: Option<UnixStream>,
}

static INSTALLED: Mutex<Installed> = Mutex::new(Installed {
    ending: false,
    pipe: None,
});

/// The program's handling of signals.
#[derive(Debug)]
pub struct Signals;

impl Signals {
    /// From now on SIGINT, SIGTERM and SIGHUP end the program with exit status 130, 143 and 129. A second call does nothing.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn install() -> io::Result<()> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        install_ending(&mut installed)
    }

    /// Has SIGINT, SIGTERM and SIGHUP noted instead of obeyed while another program is asked, so that it can be ended too.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn note() -> io::Result<Noted> {
        Self::install()?;
        ARMED.store(false, Ordering::SeqCst);
        Ok(Noted(()))
    }

    /// Stops the program, as SIGTSTP does by itself, and returns when it is continued.
    pub fn stop() {
        stop();
    }

    /// Holds the signals back for the time of a question.
    pub(super) fn listen() -> io::Result<Listening> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        install_ending(&mut installed)?;
        let pipe = match &installed.pipe {
            Some(pipe) => pipe.try_clone()?,
            None => installed.pipe.insert(install_waking()?).try_clone()?,
        };
        // These two may have acted by themselves before; then they are done with.
        TSTP.store(false, Ordering::SeqCst);
        CONT.store(false, Ordering::SeqCst);
        ARMED.store(false, Ordering::SeqCst);
        STOPS.store(false, Ordering::SeqCst);
        Ok(Listening { pipe })
    }
}

fn install_ending(installed: &mut Installed) -> io::Result<()> {
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

/// What only a question needs: job control, Ctrl-\ and the pipe that wakes the reader.
fn install_waking() -> io::Result<UnixStream> {
    let ignored = Ignored::now();
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    let others = [
        (SIGQUIT, &QUIT, Some(&ARMED)),
        (SIGTSTP, &TSTP, Some(&STOPS)),
        (SIGCONT, &CONT, None),
    ];
    for (number, caught, by_itself) in others {
        if !ignored.contains(number) {
            if let Some(condition) = by_itself {
                flag::register_conditional_default(number, condition)?;
            }
            flag::register(number, caught)?;
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

fn arm() {
    STOPS.store(!nobody_could_continue_us(), Ordering::SeqCst);
    ARMED.store(true, Ordering::SeqCst);
}

/// What a signal asks of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    Ending(Signal),
    Quit,
    Stop,
    Continued,
}

/// Signals that are noted. Dropped, they act by themselves again.
#[derive(Debug)]
pub struct Noted(());

impl Noted {
    /// The signal that came, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        ENDING
            .into_iter()
            .find_map(|(_, signal, caught)| caught.load(Ordering::SeqCst).then_some(signal))
    }

    /// Lets the signals act by themselves again, and gives the one that came until then.
    #[must_use]
    pub fn finish(self) -> Option<Signal> {
        drop(self);
        if taken(&QUIT) {
            quit();
        }
        ending()
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        arm();
    }
}

/// Signals held back. Dropped, they act by themselves again.
pub(super) struct Listening {
    pipe: UnixStream,
}

impl Listening {
    /// Becomes readable when a signal comes.
    pub(super) fn wakes(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// The next signal that came, those that end the program first.
    pub(super) fn next(&mut self) -> Option<Caught> {
        // First the pipe, then the flags: a signal in between wakes once too often, not once too rarely.
        let mut wakes = [0; 64];
        while self.pipe.read(&mut wakes).is_ok_and(|n| n == wakes.len()) {}
        ending()
            .map(Caught::Ending)
            .or_else(|| taken(&QUIT).then_some(Caught::Quit))
            .or_else(|| may_stop().then_some(Caught::Stop))
            .or_else(|| taken(&CONT).then_some(Caught::Continued))
    }

    /// Lets the signals act by themselves again, and gives the one that came until then.
    pub(super) fn finish(self) -> Option<Signal> {
        drop(self);
        let signal = ending();
        if signal.is_none() {
            if taken(&QUIT) {
                quit();
            }
            if may_stop() {
                stop();
            }
        }
        signal
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        arm();
    }
}

fn taken(flag: &AtomicBool) -> bool {
    flag.swap(false, Ordering::SeqCst)
}

fn ending() -> Option<Signal> {
    ENDING
        .into_iter()
        .find_map(|(_, signal, caught)| taken(caught).then_some(signal))
}

/// Dies by SIGQUIT, as if it had never been caught.
pub(super) fn quit() {
    let _ = low_level::emulate_default_handler(SIGQUIT);
}

/// Whether SIGTSTP came and is to be obeyed.
fn may_stop() -> bool {
    // The kernel's own default drops it for a process group that nobody could continue: stopped, a program that leads its
    // session would hang for ever.
    taken(&TSTP) && !nobody_could_continue_us()
}

/// Stops, and returns when continued.
fn stop() {
    let _ = low_level::emulate_default_handler(SIGTSTP);
    CONT.store(false, Ordering::SeqCst);
}

/// Whether our process group is orphaned: no ancestor of ours in the same session, but in another group, does job control.
fn nobody_could_continue_us() -> bool {
    // Not rustix's, which take the 0 of a group or session outside our PID namespace for impossible.
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

/// The signals that are ignored; none, where the system has no safe way to ask.
struct Ignored(u64);

impl Ignored {
    fn now() -> Self {
        let mask = status_of("self")
            .as_deref()
            .and_then(|status| field(status, "SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask, 16).ok());
        Self(mask.unwrap_or(0))
    }

    fn contains(&self, number: i32) -> bool {
        u32::try_from(number - 1)
            .ok()
            .and_then(|bit| self.0.checked_shr(bit))
            .is_some_and(|rest| rest & 1 == 1)
    }
}

fn status_of(process: &str) -> Option<String> {
    // The name of a program need not be UTF-8.
    let status = std::fs::read(format!("/proc/{process}/status")).ok()?;
    Some(String::from_utf8_lossy(&status).into_owned())
}

fn field<'s>(status: &'s str, name: &str) -> Option<&'s str> {
    // The first line holds the program's name, which escapes its line ends.
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_names_its_signals() {
        let ignored = Ignored(0x1003);
        assert!(ignored.contains(SIGHUP) && ignored.contains(SIGINT) && ignored.contains(13));
        assert!(!ignored.contains(SIGTERM) && !ignored.contains(0) && !ignored.contains(65));
    }

    #[test]
    fn a_field_is_found_behind_an_odd_name() {
        let status = "Name:\ta b)\\nPPid: 7\nPPid:\t42\nSigIgn:\t0000000000001000\n";
        assert_eq!(field(status, "PPid:"), Some("42"));
        assert_eq!(field(status, "SigIgn:"), Some("0000000000001000"));
        assert_eq!(field(status, "Uid:"), None);
    }
}
