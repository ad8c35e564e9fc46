//! What differs between systems: closing memory to others, and children that do not outlive their parent.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(super) use linux::{close_memory, die_with_parent};
#[cfg(not(target_os = "linux"))]
pub(super) use other::{close_memory, die_with_parent};
