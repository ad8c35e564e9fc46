//! What login says about the profile that its session is used by: a name that some SDKs do not find, and settings that it lacks.

use crate::context::Context;
use crate::quote::shell_quote;
use crate::shared_config::Profiles;

use super::local_state::LocalState;
use super::plan::{Names, lacking};

/// Gives the advice that is due after a login.
pub(super) fn give(context: &Context, state: &LocalState, names: &Names) {
    about_name(context, state, names);
    about_settings(context, state, names);
}

/// The AWS SDKs for Rust, JavaScript and C ignore profiles with other characters in their names.
fn is_found_by_all_sdks(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-@+.%:/".contains(&b))
}

/// Says once that some SDKs do not find the profile, and proposes another name.
fn about_name(context: &Context, state: &LocalState, names: &Names) {
    let name = &names.session;
    if is_found_by_all_sdks(name) || !state.cache.is_first_time(&format!("name of {name}")) {
        return;
    }
    let other = shell_quote(&proposed(name, &state.profiles.names()));
    let source = shell_quote(&names.source);
    let command = if is_hook(&state.profiles, name) {
        let line = format!("mfa-session credential-process --profile {source}");
        let line = shell_quote(&line);
        format!("aws configure set credential_process {line} --profile {other}")
    } else {
        format!("aws configure set mfa_session_profile {other} --profile {source}")
    };
    let ui = context.ui;
    ui.warn(&format!(
        "the AWS SDKs for JavaScript, Rust and C do not find profile `{name}`: its name has other characters than A-Z, a-z, 0-9 and _-@+.%:/. To use another name:"
    ));
    ui.command(&format!("  {command}"));
}

/// A name like `name` that every SDK finds and that no profile has.
fn proposed(name: &str, taken: &[&str]) -> String {
    let parts = name.split(|c: char| !is_found_by_all_sdks(c.encode_utf8(&mut [0; 4])));
    let parts: Vec<_> = parts.map(|part| part.trim_matches('-')).collect();
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let base = match parts.join("-") {
        empty if empty.is_empty() => "mfa".to_owned(),
        base => base,
    };
    let numbered = (2..).map(|n| format!("{base}-{n}"));
    let mut candidates = std::iter::once(base.clone()).chain(numbered);
    let free = candidates.find(|candidate| !taken.contains(&candidate.as_str()));
    free.unwrap_or(base)
}

/// Names the settings of the source that a hook profile lacks: without a region, most programs fail.
fn about_settings(context: &Context, state: &LocalState, names: &Names) {
    let profile = state.profiles.profile(&names.session);
    let source = state.profiles.profile(&names.source);
    let (Some(profile), Some(source)) = (profile, source) else {
        return;
    };
    if !profile.is_hook() {
        return;
    }
    let lacking = lacking(&profile, &source);
    if lacking.is_empty() {
        return;
    }
    let ui = context.ui;
    ui.say(&format!(
        "Profile {} lacks settings that profile {} has. To add them:",
        names.session, names.source
    ));
    for (key, value) in lacking {
        let (value, name) = (shell_quote(&value), shell_quote(&names.session));
        ui.command(&format!(
            "  aws configure set {key} {value} --profile {name}"
        ));
    }
}

fn is_hook(profiles: &Profiles, name: &str) -> bool {
    profiles.profile(name).is_some_and(|p| p.is_hook())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposed_name_is_found_by_every_sdk_and_free() {
        for (name, expected) in [
            ("my admin-mfa", "my-admin-mfa"),
            ("my admin", "my-admin-2"),
            ("δοκιμή-mfa", "mfa"),
            ("ümläut", "ml-ut"),
            ("δοκιμή", "mfa"),
            ("a & b", "a-b"),
        ] {
            let found = proposed(name, &["my-admin", "b"]);
            assert_eq!(found, expected);
            assert!(is_found_by_all_sdks(&found));
        }
        assert!(!is_found_by_all_sdks("my admin"));
        assert!(is_found_by_all_sdks("a.b@c+d/e%f:g_h-1"));
    }
}
