//! An AWS account on loopback that really enforces its policies and MFA.
//!
//! AWS CLIs and SDKs use it through AWS's query protocol for the operations of STS and IAM around MFA. It verifies signatures, time
//! stamps, session tokens and token codes, and its errors have AWS's codes and messages.
//!
//! Everything that decides is pure: [`handle()`] turns an [`Account`], a [`Request`] and a time into a [`Response`]. Only `state`,
//! which stores an account in a folder, and `server`, which serves it on a socket, do I/O. The account must never be reachable
//! from another machine, and no log line and no `Debug` may contain one of its secrets.

mod account;
mod action;
pub mod client;
mod fault;
mod handle;
mod message;
mod response;
mod seal;
mod server;
mod sigv4;
pub mod state;
mod stored;

pub use account::{
    Account, Call, LoadError, MfaContext, OwnDevice, Owner, OwnerPolicy, Setup, SignedWith,
};
pub use action::iam_action;
pub use handle::{Clocks, handle};
pub use message::{Entry, Request, Response};
pub use server::{Hosts, Options, SandboxError, Server, Stopper, TestClock};
