//! `policy simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::key_value::key_value;
use crate::cli::duration::span;

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
}
