//! `policy check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::kind::KindName;

const CHECK: &str = "\
Examples:
  mfa-session policy check mfa.json
  mfa-session policy check --fix mfa.json >mended.json
  mfa-session policy check --attached-to role policies/*.json
  aws iam get-account-authorization-details | mfa-session policy check -
  mfa-session policy check iam.tf template.yaml
  mfa-session policy check .
  terraform show -json tfplan | mfa-session policy check --format github -

A file may contain one policy, several policies, the output of the AWS CLI, a
CloudFormation template or other YAML, Terraform source, or a Terraform plan
(JSON). If the file says of what kind a policy is or what it is attached to,
that is used unless an option says otherwise.

Of a folder, every file that may have a policy is read, except what .gitignore
leaves out.

A value that is not in the files, such as a variable without a default, may be
anything. A finding that depends on such a value says so. Terraform files of one
folder may refer to each other.

--fix prints the file with every safe fix applied and everything else unchanged;
the remaining findings are printed to stderr. --fix --write changes the files.

A comment `mfa-session: allow MFA010 REASON` in or directly above a statement
(Terraform, YAML) suppresses that rule there. JSON and SARIF list the reasons.

Exit codes: 0 no finding at or above --fail-on, 10 findings, 1 a file cannot be
read or contains no policy";

/// `policy check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK)]
pub struct Check {
    /// Files with policies, or folders, `-` for stdin [default: stdin, unless that is a terminal]
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// What the policies are attached to [default: what the file says]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub attached_to: Option<AttachedTo>,
    /// Kind of the policies, which determines the size limit [default: what the file says]
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<KindName>,
    /// Partition that the policies are for, e.g. `aws-cn` [default: the partition that the policy names]
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
    /// Exit with 10 if there is a finding of this severity or worse
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOn::High)]
    pub fail_on: FailOn,
    /// Read what .gitignore leaves out, and hidden files
    #[arg(long)]
    pub no_ignore: bool,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t = CheckForm::Text)]
    pub format: CheckForm,
    /// Print the file with the fixes applied; findings go to stderr
    #[arg(long)]
    pub fix: bool,
    /// Write the fixes into the files, and show what changes
    #[arg(long, requires = "fix")]
    pub write: bool,
    /// Report only what is not in this baseline
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "fix")]
    pub baseline: Option<PathBuf>,
    /// Write all findings to a new baseline, and exit with 0
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["fix", "baseline"])]
    pub write_baseline: Option<PathBuf>,
}

/// What a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AttachedTo {
    /// IAM user
    User,
    /// group of IAM users
    Group,
    /// IAM role
    Role,
    /// permission set of IAM Identity Center
    PermissionSet,
    /// organisation: a service control policy
    Scp,
    /// role, as its trust policy
    Trust,
    /// bucket, key, queue or another resource
    Resource,
}

/// From which severity on `policy check` fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// the policy does not do its job
    Error,
    /// a way around MFA, or to credentials, is open
    High,
    /// probably a mistake
    Warning,
    /// anything
    Info,
}

/// How `policy check` prints findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckForm {
    /// for people, with the lines of the file
    Text,
    /// for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// annotations of GitHub Actions
    Github,
}
