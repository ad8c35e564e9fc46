//! The arguments of `setup` as they are typed, and their help.

use std::path::PathBuf;

use clap::Args;

use super::device::CallArgs;
use super::hidden::Hidden;

pub(super) const AFTER: &str = "\
At a terminal, setup shows what it will change and asks. In a script:
  mfa-session setup --profile PROFILE --dry-run
  mfa-session setup --profile PROFILE --yes
If no profile has a long-term key yet, setup asks for one, or takes it:
  mfa-session setup --profile PROFILE --from-csv accessKeys.csv
  mfa-session setup --profile PROFILE --source-env";

/// `setup`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that is typed"
)]
pub struct Setup {
    /// Write no hook profile: `login` will write each session into a session profile
    #[arg(long = "static")]
    pub is_static: bool,
    /// Name of the hook profile, or of the session profile with --static [default: `mfa_session_profile` in the source profile, then SOURCE-mfa]
    #[arg(long, value_name = "PROFILE")]
    pub session_profile: Option<String>,
    /// Serial number or ARN of the MFA device [default: AWS_MFA_SERIAL, `mfa_serial`, `aws_mfa_device`, then iam:ListMFADevices]
    #[arg(long, value_name = "SERIAL")]
    pub serial_number: Option<String>,
    /// Store the access key of a CSV file of the AWS console in the source profile, which must not have one
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub from_csv: Option<PathBuf>,
    /// Store the key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the source profile, which must not have one
    #[arg(long, conflicts_with = "from_csv")]
    pub source_env: bool,
    /// Move the keys of profile default to default-long-term, and make default the hook profile, so that commands without a profile work
    #[arg(long, conflicts_with_all = ["is_static", "session_profile"])]
    pub default: bool,
    /// Have role profiles that stand on the source profile stand on the hook profile, without their `mfa_serial` [default: ask at the terminal]
    #[arg(long, conflicts_with = "is_static")]
    pub roles: bool,
    /// Add to the layouts of other tools what they lack for this one; their own sections stay as they are
    #[arg(long, conflicts_with = "is_static")]
    pub convert: bool,
    /// Take token codes from `ykman`, `op` or `pass`, or from another shell COMMAND that prints one
    #[arg(long, value_name = "PROGRAM")]
    pub mfa_process: Option<String>,
    /// Take back what the last setup changed, as far as it is still as setup wrote it
    #[arg(long, conflicts_with_all = ["is_static", "session_profile", "serial_number", "from_csv", "source_env", "default", "roles", "convert", "mfa_process", "no_try", "token_code"])]
    pub undo: bool,
    /// Show how each file would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    pub yes: bool,
    /// Do not log in at the end to try what was set up
    #[arg(long)]
    pub no_try: bool,
    /// Six-digit token code for the login at the end [default: ask at the terminal]
    #[arg(long, value_name = "CODE", allow_hyphen_values = true, conflicts_with_all = ["dry_run", "no_try"])]
    pub token_code: Option<Hidden>,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
}
