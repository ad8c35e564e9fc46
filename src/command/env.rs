//! `env`: the session as variables, in a shell's own words.
//!
//! Refuses to print secrets to a terminal unless told to.

use serde_json::{Map, Value};

use crate::cli::{EnvArgs, EnvForm};
use crate::context::Context;
use crate::error::Error;
use crate::process::shell_quote;

use super::outcome::Outcome;
use super::session::{IN_THE_WAY, any_live, variables};

/// What `--unset` removes: the region may be the user's own and stays.
const OURS: [&str; 4] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
];

pub(super) fn run(context: &Context, profile: Option<String>, args: EnvArgs) -> Outcome {
    let form = args.shell.unwrap_or_else(|| own_shell(context));
    if args.unset {
        context.ui.data(&unset(form, &OURS)?)?;
        return Ok(0);
    }
    if context.ui.stdout_is_terminal() && !args.force {
        return Err(Error::Refused {
            message: "secrets are not printed to a terminal".to_owned(),
            hint: "eval \"$(mfa-session env)\", or --force to print them all the same".to_owned(),
        });
    }
    let session = any_live(context, profile, args.session)?;
    let variables = variables(&session, context);
    let mut text = match form {
        EnvForm::Json | EnvForm::Dotenv => String::new(),
        _ => unset(form, &IN_THE_WAY)?,
    };
    text.push_str(&set(form, &variables));
    context.ui.data(&text)?;
    Ok(0)
}

fn own_shell(context: &Context) -> EnvForm {
    let shell = context.env.get("SHELL").unwrap_or_default();
    match shell.rsplit('/').next() {
        Some("fish") => EnvForm::Fish,
        Some("zsh") => EnvForm::Zsh,
        Some("pwsh") => EnvForm::Powershell,
        _ => EnvForm::Bash,
    }
}

fn set(form: EnvForm, variables: &[(&str, String)]) -> String {
    if form == EnvForm::Json {
        let object: Map<_, _> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
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
            message: "--unset has no form in JSON or dotenv".to_owned(),
            hint: "mfa-session env --unset --shell bash".to_owned(),
        }),
    }
}

/// Session values hold neither quotes nor backslashes; a region from a file might.
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
    fn each_shell_reads_back_what_was_meant() {
        let variables = [
            ("AWS_SESSION_TOKEN", "a/b+c=".to_owned()),
            ("AWS_REGION", "it's \\ $x".to_owned()),
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
