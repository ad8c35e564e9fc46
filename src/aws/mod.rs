//! AWS's own terms, and the SDK behind one blocking trait.
//!
//! The terms (`types`, `partition`, `endpoint`) are pure and always compiled. `target` is where the calls go, `call` is the trait,
//! `client` makes the calls with the SDK, and `error` says why one failed.

pub mod endpoint;
pub mod partition;
pub mod types;

#[cfg(feature = "cli")]
mod call;
#[cfg(feature = "cli")]
mod client;
#[cfg(feature = "cli")]
mod clock;
#[cfg(feature = "cli")]
mod error;
#[cfg(feature = "cli")]
mod http_client;
#[cfg(feature = "cli")]
mod no_calls;
#[cfg(feature = "cli")]
mod proxy;
#[cfg(feature = "cli")]
mod refusal;
#[cfg(feature = "cli")]
mod running_time;
#[cfg(feature = "cli")]
mod target;
#[cfg(feature = "cli")]
mod trust;

#[cfg(feature = "cli")]
pub use call::{Answered, Aws, Device, SessionRequest};
#[cfg(feature = "cli")]
pub use client::Sdk;
#[cfg(feature = "cli")]
pub use clock::Skew;
#[cfg(feature = "cli")]
pub use error::CallError;
#[cfg(feature = "cli")]
pub use no_calls::NoCalls;
#[cfg(feature = "cli")]
pub use proxy::ProxyError;
#[cfg(feature = "cli")]
pub use refusal::{Refusal, RefusalKind};
#[cfg(feature = "cli")]
pub use target::Target;
#[cfg(feature = "cli")]
pub use trust::TrustError;
