//! Both shared files taken together: what a profile says, and which keys it holds.
//!
//! The credentials file wins over the config file key by key, as in the SDKs, and an empty value is no value. Keys leave
//! here wrapped; no message and no `Debug` repeats a value.

use std::collections::HashSet;
use std::fmt;

use time::macros::format_description;
use time::{PrimitiveDateTime, UtcDateTime};

use super::document::{Document, Entry, Sections};
use super::file_kind::FileKind;
use super::hook_line::profile_of_hook_line;
use super::line::property;
use super::name::SectionKind;
use super::section::Section;
use crate::aws::endpoint::Service;
use crate::aws::types::{AccessKeyId, Invalid, Keys, SecretAccessKey, parse_rfc3339};

/// Keys of the shared files that are read or written here
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>); the `mfa_session_…` ones are ours.
pub mod key {
    /// The id of an access key.
    pub const ACCESS_KEY_ID: &str = "aws_access_key_id";
    /// Its secret half.
    pub const SECRET_ACCESS_KEY: &str = "aws_secret_access_key";
    /// The token of temporary credentials.
    pub const SESSION_TOKEN: &str = "aws_session_token";
    /// The old name of the session token, which botocore reads first.
    pub const SECURITY_TOKEN: &str = "aws_security_token";
    /// A program that prints credentials.
    pub const CREDENTIAL_PROCESS: &str = "credential_process";
    /// The console sign-in of `aws login`.
    pub const LOGIN_SESSION: &str = "login_session";
    /// When temporary credentials end.
    pub const EXPIRATION: &str = "expiration";
    /// The same time in the key that saml2aws writes.
    pub const TOKEN_EXPIRES: &str = "x_security_token_expires";
    /// Which tool looks after a section.
    pub const MANAGER: &str = "manager";
    /// The source profile of a session or hook profile.
    pub const SOURCE: &str = "mfa_session_source";
    /// The session profile of a source profile.
    pub const SESSION_PROFILE: &str = "mfa_session_profile";
    /// Where the secret of the long-term key is, if not in the profile: [`KEYCHAIN`](super::KEYCHAIN).
    pub const KEY_STORE: &str = "mfa_key_store";
    /// The id of the access key whose secret is there.
    pub const STORED_KEY_ID: &str = "mfa_key_id";
    /// The `[services x]` section of a profile.
    pub const SERVICES: &str = "services";
    /// The role of a role profile.
    pub const ROLE_ARN: &str = "role_arn";
    /// The profile whose credentials assume the role.
    pub const SOURCE_PROFILE: &str = "source_profile";
    /// The external id that the role's trust policy may ask for.
    pub const EXTERNAL_ID: &str = "external_id";
    /// The name of the role's session.
    pub const ROLE_SESSION_NAME: &str = "role_session_name";
    /// How long the credentials last: those of the role, in a profile with a role.
    pub const DURATION_SECONDS: &str = "duration_seconds";
    /// The serial number of the MFA device.
    pub const MFA_SERIAL: &str = "mfa_serial";
    /// A file with a token that a role is assumed with.
    pub const WEB_IDENTITY_TOKEN_FILE: &str = "web_identity_token_file";
    /// The machine's own credentials, which a role is assumed with.
    pub const CREDENTIAL_SOURCE: &str = "credential_source";
}

/// The value of `mfa_key_store` for the OS keychain.
pub const KEYCHAIN: &str = "keychain";

/// The value of `manager` in a section whose keys this program wrote.
pub const MANAGER: &str = "mfa-session";

/// The two files.
#[derive(Clone, Debug)]
pub struct Profiles {
    config: Document,
    credentials: Document,
}

impl Profiles {
    /// Takes the two files together.
    #[must_use]
    pub fn new(config: Document, credentials: Document) -> Self {
        Self {
            config,
            credentials,
        }
    }

    /// The shared config file.
    #[must_use]
    pub fn config(&self) -> &Document {
        &self.config
    }

    /// The shared credentials file.
    #[must_use]
    pub fn credentials(&self) -> &Document {
        &self.credentials
    }

