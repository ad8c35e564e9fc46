//! The arguments of `key` as they are typed, and their help.

use clap::{Args, Subcommand};

use super::device::CallArgs;
use super::hidden::Hidden;

/// `key`.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Replace the long-term key by a new one, and delete the old one after a login with the new one
    #[command(after_help = ROTATE)]
    Rotate(KeyRotate),
    /// Move the secret of the long-term key from its file into the OS keychain
    #[command(after_help = STORE)]
    Store(KeyMove),
    /// Move the secret of the long-term key from the OS keychain back into its file
    Restore(KeyMove),
}

const ROTATE: &str = "\
A working key is in the profile at every moment. If the command is interrupted,
run it again: it goes on from where it was.";

const STORE: &str = "\
The keychain is the Secret Service on Linux, the Keychain on macOS, and the
Credential Manager on Windows. The profile keeps the id of the key, so that the
hook needs the keychain only for a new session. Without a keychain nothing is
changed: the secret is never put elsewhere instead. If the command is
interrupted, run it again: it goes on from where it was.";

/// `key store` and `key restore`.
#[derive(Debug, Args)]
pub struct KeyMove {
    /// Go on without asking
    #[arg(long)]
    pub yes: bool,
}

/// `key rotate`.
#[derive(Debug, Args)]
pub struct KeyRotate {
    /// Keep the old key, inactive, instead of deleting it
    #[arg(long)]
    pub keep_old: bool,
    /// Six-digit token code for the login that is needed first: that before the rotation, or that with the new key
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub token_code: Option<Hidden>,
    /// Go on without asking
    #[arg(long)]
    pub yes: bool,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
}
