//! The environment of this shell: what takes precedence over profiles, and which profile it names.

use crate::aws::types::parse_rfc3339;
use crate::quote::shell_quote;
use crate::shared_config::{KeyState, near, session_profile_name};

use super::check::Check;
use super::finding::Finding;
use super::view::View;

/// Removes every variable with keys from a shell.
const UNSET_KEYS: &str = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_EXPIRATION";
const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKENS: [&str; 2] = ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

pub(super) fn check(view: &View<'_>, found: &mut Vec<Finding>) {
    keys(view, found);
    others(view, found);
    profiles(view, found);
    if view.variable("MFA_SESSION_PARENT").is_some() {
        found.push(
            Finding::new(
                Check::EnvParent,
                "MFA_SESSION_PARENT is set, as it is for programs that mfa-session asks for codes or keys.",
            )
            .in_variable("MFA_SESSION_PARENT")
            .breaks("`login`, `exec` and the hook refuse to run here, so that no program asks itself.")
            .repair("Unset it, unless this shell was started by such a program.", "unset MFA_SESSION_PARENT"),
        );
    }
}

fn keys(view: &View<'_>, found: &mut Vec<Finding>) {
    let (id, has_secret) = (view.variable(ID), view.variable(SECRET).is_some());
    let token = TOKENS
        .into_iter()
        .find(|name| view.variable(name).is_some());
    let push = |found: &mut Vec<Finding>, finding: Finding| {
        found.push(finding.repair("Remove the keys from the environment.", UNSET_KEYS));
    };
    let id = match (id, has_secret) {
        (Some(id), true) => id,
        (None, false) => {
            if let Some(token) = token {
                let finding = Finding::new(
                    Check::EnvHalfPair,
                    format!("{token} is set, but {ID} and {SECRET} are not."),
                );
                push(
                    found,
                    finding
                        .in_variable(token)
                        .breaks("Some AWS programs send the token with another key, and AWS refuses the call."),
                );
            }
            return;
        }
        (id, _) => {
            let (set, unset) = if id.is_some() {
                (ID, SECRET)
            } else {
                (SECRET, ID)
            };
            let finding = Finding::new(
                Check::EnvHalfPair,
                format!("{set} is set, but {unset} is not."),
            );
            push(
                found,
                finding.in_variable(set).breaks(
                    "AWS programs fail with \"partial credentials\", whatever profile is used.",
                ),
            );
            return;
        }
    };
    if let (Some(token), true) = (token, id.starts_with("AKIA")) {
        push(
            found,
            Finding::new(
                Check::EnvStaleToken,
                format!("{ID} is a long-term key, and {token} is set beside it."),
            )
            .in_variable(token)
            .breaks("AWS programs send the token with the key, and AWS refuses every call."),
        );
        return;
    }
    let expiry = view.variable("AWS_CREDENTIAL_EXPIRATION");
    let has_expired = expiry
        .and_then(|end| parse_rfc3339(&end))
        .is_some_and(|end| end <= view.facts.now);
    let of_session = view.facts.cache.sessions.iter().find(|s| s.key_id == id);
    if token.is_some() && (has_expired || of_session.is_some_and(|s| s.ended_for >= 0)) {
        push(
            found,
            Finding::new(Check::EnvKeysExpired, "The temporary keys in the environment have expired.")
                .in_variable(ID)
                .breaks("AWS refuses every call, because keys in the environment come before every profile."),
        );
        return;
    }
    // The environment that `exec` and `env` make.
    if of_session.is_some() || view.facts.cache.roles.contains(&id) {
        return;
    }
    let kind = if token.is_some() {
        "temporary keys"
    } else {
        "a long-term key"
    };
    push(
        found,
        Finding::new(
            Check::EnvKeys,
            format!("The environment holds {kind} ({ID})."),
        )
        .in_variable(ID)
        .breaks(
            "It takes precedence over every profile, AWS_PROFILE too, so that no session is used.",
        ),
    );
}

fn others(view: &View<'_>, found: &mut Vec<Finding>) {
    const WEB: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
    if view.variable(WEB).is_some() {
        found.push(
            Finding::new(Check::EnvWebIdentity, format!("{WEB} is set."))
                .in_variable(WEB)
                .breaks("AWS programs assume the role in AWS_ROLE_ARN with it, before they look at the default profile.")
                .repair("Unset it to use profiles.", format!("unset {WEB} AWS_ROLE_ARN")),
        );
    }
    for variable in [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ] {
        if view.variable(variable).is_some() {
            found.push(
                Finding::new(Check::EnvContainer, format!("{variable} is set."))
                    .in_variable(variable)
                    .breaks("Where no profile gives credentials, AWS programs take those of the container, and no error shows it.")
                    .repair("Unset it to use profiles alone.", format!("unset {variable}")),
            );
        }
    }
}

fn profiles(view: &View<'_>, found: &mut Vec<Finding>) {
    let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].map(|name| (name, view.variable(name)));
    if let [(_, Some(a)), (_, Some(b))] = &named
        && a != b
    {
        let (a, b) = (a.escape_debug(), b.escape_debug());
        found.push(
            Finding::new(
                Check::EnvProfiles,
                format!("AWS_PROFILE is `{a}`, and AWS_DEFAULT_PROFILE is `{b}`."),
            )
            .in_variable("AWS_DEFAULT_PROFILE")
            .breaks(format!(
                "This program, the AWS CLI 2 and most SDKs take `{a}`; boto3 takes `{b}`."
            ))
            .repair("Unset one of them.", "unset AWS_DEFAULT_PROFILE"),
        );
    }
    for (variable, name) in &named {
        if let Some(name) = name {
            named_profile(view, variable, name, found);
        }
    }
}

fn named_profile(view: &View<'_>, variable: &'static str, name: &str, found: &mut Vec<Finding>) {
    let Some(profile) = view.profile(name) else {
        let mut sessions = view.facts.cache.sessions.iter();
        if sessions.any(|session| session.is_remembered && session.source_profile == name) {
            return;
        }
        let names: Vec<_> = view
            .all
            .iter()
            .map(crate::shared_config::Profile::name)
            .collect();
        let (repair, command) = match near(name, &names).into_iter().next() {
            Some(near) => (
                "Name a profile that exists.",
                format!("export {variable}={}", shell_quote(&near)),
            ),
            None => ("Unset it.", format!("unset {variable}")),
        };
        found.push(
            Finding::new(
                Check::EnvProfileMissing,
                format!(
                    "{variable} is `{}`, but no profile has that name.",
                    name.escape_debug()
                ),
            )
            .in_variable(variable)
            .breaks("Every AWS program fails with this variable.")
            .repair(repair, command),
        );
        return;
    };
    let is_source = matches!(profile.long_term_keys(), KeyState::LongTerm(_));
    if is_source && !profile.has_source() && profile.role_source().is_none() {
        let session = session_profile_name(profile);
        found.push(
            Finding::new(
                Check::EnvProfileSource,
                format!("{variable} is `{}`, which holds a long-term key.", name.escape_debug()),
            )
            .in_variable(variable)
            .of(name)
            .breaks("Calls are signed with that key and carry no MFA, so a policy that asks for MFA denies them.")
            .repair(
                "Name the profile with the session.",
                format!("export {variable}={}", shell_quote(&session)),
            ),
        );
    }
}
