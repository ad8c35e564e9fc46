//! The result as text for people and programs, one file per format.

mod csv;
mod forecast;
mod json;
#[cfg(feature = "cli")]
mod junit;
mod rows;
mod sarif;
mod text;

pub use csv::csv;
pub use forecast::{forecast_json, forecast_text};
pub use json::json;
#[cfg(feature = "cli")]
pub use junit::junit;
pub use sarif::sarif;
pub use text::text;

/// One of the files that were judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// What it is, as its option is called.
    pub kind: &'static str,
    /// As it was typed.
    pub file: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}
