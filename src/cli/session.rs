//! The options of the commands that may log in, and their help.

use clap::Args;

use super::duration::{session_duration, span};
use super::hidden::Hidden;

/// The options of every command that may log in.
#[derive(Debug, Args, Default)]
pub struct SessionArgs {
    /// Serial number or ARN of the MFA device [default: AWS_MFA_SERIAL, `mfa_serial`, `aws_mfa_device`, then iam:ListMFADevices]
    #[arg(long, value_name = "SERIAL")]
    pub serial_number: Option<String>,
    /// Six-digit token code, which is tried once; `-` reads it from standard input [default: ask at the terminal]
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub token_code: Option<Hidden>,
    /// Shell command that prints the token code [default: `mfa_process` in the profile]
    #[arg(long, value_name = "COMMAND", conflicts_with = "token_code")]
    pub mfa_process: Option<String>,
    /// Lifetime of the session in seconds, 900 to 129600 [default: `duration_seconds` in the source profile, then 43200]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(900..=129_600))]
    pub duration_seconds: Option<u32>,
    /// Lifetime of the session as a time, e.g. `12h`, `90m` or `1h30m`
    #[arg(long, value_name = "TIME", conflicts_with = "duration_seconds", value_parser = session_duration)]
    pub duration: Option<u32>,
    /// Renew the session unless at least this much time is left, e.g. `4h` [default: half of the granted duration for login]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub min_remaining: Option<u32>,
    /// Region of the STS endpoint [default: AWS_REGION, AWS_DEFAULT_REGION, the profile, then the partition's home region]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// URL to call instead of AWS's endpoints
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Take the long-term key from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    #[arg(long)]
    pub source_env: bool,
}
