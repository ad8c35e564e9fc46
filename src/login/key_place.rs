//! Where a source profile's key pair stands, and its replacement by another pair.
//!
//! INVARIANT: this is the only code that replaces a long-term key, or takes one out for the keychain. It changes both halves at once,
//! wherever the pair stands in its file, and only while exactly that pair is still there.

use secrecy::ExposeSecret as _;

use crate::aws::types::{AccessKeyId, Keys};
use crate::context::Context;
use crate::shared_config::{Edit, FileKind, KEYCHAIN, Profile, Profiles, key};

use super::LoginError;
use super::deliver;
use super::local_state::LocalState;

/// The place of a key pair: one file, and the profiles in it that hold the pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The file.
    pub file: FileKind,
    /// The source profile, and other profiles with the same pair.
    pub profiles: Vec<String>,
}

/// Why a key pair cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreplaceable {
    /// One half in each file, or no pair at all.
    #[error("the two halves of the key pair of profile `{profile}` are not in one file")]
    Split {
        /// The profile.
        profile: String,
    },
    /// The key would stay in the other file.
    #[error("profile `{profile}` holds the key `{id}` in the other file as well")]
    Copy {
        /// The profile with the copy.
        profile: String,
        /// The key.
        id: AccessKeyId,
    },
}

fn half<'a>(profile: &Profile<'a>, file: FileKind, key: &str) -> Option<&'a str> {
    match file {
        FileKind::Config => profile.config(key),
        FileKind::Credentials => profile.credentials(key),
    }
}

fn holds(profile: &Profile<'_>, file: FileKind, keys: &Keys) -> bool {
    half(profile, file, key::ACCESS_KEY_ID) == Some(keys.id.as_str())
        && half(profile, file, key::SECRET_ACCESS_KEY) == Some(keys.secret.expose_secret())
}

/// Finds the place of a profile's key pair.
///
/// # Errors
/// [`Unreplaceable`].
pub fn key_place(
    profiles: &Profiles,
    source: &str,
    keys: &Keys,
) -> Result<KeyPlace, Unreplaceable> {
    let files = [FileKind::Credentials, FileKind::Config];
    let found = profiles.profile(source);
    let place = found.and_then(|profile| files.into_iter().find(|f| holds(&profile, *f, keys)));
    let Some(file) = place else {
        return Err(Unreplaceable::Split {
            profile: source.to_owned(),
        });
    };
    let other = match file {
        FileKind::Config => FileKind::Credentials,
        FileKind::Credentials => FileKind::Config,
    };
    let all = profiles.all();
    let copy = all
        .iter()
        .find(|p| half(p, other, key::ACCESS_KEY_ID) == Some(keys.id.as_str()));
    if let Some(copy) = copy {
        return Err(Unreplaceable::Copy {
            profile: copy.name().to_owned(),
            id: keys.id.clone(),
        });
    }
    let mut names: Vec<_> = all
        .iter()
        .filter(|profile| profile.name() != source && holds(profile, file, keys))
        .map(|profile| profile.name().to_owned())
        .collect();
    names.insert(0, source.to_owned());
    Ok(KeyPlace {
        file,
        profiles: names,
    })
}

/// Finds the place of a key whose secret is in the keychain: the file with its id, and the profiles that name it.
///
/// # Errors
/// [`Unreplaceable`].
pub fn stored_place(
    profiles: &Profiles,
    source: &str,
    id: &AccessKeyId,
) -> Result<KeyPlace, Unreplaceable> {
    let names_it = |profile: &Profile<'_>, file| {
        half(profile, file, key::KEY_STORE) == Some(KEYCHAIN)
            && half(profile, file, key::STORED_KEY_ID) == Some(id.as_str())
    };
    let files = [FileKind::Credentials, FileKind::Config];
    let found = profiles.profile(source);
    let Some(file) = found.and_then(|p| files.into_iter().find(|file| names_it(&p, *file))) else {
        return Err(Unreplaceable::Split {
            profile: source.to_owned(),
        });
    };
    let all = profiles.all();
    let copy = all.iter().find(|profile| {
        let others = files.into_iter().filter(|other| *other != file);
        others
            .map(|other| half(profile, other, key::STORED_KEY_ID))
            .any(|other| other == Some(id.as_str()))
    });
    if let Some(copy) = copy {
        return Err(Unreplaceable::Copy {
            profile: copy.name().to_owned(),
            id: id.clone(),
        });
    }
    let others = all
        .iter()
        .filter(|profile| profile.name() != source && names_it(profile, file));
    let names = others.map(|profile| profile.name().to_owned());
    Ok(KeyPlace {
        file,
        profiles: [source.to_owned()].into_iter().chain(names).collect(),
    })
}

