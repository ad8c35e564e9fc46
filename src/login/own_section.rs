//! What is written into the source profile's own section: the serial number of a device that was just enrolled.
//!
//! INVARIANT: only the named key of that section changes, which the guard of the edit checks on the bytes that are replaced.

use crate::aws::types::SerialNumber;
use crate::context::Context;
use crate::shared_config::store;
use crate::shared_config::{Edit, FileKind, Profile};

use super::LoginError;
use super::deliver;
use super::local_state::LocalState;

const SERIAL: &str = "mfa_serial";
/// The key of aws-mfa, which counts after `mfa_serial`.
const OTHER_SERIAL: &str = "aws_mfa_device";

/// What becomes of a profile's `mfa_serial` when a device is enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembering {
    /// It is set in this file.
    Set(FileKind),
    /// It names the device already.
    Same,
    /// It names another device, which may still be in use.
    Keep(String),
}

/// Decides it. `is_gone` says of another device whether it is certainly not the user's any more.
#[must_use]
pub fn remembering(
    profile: Option<&Profile<'_>>,
    device: &SerialNumber,
    is_gone: &dyn Fn(&str) -> bool,
) -> Remembering {
    let found = [SERIAL, OTHER_SERIAL]
        .into_iter()
        .find_map(|key| profile?.get_with_file(key));
    match found {
        None => Remembering::Set(FileKind::Config),
        Some((known, _)) if known == device.as_str() => Remembering::Same,
        Some((known, file)) if is_gone(known) => Remembering::Set(file),
        Some((known, _)) => Remembering::Keep(known.to_owned()),
    }
}

/// Sees, before anything is asked or changed, that the file can be written.
///
/// # Errors
/// What keeps it from being replaced.
pub fn check_section(state: &LocalState, file: FileKind) -> Result<(), LoginError> {
    let path = state.locations.shared_file(file);
    Ok(store::check(path, &state.cache.locks())?)
}

/// Sets `mfa_serial` of a profile in one of its files.
///
/// # Errors
/// The file cannot be written, and is then as it was.
pub fn remember_device(
    context: &Context,
    state: &LocalState,
    profile: &str,
    file: FileKind,
    device: &SerialNumber,
) -> Result<(), LoginError> {
    deliver::update(context, state, file, &mut |fresh| {
        let before = match file {
            FileKind::Config => fresh.config(),
            FileKind::Credentials => fresh.credentials(),
        };
        let edit = Edit::of(profile).set(SERIAL, device.as_str());
        deliver::apply(&[edit], before, state.locations.shared_file(file)).map(Some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::{Document, Profiles};

    fn decided(config: &str, credentials: &str) -> Remembering {
        let read = |text: &str, kind| Document::parse(text.as_bytes(), kind).unwrap();
        let profiles = Profiles::new(
            read(config, FileKind::Config),
            read(credentials, FileKind::Credentials),
        );
        let device = SerialNumber::new("arn:aws:iam::111122223333:mfa/new").unwrap();
        remembering(profiles.profile("a").as_ref(), &device, &|other| {
            other == "arn:aws:iam::111122223333:mfa/gone"
        })
    }

    #[test]
    fn a_profile_without_a_device_remembers_it_in_the_config_file() {
        for (config, credentials) in [
            ("", ""),
            (
                "[profile b]\nmfa_serial = x\n",
                "[a]\naws_access_key_id = x\n",
            ),
            ("[profile a]\nmfa_serial =\n", ""),
        ] {
            assert_eq!(
                decided(config, credentials),
                Remembering::Set(FileKind::Config)
            );
        }
    }

    #[test]
    fn a_device_that_may_still_be_in_use_is_kept() {
        let other = "arn:aws:iam::111122223333:mfa/other";
        for key in [SERIAL, OTHER_SERIAL] {
            let found = decided(&format!("[profile a]\n{key} = {other}\n"), "");
            assert_eq!(found, Remembering::Keep(other.to_owned()), "{key}");
        }
        let new = "[profile a]\nmfa_serial = arn:aws:iam::111122223333:mfa/new\n";
        assert_eq!(decided(new, ""), Remembering::Same);
    }

    #[test]
    fn a_device_that_is_gone_is_replaced_where_it_stands() {
        let gone = "mfa_serial = arn:aws:iam::111122223333:mfa/gone\n";
        assert_eq!(
            decided("", &format!("[a]\n{gone}")),
            Remembering::Set(FileKind::Credentials)
        );
        assert_eq!(
            decided(&format!("[profile a]\n{gone}"), "[a]\nregion = x\n"),
            Remembering::Set(FileKind::Config)
        );
    }
}
