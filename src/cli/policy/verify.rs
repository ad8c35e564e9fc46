//! `policy verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

const VERIFY: &str = "\
Examples:
  mfa-session policy verify mfa.json
  mfa-session policy verify mfa.json admin.json --boundary boundary.json
  mfa-session policy generate | mfa-session policy verify -

All files together are evaluated as attached to one user. If none of them allows
anything, an Allow of everything is assumed. If no --scp file allows anything,
FullAWSAccess is assumed as well.

A file may be whatever `policy check` reads; FILE#NAME names one of the policies
in it, for example iam.tf#aws_iam_policy.mfa. What it does not tell is assumed to
be the worst: an Allow applies to it, a Deny does not.

Exit codes: 0 clean, 10 something is open, 1 a file that cannot be read";

/// `policy verify`.
#[derive(Debug, Args)]
#[command(after_help = VERIFY, arg_required_else_help = true)]
pub struct Verify {
    /// Identity policies, attached together; `-` for stdin
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Permissions boundary of the user; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub boundary: Vec<PathBuf>,
    /// Service control policy; repeat for more of the same level
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub scp: Vec<PathBuf>,
    /// Action that may also be possible without MFA, e.g. `s3:Get*`; repeat for more
    #[arg(long, value_name = "ACTION")]
    pub expect: Vec<String>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t = VerifyForm::Text)]
    pub format: VerifyForm,
    /// Partition of the users, e.g. `aws-cn` [default: the partition that the policies name, else aws]
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
}

/// How `policy verify` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyForm {
    /// for people
    Text,
    /// for wikis and pull requests
    Markdown,
    /// for programs
    Json,
}
