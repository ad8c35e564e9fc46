//! What the processes that share a key tell each other: how the last question ended, which codes were submitted, and which key a
//! source outside the files had.
//!
//! Nothing here is needed to be right: what is missing or not believed is as good as never told, and a line says so. No code
//! stands here, only its HMAC under the source's secret key.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use time::UtcDateTime;

use super::cache::{Cache, CacheError, STATE};
use crate::aws::types::{AccessKeyId, Keys, TokenCode};
use crate::storage::atomic_file::{Flush, Writers, write_private};
use crate::storage::{hex, sha256_hex};

/// The version of every file here.
const VERSION: u32 = 1;
/// The most that is read of one.
const LARGEST: u64 = 64 * 1024;
/// The longest message that is passed on, in bytes.
const LONGEST_MESSAGE: usize = 4 * 1024;
/// A code is in somebody's window for this long at most, in seconds: two steps of 30 s either side of its own.
const CODE_SECONDS: u64 = 150;
/// More codes than AWS takes in that time.
const MOST_CODES: usize = 32;

/// The state of one cache.
#[derive(Clone, Debug)]
pub struct State<'a> {
    cache: &'a Cache,
}

/// A value, and why what stood on disk was not believed, if so, as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged<T> {
    /// As if nothing had been there, if it was not believed.
    pub value: T,
    /// The line.
    pub distrust: Option<String>,
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a session in the cache.
    Session,
    /// AWS refused.
    Refused {
        /// What the user was told. No secret.
        message: String,
    },
    /// It could not be tried, or the answer was not AWS's.
    Failed {
        /// What the user was told. No secret.
        message: String,
    },
    /// The human cancelled it.
    Cancelled {
        /// 130, 143 or 129, by the signal.
        exit_code: u8,
    },
}

/// An outcome and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Counts a key's questions. A waiter compares it with the one that it noted when it came: if it differs, this outcome is
    /// its own.
    pub generation: u64,
    /// How that question ended.
    pub outcome: Outcome,
}

#[derive(Serialize, Deserialize)]
struct PublishedFile {
    version: u32,
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
    version: u32,
    codes: Vec<CodeFile>,
}

#[derive(Serialize, Deserialize)]
struct CodeFile {
    hmac: String,
    /// Seconds since 1970.
    submitted: i64,
}

#[derive(Serialize, Deserialize)]
struct SourceFile {
    version: u32,
    access_key_id: String,
}

/// Every file here says its version.
trait Versioned: DeserializeOwned {
    fn version(&self) -> u32;
}

impl Versioned for PublishedFile {
    fn version(&self) -> u32 {
        self.version
    }
}

impl Versioned for CodesFile {
    fn version(&self) -> u32 {
        self.version
    }
}

impl Versioned for SourceFile {
    fn version(&self) -> u32 {
        self.version
    }
}

impl<'a> State<'a> {
    /// The state beside the records of `cache`. Nothing is opened.
    #[must_use]
    pub fn of(cache: &'a Cache) -> Self {
        Self { cache }
    }

    /// The number of the last question that ended; 0 if none did.
    #[must_use]
    pub fn generation(&self, id: &AccessKeyId) -> Judged<u64> {
        let Judged { value, distrust } = self.outcome(id);
        Judged {
            value: value.map_or(0, |published| published.generation),
            distrust,
        }
    }

    /// How the last question ended.
    #[must_use]
    pub fn outcome(&self, id: &AccessKeyId) -> Judged<Option<Published>> {
        let Judged { value, distrust } = self.read::<PublishedFile>(&outcome_name(id));
        let value = value.map(|file| Published {
            generation: file.generation,
            outcome: match file.outcome {
                OutcomeFile::Session => Outcome::Session,
                OutcomeFile::Refused { message } => Outcome::Refused { message },
                OutcomeFile::Failed { message } => Outcome::Failed { message },
                OutcomeFile::Cancelled { exit_code } => Outcome::Cancelled { exit_code },
            },
        });
        Judged { value, distrust }
    }

