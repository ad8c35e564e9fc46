//! Profiles that lead to others: sources that do not exist, circles, roles without a source, and roles that ask by themselves.

use std::collections::{BTreeMap, HashSet};

use crate::quote::shell_quote;
use crate::shared_config::{LeadsTo, Profile, arrows, key, near};

use super::check::Check;
use super::finding::Finding;
use super::view::View;

/// No chain of anybody is longer. Every walk ends here, so that many profiles take linear time.
const LONGEST: usize = 64;
/// For so many names that do not exist, names like them are looked for, which takes time.
const MOST_GUESSES: usize = 20;

/// The settings that say what a role is assumed with.
const SOURCES: [&str; 3] = [
    key::SOURCE_PROFILE,
    key::CREDENTIAL_SOURCE,
    key::WEB_IDENTITY_TOKEN_FILE,
];

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    let mut missing: BTreeMap<&str, Vec<(&Profile<'_>, &LeadsTo)>> = BTreeMap::new();
    let mut circles = HashSet::new();
    for profile in view.with(&[key::ROLE_ARN]) {
        role(view, profile, found);
    }
    for profile in &view.all {
        let Some(next) = view.leads_to(profile.name(), false) else {
            continue;
        };
        let Some(source) = view.profile(&next.name) else {
            missing.entry(&next.name).or_default().push((profile, next));
            continue;
        };
        if next.key == key::SOURCE && source.role_source().is_none() && source.has_source() {
            session_of_session(view, profile, next, found);
        } else if let Some(way) = circle(view, profile) {
            let mut members = way.clone();
            members.sort_unstable();
            members.dedup();
            if circles.insert(members) {
                found.push(circle_finding(view, profile, &way));
            }
        } else {
            source_without_key(view, profile, next, source, found);
        }
    }
    sources_missing(view, missing, found);
}

/// Profiles on the way from one that lead back to one of them.
fn circle(view: &View<'_>, start: &Profile<'_>) -> Option<Vec<String>> {
    let mut way = vec![start.name().to_owned()];
    let mut next = view.leads_to(start.name(), false)?;
    while way.len() <= LONGEST {
        if let Some(at) = way.iter().position(|name| *name == next.name) {
            way.push(next.name.clone());
            // Where the circle does not contain the start, it is found from one of its own profiles.
            return (at == 0).then_some(way);
        }
        way.push(next.name.clone());
        next = view.leads_to(&next.name, next.as_source)?;
    }
    None
}

fn circle_finding(view: &View<'_>, profile: &Profile<'_>, way: &[String]) -> Finding {
    let step = view.leads_to(profile.name(), false);
    let key = step.map_or(key::SOURCE_PROFILE, |next| next.key);
    let is_hook = key == key::CREDENTIAL_PROCESS;
    Finding::new(
        Check::Circle,
        format!("The profiles lead in a circle: {}.", arrows(way)),
    )
    .of(profile.name())
    .at(view.at_key(profile, key))
    .breaks(if is_hook {
        "The hook would ask itself for the long-term key; it refuses to run."
    } else {
        "No program finds a key at the end, and all of them fail."
    })
    .repair(
        "Name the profile that holds the long-term key.",
        set_source(key, "SOURCE", profile.name()),
    )
}

