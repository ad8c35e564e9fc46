//! The keys in the profiles: whether they are whole, belong together, and are alone.

use crate::shared_config::{FileKind, KeyState, Profile, key, session_profile_name};

use super::check::Check;
use super::finding::Finding;
use super::view::View;

/// Profiles without these hold no keys.
const HELD: [&str; 4] = [
    key::ACCESS_KEY_ID,
    key::SECRET_ACCESS_KEY,
    key::SESSION_TOKEN,
    key::SECURITY_TOKEN,
];

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let sessions: std::collections::HashSet<String> = (view.with(&HELD))
        .filter(|profile| matches!(profile.long_term_keys(), KeyState::LongTerm(_)))
        .map(session_profile_name)
        .collect();
    for profile in view.with(&HELD) {
        pair(view, profile, found);
        token(view, profile, found);
        let is_alone = beside_other(view, profile, found);
        if is_alone && !sessions.contains(profile.name()) {
            expired(view, profile, found);
        }
    }
}

fn shown(profile: &Profile<'_>) -> String {
    format!("`{}`", profile.name().escape_debug())
}

/// The expiry of temporary keys that has passed.
fn has_expired(view: &View<'_>, profile: &Profile<'_>) -> bool {
    matches!(profile.long_term_keys(), KeyState::Temporary { .. })
        && profile
            .expiration()
            .is_some_and(|end| end <= view.facts.now)
}

/// Keys beside a process or a sign-in; returns whether there is no such thing.
fn beside_other(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) -> bool {
    let other = [key::LOGIN_SESSION, key::CREDENTIAL_PROCESS]
        .into_iter()
        .find(|key| profile.get(key).is_some());
    let (Some(other), Some((_, file))) = (other, profile.get_with_file(key::ACCESS_KEY_ID)) else {
        return true;
    };
    let name = shown(profile);
    let who = match (other, file) {
        (_, FileKind::Credentials) => {
            "The AWS CLI, boto3 and the SDKs for Go and JavaScript use the key; the SDKs for Java and Rust do not."
        }
        (_, FileKind::Config) => {
            "The SDKs for Go and JavaScript use the key; the AWS CLI, boto3 and the SDKs for Java and Rust do not."
        }
    };
    let finding = if has_expired(view, profile) {
        Finding::new(
            Check::ExpiredKeysHide,
            format!("Profile {name} holds keys that have expired, beside `{other}`."),
        )
        .breaks(format!("The expired keys hide `{other}`. {who}"))
        .repair(
            "Delete the expired keys and their tokens from the section.",
            view.edit_key(profile, key::ACCESS_KEY_ID),
        )
    } else {
        Finding::new(
            Check::KeysAndProcess,
            format!("Profile {name} holds a key and `{other}`."),
        )
        .breaks(who)
        .repair(
            "Move the key to a profile of its own. Do not delete a long-term key before it is stored elsewhere: its secret can never be downloaded again.",
            view.edit_key(profile, key::ACCESS_KEY_ID),
        )
    };
    found.push(
        finding
            .of(profile.name())
            .at(view.at_key(profile, key::ACCESS_KEY_ID)),
    );
    false
}

fn expired(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) {
    let is_ours = matches!(
        profile.long_term_keys(),
        KeyState::Temporary { ours: true, .. }
    );
    if is_ours || !has_expired(view, profile) {
        return;
    }
    found.push(
        Finding::new(
            Check::ExpiredKeys,
            format!(
                "The temporary keys of profile {} have expired.",
                shown(profile)
            ),
        )
        .of(profile.name())
        .at(view.at_key(profile, key::ACCESS_KEY_ID))
        .breaks(
            "Every call with this profile is refused until the tool that wrote them renews them.",
        )
        .repair(
            "Renew them with that tool, or delete the section.",
            view.edit_key(profile, key::ACCESS_KEY_ID),
        ),
    );
}

