//! The state that processes with the same key share: how the last question for a code ended, which codes were submitted, and which
//! key a source outside the shared files had.
//!
//! The program is correct without this state: a missing file is no error, and an untrusted one is ignored with a warning. Token
//! codes are never written, only their HMAC under the source's secret key.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use time::UtcDateTime;

use super::cache::{Cache, CacheError, STATE};
use crate::aws::types::{AccessKeyId, Invalid, Keys, TokenCode};
use crate::storage::atomic_file::{Flush, Writers, forget_private, write_private};
use crate::storage::permissions::Distrust;
use crate::storage::{hex, sha256_hex};

/// The version of every file here.
const VERSION: u32 = 1;
/// No more than this is read of a file. The record of a setup that moved thousands of role profiles needs most.
const LARGEST: u64 = 4 * 1024 * 1024;
/// The longest message that is passed on, in bytes.
const LONGEST_MESSAGE: usize = 4 * 1024;
/// AWS may accept a code for this many seconds: its own step of 30 s, and two steps before and after it.
const CODE_SECONDS: u64 = 150;
/// The most codes that are remembered; AWS accepts fewer in that time.
const MOST_CODES: usize = 32;

/// Why the saved state is not trusted, as one line for a warning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the saved state of earlier logins is not used: {0}")]
pub struct Distrusted(String);

impl Distrusted {
    /// A file of the state with a value that is not valid.
    pub(super) fn of(name: &str, why: Invalid) -> Self {
        Self(format!("`{name}`: {why}"))
    }
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a session in the cache.
    Session,
    /// AWS refused.
    Refused {
        /// The message that the user saw. It contains no secret.
        message: String,
    },
    /// The call could not be made, or the answer was not from AWS.
    Failed {
        /// The message that the user saw. It contains no secret.
        message: String,
    },
    /// The user cancelled it.
    Cancelled {
        /// The exit code of the signal: 130, 143 or 129.
        exit_code: u8,
    },
}

/// An outcome and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Counts the questions for a key, from 1. A waiter compares it with the number that it read when it began to wait: a larger
    /// number means that the outcome answers the waiter too.
    pub generation: u64,
    /// How that question ended.
    pub outcome: Outcome,
}

/// A file of `state/`, which begins with its version.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

#[derive(Serialize, Deserialize)]
struct PublishedFile {
    generation: u64,
    outcome: OutcomeFile,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum OutcomeFile {
    Session,
    Refused { message: String },
    Failed { message: String },
    Cancelled { exit_code: u8 },
}

#[derive(Default, Serialize, Deserialize)]
struct CodesFile {
    codes: Vec<CodeFile>,
}

#[derive(Serialize, Deserialize)]
struct CodeFile {
    hmac: String,
    /// Seconds since 1970.
    submitted: i64,
}

/// A message that is given once. The name of the file says which.
#[derive(Serialize, Deserialize)]
struct SaidFile {}

#[derive(Serialize, Deserialize)]
struct SourceFile {
    access_key_id: String,
}

impl Cache {
    /// The number of the last question for this key that ended. It is 0 if there was none, or if the file is not trusted
    /// ([`Cache::state_distrust`] returns why).
    #[must_use]
    pub fn generation(&self, id: &AccessKeyId) -> u64 {
        self.outcome(id).map_or(0, |published| published.generation)
    }

    /// How the last question for this key ended, if there was one and the file is trusted.
    #[must_use]
    pub fn outcome(&self, id: &AccessKeyId) -> Option<Published> {
        let file: PublishedFile = self.read_state(&outcome_name(id)).ok()??;
        Some(Published {
            generation: file.generation,
            outcome: match file.outcome {
                OutcomeFile::Session => Outcome::Session,
                OutcomeFile::Refused { message } => Outcome::Refused { message },
                OutcomeFile::Failed { message } => Outcome::Failed { message },
                OutcomeFile::Cancelled { exit_code } => Outcome::Cancelled { exit_code },
            },
        })
    }

