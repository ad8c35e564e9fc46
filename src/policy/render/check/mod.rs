//! Findings in four formats, one file per format.

mod github;
mod json;
mod sarif;
#[cfg(test)]
mod tests;
mod text;
mod window;

pub use github::github;
pub use json::json;
pub use sarif::sarif;
pub use text::{Colour, findings, summary};
