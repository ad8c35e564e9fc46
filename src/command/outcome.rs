//! How a command ends.

use crate::error::Error;

/// The exit code of a command, or why it failed.
pub(super) type Outcome = Result<u8, Error>;
