//! The command line as it is typed, and its help. Nothing is resolved here.

mod audit;
mod console;
mod device;
mod doctor;
mod duration;
mod hidden;
mod key;
mod policy;
mod session;
mod setup;
mod shared;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{
    ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};

pub use audit::{Audit, AuditForm};
pub use console::Console;
pub use device::{
    CallArgs, CodeArgs, Device, DeviceEnroll, DeviceForm, DeviceList, DeviceRemove, DeviceResync,
};
pub use doctor::{Doctor, DoctorCommand, DoctorForm};
use duration::span;
pub use hidden::Hidden;
pub use key::{Key, KeyMove, KeyRotate};
pub use policy::{
    AttachedTo, Check, CheckForm, Explain, ExplainForm, FailOn, Generate, GenerateForm, Guard,
    KindName, MfaState, Policy, Simulate, SimulateForm, TemplateName, Verify, VerifyForm,
};
pub use session::SessionArgs;
pub use setup::Setup;

const AFTER: &str = "\
A first look, without an AWS account:
  mfa-session demo
Once:
  mfa-session setup
Each morning:
  mfa-session login

Exit codes:
  0 success, 1 failure, 2 usage, 3 login needed, 4 AWS answered with an error,
  10 findings; 130, 143 or 129 if ended by SIGINT, SIGTERM or SIGHUP";

/// MFA sessions for IAM users of AWS admin accounts, and the IAM policy that enforces them
#[derive(Debug, Parser)]
#[command(name = "mfa-session", version, after_help = AFTER, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// The options of several commands.
    #[command(flatten)]
    pub common: Common,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the arguments; the first is the program's own name.
    ///
    /// # Errors
    /// What is wrong with them, or the text of `--help` or `--version`.
    pub fn read(arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let mut command = shared::hidden_where_unused(Self::command());
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// The definition for completions and man pages: each command has only the options that it uses.
    #[must_use]
    pub fn with_used_options() -> clap::Command {
        shared::absent_where_unused(Self::command())
    }
}

/// Options of several commands. They are accepted before and after every subcommand.
#[derive(Debug, Args)]
pub struct Common {
    /// Profile to use: a source profile, session profile, hook profile or role profile [default: AWS_PROFILE, AWS_DEFAULT_PROFILE, then "default"]
    #[arg(long, global = true, value_name = "PROFILE", display_order = 900)]
    pub profile: Option<String>,
    /// Print each step to stderr; repeat it to print each decision as well
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 901)]
    pub verbose: u8,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask for the token code, get a session, and write it to the session profile
    Login(Login),
    /// Print the cached session, or a role's credentials, as JSON for `credential_process`; ask for a token code only if there is no session
    CredentialProcess(CredentialProcess),
    /// Run a command with the session, or a role's credentials, in its environment
    Exec(Exec),
    /// Print the session, or a role's credentials, as environment variables for a shell
    Env(EnvArgs),
    /// Open the AWS console as the role of a role profile, or print the URL
    #[command(after_help = console::AFTER)]
    Console(Console),
    /// Show the sessions and how long they are valid
    Status(Status),
    /// Remove sessions from this machine
    Logout(Logout),
    /// Write the hook profile through which every AWS SDK and tool gets the session, and find the MFA device
    #[command(after_help = setup::AFTER)]
    Setup(Setup),
    /// List, enroll, resynchronise and remove the MFA devices of the user
    #[command(subcommand, arg_required_else_help = true)]
    Device(Device),
    /// Replace the long-term key, or move its secret into the OS keychain
    #[command(subcommand, arg_required_else_help = true)]
    Key(Key),
    /// Find what is wrong with files, environment and cache, and say which command repairs it
    Doctor(Doctor),
    /// Generate the IAM policy that denies everything without MFA; explain, check, simulate and verify policies
    #[command(subcommand, arg_required_else_help = true, after_help = policy::AFTER)]
    Policy(Policy),
    /// Say for each user of an account whether MFA is enforced, and what is open, from saved descriptions of the account
    Audit(Audit),
    /// Run a small AWS account on this machine that enforces policies and MFA
    Sandbox(Sandbox),
    /// Show the whole workflow in a temporary sandbox, without an AWS account
    Demo,
    /// Print the completion script for a shell
    Completions(Completions),
    /// Write the man pages of all commands into a folder
    Man(Man),
}

/// `login`.
#[derive(Debug, Args)]
pub struct Login {
    /// The options of the login.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Profile to write the session to [default: `mfa_session_profile` in the source profile, then SOURCE-mfa]
    #[arg(long, value_name = "PROFILE")]
    pub session_profile: Option<String>,
    /// Renew a live session, and replace live temporary credentials of another tool (never a long-term key)
    #[arg(long)]
    pub force: bool,
}

