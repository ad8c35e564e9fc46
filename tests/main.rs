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
    unreachable_pub,
    reason = "a test may fail by panicking, its files are its own, and the stories share one crate"
)]

mod architecture;
mod clients;
mod common;
mod completions;
mod exec_env;
mod forgotten;
mod login;
mod network;
mod policy;