fn pair(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) {
    let name = shown(profile);
    let at = |finding: Finding, key| finding.of(profile.name()).at(view.at_key(profile, key));
    match profile.long_term_keys() {
        KeyState::Incomplete { missing } => {
            let half = if missing == key::ACCESS_KEY_ID {
                key::SECRET_ACCESS_KEY
            } else {
                key::ACCESS_KEY_ID
            };
            found.push(at(
                Finding::new(
                    Check::HalfPair,
                    format!("Profile {name} has `{half}`, but no `{missing}`."),
                )
                .breaks("Every AWS program fails with \"partial credentials\" for this profile.")
                .repair(
                    format!("Add `{missing}`, or delete the line."),
                    view.edit_key(profile, half),
                ),
                half,
            ));
        }
        KeyState::BadId => found.push(at(
            Finding::new(
                Check::BadKey,
                format!(
                    "`{}` of profile {name} does not have the form of one.",
                    key::ACCESS_KEY_ID
                ),
            )
            .breaks("AWS refuses every call with it.")
            .repair(
                "Correct the line.",
                view.edit_key(profile, key::ACCESS_KEY_ID),
            ),
            key::ACCESS_KEY_ID,
        )),
        KeyState::BadSecret(why) => found.push(at(
            Finding::new(
                Check::BadKey,
                format!("`{}` of profile {name} is {why}.", key::SECRET_ACCESS_KEY),
            )
            .breaks("AWS refuses every call with it.")
            .repair(
                "Correct the line.",
                view.edit_key(profile, key::SECRET_ACCESS_KEY),
            ),
            key::SECRET_ACCESS_KEY,
        )),
        KeyState::None
        | KeyState::LongTerm(_)
        | KeyState::Stored(_)
        | KeyState::Temporary { .. } => {}
    }
    if profile.keys_in().is_some_and(|(id, secret)| id != secret) {
        found.push(at(
            Finding::new(
                Check::SplitPair,
                format!("The two halves of the key of profile {name} stand in different files."),
            )
            .breaks("The AWS CLI and boto3 look for both in one file, and other SDKs do not.")
            .repair(
                "Move the half in the config file to the credentials file.",
                view.edit_key(profile, key::ACCESS_KEY_ID),
            ),
            key::ACCESS_KEY_ID,
        ));
    }
    differ(view, profile, found);
}

fn differ(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) {
    let (in_config, in_credentials) = (
        profile.config(key::ACCESS_KEY_ID),
        profile.credentials(key::ACCESS_KEY_ID),
    );
    let place = profile.place_in(FileKind::Config, key::ACCESS_KEY_ID);
    let (Some(a), Some(b), Some(place)) = (in_config, in_credentials, place) else {
        return;
    };
    if a == b {
        return;
    }
    let (file, line) = view.at(place);
    found.push(
        Finding::new(
            Check::KeysDiffer,
            format!("Profile {} has another key in each of the two files.", shown(profile)),
        )
        .of(profile.name())
        .at((file.clone(), line))
        .breaks("The key in the credentials file is used; the one in the config file looks as if it were.")
        .repair(
            "Move the key in the config file to a profile of its own.",
            super::finding::edit(&file, line),
        ),
    );
}

/// A token beside a long-term key, or two tokens of which botocore takes the old one.
fn token(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) {
    let (session, security) = (
        profile.get(key::SESSION_TOKEN),
        profile.get(key::SECURITY_TOKEN),
    );
    let is_long_term = matches!(profile.long_term_keys(), KeyState::LongTerm(_));
    let stale = match (session, security) {
        (Some(_), _) if is_long_term => key::SESSION_TOKEN,
        (_, Some(_)) if is_long_term => key::SECURITY_TOKEN,
        (Some(a), Some(b)) if a != b => key::SECURITY_TOKEN,
        _ => return,
    };
    let name = shown(profile);
    let (what, breaks) = if is_long_term {
        (
            format!("Profile {name} holds a long-term key, and `{stale}` beside it."),
            "AWS's programs send the token with the key, and AWS refuses every call.",
        )
    } else {
        (
            format!(
                "`{stale}` of profile {name} is not the token in `{}`.",
                key::SESSION_TOKEN
            ),
            "The AWS CLI and boto3 read the old name first, and AWS refuses every call.",
        )
    };
    found.push(
        Finding::new(Check::StaleToken, what)
            .of(profile.name())
            .at(view.at_key(profile, stale))
            .breaks(breaks)
            .repair("Delete the line.", view.edit_key(profile, stale)),
    );
}
