//! MFA sessions for IAM users of AWS admin accounts, and the policy that enforces them.
//!
//! # Code map
//!
//! Data flows one way: `cli` → `command` → `login` (plan, pure) → `prompt`, `aws` → `session` → `shared_config` → `ui`.
//! Seven floors, and the tests' hooks in the cellar; a module uses only floors below its own, and a command what it fails with:
//!
//! | floor | modules |
//! |---|---|
//! | 1 | `main`: parse, run, exit code |
//! | 2 | this page |
//! | 3 | [`command`]: one file a subcommand; [`error`]: the one top error, its exit code and hint |
//! | 4 | [`login`]: what login, hook, exec and demo share, from plan (pure) over one attempt and the code loop to the herd |
//! | 5 | [`shared_config`]: the two shared files, lossless; [`session`]: record, cache, hook output; [`sandbox`]: a loopback account that enforces its policies; [`context`]: where effects come in |
//! | 6 | [`account`]: the identities and policies of a real account (pure) |
//! | 7 | [`storage`]: atomic writes, locks, permissions; [`aws`]: AWS's terms (pure) and the SDK behind a blocking trait; [`cli`]: clap types; [`policy`]: the policy engine (pure); [`prompt`]: the terminal; [`process`]: children, parents, signals; [`ui`]: stdout and stderr |
//! | 8 | [`palette`]: the colours of text for people (pure); [`quote`]: words for a shell; [`test_hooks`]: no-ops outside tests |
//!
//! Within [`policy`], from the parts that use nothing to the parts that use them: `document` (text with positions); `source` (finds
//! policies in files, one file per format); `evaluate` (with `condition`, `pattern`, `context`, `caller`); the questions put to it:
//! `simulate`, `verify` (over the `catalog`), `explain`, `lint` (one file per rule); `render` (one file per output format).
//! Within [`login`], from the bottom: `plan`, `local_state`, `inputs`; `turn` and `terminal` (who may ask); `code_source`; `attempt` (one
//! code); `code_loop`; `herd` (one question for many hooks); `log_in` and `hook`.
//! Within [`storage`]: `atomic_file` replaces a file beside other writers, `activity` says whether somebody is writing to it, `lock`
//! says who holds a lock; `platform` holds the calls that differ between systems.
//! Within [`sandbox`]: `server` → `handle` (prove the caller, authorise, run) → `account`.
//!
//! # Features
//!
//! `default = ["cli", "sandbox"]`. Without them the library is the pure part alone. `test-hooks` is for the tests.
//! `cfg` stands in this file and in `mod.rs` files only.
//!
//! # Invariants
//!
//! - Secrets are [`secrecy::SecretString`] from birth; `expose_secret` is called only where one is signed, hashed, printed by
//!   the hook or `env`, put in a child's environment, or written to the record or the
//!   session profile, and where a text that was typed or printed by a child is judged. The sandbox's secrets are its own.
//! - A long-term key is never overwritten: every write to a shared file goes through [`shared_config`]'s judgement.
//! - Nothing is written to a shared file that somebody has open for writing, or that lacks a section or a key that was there when
//!   the command started.
//! - What AWS granted is stored before anything else is said or done. Signals wait for it.
//! - Unsafe code stands in two places: the read lease in `storage/platform`, and the work between fork and exec in `process`.
//! - A hook hit takes no lock, writes nothing, and touches neither the SDK nor tokio.
//! - Everything that can fail without a code has failed before one is asked for.
//! - What is said about a policy is what the evaluator answers; no request to the sandbox passes it by.
#![cfg_attr(
    test,
    expect(clippy::string_slice, reason = "a test may fail by panicking")
)]

pub mod account;
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod command;
#[cfg(feature = "cli")]
pub mod context;
#[cfg(feature = "cli")]
pub mod error;
pub mod login;
pub mod palette;
pub mod policy;
pub mod process;
#[cfg(feature = "cli")]
pub mod prompt;
pub mod quote;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod session;
pub mod shared_config;
#[cfg(any(feature = "cli", feature = "sandbox"))]
pub mod storage;
pub mod test_hooks;
#[cfg(feature = "cli")]
pub mod ui;