    /// Publishes to the waiters how the question ended, and returns its number. Number and outcome are written together, so that no
    /// waiter sees one without the other. The caller must hold the key's ask lock.
    ///
    /// # Errors
    /// [`CacheError`]; each waiter then asks for a code itself.
    pub fn publish(&self, id: &AccessKeyId, outcome: Outcome) -> Result<u64, CacheError> {
        // A file edited by hand may hold any number; it stays comparable.
        let generation = self.generation(id).saturating_add(1);
        let file = PublishedFile {
            generation,
            outcome: match outcome {
                Outcome::Session => OutcomeFile::Session,
                Outcome::Refused { message } => OutcomeFile::Refused {
                    message: bounded(message),
                },
                Outcome::Failed { message } => OutcomeFile::Failed {
                    message: bounded(message),
                },
                Outcome::Cancelled { exit_code } => OutcomeFile::Cancelled { exit_code },
            },
        };
        self.write_state(&outcome_name(id), &file, Writers::One)?;
        Ok(generation)
    }

    /// Remembers for 150 s that this code was submitted with these keys. The caller must hold the key's call lock: without it, one
    /// of two codes saved at the same time may be lost. A failure to save is ignored, because AWS refuses a code that is used twice.
    pub fn remember_code(&self, keys: &Keys, code: &TokenCode, now: UtcDateTime) {
        let mut codes = self.recent_codes(&keys.id, now);
        codes.push(CodeFile {
            hmac: code_hmac(keys, code),
            submitted: now.unix_timestamp(),
        });
        let excess = codes.len().saturating_sub(MOST_CODES);
        codes.drain(..excess);
        self.write_codes(&keys.id, codes);
    }

    /// Forgets a code that was remembered and then could not be sent. The caller holds the key's call lock.
    pub fn forget_code(&self, keys: &Keys, code: &TokenCode, now: UtcDateTime) {
        let hmac = code_hmac(keys, code);
        let mut codes = self.recent_codes(&keys.id, now);
        // The last one: it may have been submitted before as well.
        if let Some(at) = codes.iter().rposition(|known| known.hmac == hmac) {
            codes.remove(at);
            self.write_codes(&keys.id, codes);
        }
    }

    /// Writes the codes. A failure is ignored: see [`Cache::remember_code`].
    fn write_codes(&self, id: &AccessKeyId, codes: Vec<CodeFile>) {
        let name = codes_name(id);
        if codes.is_empty() {
            if let Ok(Some(folder)) = self.folder(STATE) {
                let _ = forget_private(&folder, &[name]);
            }
            return;
        }
        let file = CodesFile { codes };
        let _ = self.write_state(&name, &file, Writers::Many);
    }

    /// Whether this code was submitted with these keys in the last 150 s, as far as is known here.
    #[must_use]
    pub fn was_submitted(&self, keys: &Keys, code: &TokenCode, now: UtcDateTime) -> bool {
        let hmac = code_hmac(keys, code);
        self.recent_codes(&keys.id, now)
            .iter()
            .any(|known| known.hmac == hmac)
    }

    /// The key id that was seen at the last login of a source outside the files. `profile_key` is any text.
    ///
    /// # Errors
    /// [`Distrusted`]; the caller then treats the id as unknown.
    pub fn source_id(&self, profile_key: &str) -> Result<Option<AccessKeyId>, Distrusted> {
        let name = source_name(profile_key);
        let Some(file) = self.read_state::<SourceFile>(&name)? else {
            return Ok(None);
        };
        match AccessKeyId::new(&file.access_key_id) {
            Ok(id) => Ok(Some(id)),
            Err(why) => Err(Distrusted::of(&name, why)),
        }
    }

    /// Remembers the key id of a source outside the files.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn remember_source_id(
        &self,
        profile_key: &str,
        id: &AccessKeyId,
    ) -> Result<(), CacheError> {
        let name = source_name(profile_key);
        if self
            .source_id(profile_key)
            .is_ok_and(|known| known.as_ref() == Some(id))
        {
            return Ok(());
        }
        let file = SourceFile {
            access_key_id: id.to_string(),
        };
        self.write_state(&name, &file, Writers::Many)
    }

    /// Whether a message is given for the first time. That is remembered; where it cannot be, the message is given again.
    #[must_use]
    pub fn is_first_time(&self, message: &str) -> bool {
        let name = format!("said-{}.json", sha256_hex(message.as_bytes()));
        if matches!(self.read_state::<SaidFile>(&name), Ok(Some(_))) {
            return false;
        }
        let _ = self.write_state(&name, &SaidFile {}, Writers::Many);
        true
    }

