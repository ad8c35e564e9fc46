//! The arguments of `policy` as they are typed, and their help. Templates and kinds are only names here; the engine knows their meaning.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::duration::span;

pub(super) const AFTER: &str = "\
Generate the policy, see what it does and what it leaves open, and close that:
  mfa-session policy generate --output mfa.json
  mfa-session policy explain mfa.json
  mfa-session policy verify mfa.json
  mfa-session policy generate --template console-enrol --guard own-only

Find mistakes in existing policies:
  mfa-session policy check FILE

Everything works offline, without an AWS account.";

const GENERATE: &str = "\
Examples:
  mfa-session policy generate --output mfa.json
  mfa-session policy generate --template console-enrol --guard own-only
  mfa-session policy generate --max-age 12h --format terraform
  mfa-session policy generate --template scp --exempt-tag mfa=exempt
  mfa-session policy generate --template role-trust --principal 123456789012

Contradictory options exit with 2. What the policy leaves open is printed to
stderr.";

const EXPLAIN: &str = "\
Examples:
  mfa-session policy explain
  mfa-session policy explain mfa.json --format markdown
  aws iam get-user-policy --user-name U --policy-name P \\
    --query PolicyDocument | mfa-session policy explain -

Every statement comes from evaluating this policy. If the policy allows nothing,
another policy that allows everything is assumed.";

const SIMULATE: &str = "\
Examples:
  mfa-session policy simulate --policy mfa.json --action s3:GetObject \\
    --mfa absent
  mfa-session policy simulate --policy a.json --policy b.json \\
    --action iam:EnableMFADevice --resource 'arn:aws:iam::*:user/dev' \\
    --caller-arn arn:aws:iam::123456789012:user/dev --mfa false
  mfa-session policy simulate --cli-input-json questions.jsonl >answers.jsonl

