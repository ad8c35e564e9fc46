//! PURE: role profiles that stand on the source, and their move to the hook profile.

use crate::shared_config::{FileKind, Profile, Profiles, key};

use super::changes::Changes;

/// The role profiles whose role AWS clients would assume with the long-term key, or ask for a code for.
pub(super) fn to_move(profiles: &Profiles, source: &str, hook: &str) -> Vec<String> {
    let asks = |profile: &Profile<'_>| profile.get(key::MFA_SERIAL).is_some();
    (profiles.all().into_iter())
        .filter(|profile| ![source, hook].contains(&profile.name()) && !profile.is_hook())
        .filter(|profile| match profile.role_source() {
            Some(on) if on == source => true,
            Some(on) => on == hook && asks(profile),
            None => false,
        })
        .map(|profile| profile.name().to_owned())
        .collect()
}

/// Has them stand on the hook profile, which is asked for a code instead of them.
pub(super) fn add(changes: &mut Changes, profiles: &Profiles, names: &[String], hook: &str) {
    for name in names {
        let Some(profile) = profiles.profile(name) else {
            continue;
        };
        if let Some((_, file)) = profile.get_with_file(key::SOURCE_PROFILE) {
            changes.set(profiles, (file, name), key::SOURCE_PROFILE, hook);
        }
        for (file, value) in [
            (FileKind::Config, profile.config(key::MFA_SERIAL)),
            (FileKind::Credentials, profile.credentials(key::MFA_SERIAL)),
        ] {
            if value.is_some() {
                changes.remove((file, name), key::MFA_SERIAL);
            }
        }
    }
}
