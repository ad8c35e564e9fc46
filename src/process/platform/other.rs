//! Other Unix systems have nothing of the kind.

use std::io;

use rustix::process::Pid;

/// The limit on core files must do.
pub(in crate::process) fn close_memory() {}

/// The child is ended where this program ends in order.
pub(in crate::process) fn die_with_parent(_parent: Pid) -> io::Result<()> {
    Ok(())
}
