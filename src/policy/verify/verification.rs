//! The result of a verification.

use super::paths::Path;
use super::states::ByState;

/// What no identity policy can prevent, or what could not be tried.
pub const LIMITS: [&str; 8] = [
    "sts:GetCallerIdentity succeeds under any policy, even presigned for someone else (EKS tokens)",
    "role sessions, federated users and Identity Center identities never carry the MFA key: require MFA in trust policies",
    "no identity policy applies to the root user",
    "the policy applies only to the users to whom it is attached (a long-term Bedrock API key creates a new IAM user)",
    "sts:GetSessionToken without a token code needs no permission; the session cannot call IAM and is denied everything else",
    "denied by the evaluator, but not verified on live AWS: CodeCommit Git and SSH credentials, Keyspaces, SES SMTP, S3 presigned URLs, rds-db:connect",
    "denied by the evaluator, but not verified on live AWS: API keys (*:CallWithBearerToken), and creating ECR and CodeArtifact tokens",
    "not verified on live AWS: whether OAuth sessions of `aws login` and calls that services forward carry the MFA key",
];

/// The result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The number of actions that were evaluated, including placeholders, but not sts:GetCallerIdentity.
    pub judged: usize,
    /// How many of them are placeholders for actions and services that AWS may add.
    pub stand_ins: usize,
    /// How many actions are possible.
    pub possible: ByState<usize>,
    /// Whether MFA opens nothing: the user is locked out.
    pub locked_out: bool,
    /// What was assumed.
    pub assumed: Assumed,
    /// The actions that are possible without MFA, as expected.
    pub expected: Vec<OpenAction>,
    /// The actions that are possible without MFA but not expected to be, by service.
    pub unexpected: Vec<OpenService>,
    /// Ways past MFA, each for a user without and with a device.
    pub paths: Vec<Path>,
    /// Policies that close everything that is open; empty if nothing is.
    pub remedies: Vec<Remedy>,
    /// What no policy can prevent.
    pub limits: Vec<&'static str>,
}

impl Verification {
    /// Whether only expected actions are possible without MFA, and more than those with it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !self.is_open() && !self.locked_out
    }

    /// Whether something is possible without MFA that is not expected to be.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.unexpected.is_empty() || self.paths.iter().any(|p| p.open)
    }
}

/// What the verification assumes because the documents do not say it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assumed {
    /// An Allow of everything, because no document allows anything.
    pub allow: bool,
    /// `FullAWSAccess`, because the service control policies allow nothing.
    pub full_access: bool,
    /// Condition keys that the caller can choose: assumed to satisfy an Allow and to avoid a Deny.
    pub free_keys: Vec<String>,
}

/// The open actions of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenService {
    /// The prefix of the actions.
    pub service: String,
    /// How many actions the service has, the stand-in included.
    pub of: usize,
    /// Which are open.
    pub actions: Vec<OpenAction>,
}

/// An action that is possible without MFA on some resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAction {
    /// E.g. `s3:GetObject`.
    pub action: String,
    /// With long-term keys, which send no MFA key at all.
    pub absent: bool,
    /// With a session or in the console without MFA.
    pub without: bool,
    /// Whether it is a placeholder for actions that AWS may add.
    pub future: bool,
}

/// A generated policy that closes what is open if it is attached as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The options of `policy generate` that generate it.
    pub options: String,
    /// Which users it is for.
    pub suits: &'static str,
}
