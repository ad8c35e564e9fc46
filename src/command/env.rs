//! `env`: prints the session as environment variables, in the syntax of a shell.
//!
//! It prints secrets to a terminal only with `--force`.

use serde_json::{Map, Value};

use crate::cli::{EnvArgs, EnvForm};
use crate::context::Context;
use crate::error::Error;
use crate::process::shell_quote;

use super::outcome::Outcome;
use super::session::{CONFLICTING, any_live, variables};

/// The variables that `--unset` removes. The region is not among them, because the user may have set it.
const OURS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
];

pub(super) fn run(context: &Context, profile: Option<String>, args: EnvArgs) -> Outcome {
    let form = args.shell.map_or_else(|| own_shell(context), Ok)?;
    if args.unset {
        context.ui.data(&unset(form, &OURS)?)?;
        return Ok(0);
    }
    if context.ui.stdout_is_terminal() && !args.force {
        return Err(Error::Refused {
            message: "secrets are not printed to a terminal".to_owned(),
            hint: "`eval \"$(mfa-session env)\"`, or `--force` to print them anyway".to_owned(),
        });
    }
    let session = any_live(context, profile, args.session)?;
    let variables = variables(&session, context);
    let mut text = match form {
        EnvForm::Json | EnvForm::Dotenv => String::new(),
        _ => unset(form, &CONFLICTING)?,
    };
    text.push_str(&set(form, &variables));
    context.ui.data(&text)?;
    Ok(0)
}

/// The format for the shell in SHELL.
///
/// # Errors
/// There is no format for it.
fn own_shell(context: &Context) -> Result<EnvForm, Error> {
    let shell = context.env.get("SHELL").unwrap_or_default();
    let name = shell.rsplit('/').next().unwrap_or_default();
    match name {
        "" | "bash" | "sh" | "dash" | "ash" | "ksh" | "ksh93" | "mksh" | "yash" => {
            Ok(EnvForm::Bash)
        }
        "fish" => Ok(EnvForm::Fish),
        "zsh" => Ok(EnvForm::Zsh),
        "pwsh" => Ok(EnvForm::Powershell),
        other => Err(Error::Usage {
            message: format!("there is no format for the shell in SHELL, `{other}`"),
            hint: "run one command with the session: mfa-session exec -- COMMAND; or name a format: --shell bash, zsh, fish, powershell, json or dotenv"
                .to_owned(),
        }),
    }
}

fn set(form: EnvForm, variables: &[(String, String)]) -> String {
    if form == EnvForm::Json {
        let object: Map<_, _> = variables
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        return format!("{:#}\n", Value::Object(object));
    }
    variables
        .iter()
        .map(|(name, value)| match form {
            EnvForm::Fish => format!("set -gx {name} {}\n", single_quoted(value, "\\'")),
            EnvForm::Powershell => format!("$Env:{name} = {}\n", single_quoted(value, "''")),
            EnvForm::Dotenv => format!("{name}={value}\n"),
            EnvForm::Bash | EnvForm::Zsh | EnvForm::Json => {
                format!("export {name}={}\n", shell_quote(value))
            }
        })
        .collect()
}

fn unset(form: EnvForm, names: &[&str]) -> Result<String, Error> {
    match form {
        EnvForm::Bash | EnvForm::Zsh => Ok(format!("unset {}\n", names.join(" "))),
        EnvForm::Fish => Ok(names.iter().flat_map(|n| ["set -e ", n, "\n"]).collect()),
        EnvForm::Powershell => Ok(names
            .iter()
            .flat_map(|n| ["Remove-Item -ErrorAction SilentlyContinue Env:", n, "\n"])
            .collect()),
        EnvForm::Json | EnvForm::Dotenv => Err(Error::Usage {
            message: "`--unset` is not available in the formats JSON and dotenv".to_owned(),
            hint: "mfa-session env --unset --shell bash".to_owned(),
        }),
    }
}

/// The value in single quotes. Credentials contain neither quotes nor backslashes, but a region in a file may.
fn single_quoted(value: &str, quote: &str) -> String {
    let escaped = if quote.starts_with('\\') {
        value.replace('\\', "\\\\")
    } else {
        value.to_owned()
    };
    format!("'{}'", escaped.replace('\'', quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_each_shell() {
        let variables = [
            ("AWS_SESSION_TOKEN".to_owned(), "a/b+c=".to_owned()),
            ("AWS_REGION".to_owned(), "it's \\ $x".to_owned()),
        ];
        insta::assert_snapshot!(set(EnvForm::Bash, &variables), @r"
        export AWS_SESSION_TOKEN=a/b+c=
        export AWS_REGION='it'\''s \ $x'
        ");
        insta::assert_snapshot!(set(EnvForm::Fish, &variables), @r"
        set -gx AWS_SESSION_TOKEN 'a/b+c='
        set -gx AWS_REGION 'it\'s \\ $x'
        ");
        insta::assert_snapshot!(set(EnvForm::Powershell, &variables), @r"
        $Env:AWS_SESSION_TOKEN = 'a/b+c='
        $Env:AWS_REGION = 'it''s \ $x'
        ");
        insta::assert_snapshot!(set(EnvForm::Dotenv, &variables), @r"
        AWS_SESSION_TOKEN=a/b+c=
        AWS_REGION=it's \ $x
        ");
        insta::assert_snapshot!(set(EnvForm::Json, &variables), @r#"
        {
          "AWS_SESSION_TOKEN": "a/b+c=",
          "AWS_REGION": "it's \\ $x"
        }
        "#);
    }
}