    /// The names of all profiles, each once: in the order of the config file, then those of the credentials file alone.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut known = HashSet::new();
        self.config
            .profile_names()
            .chain(self.credentials.profile_names())
            .filter(|name| known.insert(*name))
            .collect()
    }

    /// A profile, if one of the files has a section for it.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<Profile<'_>> {
        let (config, credentials) = (
            Side::of(&self.config, name),
            Side::of(&self.credentials, name),
        );
        let section = config.effective.first().map(|s| self.config.name(s));
        let name = section.or_else(|| {
            credentials
                .effective
                .first()
                .map(|s| self.credentials.name(s))
        })?;
        Some(Profile {
            name,
            config,
            credentials,
        })
    }

    /// Every profile once, in the order of [`Profiles::names`]. This takes one pass over each file, however many profiles
    /// there are.
    #[must_use]
    pub fn all(&self) -> Vec<Profile<'_>> {
        let config = self.config.index(|_| true);
        let credentials = self.credentials.index(|_| true);
        self.names()
            .into_iter()
            .map(|name| Profile {
                name,
                config: Side::from(&self.config, config.profile_sections(name)),
                credentials: Side::from(&self.credentials, credentials.profile_sections(name)),
            })
            .collect()
    }

    /// The `endpoint_url` that the profile's `[services x]` section has for a service
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    #[must_use]
    pub fn service_endpoint(&self, profile: &str, service: Service) -> Option<&str> {
        let services = self.profile(profile)?.get(key::SERVICES)?;
        let service = match service {
            Service::Sts => "sts",
            Service::Iam => "iam",
        };
        let entries = self.service_entries(services);
        self.endpoint_in(&entries.filter(|entry| entry.is(service)).last()?)
    }

    /// Every service that the profile's `[services x]` section has an `endpoint_url` for, in the order of the file.
    #[must_use]
    pub fn service_endpoints(&self, profile: &str) -> Vec<(&str, &str)> {
        let profile = self.profile(profile);
        let Some(services) = profile.and_then(|p| p.get(key::SERVICES)) else {
            return Vec::new();
        };
        let mut found: Vec<(&str, &str)> = Vec::new();
        for entry in self.service_entries(services) {
            // The last entry of a service counts, as above.
            found.retain(|(known, _)| !known.eq_ignore_ascii_case(entry.property.key));
            if let Some(url) = self.endpoint_in(&entry) {
                found.push((entry.property.key, url));
            }
        }
        found
    }

    fn service_entries(&self, services: &str) -> impl Iterator<Item = Entry<'_>> {
        self.config
            .sections_of(SectionKind::Services, services)
            .flat_map(|section| self.config.entries(section))
    }

    fn endpoint_in(&self, entry: &Entry<'_>) -> Option<&str> {
        self.config
            .continuations(entry)
            .filter_map(|line| line.split_once('='))
            .filter(|(name, _)| name.trim() == "endpoint_url")
            .last()
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }
}

/// A profile as both files have it.
#[derive(Clone)]
pub struct Profile<'a> {
    name: &'a str,
    pub(super) config: Side<'a>,
    pub(super) credentials: Side<'a>,
}

/// A profile in one of the files.
#[derive(Clone)]
pub(super) struct Side<'a> {
    pub(super) document: &'a Document,
    effective: Vec<&'a Section>,
    aside: Vec<&'a Section>,
}

impl<'a> Side<'a> {
    fn of(document: &'a Document, name: &str) -> Self {
        Self::from(document, document.profile_sections(name))
    }

    fn from(document: &'a Document, (effective, aside): Sections<'a>) -> Self {
        Self {
            document,
            effective,
            aside,
        }
    }