    /// Why the saved state of this key is not trusted, if it is not. [`Cache::generation`], [`Cache::outcome`] and
    /// [`Cache::was_submitted`] then answer as if there were none.
    #[must_use]
    pub fn state_distrust(&self, id: &AccessKeyId) -> Option<Distrusted> {
        self.read_state::<PublishedFile>(&outcome_name(id))
            .err()
            .or_else(|| self.read_state::<CodesFile>(&codes_name(id)).err())
    }

    fn recent_codes(&self, id: &AccessKeyId, now: UtcDateTime) -> Vec<CodeFile> {
        let file = self.read_state::<CodesFile>(&codes_name(id));
        let mut codes = file.ok().flatten().unwrap_or_default().codes;
        // A clock that was set meanwhile makes none of them last longer.
        codes.retain(|code| now.unix_timestamp().abs_diff(code.submitted) <= CODE_SECONDS);
        codes
    }

    pub(super) fn read_state<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Distrusted> {
        let distrusted = |why: Distrust| Distrusted(why.line());
        let Some(folder) = self.folder(STATE).map_err(distrusted)? else {
            return Ok(None);
        };
        let Some(bytes) = folder.read(name, LARGEST).map_err(distrusted)? else {
            return Ok(None);
        };
        match serde_json::from_slice::<Versioned<T>>(&bytes) {
            Ok(file) if file.version == VERSION => Ok(Some(file.content)),
            // Another version's, or damaged: what stood there is not repeated.
            _ => Err(Distrusted(format!(
                "`{}` is damaged or was written by another version",
                folder.path().join(name).display()
            ))),
        }
    }

    fn write_state(
        &self,
        name: &str,
        content: &impl Serialize,
        writers: Writers,
    ) -> Result<(), CacheError> {
        // No flush: the program is correct if a power failure loses this file.
        self.write_state_with(name, content, writers, Flush::No)
    }

    pub(super) fn write_state_with(
        &self,
        name: &str,
        content: &impl Serialize,
        writers: Writers,
        flush: Flush,
    ) -> Result<(), CacheError> {
        let folder = self.create_folder(STATE)?;
        let version = VERSION;
        let file = Versioned { version, content };
        // Texts and numbers always have a form in JSON.
        let mut bytes = serde_json::to_vec(&file).unwrap_or_default();
        bytes.push(b'\n');
        write_private(&folder, name, &bytes, writers, flush)?;
        Ok(())
    }
}

fn outcome_name(id: &AccessKeyId) -> String {
    format!("{id}.outcome.json")
}

fn codes_name(id: &AccessKeyId) -> String {
    format!("{id}.codes.json")
}

fn source_name(profile_key: &str) -> String {
    format!("source-{}.json", sha256_hex(profile_key.as_bytes()))
}

/// At most so much of a message, cut between characters.
fn bounded(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    message
}

