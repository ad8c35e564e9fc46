//! Linux: prctl(2).

use std::io;

use rustix::process::{
    DumpableBehavior, Pid, Signal, getppid, set_dumpable_behavior, set_parent_process_death_signal,
};

/// No core file, and no other process of the user may look into this one's memory. Running another program ends it.
pub(in crate::process) fn close_memory() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Has this process get SIGTERM when the thread that made it ends. Only system calls: it runs between fork and exec.
pub(in crate::process) fn die_with_parent(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    // It may have ended before.
    if getppid() == Some(parent) {
        Ok(())
    } else {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}
