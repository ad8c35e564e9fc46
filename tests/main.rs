//! The program as its users meet it: one module a command, each test a short story in a world of its own.
//!
//! A world has its own home, environment and sandbox account, and hunts leaks after every run: see `common`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test may fail by panicking, and its files are its own"
)]

mod common;
mod exec_env;
mod files;
mod forgotten;
mod login;
mod logout;
mod policy;
mod profiles;
mod refusals;
mod status;
mod torture;
