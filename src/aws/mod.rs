//! AWS's own terms, and the SDK behind one blocking trait.
//!
//! The terms (`types`, `partition`, `endpoint`) are pure and always compiled. Only `client` may name tokio or the SDK.

pub mod partition;
pub mod types;
