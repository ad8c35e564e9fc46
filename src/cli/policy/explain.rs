//! `policy explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

const EXPLAIN: &str = "\
Examples:
  mfa-session policy explain
  mfa-session policy explain mfa.json --format markdown
  aws iam get-user-policy --user-name U --policy-name P \\
    --query PolicyDocument | mfa-session policy explain -

Every statement comes from evaluating this policy. If the policy allows nothing,
another policy that allows everything is assumed.

FILE may be whatever `policy check` reads. What it does not tell is assumed to be
the worst: an Allow applies to it, a Deny does not.";

/// `policy explain`.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN)]
pub struct Explain {
    /// Policy document, `FILE#NAME` for one of several, `-` for stdin [default: the policy that `policy generate` prints]
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
