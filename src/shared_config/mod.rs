//! The two shared files: `~/.aws/config` and `~/.aws/credentials`.
//!
//! They belong to the user and to every other tool, so they are read without loss, edited a line at a time, and judged
//! before they are written: a long-term key is never overwritten. All of it but `store` is pure.
//!
//! `line` and `name` read one line and one header; `document` is a file; `edit` changes one profile of it by `splice`,
//! and `guard` sees that nothing else was changed; `inventory` notices what has vanished since the file was first read; `profile` merges both files and finds keys; `access` says whether a
//! profile may be written to; `resolve` turns the profile that was named into the source profile; `location` says where
//! the files are; `store` reads and replaces them.

mod access;
mod document;
mod edit;
mod guard;
mod inventory;
mod line;
pub mod location;
mod name;
mod profile;
mod resolve;
mod splice;
#[cfg(feature = "cli")]
pub mod store;

#[cfg(test)]
#[cfg(feature = "cli")]
mod oracle;

pub use access::{Issuer, MANAGER, Overwrite, Reason, WriteAccess};
pub use document::{Document, FileKind, ParseError};
pub use edit::{Edit, EditError, EmptySection};
pub use guard::Changed;
pub use inventory::{Inventory, Missing};
pub use name::BadName;
pub use profile::{KeyState, Profile, Profiles, key};
pub use resolve::{ResolveError, Resolved, Via, session_profile_name};
