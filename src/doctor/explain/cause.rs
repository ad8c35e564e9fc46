//! What an error can be, and what is said about it.

/// Makes the table of the causes with their ids.
macro_rules! causes {
    ($($name:ident, $id:literal, $doc:literal;)*) => {
        /// What an error is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause {
            $(#[doc = $doc] $name,)*
        }

        impl Cause {
            /// Its stable id.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

causes! {
    MfaPolicy, "mfa-policy", "A policy denies the call, probably because it carried no MFA.";
    OtherDeny, "other-deny", "A policy denies the call although there is a session: the call did not use it, or another Deny matches.";
    RuleOf2023, "rule-of-2023", "AWS's own rule about one's own MFA devices.";
    SessionWithoutMfa, "session-without-mfa", "A session that was got without a code.";
    OtherIdentity, "other-identity", "The call was signed by another identity than the profile's.";
    OtherAccount, "other-account", "The call was signed in another account, or is about one.";
    NoAllow, "no-allow", "No policy of the caller allows the call.";
    ServiceControl, "service-control-policy", "A service control policy decides.";
    ResourceControl, "resource-control-policy", "A resource control policy decides.";
    Boundary, "permissions-boundary", "A permissions boundary decides.";
    SessionPolicy, "session-policy", "A policy of the session decides.";
    ResourcePolicy, "resource-policy", "A policy of the resource decides.";
    EndpointPolicy, "endpoint-policy", "A policy of a VPC endpoint decides.";
    TrustPolicy, "trust-policy", "A role cannot be assumed.";
    Undecided, "access-denied", "The text does not say which policy decides.";
    Expired, "expired", "The credentials have expired.";
    UnknownKey, "unknown-key", "AWS does not know the key.";
    WrongSecret, "wrong-secret", "The secret does not belong to the key.";
    Clock, "clock", "This machine's clock is wrong.";
    CodeRefused, "code-refused", "The token code was refused.";
    CodeNotValidated, "code-not-validated", "The device is not this user's, or was tried too often.";
    CodeIncomplete, "code-incomplete", "A serial number without a code, or the other way round.";
    SessionFromSession, "session-from-session", "A session was asked for with temporary credentials.";
    NoCredentials, "no-credentials", "No credentials were found.";
    HookFailed, "hook-failed", "The hook gave no credentials.";
    ProfileMissing, "profile-missing", "There is no profile with that name.";
    HalfPair, "half-pair", "One half of a key pair is missing.";
    Cluster, "cluster", "A Kubernetes cluster refuses the caller.";
    Region, "region", "The region is not enabled, or has no such endpoint.";
}

/// What is said about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What it is.
    pub cause: Cause,
    /// What it is, as a sentence.
    pub what: String,
    /// What that follows from and what else matters, as sentences.
    pub because: Vec<String>,
    /// Why the text alone does not decide, and what would, if it does not.
    pub undecided: Option<String>,
    /// What to do, as a sentence.
    pub repair: String,
    /// The command to type.
    pub command: String,
}

impl Explanation {
    pub(super) fn new(cause: Cause, what: impl Into<String>) -> Self {
        Self {
            cause,
            what: what.into(),
            because: Vec::new(),
            undecided: None,
            repair: String::new(),
            command: String::new(),
        }
    }

    pub(super) fn because(mut self, why: impl Into<String>) -> Self {
        self.because.push(why.into());
        self
    }

    pub(super) fn undecided(mut self, why: impl Into<String>) -> Self {
        self.undecided = Some(why.into());
        self
    }

    pub(super) fn repair(mut self, how: impl Into<String>, command: impl Into<String>) -> Self {
        self.repair = how.into();
        self.command = command.into();
        self
    }
}
