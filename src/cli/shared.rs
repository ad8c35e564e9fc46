//! Shows `--profile` and `--verbose` only for the commands that use them.
//!
//! Every command accepts both, before and after its name, so that a script can add them to any call.

use clap::{Arg, Command};

/// The shared options by id, each with the commands that use it.
const USED_BY: [(&str, &[&str]); 2] = [
    (
        "profile",
        &[
            "login",
            "credential-process",
            "exec",
            "env",
            "console",
            "status",
            "logout",
            "setup",
            "device",
            "key",
            "doctor",
        ],
    ),
    (
        "verbose",
        &[
            "login",
            "credential-process",
            "exec",
            "env",
            "console",
            "setup",
            "device",
            "key",
            "doctor",
            "demo",
        ],
    ),
];

/// What the hook says about `--profile`: it has no default.
const OF_HOOK: &str = "Profile to use: a source profile, session profile, hook profile or role profile. It must be given: AWS_PROFILE is ignored";

/// The definition whose help shows the options only where they are used.
pub(super) fn hidden_where_unused(mut command: Command) -> Command {
    for (option, users) in options(&command) {
        command = command.mut_subcommands(|subcommand| {
            let name = subcommand.get_name();
            if name == "credential-process" && option.get_id() == "profile" {
                subcommand.arg(option.clone().help(OF_HOOK))
            } else if users.contains(&name) {
                subcommand
            } else {
                subcommand.arg(option.clone().hide(true))
            }
        });
    }
    command
}

/// The definition that has the options only where they are used.
pub(super) fn absent_where_unused(mut command: Command) -> Command {
    for (option, users) in options(&command) {
        let option = option.global(false);
        command = command
            .mut_arg(option.get_id(), |global| global.global(false))
            .mut_subcommands(|subcommand| {
                if users.contains(&subcommand.get_name()) {
                    subcommand.arg(option.clone())
                } else {
                    subcommand
                }
            });
    }
    command
}

fn options(command: &Command) -> Vec<(Arg, &'static [&'static str])> {
    let find = |id: &str| command.get_arguments().find(|arg| arg.get_id() == id);
    (USED_BY.into_iter())
        .filter_map(|(id, users)| Some((find(id)?.clone(), users)))
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_option_and_command_of_the_table_exists() {
        let command = Cli::command();
        assert_eq!(options(&command).len(), USED_BY.len());
        for user in USED_BY.into_iter().flat_map(|(_, users)| users) {
            assert!(command.find_subcommand(user).is_some(), "{user}");
        }
    }

    #[test]
    fn the_hook_s_help_names_no_default_of_the_profile() {
        let mut command = hidden_where_unused(Cli::command());
        command.build();
        let mut help = |name: &str| {
            let subcommand = command.find_subcommand_mut(name).unwrap();
            let help = subcommand.render_help().to_string();
            help.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(help("login").contains("[default: AWS_PROFILE"));
        let of_hook = help("credential-process");
        assert!(!of_hook.contains("[default: AWS_PROFILE"), "{of_hook}");
        assert!(of_hook.contains("It must be given"), "{of_hook}");
    }

    #[test]
    fn every_command_accepts_both_options_in_every_place() {
        for line in [
            &["mfa-session", "-v", "--profile", "a", "policy", "explain"][..],
            &["mfa-session", "policy", "-v", "--profile", "a", "explain"],
            &["mfa-session", "policy", "explain", "-v", "--profile", "a"],
            &["mfa-session", "status", "-v", "--profile", "a"],
            &["mfa-session", "--profile", "a", "demo", "-v"],
        ] {
            let arguments = line.iter().map(Into::into).collect();
            let common = Cli::read(arguments).unwrap().common;
            assert_eq!(common.profile.as_deref(), Some("a"), "{line:?}");
            assert_eq!(common.verbose, 1, "{line:?}");
        }
    }
}
