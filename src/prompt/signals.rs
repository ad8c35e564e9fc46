//! The signals that end or stop the program, outside a question and within one.
//!
//! Outside a question SIGINT, SIGTERM and SIGHUP end the program at once, with the exit code that scripts expect. Within one
//! they only wake the reader, which puts the terminal's mode back first, and so does every other signal that ends a program by
//! default. While a code is on its way to AWS, those three and SIGTSTP wait until the answer is stored. The switches between
//! these are atomic flags, and what comes around a switch is kept, never lost. A signal that was ignored when the program
//! started stays ignored.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use nix::sys::signal::Signal as Known;
use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
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

/// Outside a question: signals that end the program in an orderly way act by themselves.
static ARMED: AtomicBool = AtomicBool::new(false);
/// As [`ARMED`], and somebody could continue us if we stopped.
static STOPS: AtomicBool = AtomicBool::new(false);

/// Outside a question: every other signal that ends the program acts by itself.
static DIES: AtomicBool = AtomicBool::new(false);

static INT: AtomicBool = AtomicBool::new(false);
static TERM: AtomicBool = AtomicBool::new(false);
static HUP: AtomicBool = AtomicBool::new(false);
/// The number of the last [`deadly`] signal; 0 if none came.
static DEADLY: AtomicUsize = AtomicUsize::new(0);
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

    /// Holds SIGINT, SIGTERM, SIGHUP and SIGTSTP back until [`Held::finish`]. Ctrl-\ still ends the program at once.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn hold() -> io::Result<Held> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        install_ending(&mut installed)?;
        if installed.pipe.is_none() {
            installed.pipe = Some(install_waking()?);
        }
        // It has acted by itself before.
        TSTP.store(false, Ordering::SeqCst);
        ARMED.store(false, Ordering::SeqCst);
        STOPS.store(false, Ordering::SeqCst);
        Ok(Held(()))
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
        DIES.store(false, Ordering::SeqCst);
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

/// What a question needs, or a code on its way: job control, every deadly signal, and the pipe that wakes the reader.
fn install_waking() -> io::Result<UnixStream> {
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

/// What [`deadly`] leaves out: an orderly end, stops, what is harmless by default, faults, and what is an error of the call that
/// met it.
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

/// The signals that end a program by default, besides those that end it in an orderly way: Ctrl-\, timers, limits and whatever
/// another program may send. Not those of a fault, which a handler that returns would only repeat.
fn deadly() -> impl Iterator<Item = i32> {
    Known::iterator()
        .filter(|signal| !SPARED.contains(signal))
        .map(|signal| signal as i32)
}

/// Whether signal-hook knows how a program dies by it. It takes SIGIO for harmless, and some of Linux's it does not know.
fn dies_by_emulation(number: i32) -> bool {
    number != signal_hook::consts::SIGIO && low_level::signal_name(number).is_some()
}

fn arm() {
    DIES.store(true, Ordering::SeqCst);
    STOPS.store(!nobody_could_continue_us(), Ordering::SeqCst);
    ARMED.store(true, Ordering::SeqCst);
}

/// What a signal asks of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    Ending(Signal),
    /// Another one that ends the program, by its number.
    Deadly(i32),
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
        ending()
    }
}

/// Signals that wait. Dropped, they act by themselves again.
#[derive(Debug)]
pub struct Held(());

/// What signals ask of a program that held them back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferred {
    /// No signal came.
    Nothing,
    /// Ctrl-Z: the caller lets go of what others wait for, and calls [`Signals::stop`].
    Stop,
    /// The caller exits with [`Signal::exit_code`].
    End(Signal),
}

impl Held {
    /// Lets the signals act by themselves again, and says what those that came until then ask for.
    #[must_use]
    pub fn finish(self) -> Deferred {
        drop(self);
        match ending() {
            Some(signal) => Deferred::End(signal),
            None if may_stop() => Deferred::Stop,
            None => Deferred::Nothing,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        arm();
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
            .or_else(|| deadly_caught().map(Caught::Deadly))
            .or_else(|| may_stop().then_some(Caught::Stop))
            .or_else(|| taken(&CONT).then_some(Caught::Continued))
    }

    /// Lets the signals act by themselves again, and gives the one that came until then.
    pub(super) fn finish(self) -> Option<Signal> {
        drop(self);
        let signal = ending();
        if signal.is_none() {
            if let Some(number) = deadly_caught() {
                die(number);
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

fn deadly_caught() -> Option<i32> {
    let number = DEADLY.swap(0, Ordering::SeqCst);
    i32::try_from(number).ok().filter(|number| *number != 0)
}

/// Dies by a signal as if it had never been caught.
pub(super) fn die(number: i32) {
    if dies_by_emulation(number) {
        let _ = low_level::emulate_default_handler(number);
    }
    // A signal that cannot be raised by its default: shells show this status for it.
    low_level::exit(128 + number);
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