    /// The value that counts, unless it is empty.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.document
            .value(&self.effective, key)
            .filter(|value| !value.is_empty())
    }

    /// The sections that count.
    pub(super) fn effective(&self) -> &[&'a Section] {
        &self.effective
    }

    /// Every section of the profile, those that do not count too.
    pub(super) fn sections(&self) -> impl Iterator<Item = &'a Section> {
        self.effective.iter().chain(&self.aside).copied()
    }

    /// Every value that a reader could find for a key in a section: from each line with this key, and from indented lines that look
    /// like one.
    pub(super) fn possible_values(&self, section: &Section, key: &str) -> Vec<&'a str> {
        let document = self.document;
        let below = |entry: Entry<'a>| {
            document
                .continuations(&entry)
                .filter_map(|line| property(line).ok())
                .filter(|property| property.key.eq_ignore_ascii_case(key))
                .map(|property| property.value)
                .collect::<Vec<_>>()
        };
        document
            .entries(section)
            .flat_map(|entry| {
                let own = entry.is(key).then_some(entry.value);
                own.into_iter().chain(below(entry))
            })
            .filter(|value| !value.is_empty())
            .collect()
    }
}

/// The keys that a profile holds.
#[derive(Clone, Debug)]
pub enum KeyState {
    /// Neither half of a pair.
    None,
    /// One half of a pair.
    Incomplete {
        /// The key of the other half.
        missing: &'static str,
    },
    /// A long-term pair.
    LongTerm(Keys),
    /// A long-term key whose secret is in the OS keychain.
    Stored(AccessKeyId),
    /// Temporary credentials.
    Temporary {
        /// When they end, if the profile says so in a form that is known.
        expiration: Option<UtcDateTime>,
        /// Whether they are ours.
        ours: bool,
    },
    /// A long-term pair by all signs, but its id does not have the form of one.
    BadId,
    /// A long-term pair, but its secret does not have the form of one.
    BadSecret(Invalid),
}

impl KeyState {
    /// The id of a long-term key, wherever its secret is.
    #[must_use]
    pub fn long_term_id(&self) -> Option<&AccessKeyId> {
        match self {
            Self::LongTerm(keys) => Some(&keys.id),
            Self::Stored(id) => Some(id),
            _ => None,
        }
    }
}

