//! `credential-process`: the hook that every SDK calls all day.
//!
//! Stdout carries the JSON and nothing else. [`plain`] reads the usual arguments without clap, because the hook must be fast.

use std::ffi::OsString;

use crate::context::Context;
use crate::login::{self, Provided};
use crate::session::process_output;

use super::outcome::Outcome;

/// The profile in `mfa-session credential-process --profile PROFILE`, if clap would read the same.
pub(super) fn plain(arguments: &[OsString]) -> Option<String> {
    let [_, command, flag, profile] = arguments else {
        return None;
    };
    if command != "credential-process" || flag != "--profile" {
        return None;
    }
    let profile = profile.to_str()?;
    // Clap reads a word with a leading hyphen as an option. It also decides about an empty word.
    (!profile.is_empty() && !profile.starts_with('-')).then(|| profile.to_owned())
}

pub(super) fn run(context: &Context, profile: Option<String>, no_prompt: bool) -> Outcome {
    let never_ask = no_prompt
        || context
            .env
            .get("MFA_SESSION_NO_PROMPT")
            .is_some_and(|v| v != "0");
    context.ui.hold();
    let answer = login::hook(context, profile, never_ask)?;
    print(context, &answer)
}

/// Answers a hit. `None` leaves everything else to [`run`], messages included: nothing has been printed then.
pub(super) fn hit(context: &Context, profile: String) -> Option<Outcome> {
    context.ui.hold();
    let answer = login::hit(context, profile)?;
    Some(print(context, &answer))
}

fn print(context: &Context, answer: &Provided) -> Outcome {
    context.ui.release(None);
    context.ui.data(&process_output::json(answer.issued()))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn words(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_fast_path_reads_what_clap_reads() {
        for profile in [
            "admin",
            "my name",
            "ünï",
            "a=b",
            "a--b",
            "'q'",
            "x-long-term",
            "login",
            "@",
            "1",
        ] {
            let line = words(&["mfa-session", "credential-process", "--profile", profile]);
            let cli = Cli::try_parse_from(&line).unwrap();
            assert!(
                matches!(cli.command, Command::CredentialProcess(ref a) if !a.no_prompt),
                "{profile}"
            );
            assert_eq!(cli.common.profile, plain(&line), "{profile}");
            assert_eq!(cli.common.verbose, 0);
        }
    }

    #[test]
    fn everything_else_is_left_to_clap() {
        for line in [
            &["mfa-session", "credential-process"][..],
            &["mfa-session", "credential-process", "--profile", "-v"],
            &["mfa-session", "credential-process", "--profile", ""],
            &["mfa-session", "credential-process", "--profile=a"],
            &["mfa-session", "credential-process", "--profile", "a", "-v"],
            &["mfa-session", "--profile", "a", "credential-process"],
            &["mfa-session", "login", "--profile", "a"],
        ] {
            assert_eq!(plain(&words(line)), None, "{line:?}");
        }
    }
}
