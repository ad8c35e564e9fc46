//! AWS's own terms, and the SDK behind one blocking trait.
//!
//! The terms (`types`, `role`, `partition`, `endpoint`) are pure and always compiled. `target` is where the calls go, and `signer` signs them. `call`
//! is the trait for a login and `user_calls` the one for a user's own devices and keys; `client` and `user_client` make the calls with
//! the SDK. `error` says why one failed. `console` has the addresses of
//! AWS's console, and `sign_in` gets the token that opens it.

pub mod endpoint;
pub mod partition;
pub mod role;
pub mod types;

#[cfg(feature = "cli")]
mod call;
#[cfg(feature = "cli")]
mod client;
#[cfg(feature = "cli")]
mod clock;
#[cfg(feature = "cli")]
pub mod console;
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
mod sign_in;
#[cfg(feature = "cli")]
mod signer;
#[cfg(feature = "cli")]
mod target;
#[cfg(feature = "cli")]
mod trust;
#[cfg(feature = "cli")]
mod user_calls;
#[cfg(feature = "cli")]
mod user_client;

#[cfg(feature = "cli")]
pub use call::{Answered, Aws, Device, RoleRequest, SessionRequest};
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
pub use sign_in::{Federation, SignInError};
#[cfg(feature = "cli")]
pub use signer::Signer;
#[cfg(feature = "cli")]
pub use target::Target;
#[cfg(feature = "cli")]
pub use trust::TrustError;
#[cfg(feature = "cli")]
pub use user_calls::{AccessKey, CallerIdentity, EnabledDevice, KeyStatus, NewDevice, UserCalls};