/// `credential-process`.
#[derive(Debug, Args)]
pub struct CredentialProcess {
    /// Never ask for a token code, neither at the terminal nor with `mfa_process` (or set MFA_SESSION_NO_PROMPT to 1)
    #[arg(long)]
    pub no_prompt: bool,
}

/// `exec`.
#[derive(Debug, Args)]
pub struct Exec {
    /// The options of a login, if one is needed.
    #[command(flatten)]
    pub session: SessionArgs,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD", value_hint = clap::ValueHint::CommandWithArguments)]
    pub command: Vec<std::ffi::OsString>,
}

/// `env`.
#[derive(Debug, Args)]
pub struct EnvArgs {
    /// The options of a login, if one is needed.
    #[command(flatten)]
    pub session: SessionArgs,
    /// Output format [default: the format for the shell in SHELL; bash if it is not set]
    #[arg(long, value_enum, visible_alias = "format", value_name = "FORM")]
    pub shell: Option<EnvForm>,
    /// Print commands that remove the variables
    #[arg(long)]
    pub unset: bool,
    /// Print secrets even to a terminal
    #[arg(long)]
    pub force: bool,
}

/// How `env` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvForm {
    /// `export K=V`
    Bash,
    /// `export K=V`
    Zsh,
    /// `set -gx K V`
    Fish,
    /// `$Env:K = 'V'`
    Powershell,
    /// one JSON object
    Json,
    /// `K=V`
    Dotenv,
}

/// `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusForm::Text, value_name = "FORM")]
    pub format: StatusForm,
    /// Print the profile and the time left, briefly, for a shell prompt; print nothing if no session is live
    #[arg(long, conflicts_with = "format")]
    pub short: bool,
}

/// How `status` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusForm {
    /// for people
    Text,
    /// for programs
    Json,
}

/// `logout`.
#[derive(Debug, Args)]
pub struct Logout {
    /// Remove every session
    #[arg(long)]
    pub all: bool,
}

const SANDBOX: &str = "\
The account has one user with a long-term key and an MFA device. Every request
is authenticated and decided by policies, as on AWS. For each request, stderr
shows the decision and the statement that made it. The sandbox listens on
127.0.0.1 only, over plain HTTP: aws:SecureTransport is false.

Try a policy before you attach it (allow.json has the user's other permissions):
  mfa-session policy generate --output mfa.json
  mfa-session sandbox --policy allow.json --policy mfa.json --env-file sandbox.env
and in another shell:
  set -a; . ./sandbox.env; set +a
  aws iam list-users                                   # denied
  mfa-session login --token-code \"$(mfa-session sandbox code)\"
  aws iam list-users --profile default-mfa             # allowed
Try the permissions of a real account, offline:
  aws iam get-account-authorization-details --output json > account.json
  mfa-session sandbox --account account.json --env-file sandbox.env
Keep the account, and let STS see new devices late, as on AWS:
  mfa-session sandbox --state ~/sandbox --propagation 10s";

/// `sandbox`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = SANDBOX)]
pub struct Sandbox {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// Write the environment variables that direct clients to the sandbox to a new file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub env_file: Option<PathBuf>,
    /// Keep the account in a folder, with a config and a credentials file for clients [default: a temporary folder]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub state: Option<PathBuf>,
    /// Policy of the first user; repeat for more [default: a policy that allows everything]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub policy: Vec<PathBuf>,
    /// Load users, roles and policies from the output of `aws iam get-account-authorization-details`
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub account: Option<PathBuf>,
    /// Time until STS sees a change to an MFA device, as on AWS, e.g. `10s` [default: 0s]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub propagation: Option<u32>,
    /// Allow POST /_sandbox/clock to move the account's clock, e.g. by {"advance":"30s"} or to {"set":"2030-01-01T00:00:00Z"}
    #[arg(long)]
    pub test_clock: bool,
    /// A subcommand.
    #[command(subcommand)]
    pub command: Option<SandboxCommand>,
}

/// `sandbox …`.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Print the current token code of the first user's device
    Code {
        /// Folder of the sandbox [default: the secret in MFA_TOTP_SECRET]
        #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        state: Option<PathBuf>,
    },
}

/// `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to complete for
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell", "elvish"])]
    pub shell: String,
}

/// `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Folder for the pages, which is created if it is missing
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub folder: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        shared::hidden_where_unused(Cli::command()).debug_assert();
        Cli::with_used_options().debug_assert();
    }

    #[test]
    fn a_typed_code_is_never_shown() {
        let cli = Cli::parse_from(["mfa-session", "login", "--token-code", "123456"]);
        assert!(!format!("{cli:?}").contains("123456"));
    }
}
