//! `policy generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::key_value::key_value;
use super::kind::KindName;
use crate::cli::duration::span;

const GENERATE: &str = "\
Examples:
  mfa-session policy generate --output mfa.json
  mfa-session policy generate --template console-enrol --guard own-only
  mfa-session policy generate --max-age 12h --format terraform
  mfa-session policy generate --template scp --exempt-tag mfa=exempt
  mfa-session policy generate --template role-trust --principal 123456789012

Contradictory options exit with 2. What the policy leaves open is printed to
stderr.";

/// `policy generate`.
#[derive(Debug, Args)]
#[command(after_help = GENERATE)]
pub struct Generate {
    /// Template to generate [default: seed]; repeat to combine templates
    #[arg(long, value_enum, value_name = "NAME")]
    pub template: Vec<TemplateName>,
    /// Add this guard to the templates
    #[arg(long, value_enum, value_name = "NAME")]
    pub guard: Option<Guard>,
    /// Also allow this action without MFA, e.g. `iam:GetMFADevice`; repeat for more
    #[arg(long, value_name = "ACTION")]
    pub except: Vec<String>,
    /// Deny sessions whose token code is older than this, e.g. `12h`; implies the template `max-age`
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub max_age: Option<u32>,
    /// Account or ARN that may assume the role of `role-trust`; repeat for more
    #[arg(long, value_name = "ARN")]
    pub principal: Vec<String>,
    /// Exempt users with this tag from `scp`
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub exempt_tag: Option<(String, String)>,
    /// Name of the statement that denies everything, or of the only statement
    #[arg(long, value_name = "SID")]
    pub sid: Option<String>,
    /// Partition of every ARN, e.g. `aws-cn`
    #[arg(long, value_name = "NAME", default_value = "aws")]
    pub partition: String,
    /// Kind of policy to save it as, which determines the size limit, and the resource or command in other formats
    /// [default: the kind that suits the template]
    #[arg(long, value_enum, value_name = "KIND")]
    pub kind: Option<KindName>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t = GenerateForm::Json)]
    pub format: GenerateForm,
    /// Print one line without white space (JSON only)
    #[arg(long)]
    pub compact: bool,
    /// Write to a file instead of stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Overwrite the output file
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// The templates by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TemplateName {
    /// deny everything without MFA, except what a user needs to set up MFA
    Seed,
    /// users with no other IAM rights: allow them their own MFA devices
    SelfManage,
    /// users with console access: the first device is enrolled there, never by a (leaked) access key
    ConsoleEnrol,
    /// users with keys only: an administrator enrols their devices
    AdminProvisioned,
    /// guard for users with broad permissions: without MFA, deny access to other users' devices
    OwnOnly,
    /// allow calls that an AWS service makes on a user's behalf
    ViaService,
    /// step-up: deny sessions whose token code is older than a given time
    MaxAge,
    /// users who must change their password before they can enrol a device
    FirstLogin,
    /// users of `aws login`
    AwsLogin,
    /// keys and token codes only: no `aws login`
    NoAwsLogin,
    /// organisations: apply to every IAM user, but to no role session
    Scp,
    /// cross-account roles: assume them with MFA only
    RoleTrust,
    /// lost laptop: deny every session issued until now
    Revoke,
}

/// The guards by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Guard {
    /// without MFA, deny access to other users' devices
    OwnOnly,
}

/// How `policy generate` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GenerateForm {
    /// the policy document
    Json,
    /// a resource around jsonencode
    Terraform,
    /// a template in YAML
    Cloudformation,
    /// the same in JSON
    CloudformationJson,
    /// a shell script of AWS CLI calls
    Awscli,
}