fn sources_missing(
    view: &View<'_>,
    missing: BTreeMap<&str, Vec<(&Profile<'_>, &LeadsTo)>>,
    found: &mut Vec<Finding>,
) {
    let names: Vec<&str> = view.all.iter().map(Profile::name).collect();
    for (n, (name, users)) in missing.into_iter().enumerate() {
        if is_outside(view, name) {
            continue;
        }
        let Some((first, next)) = users.first() else {
            continue;
        };
        let others = match users.len() - 1 {
            0 => String::new(),
            1 => ", and so does 1 other profile".to_owned(),
            n => format!(", and so do {n} other profiles"),
        };
        let guess = (n < MOST_GUESSES)
            .then(|| near(name, &names).into_iter().find(|g| g != first.name()))
            .flatten();
        let source = guess.as_deref().unwrap_or("SOURCE");
        found.push(
            Finding::new(
                Check::SourceMissing,
                format!(
                    "Profile `{}` names `{}` in `{}`{others}, but no profile has that name.",
                    first.name().escape_debug(),
                    name.escape_debug(),
                    next.key
                ),
            )
            .of(first.name())
            .at(view.at_key(first, next.key))
            .breaks("Nothing gets credentials through it.")
            .repair(
                "Name a profile that exists.",
                set_source(next.key, source, first.name()),
            ),
        );
    }
}

/// Whether a source is in no file because its key comes from the environment.
fn is_outside(view: &View<'_>, name: &str) -> bool {
    let mut sessions = view.facts.cache.sessions.iter();
    sessions.any(|session| session.is_remembered && session.source_profile == name)
}

fn session_of_session(
    view: &View<'_>,
    profile: &Profile<'_>,
    next: &LeadsTo,
    found: &mut Vec<Finding>,
) {
    found.push(
        Finding::new(
            Check::SourceIsSession,
            format!(
                "The source of profile `{}` is `{}`, which is a session or hook profile itself.",
                profile.name().escape_debug(),
                next.name.escape_debug()
            ),
        )
        .of(profile.name())
        .at(view.at_key(profile, next.key))
        .breaks("A session cannot be got with a session, so there is no way to log in.")
        .repair(
            "Name the profile that holds the long-term key.",
            set_source(next.key, "SOURCE", profile.name()),
        ),
    );
}

/// The end of a chain of one step that holds nothing. Longer chains end at the same profile.
fn source_without_key(
    view: &View<'_>,
    profile: &Profile<'_>,
    next: &LeadsTo,
    source: &Profile<'_>,
    found: &mut Vec<Finding>,
) {
    const GIVES: [&str; 9] = [
        key::KEY_STORE,
        key::ACCESS_KEY_ID,
        key::SECRET_ACCESS_KEY,
        key::CREDENTIAL_PROCESS,
        key::LOGIN_SESSION,
        key::WEB_IDENTITY_TOKEN_FILE,
        key::CREDENTIAL_SOURCE,
        "sso_session",
        "sso_start_url",
    ];
    let gives = GIVES.iter().any(|key| source.get(key).is_some())
        || view.leads_to(source.name(), next.as_source).is_some()
        // The layout of aws-mfa: the keys of `X` are in `X-long-term`.
        || view.profile(&format!("{}-long-term", source.name())).is_some()
        // A role without a source is reported by itself.
        || source.get(key::ROLE_ARN).is_some()
        || is_outside(view, source.name());
    if gives {
        return;
    }
    let name = shell_quote(source.name());
    found.push(
        Finding::new(
            Check::SourceWithoutKey,
            format!(
                "Profile `{}` gets its credentials from `{}`, which has none.",
                profile.name().escape_debug(),
                source.name().escape_debug()
            ),
        )
        .of(profile.name())
        .at(view.at_key(profile, next.key))
        .breaks("Nothing gets credentials through it.")
        .repair(
            "Store the long-term key there, or name another profile.",
            format!("aws configure --profile {name}"),
        ),
    );
}

fn role(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) {
    if profile.get(key::ROLE_ARN).is_none() {
        return;
    }
    let given: Vec<_> = SOURCES
        .into_iter()
        .filter(|key| profile.get(key).is_some())
        .collect();
    let name = profile.name();
    let finding = |what: String| {
        Finding::new(Check::RoleAlone, what)
            .of(name)
            .at(view.at_key(profile, key::ROLE_ARN))
            .breaks("The AWS CLI and boto3 refuse the profile.")
    };
    let both = [key::SOURCE_PROFILE, key::CREDENTIAL_SOURCE];
    if given.is_empty() {
        found.push(
            finding(format!(
                "Profile `{}` has `role_arn`, but no `source_profile` to assume the role with.",
                name.escape_debug()
            ))
            .repair(
                "Name the profile that the role is assumed with.",
                set_source(key::SOURCE_PROFILE, "SOURCE", name),
            ),
        );
    } else if both.iter().all(|key| given.contains(key)) {
        found.push(
            finding(format!(
                "Profile `{}` has `source_profile` and `credential_source`.",
                name.escape_debug()
            ))
            .repair(
                "Delete one of the two lines.",
                view.edit_key(profile, key::CREDENTIAL_SOURCE),
            ),
        );
    }
    asks(view, profile, found);
}

/// A role profile with a device of its own that stands on a session or hook profile.
fn asks(view: &View<'_>, profile: &Profile<'_>, found: &mut Vec<Finding>) {
    if profile.role_source().is_none() || profile.get(key::MFA_SERIAL).is_none() {
        return;
    }
    let mut next = view.leads_to(profile.name(), false);
    for _ in 0..LONGEST {
        let Some(step) = next.filter(|step| step.key == key::SOURCE_PROFILE) else {
            return;
        };
        let Some(source) = view.profile(&step.name) else {
            return;
        };
        if view.has_source(source.name()) {
            found.push(
                Finding::new(
                    Check::RoleAsks,
                    format!(
                        "Profile `{}` has `mfa_serial`, although it stands on `{}`, which has a session.",
                        profile.name().escape_debug(),
                        source.name().escape_debug()
                    ),
                )
                .of(profile.name())
                .at(view.at_key(profile, key::MFA_SERIAL))
                .breaks(
                    "AWS's programs ask for another code, each of them by itself. The session carries MFA already.",
                )
                .repair("Delete the line.", view.edit_key(profile, key::MFA_SERIAL)),
            );
            return;
        }
        next = view.leads_to(source.name(), step.as_source);
    }
}

/// The command that names another source.
fn set_source(key: &str, source: &str, profile: &str) -> String {
    let (source, profile) = (shell_quote(source), shell_quote(profile));
    if key == key::CREDENTIAL_PROCESS {
        let line = format!("mfa-session credential-process --profile {source}");
        return format!(
            "aws configure set {key} {} --profile {profile}",
            shell_quote(&line)
        );
    }
    format!("aws configure set {key} {source} --profile {profile}")
}