/// The code under the secret key, which is strong enough that six digits cannot be tried out.
fn code_hmac(keys: &Keys, code: &TokenCode) -> String {
    // A key of any length is one.
    Hmac::<Sha256>::new_from_slice(keys.secret.expose_secret().as_bytes())
        .map(|mac| mac.chain_update(b"mfa-session token code\0"))
        .map(|mac| mac.chain_update(code.expose().as_bytes()))
        .map(|mac| hex(&mac.finalize().into_bytes()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::io::Write as _;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use time::Duration;
    use time::macros::utc_datetime;

    use super::*;
    use crate::aws::types::SecretAccessKey;

    const NOW: UtcDateTime = utc_datetime!(2026-11-24 08:30:00);

    fn fixture() -> (tempfile::TempDir, Cache) {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path().join("cache"), None);
        (home, cache)
    }

    fn keys(secret: &str) -> Keys {
        Keys {
            id: AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap(),
            secret: SecretAccessKey::new(secret).unwrap(),
        }
    }

    fn code(digits: &str) -> TokenCode {
        TokenCode::new(digits).unwrap()
    }

    fn state_files(cache: &Cache) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(cache.dir().join("state"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                assert_eq!(entry.metadata().unwrap().mode() & 0o7777, 0o600);
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn number_and_outcome_come_together() {
        let (_home, cache) = fixture();
        let id = keys("s").id;
        assert_eq!((cache.generation(&id), cache.outcome(&id)), (0, None));
        let outcomes = [
            Outcome::Session,
            Outcome::Refused {
                message: "AWS refused the code\nhint: wait".to_owned(),
            },
            Outcome::Failed {
                message: "δοκιμή".to_owned(),
            },
            Outcome::Cancelled { exit_code: 130 },
        ];
        for (generation, outcome) in (1..).zip(outcomes) {
            assert_eq!(cache.publish(&id, outcome.clone()).unwrap(), generation);
            assert_eq!(cache.generation(&id), generation);
            let expected = Published {
                generation,
                outcome,
            };
            assert_eq!(cache.outcome(&id), Some(expected));
        }
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        assert_eq!(cache.generation(&other), 0);
    }

    #[test]
    fn the_forms_on_disk_are_pinned() {
        let (_home, cache) = fixture();
        let keys = keys("wJalrXUtnFEMI");
        let message = "no".to_owned();
        cache
            .publish(&keys.id, Outcome::Refused { message })
            .unwrap();
        cache.remember_code(&keys, &code("123456"), NOW);
        cache.remember_source_id("δοκιμή\0/x", &keys.id).unwrap();
        let shown: Vec<String> = state_files(&cache)
            .into_iter()
            .map(|(name, text)| name + "\n  " + &text)
            .collect();
        insta::assert_snapshot!(
            shown.concat(),
            @r#"
        AKIAIOSFODNN7EXAMPLE.codes.json
          {"version":1,"codes":[{"hmac":"7ec99ee108326216db651b14af74e747c123912dd865f32c77703ab0bc6924b4","submitted":1795509000}]}
        AKIAIOSFODNN7EXAMPLE.outcome.json
          {"version":1,"generation":1,"outcome":{"kind":"refused","message":"no"}}
        source-d78ff1eb2d40358036072a755d7fac35d54d116d72e49c47a9a3a11e454bc730.json
          {"version":1,"access_key_id":"AKIAIOSFODNN7EXAMPLE"}
        "#
        );
    }

    #[test]
    fn a_message_is_cut_between_characters() {
        let (_home, cache) = fixture();
        let id = keys("s").id;
        let message = format!("x{}", "δ".repeat(5000));
        cache.publish(&id, Outcome::Failed { message }).unwrap();
        let Some(Published {
            outcome: Outcome::Failed { message },
            ..
        }) = cache.outcome(&id)
        else {
            panic!("published");
        };
        assert_eq!(message.len(), 4095);
    }

    #[test]
    fn a_code_is_known_for_150_seconds_and_never_written() {
        let (_home, cache) = fixture();
        let (ours, theirs) = (keys("secret"), keys("another"));
        assert!(!cache.was_submitted(&ours, &code("123456"), NOW));
        cache.remember_code(&ours, &code("123456"), NOW);
        let known = |keys: &Keys, digits, seconds| {
            cache.was_submitted(keys, &code(digits), NOW + Duration::seconds(seconds))
        };
        assert!(known(&ours, "123456", 0));
        assert!(known(&ours, "123456", 150));
        assert!(!known(&ours, "123456", 151));
        assert!(!known(&ours, "123456", -151), "the clock was set back");
        assert!(!known(&ours, "123457", 0));
        assert!(
            !known(&theirs, "123456", 0),
            "the same digits of another device"
        );
        for (_, text) in state_files(&cache) {
            assert!(!text.contains("123456"), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn codes_are_bounded_and_old_ones_dropped() {
        let (_home, cache) = fixture();
        let keys = keys("s");
        for n in 0..40 {
            cache.remember_code(&keys, &code(&format!("{n:06}")), NOW);
        }
        assert!(!cache.was_submitted(&keys, &code("000007"), NOW));
        assert!(cache.was_submitted(&keys, &code("000008"), NOW));
        assert!(cache.was_submitted(&keys, &code("000039"), NOW));
        cache.remember_code(&keys, &code("999999"), NOW + Duration::seconds(151));
        let (_, text) = &state_files(&cache)[0];
        assert_eq!(text.matches("hmac").count(), 1, "{text}");
    }

    #[test]
    fn a_code_that_was_not_sent_is_forgotten_once() {
        let (_home, cache) = fixture();
        let keys = keys("s");
        cache.remember_code(&keys, &code("111111"), NOW);
        cache.remember_code(&keys, &code("222222"), NOW);
        // It was submitted earlier, and could not be sent the second time.
        cache.remember_code(&keys, &code("111111"), NOW);
        cache.forget_code(&keys, &code("111111"), NOW);
        assert!(cache.was_submitted(&keys, &code("111111"), NOW));
        cache.forget_code(&keys, &code("111111"), NOW);
        assert!(!cache.was_submitted(&keys, &code("111111"), NOW));
        cache.forget_code(&keys, &code("333333"), NOW);
        assert!(cache.was_submitted(&keys, &code("222222"), NOW));
        cache.forget_code(&keys, &code("222222"), NOW);
        assert_eq!(state_files(&cache), [], "no code is left to remember");
    }

    #[test]
    fn state_of_another_version_is_ignored_with_a_warning() {
        let (_home, cache) = fixture();
        let keys = keys("s");
        cache.publish(&keys.id, Outcome::Session).unwrap();
        cache.remember_code(&keys, &code("123456"), NOW);
        cache.remember_source_id("p", &keys.id).unwrap();
        for entry in fs::read_dir(cache.dir().join("state")).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let other = text.replace(r#"{"version":1,"#, r#"{"version":2,"#);
            assert_ne!(other, text);
            let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.write_all(other.as_bytes()).unwrap();
        }
        assert_eq!(cache.outcome(&keys.id), None);
        assert!(!cache.was_submitted(&keys, &code("123456"), NOW));
        let line = cache.source_id("p").unwrap_err().to_string();
        assert!(line.contains("another version"), "{line}");
        let line = cache.state_distrust(&keys.id).unwrap().to_string();
        assert!(line.contains("another version"), "{line}");
    }

    #[test]
    fn a_source_is_remembered_by_any_name() {
        let (_home, cache) = fixture();
        let id = keys("s").id;
        let names = ["δοκιμή", "../../etc", "", "a\0b", &"x".repeat(10_000)];
        for name in names {
            assert_eq!(cache.source_id(name), Ok(None));
            cache.remember_source_id(name, &id).unwrap();
            cache.remember_source_id(name, &id).unwrap();
            assert_eq!(cache.source_id(name), Ok(Some(id.clone())));
        }
        assert_eq!(state_files(&cache).len(), names.len());
        let other = AccessKeyId::new("AKIAI44QH8DHBEXAMPLE").unwrap();
        cache.remember_source_id("", &other).unwrap();
        assert_eq!(cache.source_id(""), Ok(Some(other)));
    }

    #[test]
    fn state_that_others_can_read_or_write_is_ignored_with_a_warning() {
        let (_home, cache) = fixture();
        let keys = keys("s");
        cache.publish(&keys.id, Outcome::Session).unwrap();
        cache.publish(&keys.id, Outcome::Session).unwrap();
        cache.remember_code(&keys, &code("123456"), NOW);
        cache.remember_source_id("p", &keys.id).unwrap();
        assert_eq!(cache.state_distrust(&keys.id), None);
        let chmod = |path: &std::path::Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        let state = cache.dir().join("state");
        let forgotten = || {
            assert_eq!(cache.generation(&keys.id), 0);
            assert_eq!(cache.outcome(&keys.id), None);
            assert!(!cache.was_submitted(&keys, &code("123456"), NOW));
            let line = cache.source_id("p").unwrap_err().to_string();
            assert!(
                line.starts_with("the saved state of earlier logins is not used: "),
                "{line}"
            );
            assert!(!line.contains('\n'), "{line}");
            assert!(cache.state_distrust(&keys.id).is_some());
        };
        for entry in fs::read_dir(&state).unwrap() {
            chmod(&entry.unwrap().path(), 0o644);
        }
        forgotten();
        for entry in fs::read_dir(&state).unwrap() {
            chmod(&entry.unwrap().path(), 0o600);
        }
        assert_eq!(cache.generation(&keys.id), 2);
        chmod(&state, 0o777);
        forgotten();
        assert!(cache.publish(&keys.id, Outcome::Session).is_err());
        chmod(&state, 0o700);
        for entry in fs::read_dir(&state).unwrap() {
            let path = entry.unwrap().path();
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(20).unwrap();
        }
        forgotten();
        // What is damaged is written anew.
        assert_eq!(cache.publish(&keys.id, Outcome::Session).unwrap(), 1);
        cache.remember_code(&keys, &code("123456"), NOW);
        assert!(cache.was_submitted(&keys, &code("123456"), NOW));
        assert_eq!(cache.state_distrust(&keys.id), None);
    }
}
