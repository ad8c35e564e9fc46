//! PURE: what `--convert` adds for the layouts of other tools. Nothing of theirs is removed or renamed.

use crate::shared_config::{FileKind, Profile, Profiles, key};

use super::changes::Changes;
use super::layouts::Layout;
use super::roles;

/// The device of aws-mfa, by the name that other tools know.
const DEVICE: &str = "aws_mfa_device";

/// Adds the changes. Returns what they are, one sentence each.
pub(super) fn add(
    changes: &mut Changes,
    profiles: &Profiles,
    found: &[Layout],
    (source, hook): (&str, &str),
) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(profile) = profiles.profile(source)
        && let Some(device) = profile.get(DEVICE)
        && profile.get(key::MFA_SERIAL).is_none()
    {
        let place = (FileKind::Config, source);
        changes.set(profiles, place, key::MFA_SERIAL, device);
        sentences.push(format!("Profile {source} gets `mfa_serial = {device}`."));
    }
    for layout in found {
        if let Some(session) = &layout.session {
            let names = on(profiles, session);
            roles::add(changes, profiles, &names, hook);
            if !names.is_empty() {
                sentences.push(format!(
                    "Role profiles that stand on profile {session} stand on profile {hook} instead: {}.",
                    names.join(", ")
                ));
            }
        }
        let new = format!("{hook}-role");
        if let Some(role) = &layout.role
            && profiles.profile(&new).is_none()
        {
            let place = (FileKind::Config, new.as_str());
            changes.set(profiles, place, key::ROLE_ARN, role);
            changes.set(profiles, place, key::SOURCE_PROFILE, hook);
            sentences.push(format!(
                "Profile {new} is the role {role} with the session."
            ));
        }
    }
    sentences
}

/// The role profiles that stand on a profile.
fn on(profiles: &Profiles, name: &str) -> Vec<String> {
    let stands = |profile: &Profile<'_>| profile.role_source() == Some(name);
    let all = profiles.all().into_iter();
    all.filter(|profile| stands(profile) && profile.name() != name)
        .map(|profile| profile.name().to_owned())
        .collect()
}
