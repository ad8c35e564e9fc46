//! The arguments of `doctor` as they are typed, and their help.

use clap::{Args, Subcommand, ValueEnum};

use super::device::CallArgs;

pub(super) const DOCTOR: &str = "\
Nothing is changed: no file is written, no lock is taken, no code is used. AWS
is asked, with the long-term key, who signs, which MFA devices there are, and
how old the key is; --offline leaves that out.

Each finding has a stable id (see --list), says what it breaks, and ends with
the command that repairs it. With --profile, only the findings that have to do
with that profile and the profiles that it leads to are shown.

Exit codes: 0 no error was found, 10 there are errors";

/// `doctor`.
#[derive(Debug, Args)]
#[command(after_help = DOCTOR)]
pub struct Doctor {
    /// Output format
    #[arg(long, global = true, value_enum, default_value_t = DoctorForm::Text, value_name = "FORM")]
    pub format: DoctorForm,
    /// Do not call AWS
    #[arg(long)]
    pub offline: bool,
    /// Print the id of every check, how bad its findings are, and what it finds
    #[arg(long)]
    pub list: bool,
    /// Where calls go.
    #[command(flatten)]
    pub call: CallArgs,
    /// A subcommand.
    #[command(subcommand)]
    pub command: Option<DoctorCommand>,
}

const EXPLAIN: &str = "\
Examples:
  aws s3 ls 2>&1 | mfa-session doctor explain
  mfa-session doctor explain 'An error occurred (AccessDenied) when calling ...'

The text is that of the AWS CLI, an SDK, Terraform, kubectl or another tool; it
may have several lines. No network is used. Where the text does not decide
between causes, that is said, and the command that decides is named.

Exit codes: 0 the error is explained, 1 it is not known";

/// `doctor …`.
#[derive(Debug, Subcommand)]
pub enum DoctorCommand {
    /// Say what an AccessDenied or another error of AWS's is, and what to do
    #[command(after_help = EXPLAIN)]
    Explain {
        /// Text of the error [default: standard input]
        #[arg(value_name = "TEXT", allow_hyphen_values = true)]
        text: Vec<String>,
    },
}

/// How `doctor` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DoctorForm {
    /// for people
    Text,
    /// for programs
    Json,
}
