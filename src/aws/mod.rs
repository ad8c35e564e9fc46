//! AWS's own terms, and the SDK behind one blocking trait.
//!
//! The terms (`types`, `partition`, `endpoint`) are pure and always compiled. Only `client` may name tokio or the SDK.

pub mod endpoint;
pub mod partition;
pub mod types;

#[cfg(feature = "cli")]
mod client;
#[cfg(feature = "cli")]
mod clock;
#[cfg(feature = "cli")]
mod http_client;
#[cfg(feature = "cli")]
mod proxy;
#[cfg(feature = "cli")]
mod refusal;
#[cfg(feature = "cli")]
mod running_time;
#[cfg(feature = "cli")]
mod trust;

#[cfg(feature = "cli")]
pub use client::{Answered, Aws, CallError, Device, Sdk, SessionRequest, Target};
#[cfg(feature = "cli")]
pub use clock::Skew;
#[cfg(feature = "cli")]
pub use proxy::ProxyError;
#[cfg(feature = "cli")]
pub use refusal::{Refusal, RefusalKind};
#[cfg(feature = "cli")]
pub use trust::TrustError;
