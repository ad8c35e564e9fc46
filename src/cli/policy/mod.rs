//! The arguments of `policy` as they are typed, and their help: one file per subcommand. Templates and kinds are only names here; the
//! engine knows their meaning.

mod check;
mod explain;
mod generate;
mod key_value;
mod kind;
mod simulate;
mod verify;

use clap::Subcommand;

pub use check::{AttachedTo, Check, CheckForm, FailOn};
pub use explain::{Explain, ExplainForm};
pub use generate::{Generate, GenerateForm, Guard, TemplateName};
pub use kind::KindName;
pub use simulate::{MfaState, Simulate, SimulateForm};
pub use verify::{Verify, VerifyForm};

pub(super) const AFTER: &str = "\
Generate the policy, see what it does and what it leaves open, and close that:
  mfa-session policy generate --output mfa.json
  mfa-session policy explain mfa.json
  mfa-session policy verify mfa.json
  mfa-session policy generate --template console-enrol --guard own-only

Find mistakes in existing policies:
  mfa-session policy check FILE

Everything works offline, without an AWS account.";

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