/// Puts the id of a key whose secret is in the keychain in place of the pair, in one write.
///
/// # Errors
/// As [`replace_keys`].
pub fn leave_id(
    context: &Context,
    state: &LocalState,
    place: &KeyPlace,
    keys: &Keys,
) -> Result<(), LoginError> {
    let find = |fresh: &Profiles, source: &str| key_place(fresh, source, keys);
    write(context, state, place, &find, &|profile| {
        Edit::of(profile)
            .remove(key::ACCESS_KEY_ID)
            .remove(key::SECRET_ACCESS_KEY)
            .set(key::KEY_STORE, KEYCHAIN)
            .set(key::STORED_KEY_ID, keys.id.as_str())
    })
}

/// Puts a pair in place of its id alone, in one write.
///
/// # Errors
/// As [`replace_keys`].
pub fn put_back(
    context: &Context,
    state: &LocalState,
    place: &KeyPlace,
    keys: &Keys,
) -> Result<(), LoginError> {
    let find = |fresh: &Profiles, source: &str| stored_place(fresh, source, &keys.id);
    write(context, state, place, &find, &|profile| {
        Edit::of(profile)
            .remove(key::KEY_STORE)
            .remove(key::STORED_KEY_ID)
            .set(key::ACCESS_KEY_ID, keys.id.as_str())
            .set(key::SECRET_ACCESS_KEY, keys.secret.expose_secret())
    })
}

/// Replaces a key pair in one write.
///
/// # Errors
/// The file cannot be written, or the old pair is not there any more. The file is then as it was.
pub fn replace_keys(
    context: &Context,
    state: &LocalState,
    place: &KeyPlace,
    old: &Keys,
    new: &Keys,
) -> Result<(), LoginError> {
    let find = |fresh: &Profiles, source: &str| key_place(fresh, source, old);
    write(context, state, place, &find, &|profile| {
        Edit::of(profile)
            .set(key::ACCESS_KEY_ID, new.id.as_str())
            .set(key::SECRET_ACCESS_KEY, new.secret.expose_secret())
    })
}

/// Finds the place of a key in the files as they are.
type Find<'a> = dyn Fn(&Profiles, &str) -> Result<KeyPlace, Unreplaceable> + 'a;

/// Makes one edit in each profile of a place, while the key is still there.
fn write<'e>(
    context: &Context,
    state: &LocalState,
    place: &'e KeyPlace,
    find: &Find<'_>,
    edit: &dyn Fn(&'e str) -> Edit<'e>,
) -> Result<(), LoginError> {
    deliver::update(context, state, place.file, &mut |fresh| {
        let source = place.profiles.first().map_or("", String::as_str);
        if find(fresh, source).as_ref() != Ok(place) {
            return Err(LoginError::NotWritable {
                profile: source.to_owned(),
                reason: "its key has changed since this command started".to_owned(),
                hint: "run the command again".to_owned(),
            });
        }
        let before = match place.file {
            FileKind::Config => fresh.config(),
            FileKind::Credentials => fresh.credentials(),
        };
        let edits: Vec<_> = (place.profiles.iter())
            .map(|profile| edit(profile))
            .collect();
        deliver::apply(&edits, before, state.locations.shared_file(place.file)).map(Some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::types::SecretAccessKey;
    use crate::shared_config::Document;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";

    fn place(config: &str, credentials: &str) -> Result<KeyPlace, Unreplaceable> {
        let read = |text: &str, kind| {
            let text = text.replace("ID", &format!("aws_access_key_id = {ID}\n"));
            let text = text.replace("SECRET", "aws_secret_access_key = s/s\n");
            Document::parse(text.as_bytes(), kind).unwrap()
        };
        let profiles = Profiles::new(
            read(config, FileKind::Config),
            read(credentials, FileKind::Credentials),
        );
        let keys = Keys {
            id: AccessKeyId::new(ID).unwrap(),
            secret: SecretAccessKey::new("s/s").unwrap(),
        };
        key_place(&profiles, "a", &keys)
    }

    #[test]
    fn a_pair_is_found_in_its_file_with_every_profile_that_holds_it() {
        let in_file = |file, profiles: &[&str]| {
            let profiles = profiles.iter().map(|&name| name.to_owned()).collect();
            Ok(KeyPlace { file, profiles })
        };
        assert_eq!(
            place("", "[b]\nIDSECRET[a]\nIDSECRET[c]\nID"),
            in_file(FileKind::Credentials, &["a", "b"])
        );
        assert_eq!(
            place("[profile a]\nIDSECRET", "[c]\nregion = x\n"),
            in_file(FileKind::Config, &["a"])
        );
    }

    #[test]
    fn halves_in_two_files_and_copies_are_refused() {
        let split = Err(Unreplaceable::Split {
            profile: "a".to_owned(),
        });
        assert_eq!(place("[profile a]\nID", "[a]\nSECRET"), split);
        assert_eq!(place("[profile a]\nSECRET", "[a]\nID"), split);
        let copy = |profile: &str| {
            Err(Unreplaceable::Copy {
                profile: profile.to_owned(),
                id: AccessKeyId::new(ID).unwrap(),
            })
        };
        assert_eq!(place("[profile a]\nIDSECRET", "[a]\nIDSECRET"), copy("a"));
        assert_eq!(place("[profile b]\nID", "[a]\nIDSECRET"), copy("b"));
    }
}
