//! The result of a verification.

use super::paths::Path;
use super::states::ByState;

/// What no identity policy reaches, or what could not be tried.
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
    /// Actions that were judged, stand-ins for future ones included. sts:GetCallerIdentity is not among them.
    pub judged: usize,
    /// How many of them stand for actions and services that the catalogue does not know yet.
    pub stand_ins: usize,
    /// How many are possible.
    pub possible: ByState<usize>,
    /// What was assumed.
    pub assumed: Assumed,
    /// What is possible without MFA and expected to be.
    pub expected: Vec<OpenAction>,
    /// What is possible without MFA and not expected to be, by service.
    pub unexpected: Vec<OpenService>,
    /// Ways past MFA, each for a user without and with a device.
    pub paths: Vec<Path>,
    /// What closes all that is open; none when nothing is.
    pub remedies: Vec<Remedy>,
    /// What no policy reaches.
    pub limits: Vec<&'static str>,
}

impl Verification {
    /// Whether nothing is open but what is expected.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unexpected.is_empty() && !self.paths.iter().any(|p| p.open)
    }
}

/// What the documents do not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assumed {
    /// An Allow of everything, because no document allows anything.
    pub allow: bool,
    /// `FullAWSAccess`, because the service control policies allow nothing.
    pub full_access: bool,
    /// Keys of the request that were left open: as an Allow asks for, and not as a Deny does.
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
    /// A stand-in for actions that the catalogue does not know yet.
    pub future: bool,
}

/// A policy that closes what is open when it is attached, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The options of `policy generate` that write it.
    pub options: String,
    /// Whom it suits.
    pub suits: &'static str,
}
