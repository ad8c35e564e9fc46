//! MFA sessions for IAM users of AWS admin accounts, and the policy that enforces them.
//!
//! # Code map
//!
//! Data flows one way: `cli` → `command` → `login` (plan, pure) → `prompt`, `aws` → `session` → `shared_config` → `ui`.
//! There are eight floors. A module uses only the floors below its own; `command` also uses `error`, which stands beside it.
//!
//! | floor | modules |
//! |---|---|
//! | 1 | `main`: parse, run, exit code; `launcher`: the small executable that packages install in front of it |
//! | 2 | `lib`: this page |
//! | 3 | [`command`]: one file per subcommand; [`error`]: the error of the whole program, with its exit code and hint |
//! | 4 | [`login`]: the way to a session, which login, hook, exec and demo share; [`doctor`]: what is wrong on this machine, and what an error of AWS's means (pure) |
//! | 5 | [`shared_config`]: the two shared files, changed without loss; [`session`]: session record, session cache and the hook's output; [`sandbox`]: an AWS account on loopback that enforces its policies; [`audit`]: who in an account can act without MFA (pure); [`context`]: environment, clock, AWS and output, which commands get from here |
//! | 6 | [`account`]: the identities and policies of a real account (pure); [`totp`]: the secrets and codes of virtual MFA devices (pure) |
//! | 7 | [`storage`]: atomic writes, locks, permissions; [`aws`]: AWS's terms (pure), and the SDK behind a blocking trait; [`keychain`]: the OS keychain; [`cli`]: the command line as it was typed; [`policy`]: the policy engine (pure); [`prompt`]: the terminal; [`process`]: children, parents, signals; [`ui`]: stdout and stderr |
//! | 8 | [`palette`]: the colours of text for people (pure); [`qr`]: QR codes for a terminal and as PNG (pure); [`quote`]: quoting for shells; [`test_hooks`]: steps at which tests inject faults, without effect in other builds |
//!
//! Within [`policy`], from the bottom: `document` (text with positions); `source` (finds
//! policies in files, one file per format); `storable` (what IAM refuses to store); `evaluate` (with `condition`, `pattern`, `context`, `caller`); the commands that
//! evaluate: `simulate`, `verify` (over the `catalog`), `explain`, `lint` (one file per rule); `render` (one file per output format).
//! `relax` takes what nobody knows in the caller's favour, and `reach` decides on all actions of many callers at once, for [`audit`].
//! Within [`login`], from the bottom: `plan`, `local_state`, `inputs` and `user` (whose devices and keys are managed); `turn` and
//! `terminal` (who may ask); `code_source`; `attempt` (one code); `code_loop`; `herd` (one question for many hooks); `assume`
//! (roles); `log_in` and `hook`. Beside them stands `setup`, which plans (pure) and makes the changes of `command/setup`.
//! Within [`doctor`]: `facts` (what is known), `check` (the table of all checks), and one file for each group of checks; a command gathers
//! the facts without changing anything.
//! Within [`storage`]: `atomic_file` replaces a file beside other writers, `activity` says whether another program writes to it,
//! `lock` also says who holds a lock, and `platform` holds the calls that differ between systems.
//! Within [`sandbox`]: `server` → `handle` (authenticate, authorise, run) → `account`.
//!
//! # Features
//!
//! `default = ["cli", "sandbox"]`. Without them the library has only its pure part. `launcher` adds the small executable that
//! packages install in front of the program, and `test-hooks` is for the tests.
//! Modules are switched on and off in this file and in `mod.rs` files only.
//!
//! # Invariants
//!
//! - Secrets are [`secrecy::SecretString`] from birth; `expose_secret` is called only where one is signed, hashed, printed by
//!   the hook or `env`, put in a child's environment, sent to AWS's federation endpoint, put into the URL that `console` hands out, or
//!   written to the record, the session profile, the keychain or, by `key rotate`, `key restore` and `setup`, the source profile, and
//!   where typed text or the output of a child is parsed. The secrets of the sandbox are test data.
//! - A long-term key is never overwritten, except by `key rotate`: every write to a shared file is checked by [`shared_config`].
//! - A secret that `key store` or `key restore` moves is in the file or in the keychain at every moment.
//! - Nothing is written to a shared file that another program has open for writing, or that lacks a section or a key that was there when
//!   the command started.
//! - What AWS granted is stored before anything else happens. Signals wait for it.
//! - There is unsafe code in two places: the read lease in `storage/platform`, and the work between fork and exec in `process`.
//! - A hook hit takes no lock, writes nothing, and touches neither the SDK nor tokio.
//! - Everything that can fail without a code has failed before one is asked for.
//! - What is said about a policy is what the evaluator answers; it decides on every request to the sandbox.
#![cfg_attr(
    test,
    expect(clippy::string_slice, reason = "a test may fail by panicking")
)]

pub mod account;
pub mod audit;
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod command;
#[cfg(feature = "cli")]
pub mod context;
pub mod doctor;
#[cfg(feature = "cli")]
pub mod error;
#[cfg(feature = "cli")]
pub mod keychain;
pub mod login;
pub mod palette;
pub mod policy;
pub mod process;
#[cfg(feature = "cli")]
pub mod prompt;
#[cfg(feature = "sandbox")]
pub mod qr;
pub mod quote;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod session;
pub mod shared_config;
#[cfg(any(feature = "cli", feature = "sandbox"))]
pub mod storage;
pub mod test_hooks;
#[cfg(feature = "sandbox")]
pub mod totp;
#[cfg(feature = "cli")]
pub mod ui;
