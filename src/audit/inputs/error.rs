//! Why an input cannot be read.

/// Why an input cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// JSON of another shape, or no JSON.
    #[error("expected the output of `{command}`: {problem}")]
    Shape {
        /// The command that makes such a file.
        command: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A credential report that is neither CSV nor the AWS CLI's JSON.
    #[error(
        "expected a credential report (CSV, or the output of `aws iam get-credential-report`): {0}"
    )]
    Report(String),
    /// Things of several accounts in one file.
    #[error("expected one account, found `{0}` and `{1}`")]
    Accounts(String, String),
    /// A control policy that cannot be read.
    #[error("{0}")]
    Policy(String),
}