    /// Tells the waiters how the question ended, and returns its number. Number and outcome are written at once, so that no
    /// waiter sees one without the other. The caller holds the key's ask lock.
    ///
    /// # Errors
    /// [`CacheError`]; the waiters then ask themselves.
    pub fn publish(&self, id: &AccessKeyId, outcome: Outcome) -> Result<u64, CacheError> {
        let generation = self.generation(id).value.wrapping_add(1);
        let file = PublishedFile {
            version: VERSION,
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
        self.write(&outcome_name(id), &file, Writers::One)?;
        Ok(generation)
    }

    /// Remembers for 150 s that this code was submitted with these keys. Two that remember at once may lose one of the two,
    /// unless they hold the call lock.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn remember_code(
        &self,
        keys: &Keys,
        code: &TokenCode,
        now: UtcDateTime,
    ) -> Result<(), CacheError> {
        let name = codes_name(&keys.id);
        let mut codes = self.recent_codes(&name, now).value;
        codes.push(CodeFile {
            hmac: code_hmac(keys, code),
            submitted: now.unix_timestamp(),
        });
        let excess = codes.len().saturating_sub(MOST_CODES);
        codes.drain(..excess);
        let version = VERSION;
        self.write(&name, &CodesFile { version, codes }, Writers::Many)
    }

    /// Whether this code was submitted with these keys in the last 150 s, as far as is known here.
    #[must_use]
    pub fn was_submitted(&self, keys: &Keys, code: &TokenCode, now: UtcDateTime) -> Judged<bool> {
        let Judged { value, distrust } = self.recent_codes(&codes_name(&keys.id), now);
        let hmac = code_hmac(keys, code);
        Judged {
            value: value.iter().any(|known| known.hmac == hmac),
            distrust,
        }
    }

    /// The key id that was seen at the last login of a source outside the files. `profile_key` is any text.
    #[must_use]
    pub fn source_id(&self, profile_key: &str) -> Judged<Option<AccessKeyId>> {
        let Judged { value, distrust } = self.read::<SourceFile>(&source_name(profile_key));
        Judged {
            value: value.and_then(|file| AccessKeyId::new(&file.access_key_id).ok()),
            distrust,
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
        let file = SourceFile {
            version: VERSION,
            access_key_id: id.to_string(),
        };
        self.write(&source_name(profile_key), &file, Writers::Many)
    }

    fn recent_codes(&self, name: &str, now: UtcDateTime) -> Judged<Vec<CodeFile>> {
        let Judged { value, distrust } = self.read::<CodesFile>(name);
        let mut codes = value.unwrap_or_default().codes;
        // A clock that was set meanwhile makes none of them last longer.
        codes.retain(|code| now.unix_timestamp().abs_diff(code.submitted) <= CODE_SECONDS);
        Judged {
            value: codes,
            distrust,
        }
    }

    fn read<T: Versioned>(&self, name: &str) -> Judged<Option<T>> {
        let distrusted = |why: &str| Judged {
            value: None,
            distrust: Some(format!("what earlier processes left is not used: {why}")),
        };
        let read = self.cache.folder(STATE).and_then(|folder| match folder {
            Some(folder) => Ok(folder.read(name, LARGEST)?.map(|bytes| (folder, bytes))),
            None => Ok(None),
        });
        match read {
            Ok(None) => Judged {
                value: None,
                distrust: None,
            },
            Ok(Some((folder, bytes))) => match serde_json::from_slice::<T>(&bytes) {
                Ok(file) if file.version() == VERSION => Judged {
                    value: Some(file),
                    distrust: None,
                },
                // Another version's, or damaged: what stood there is not repeated.
                _ => distrusted(&format!(
                    "`{}` is not of this version",
                    folder.path().join(name).display()
                )),
            },
            Err(why) => distrusted(&why.line()),
        }
    }

    fn write(&self, name: &str, file: &impl Serialize, writers: Writers) -> Result<(), CacheError> {
        let folder = self.cache.create_folder(STATE)?;
        // Texts and numbers always have a form in JSON.
        let mut bytes = serde_json::to_vec(file).unwrap_or_default();
        bytes.push(b'\n');
        // It is not worth a flush: what a loss of power takes is as good as never told.
        write_private(&folder, name, &bytes, writers, Flush::No)?;
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
