//! The two shared files: `~/.aws/config` and `~/.aws/credentials`.
//!
//! They belong to the user and are shared with other tools. So they are read without loss, edited line by line, and checked
//! before they are written: a long-term key is never overwritten. Everything except `store` is pure.
//!
//! - `line` reads one line and `name` one section header; `parse` finds the sections and the lines at fault; `document` is a whole
//!   file.
//! - `edit` records the changes to one profile, `apply` makes them with `splice`, and `guard` checks that nothing else changed.
//! - `inventory` notices sections and keys that have vanished since the file was first read.
//! - `profile` merges both files and finds keys; `access` decides whether a profile may be written to.
//! - `chain` follows a profile to the one with the long-term key; `resolve` says what that makes of the profile that the user named.
//! - `complaint` finds what the AWS CLI could not read; `place` says in which line something stands, and finds lines that are not what
//!   they seem.
//! - `mask` hides the secrets of a text that is shown.
//! - `location` finds the files; `store` reads and replaces them.

mod access;
mod apply;
mod chain;
mod complaint;
mod document;
mod edit;
mod fault;
mod file_kind;
mod guard;
mod hook_line;
mod inventory;
mod line;
pub mod location;
mod mask;
mod name;
mod near;
mod parse;
mod place;
mod profile;
mod resolve;
mod resolve_error;
mod section;
mod splice;
#[cfg(feature = "cli")]
pub mod store;

#[cfg(test)]
#[cfg(feature = "cli")]
mod oracle;

pub use access::{Issuer, Overwrite, Reason, WriteAccess};
pub use apply::EditError;
pub use chain::{LeadsTo, Role, SessionHolder};
pub use complaint::{Complaint, Defect};
pub use document::Document;
pub use edit::{Edit, EmptySection};
pub use fault::ParseError;
pub use file_kind::FileKind;
pub use guard::Changed;
pub use hook_line::profile_of_hook_line;
pub use inventory::{Inventory, Missing};
pub use mask::masked;
pub use name::BadName;
pub use near::near;
pub use place::{IgnoredSection, LineNumbers, Place, SwallowedKey, shown_header};
pub use profile::{KEYCHAIN, KeyState, MANAGER, Profile, Profiles, key};
pub use resolve::{Resolved, Via, session_profile_name};
pub use resolve_error::{ResolveError, arrows};
