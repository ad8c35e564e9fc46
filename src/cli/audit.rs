//! `audit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::policy::FailOn;

const AUDIT: &str = "\
Save the inputs with the AWS CLI, in a session with MFA:
  aws iam get-account-authorization-details --output json > details.json
  aws iam generate-credential-report
  aws iam get-credential-report --output json > report.json
  aws iam list-virtual-mfa-devices --assignment-status Assigned --output json > devices.json
  aws iam get-account-summary --output json > summary.json
Then judge them, offline:
  mfa-session audit --authorization-details details.json --credential-report report.json \\
    --mfa-devices devices.json --account-summary summary.json

Every user and root gets a verdict, by the policy engine over every action:
  no-credentials          there is nothing to sign with
  no-permissions          nothing is possible at all
  enforced                nothing but the expected exceptions is possible without MFA
  enforced-with-gaps      MFA is required, but something is open
  enrolled-not-enforced   there is a device, but nothing requires MFA
  not-enforced            there is no device, and nothing requires MFA
  unknown                 an input is missing; the reason says which

Each file may be compressed with gzip. Repeat the options for several accounts.
Control policies bind every account but the one that manages the organisation:
the output of `aws organizations describe-policy` names it, else say it with
--management-account. The policies of resources, such as buckets, are not judged.

Before you attach a policy, see whom it would break: who loses what they have
used, by the dates of the credential report, who could not enrol a device or log
in, and which keys look like a machine's:
  mfa-session policy generate --output mfa.json
  mfa-session audit --authorization-details details.json \\
    --credential-report report.json --if-attached mfa.json --to group/admins

Exit codes: 0 no finding at or above --fail-on, 10 findings, 1 a file cannot be
read";

/// `audit`.
#[derive(Debug, Args)]
#[command(after_help = AUDIT, arg_required_else_help = true)]
pub struct Audit {
    /// Output of `aws iam get-account-authorization-details`, `-` for stdin; repeat for more accounts
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub authorization_details: Vec<PathBuf>,
    /// Credential report: CSV, or output of `aws iam get-credential-report`; repeat for more accounts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub credential_report: Vec<PathBuf>,
    /// Output of `aws iam list-virtual-mfa-devices` or `aws iam list-mfa-devices`; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub mfa_devices: Vec<PathBuf>,
    /// Output of `aws iam get-account-summary`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub account_summary: Option<PathBuf>,
    /// Output of `aws iam list-service-specific-credentials` and `aws iam list-ssh-public-keys`; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub service_credentials: Vec<PathBuf>,
    /// Service control policy; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub scp: Vec<PathBuf>,
    /// Resource control policy; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rcp: Vec<PathBuf>,
    /// Account that manages the organisation, which no control policy binds
    #[arg(long, value_name = "ID")]
    pub management_account: Vec<String>,
    /// Action that may also be possible without MFA, e.g. `s3:Get*`; repeat for more
    #[arg(long, value_name = "ACTION")]
    pub expect: Vec<String>,
    /// List users with this tag separately, with the values of their tags `owner` and `expires`; they are no reason to fail until then
    #[arg(long, value_name = "KEY")]
    pub exempt_tag: Option<String>,
    /// Say whom this policy would break if it were attached as well; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub if_attached: Vec<PathBuf>,
    /// To whom it would be attached: a user or `group/NAME`; repeat for more [default: every user]
    #[arg(long, value_name = "TO", requires = "if_attached")]
    pub to: Vec<String>,
    /// Exit with 10 if there is a finding of this severity or worse
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::High)]
    pub fail_on: FailOn,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t = AuditForm::Text)]
    pub format: AuditForm,
}

/// How `audit` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditForm {
    /// for people
    Text,
    /// for programs
    Json,
    /// one check a line, for spreadsheets
    Csv,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// test report in the XML of J-Unit
    Junit,
}
