//! `setup`: what is written into the shared files so that AWS clients get the session from the hook.
//!
//! `sources` finds the profiles with long-term keys. `plan` (PURE) makes the `changes` from the files and the wishes, with `hook_profile`,
//! which finds or chooses the hook profile, `move_keys` (`--default`), `roles` and `code_command`; `layouts` recognises other tools, and
//! `convert` adds to them. `new_key` stores a key pair where there is
//! none. `undo` takes back what a setup wrote. `write` makes the changes, after planning them again on the bytes that are replaced.

mod changes;
mod code_command;
mod convert;
mod hook_profile;
mod layouts;
mod move_keys;
mod new_key;
mod plan;
mod refusal;
mod roles;
mod sources;
mod undo;
mod write;

pub use changes::{Change, Changes, Move};
pub use hook_profile::{hook_line, program_of};
pub use layouts::{Layout, layouts};
pub use new_key::{NewKey, Room, room, store_key, with_key};
pub use plan::{Device, Given, Kind, Plan, plan};
pub use refusal::Refusal;
pub use sources::sources;
pub use undo::{Undo, record_of, undo};
pub use write::{Checked, Order, check_files, write};