--cli-input-json reads the input of `aws iam simulate-custom-policy`. In addition
to AWS's members, it may have SessionPolicyInputList,
ServiceControlPolicyInputList and ResourceControlPolicyInputList (lists of
policies, or one list per level, starting with the root's). The input is one JSON
document or JSON Lines; JSON Lines are answered with one line each, in the same
order. An invalid line is answered with {\"Error\":{\"Code\":…,\"Message\":…}}, the
other lines are still answered, and the exit code is 1. The exit code does not
depend on the decisions.";

const VERIFY: &str = "\
Examples:
  mfa-session policy verify mfa.json
  mfa-session policy verify mfa.json admin.json --boundary boundary.json
  mfa-session policy generate | mfa-session policy verify -

All files together are evaluated as attached to one user. If none of them allows
anything, an Allow of everything is assumed. If no --scp file allows anything,
FullAWSAccess is assumed as well.

Exit codes: 0 clean, 10 something is open, 1 a file that cannot be read";

const CHECK: &str = "\
Examples:
  mfa-session policy check mfa.json
  mfa-session policy check --fix mfa.json >mended.json
  mfa-session policy check --attached-to role policies/*.json
  aws iam get-account-authorization-details | mfa-session policy check -
  terraform show -json tfplan | mfa-session policy check --format github -

A file may contain one policy, several policies, the output of the AWS CLI, a
CloudFormation template (JSON) or a Terraform plan (JSON). If the file says of
what kind a policy is or what it is attached to, that is used unless an option
says otherwise.

--fix prints the file with every safe fix applied and everything else unchanged.
The remaining findings are printed to stderr.

Exit codes: 0 no finding at or above --fail-on, 10 findings, 1 a file cannot be
read or contains no policy";

/// `policy`.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print a policy: by default, the one that denies everything without MFA, except what is needed to set up MFA
    Generate(Generate),
    /// Explain what a policy does: the decisions with and without MFA, what each part does, and what remains possible
    Explain(Explain),
    /// Find mistakes in policies, show where they are, and fix those that are safe to fix
    Check(Check),
    /// Evaluate calls against policies, as AWS's simulate-custom-policy does, offline
    Simulate(Simulate),
    /// Evaluate every AWS action without MFA, and the known ways past MFA; exit with 10 if something is open
    Verify(Verify),
}

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

/// The kinds of policy by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// managed policy: 6,144 characters
    Managed,
    /// inline policies of a user: 2,048
    InlineUser,
    /// inline policies of a group: 5,120
    InlineGroup,
    /// inline policies of a role: 10,240
    InlineRole,
    /// trust policy of a role: 2,048
    Trust,
    /// service control policy: 10,240, white space counted
    Scp,
    /// resource control policy: 5,120, white space counted
    Rcp,
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

/// `policy explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN)]
pub struct Explain {
    /// Policy document, `-` for stdin [default: the policy that `policy generate` prints]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ExplainForm::Text)]
    pub format: ExplainForm,
    /// Partition of the users, e.g. `aws-cn` [default: the partition that the policy names, else aws]
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
}

/// How `policy explain` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainForm {
    /// for people
    Text,
    /// for wikis and pull requests
    Markdown,
    /// for programs
    Json,
}

/// `policy check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK)]
pub struct Check {
    /// Files with policies, `-` for stdin [default: stdin, unless that is a terminal]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
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
    /// Output format
    #[arg(long, value_enum, value_name = "FORM", default_value_t = CheckForm::Text)]
    pub format: CheckForm,
    /// Print the file with the fixes applied; findings go to stderr
    #[arg(long)]
    pub fix: bool,
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

/// `policy simulate`.
#[derive(Debug, Args)]
#[command(after_help = SIMULATE, arg_required_else_help = true)]
pub struct Simulate {
    /// Requests as JSON or JSON Lines, `-` for stdin; the name may begin with `file://`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["policy", "action", "resource", "context", "caller_arn"])]
    pub cli_input_json: Option<PathBuf>,
    /// Policy document of the caller, `-` for stdin; repeat for more
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "cli_input_json")]
    pub policy: Vec<PathBuf>,
    /// Action, e.g. `s3:GetObject`; repeat for more
    #[arg(
        long,
        value_name = "ACTION",
        required_unless_present = "cli_input_json"
    )]
    pub action: Vec<String>,
    /// Resource [default: *]; repeat for more
    #[arg(long, value_name = "ARN")]
    pub resource: Vec<String>,
    /// Key of the request context; for a key with several values, repeat it or give JSON: `'aws:TagKeys=["team"]'`
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub context: Vec<(String, String)>,
    /// ARN of the caller: a user, role, role session or federated user
    #[arg(long, value_name = "ARN")]
    pub caller_arn: Option<String>,
    /// State of MFA, instead of the MFA keys in the context: `absent` (long-term key), `false` (console or session without
    /// MFA), `true`, or `age=TIME` (time since the token code, in seconds or e.g. `12h`)
    #[arg(long, value_name = "STATE", value_parser = mfa_state)]
    pub mfa: Option<MfaState>,
    /// Output format [default: json with --cli-input-json, else text]
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<SimulateForm>,
}

/// How `policy simulate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulateForm {
    /// the decisions and the reasons
    Text,
    /// AWS's format with the reasons added, one line per request
    Json,
}

/// `--mfa`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MfaState {
    /// A long-term key: no MFA key in the request.
    Absent,
    /// Without MFA.
    False,
    /// With MFA, so many seconds ago.
    Age(u32),
}

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

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

fn mfa_state(text: &str) -> Result<MfaState, String> {
    // A session from a moment ago.
    const FRESH: u32 = 60;
    match (text, text.strip_prefix("age=")) {
        ("absent", _) => Ok(MfaState::Absent),
        ("false", _) => Ok(MfaState::False),
        ("true", _) => Ok(MfaState::Age(FRESH)),
        (_, Some(age)) => span(age).map(MfaState::Age),
        _ => Err("expected absent, false, true or age=SECONDS".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_mfa_are_read() {
        assert_eq!(mfa_state("absent"), Ok(MfaState::Absent));
        assert_eq!(mfa_state("false"), Ok(MfaState::False));
        assert_eq!(mfa_state("true"), Ok(MfaState::Age(60)));
        assert_eq!(mfa_state("age=0"), Ok(MfaState::Age(0)));
        assert_eq!(mfa_state("age=12h"), Ok(MfaState::Age(43_200)));
        for text in ["", "True", "age", "age=", "age=-1", "yes"] {
            assert!(mfa_state(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_may_hold_what_separates() {
        assert_eq!(key_value("a:b=c=d"), Ok(("a:b".into(), "c=d".into())));
        assert_eq!(key_value("a="), Ok(("a".into(), String::new())));
        assert!(key_value("=a").is_err() && key_value("a").is_err());
    }
}
