//! The program as its users meet it: one module a command, each test a short story in a world of its own.
//!
//! A world has its own home, environment and sandbox account, and hunts leaks after every run: see `common`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::items_after_statements,
    clippy::panic,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may fail by panicking, its files are its own, and the stories share one crate"
)]

mod actions;
mod architecture;
mod audit;
mod audit_oracle;
mod bounds;
mod clients;
mod colour;
mod common;
mod completions;
mod console;
mod demo;
mod device;
mod docs;
mod doctor;
mod exec_env;
mod faults;
mod files;
mod forgotten;
mod herd;
mod herd_model;
mod hook;
mod interrupted;
mod key;
mod keychain;
mod launcher;
mod login;
mod logout;
mod man;
mod network;
mod other_writers;
mod policy_check;
mod policy_explain;
mod policy_formats;
mod policy_generate;
mod policy_oracle;
mod policy_simulate;
mod policy_sources;
mod policy_verify;
mod profiles;
mod prompt;
mod readers;
mod refusals;
mod roles;
mod sandbox;
mod secrets;
mod setup;
mod setup_undo;
mod shared_files;
mod status;
mod unusual_files;
