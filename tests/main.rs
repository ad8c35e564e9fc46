//! The program as its users meet it: one module a command, each test a short story in a world of its own.
//!
//! A world has its own home, environment and sandbox account, and hunts leaks after every run: see `common`.
#![expect(
    clippy::disallowed_methods,
    clippy::duration_suboptimal_units,
    clippy::exit,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::maybe_infinite_iter,
    clippy::panic,
    clippy::print_stderr,
    clippy::similar_names,
    clippy::string_slice,
    clippy::unnecessary_wraps,
    clippy::unwrap_used,
    clippy::wrong_self_convention,
    dead_code,
    unreachable_pub,
    reason = "a test may fail by panicking, its files are its own, the stories share one crate, and a terminal can do more than they ask of it yet"
)]

mod architecture;
mod clients;
mod common;
mod completions;
mod exec_env;
mod forgotten;
mod herd;
mod hook;
mod login;
mod policy;
mod prompt;
