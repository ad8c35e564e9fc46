//! What the caller asked for, as it was typed.

/// What the caller asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `--profile`.
    pub profile: Option<String>,
    /// Whether only `--profile` counts, and AWS_PROFILE does not.
    pub explicit_only: bool,
    /// `--session-profile`.
    pub session_profile: Option<String>,
    /// `--serial-number`.
    pub serial_number: Option<String>,
    /// `--duration-seconds` or `--duration`.
    pub duration_seconds: Option<u32>,
    /// `--min-remaining`, in seconds.
    pub min_remaining: Option<u32>,
    /// `--region`.
    pub region: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--mfa-process`.
    pub mfa_process: Option<String>,
    /// Where the long-term key comes from.
    pub keys: KeysFrom,
}

/// Where the long-term key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeysFrom {
    /// The source profile.
    #[default]
    Profile,
    /// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`--source-env`).
    Environment,
    /// The caller, who is about to store it in the source profile, which need not be in the files yet.
    Caller,
}

/// A look at the environment.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;