/// A pair and the files that its halves come from.
struct Pair<'a> {
    id: (&'a str, FileKind),
    secret: (&'a str, FileKind),
}

impl<'a> Profile<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The value of a key in the credentials file, else in the config file; an empty value is none. A value of several
    /// lines comes as it stands in the file, indentation included.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.credentials(key).or_else(|| self.config(key))
    }

    /// As [`Profile::get`], with the file that the value stands in.
    #[must_use]
    pub fn get_with_file(&self, key: &str) -> Option<(&'a str, FileKind)> {
        let credentials = self.credentials(key).map(|v| (v, FileKind::Credentials));
        credentials.or_else(|| self.config(key).map(|v| (v, FileKind::Config)))
    }

    /// The value of a key in the config file.
    #[must_use]
    pub fn config(&self, key: &str) -> Option<&'a str> {
        self.config.get(key)
    }

    /// The value of a key in the credentials file.
    #[must_use]
    pub fn credentials(&self, key: &str) -> Option<&'a str> {
        self.credentials.get(key)
    }

    /// The source profile that a session or hook profile names.
    #[must_use]
    pub fn source(&self) -> Option<&'a str> {
        self.get(key::SOURCE)
    }

    /// The profile that its `credential_process` names, if that line runs this program. A profile with an access key is not a hook
    /// profile: the SDKs use the key.
    #[must_use]
    pub fn hook_line_profile(&self) -> Option<String> {
        if self.names_key() {
            return None;
        }
        profile_of_hook_line(self.get(key::CREDENTIAL_PROCESS)?)
    }

    /// Whether it is a hook profile: its `credential_process` runs this program, or stands beside `mfa_session_source`.
    #[must_use]
    pub fn is_hook(&self) -> bool {
        match self.source() {
            Some(_) => self.get(key::CREDENTIAL_PROCESS).is_some(),
            None => self.hook_line_profile().is_some(),
        }
    }

    /// Whether it is a session or hook profile, which has its long-term key in another profile.
    #[must_use]
    pub fn has_source(&self) -> bool {
        self.source().is_some() || self.is_hook()
    }

    /// The keys that it holds, both files taken together.
    ///
    /// Keys are long-term if there is no session token beside them, or if the id begins with `AKIA` and its section is
    /// not ours: people leave stale tokens behind.
    #[must_use]
    pub fn long_term_keys(&self) -> KeyState {
        let Some(pair) = self.pair() else {
            return match (
                self.get(key::ACCESS_KEY_ID),
                self.get(key::SECRET_ACCESS_KEY),
            ) {
                (None, None) => self.stored_key(),
                (None, _) => KeyState::Incomplete {
                    missing: key::ACCESS_KEY_ID,
                },
                _ => KeyState::Incomplete {
                    missing: key::SECRET_ACCESS_KEY,
                },
            };
        };
        let (id, file) = pair.id;
        let stale = id.starts_with("AKIA") && !self.side(file).is_ours();
        if self.has_token() && !stale {
            return KeyState::Temporary {
                expiration: self.expiration(),
                ours: self.is_ours(),
            };
        }
        match (AccessKeyId::new(id), SecretAccessKey::new(pair.secret.0)) {
            (Ok(id), Ok(secret)) => KeyState::LongTerm(Keys { id, secret }),
            (Err(_), _) => KeyState::BadId,
            (_, Err(error)) => KeyState::BadSecret(error),
        }
    }

    /// The key whose secret is in the OS keychain, in a profile without any key of its own.
    fn stored_key(&self) -> KeyState {
        if self.get(key::KEY_STORE) != Some(KEYCHAIN) {
            return KeyState::None;
        }
        match self.get(key::STORED_KEY_ID).map(AccessKeyId::new) {
            Some(Ok(id)) => KeyState::Stored(id),
            Some(Err(_)) => KeyState::BadId,
            None => KeyState::Incomplete {
                missing: key::STORED_KEY_ID,
            },
        }
    }

    /// Whether it names a long-term key of its own, whatever its state.
    #[must_use]
    pub fn names_key(&self) -> bool {
        self.get(key::ACCESS_KEY_ID).is_some() || self.get(key::KEY_STORE) == Some(KEYCHAIN)
    }

    /// The files that the id and the secret of its pair stand in; `None` without a complete pair.
    #[must_use]
    pub fn keys_in(&self) -> Option<(FileKind, FileKind)> {
        self.pair().map(|pair| (pair.id.1, pair.secret.1))
    }

    /// When its temporary credentials end, if it says so: `expiration`, else `x_security_token_expires`.
    #[must_use]
    pub fn expiration(&self) -> Option<UtcDateTime> {
        [key::EXPIRATION, key::TOKEN_EXPIRES]
            .into_iter()
            .find_map(|key| self.get(key).and_then(read_time))
    }

    /// The pair of the credentials file if it is complete there, else that of the config file, else one half of each.
    fn pair(&self) -> Option<Pair<'a>> {
        let half = |key| self.get_with_file(key);
        let whole = |file| {
            let half = |key| self.side(file).get(key).map(|value| (value, file));
            half(key::ACCESS_KEY_ID).zip(half(key::SECRET_ACCESS_KEY))
        };
        whole(FileKind::Credentials)
            .or_else(|| whole(FileKind::Config))
            .or_else(|| half(key::ACCESS_KEY_ID).zip(half(key::SECRET_ACCESS_KEY)))
            .map(|(id, secret)| Pair { id, secret })
    }

    pub(super) fn side(&self, file: FileKind) -> &Side<'a> {
        match file {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        }
    }

    pub(super) fn has_token(&self) -> bool {
        self.get(key::SESSION_TOKEN).is_some() || self.get(key::SECURITY_TOKEN).is_some()
    }

    pub(super) fn is_ours(&self) -> bool {
        self.get(key::MANAGER) == Some(MANAGER)
    }
}

impl Side<'_> {
    pub(super) fn is_ours(&self) -> bool {
        self.get(key::MANAGER) == Some(MANAGER)
    }
}

impl fmt::Debug for Profile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Profile({:?}, …)", self.name)
    }
}

/// RFC 3339, or the form of aws-mfa, which is UTC.
fn read_time(text: &str) -> Option<UtcDateTime> {
    parse_rfc3339(text).or_else(|| {
        let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
        PrimitiveDateTime::parse(text, form)
            .ok()
            .map(PrimitiveDateTime::as_utc)
    })
}

#[cfg(test)]
mod tests;
