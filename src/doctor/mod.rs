//! PURE: what is wrong with the shared files, the environment and the session cache of this machine, what that breaks, and the command
//! that repairs it.
//!
//! `check` is the table of all checks and `finding` what one of them found. `facts` is everything that is known; a command gathers it
//! without changing anything. `view` indexes the facts, and each of the other files is one group of checks.

mod cache;
mod chains;
mod check;
mod environment;
pub mod explain;
mod facts;
mod files;
mod finding;
mod hooks;
mod keys;
mod machine;
mod scope;
mod settings;
mod syntax;
mod view;

pub use check::{Check, Severity};
pub use facts::{
    Access, CacheFacts, Facts, FileFacts, FileState, Program, Session, Terminal, Untrusted,
};
pub use finding::{Finding, edit};
pub use hooks::programs;
pub use scope::scope;

use view::View;

/// Runs every check that needs no network; the worst findings come first.
#[must_use]
pub fn examine(facts: &Facts<'_>) -> Vec<Finding> {
    let view = View::of(facts);
    let mut found = Vec::new();
    files::check(&view, &mut found);
    syntax::check(&view, &mut found);
    keys::check(&view, &mut found);
    chains::check(&view, &mut found);
    hooks::check(&view, &mut found);
    settings::check(&view, &mut found);
    environment::check(&view, &mut found);
    cache::check(&view, &mut found);
    machine::check(&view, &mut found);
    found.sort_by_key(|finding| finding.check.severity());
    found
}

#[cfg(test)]
mod tests;
