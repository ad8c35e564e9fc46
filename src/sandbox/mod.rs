//! An AWS account on loopback that is strict where emulators are lax.
//!
//! It speaks AWS's query protocol for the STS and IAM calls around MFA to real AWS CLIs and SDKs: signatures, time stamps,
//! session tokens and token codes are verified, and refusals carry AWS's own codes and words.
//!
//! Everything that decides is pure: [`handle()`] turns an [`Account`], a [`Request`] and a time into a [`Response`].
//! `state` keeps an account in a folder and `server` puts it on a socket; only those two do I/O. The account must never be
//! reachable from another machine, and no secret of it may stand in a log line or in a `Debug`.

mod account;
mod action;
pub mod client;
mod fault;
mod handle;
mod message;
pub mod qr;
mod response;
mod seal;
mod server;
mod sigv4;
pub mod state;
mod stored;
mod totp;

pub use account::{
    Account, Call, LoadError, MfaContext, OwnDevice, Owner, OwnerPolicy, Setup, SignedWith,
};
pub use action::iam_action;
pub use handle::{Clocks, handle};
pub use message::{Entry, Request, Response};
pub use server::{Hosts, Options, SandboxError, Server, Stopper, TestClock};
pub use totp::DeviceSecret;
