//! `completions`: prints scripts that ask the program itself what may come next, profile names included.
//!
//! A variable of its own makes the program answer such a script. The hook never reads it.

use std::ffi::{OsStr, OsString};

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use crate::cli::{Cli, Completions};
use crate::context::{Context, Env};
use crate::error::Error;
use crate::login::LocalState;
use crate::process::shell_quote;

use super::outcome::Outcome;

/// Set by the scripts. The usual name, COMPLETE, may be set for another program.
const VARIABLE: &str = "MFA_SESSION_COMPLETE";
const NAME: &str = "mfa-session";

/// Answers a completion script. Returns whether the program was called by one.
pub(super) fn answer(arguments: &[OsString]) -> bool {
    // The scripts call `mfa-session -- WORDS`, which the arguments of a hook never look like.
    if arguments.get(1).is_none_or(|first| first != "--") {
        return false;
    }
    let folder = std::env::current_dir().ok();
    // Read here, because the engine removes the variable before it asks for candidates.
    let env = Env::snapshot();
    let shell = env.get(VARIABLE).unwrap_or_default();
    CompleteEnv::with_factory(|| command(shell))
        .var(VARIABLE)
        .try_complete(arguments.iter().cloned(), folder.as_deref())
        .unwrap_or(true)
}

/// The definition of the command line, with profile names as values of the options that take a profile.
fn command(shell: &str) -> Command {
    let with_names = |option: Arg| {
        if !["profile", "session_profile"].contains(&option.get_id().as_str()) {
            return option;
        }
        let shell = shell.to_owned();
        option.add(ArgValueCompleter::new(move |typed: &OsStr| {
            profiles(typed, &shell)
        }))
    };
    Cli::with_used_options()
        .mut_args(with_names)
        .mut_subcommands(|command| command.mut_args(with_names))
}

/// The names that begin with what was typed, each as one word of the shell that asks for them.
fn profiles(typed: &OsStr, shell: &str) -> Vec<CompletionCandidate> {
    let env = Env::snapshot();
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    LocalState::profile_names(&env)
        .into_iter()
        .filter(|name| name.starts_with(typed))
        .filter_map(|name| word(&name, shell))
        .map(CompletionCandidate::new)
        .collect()
}

/// The candidate for a name, quoted so that the shell reads the name back and runs nothing.
///
/// Bash and PowerShell insert a candidate unchanged; zsh, fish and elvish quote it themselves. A name with control characters is
/// not offered, because they separate candidates from their descriptions.
fn word(name: &str, shell: &str) -> Option<String> {
    if name.chars().any(char::is_control) {
        return None;
    }
    let plain = |c: char| c.is_alphanumeric() || "_@%+=:,./-".contains(c);
    let safe = name.chars().all(plain) && !name.starts_with(['=', '@', '%', ',']);
    match shell {
        _ if safe => Some(name.to_owned()),
        "bash" => Some(shell_quote(name)),
        "powershell" | "pwsh" => Some(powershell_quote(name)),
        _ => Some(name.to_owned()),
    }
}

/// The name in single quotes. PowerShell treats typographic single quotes as single quotes too.
fn powershell_quote(name: &str) -> String {
    let quoted = name.chars().fold(String::from("'"), |mut quoted, c| {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
        quoted
    });
    quoted + "'"
}

pub(super) fn run(context: &Context, args: &Completions) -> Outcome {
    let script = script(&args.shell)?;
    context.ui.data(&script)?;
    Ok(0)
}

fn script(shell: &str) -> Result<String, Error> {
    let shells = Shells::builtins();
    let mut text = Vec::new();
    let written = shells
        .completer(shell)
        .ok_or_else(|| std::io::Error::other("unknown shell"))
        .and_then(|completer| completer.write_registration(VARIABLE, NAME, NAME, NAME, &mut text));
    written.map_err(Error::Output)?;
    let text = String::from_utf8_lossy(&text);
    let text = match shell {
        "bash" => text.replace("-F _clap_complete_mfa_session", "-F _mfa_session_words") + WORDS,
        "powershell" => text.replace(EVALUATES_THE_LINE, READS_THE_LINE),
        "zsh" => text.into_owned() + FIRST_TAB,
        _ => text.into_owned(),
    };
    Ok(text.trim_matches('\n').to_owned() + "\n")
}

/// Bash splits the candidates into words and would expand a `*` in them. If the user has opened a quote, a candidate with quotes
/// of its own would close it, so it is not offered.
const WORDS: &str = r#"
_mfa_session_words() {
    local glob=
    if [[ $- != *f* ]]; then
        glob=1
        set -f
    fi
    _clap_complete_mfa_session "$@"
    if [[ -n $glob ]]; then
        set +f
    fi
    case ${COMP_WORDS[COMP_CWORD]} in
        [\'\"]*)
            local i
            for i in "${!COMPREPLY[@]}"; do
                case ${COMPREPLY[i]} in
                    *[\'\"]*) unset "COMPREPLY[i]" ;;
                esac
            done
            ;;
    esac
}
"#;

/// The part of the generated script that evaluates the typed line: PowerShell would run a `$(…)` in it at each TAB.
const EVALUATES_THE_LINE: &str = r#"    $args = $commandAst.Extent.Text
    $args = $args.Substring(0, [math]::Min($cursorPosition, $args.Length));
    if ($wordToComplete -eq "") {
        $args += " ''";
    }

    $results = Invoke-Expression @"
& mfa-session -- $args
"@;
"#;

/// The replacement, which takes the words from the syntax tree and runs none of them.
const READS_THE_LINE: &str = r"    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $_.Value
            } else {
                $_.Extent.Text
            }
        });
    $words += $wordToComplete;

    $results = & mfa-session -- @words;
";

/// If the script is autoloaded from fpath, it is the body of a function that zsh calls for the first completion. This answers that
/// first completion too.
const FIRST_TAB: &str = r#"
if [[ "${funcstack[1]}" == _mfa-session ]]; then
    _clap_dynamic_completer_mfa_session "$@"
fi
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_would_run_is_one_quoted_word() {
        let name = "x$(touch pwned)";
        assert_eq!(word(name, "bash").unwrap(), "'x$(touch pwned)'");
        assert_eq!(word(name, "powershell").unwrap(), "'x$(touch pwned)'");
        for quotes_itself in ["zsh", "fish", "elvish"] {
            assert_eq!(word(name, quotes_itself).unwrap(), name);
        }
        assert_eq!(word("it's", "bash").unwrap(), r"'it'\''s'");
        assert_eq!(
            word("it's \u{2019}", "powershell").unwrap(),
            "'it''s \u{2019}\u{2019}'"
        );
        assert_eq!(word("@home", "powershell").unwrap(), "'@home'");
    }

    #[test]
    fn plain_names_stay_plain_and_control_characters_are_not_offered() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            assert_eq!(word("payrölls", shell).unwrap(), "payrölls");
            assert_eq!(word("a\tb", shell), None);
            assert_eq!(word("a\u{b}b", shell), None);
        }
    }

    #[test]
    fn every_change_to_a_generated_script_is_made() {
        assert!(
            script("bash")
                .unwrap()
                .contains("-F _mfa_session_words mfa-session")
        );
        let powershell = script("powershell").unwrap();
        assert!(powershell.contains("@words"), "{powershell}");
        assert!(!powershell.contains("Invoke-Expression"), "{powershell}");
    }
}
