//! The table of everything that `doctor` checks: the id of each check, how bad a finding is, and what the check is about.

/// How bad a finding is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something does not work.
    Error,
    /// Something may not do what it seems to do, or is in danger.
    Warning,
    /// Something that one may want to know.
    Info,
}

impl Severity {
    /// As one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Makes the table: the variant, the id that users see, the severity, and what the check finds.
macro_rules! checks {
    ($($name:ident, $id:literal, $severity:ident, $finds:literal;)*) => {
        /// One check. Its id is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check {
            $(#[doc = $finds] $name,)*
        }

        impl Check {
            /// Every check, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its id.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// How bad its findings are.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it finds.
            #[must_use]
            pub fn finds(self) -> &'static str {
                match self { $(Self::$name => $finds,)* }
            }
        }
    };
}

checks! {
    // The shared files.
    FileUnreadable, "file-unreadable", Error, "a shared file that cannot be read, is no regular file, or is not text";
    FileDangling, "file-dangling", Error, "a shared file that is a link to nothing";
    FileMissing, "file-missing", Warning, "a shared file that a variable names, and that does not exist";
    FileWritable, "file-writable-by-others", Error, "a shared file that other users can write";
    FileOpen, "file-open-to-others", Warning, "a shared file with keys that other users can read";
    FileOwner, "file-of-another-user", Warning, "a shared file that belongs to another user";
    FileLeftover, "file-leftover", Warning, "a temporary file beside the shared files that a killed process left; it may hold keys";
    FileKept, "file-kept", Warning, "a file with what another program wrote during one of our writes";
    NoKey, "no-key", Error, "shared files without any key or other credentials";
    // Their lines.
    Syntax, "syntax", Error, "a line that cannot be read, so that the AWS CLI rejects the whole file";
    ByteOrderMark, "byte-order-mark", Error, "a byte order mark, for which the AWS CLI rejects the whole file";
    SectionTwice, "section-twice", Error, "a header that appears twice, for which the AWS CLI rejects the whole file";
    KeyTwice, "setting-twice", Error, "a setting that appears twice in its section, for which the AWS CLI rejects the whole file";
    Continued, "setting-continues-line", Error, "an indented setting that is a part of the value above it";
    SectionIgnored, "section-ignored", Warning, "a section of the config file that no AWS program takes for a profile";
    // Keys.
    KeysAndProcess, "keys-and-process", Error, "keys and a process or a sign-in in one profile: the SDKs disagree on which counts";
    ExpiredKeysHide, "expired-keys-hide", Error, "expired keys that hide the process or the sign-in of their profile";
    ExpiredKeys, "expired-keys", Info, "expired keys of another tool";
    StaleToken, "stale-token", Error, "a session token that does not belong to the key beside it";
    HalfPair, "half-pair", Error, "one half of a key pair";
    SplitPair, "split-pair", Warning, "a key pair whose halves stand in different files";
    KeysDiffer, "keys-differ", Warning, "a profile whose keys differ between the two files";
    BadKey, "bad-key", Error, "a key that does not have the form of one";
    // Profiles that lead to others.
    SourceMissing, "source-missing", Error, "a profile that names a source which does not exist";
    Circle, "circle", Error, "profiles or hooks that lead back to themselves";
    SourceIsSession, "source-is-session", Error, "a session or hook profile whose source is one itself";
    SourceWithoutKey, "source-without-key", Error, "a source profile without credentials";
    RoleAlone, "role-alone", Error, "a role without anything to assume it with, or with two such settings";
    RoleAsks, "role-asks", Warning, "a role profile that asks for a code of its own although it stands on a session";
    // Hooks.
    HookMissing, "hook-missing", Error, "a `credential_process` whose program does not exist";
    HookNotExecutable, "hook-not-executable", Error, "a `credential_process` whose program cannot be run";
    HookUnquoted, "hook-unquoted", Error, "a `credential_process` with blanks in an unquoted path";
    HookRelative, "hook-relative", Warning, "a `credential_process` with a path that depends on the current folder";
    HookWrapped, "hook-wrapped", Warning, "a `credential_process` that runs this program in a way that is not recognised";
    // Settings.
    Region, "region-unknown", Warning, "a region that no partition of AWS can have";
    Endpoint, "endpoint-refused", Error, "an endpoint that is no URL, or plain HTTP to another machine";
    Serial, "device-unusable", Warning, "an MFA device that cannot be used for a login";
    // The environment.
    EnvKeys, "env-keys", Warning, "keys in the environment, which take precedence over profiles";
    EnvKeysExpired, "env-keys-expired", Error, "keys in the environment that have expired";
    EnvHalfPair, "env-half-pair", Error, "one half of a key pair in the environment";
    EnvStaleToken, "env-stale-token", Error, "a session token in the environment that does not belong to the key beside it";
    EnvWebIdentity, "env-web-identity", Warning, "a web identity in the environment, which takes precedence over the default profile";
    EnvContainer, "env-container", Info, "credentials of a container in the environment";
    EnvProfiles, "env-profiles-differ", Warning, "AWS_PROFILE and AWS_DEFAULT_PROFILE that differ";
    EnvProfileMissing, "env-profile-missing", Error, "AWS_PROFILE or AWS_DEFAULT_PROFILE with the name of no profile";
    EnvProfileSource, "env-profile-without-mfa", Warning, "AWS_PROFILE with a source profile, whose calls carry no MFA";
    EnvParent, "env-parent", Error, "MFA_SESSION_PARENT, with which login and hook refuse to run";
    // The cache.
    CacheDistrusted, "cache-not-trusted", Error, "a file or folder of the session cache that is not trusted";
    CacheUnwritable, "cache-not-writable", Error, "a session cache that cannot be written";
    RecordBroken, "record-broken", Warning, "a session record that cannot be read";
    RecordForeign, "record-foreign", Warning, "a session of a key that is in no profile";
    RecordEnded, "record-ended", Info, "a session that ended more than a week ago";
    CacheLeftover, "cache-leftover", Warning, "a temporary file in the session cache that a killed process left";
    // AWS.
    Proxy, "proxy", Error, "a variable that names a proxy in a form that cannot be used";
    Certificates, "certificates", Error, "a CA bundle that cannot be used, or a certificate that is not trusted";
    Unreachable, "unreachable", Error, "an endpoint that cannot be reached, or does not answer";
    NotAws, "not-aws", Error, "an answer that does not come from AWS";
    CallRefused, "call-refused", Error, "a call that AWS refuses although no policy can deny it";
    KeyUnknown, "key-unknown", Error, "a key that AWS does not know, or that is inactive";
    SecretWrong, "secret-wrong", Error, "a secret that does not belong to its key";
    NotAUser, "not-a-user", Warning, "a key that does not belong to an IAM user";
    KeyOld, "key-old", Warning, "a key that is older than 90 days";
    NoDevice, "no-device", Error, "a user without an MFA device that shows codes";
    DeviceForeign, "device-not-enabled", Error, "a configured MFA device that is not enabled for the user";
    LookupDenied, "lookup-denied", Warning, "a policy that denies the lookup of the device, where none is configured";
    Clock, "clock", Warning, "a clock that differs from AWS's";
    // This machine.
    Locks, "locks-unknown", Info, "a session cache on a file system where locks may not work";
    Terminal, "terminal-mode", Warning, "a terminal in which no code can be typed";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_distinct_words_with_hyphens() {
        let ids: HashSet<_> = Check::ALL.iter().map(|check| check.id()).collect();
        assert_eq!(ids.len(), Check::ALL.len());
        for id in ids {
            let parts = id.split('-').collect::<Vec<_>>();
            let is_word =
                |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
            assert!(parts.iter().all(is_word), "{id}");
        }
    }
}
