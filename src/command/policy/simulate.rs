//! `policy simulate`: reads requests in AWS's format, or one from options, and prints the answers of the engine.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::cli::{MfaState, Simulate, SimulateForm};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::context::Mfa;
use crate::policy::render::{self, Style};
use crate::policy::simulate::{Answer, Refusal, Simulator};

use super::batch::batch;
use super::input;

pub(super) fn run(context: &Context, args: &Simulate) -> Outcome {
    let mfa = args.mfa.map(|state| match state {
        MfaState::Absent => Mfa::Absent,
        MfaState::False => Mfa::False,
        MfaState::Age(age) => Mfa::True {
            age: u64::from(age),
        },
    });
    match &args.cli_input_json {
        Some(path) => batch(
            context,
            path,
            mfa,
            args.format.unwrap_or(SimulateForm::Json),
        ),
        None => single(context, args, mfa),
    }
}

/// Answers one request that is given by options.
fn single(context: &Context, args: &Simulate, mfa: Option<Mfa>) -> Outcome {
    input::stdin_once(&args.policy)?;
    let policies = input::policies(&args.policy)?;
    for policy in &policies {
        input::note_unknown(context.ui, policy);
    }
    let mut question = json!({
        "PolicyInputList": policies.iter().map(|p| p.text.as_str()).collect::<Vec<_>>(),
        "ActionNames": args.action,
        "ResourceArns": args.resource,
        "ContextEntries": entries(&args.context)?,
    });
    if let (Some(arn), Some(members)) = (&args.caller_arn, question.as_object_mut()) {
        members.insert("CallerArn".to_owned(), json!(arn));
    }
    let names: Vec<(String, &str)> = (policies.iter().enumerate())
        .map(|(n, p)| (format!("PolicyInputList.{}", n + 1), p.name.as_str()))
        .collect();
    let question = question.to_string();
    let simulation =
        (Simulator::new().ask(&question, mfa)).map_err(|refusal| refused(&refusal, &names))?;
    let mut answer = simulation.answer();
    match args.format.unwrap_or(SimulateForm::Text) {
        SimulateForm::Text => {
            name_by_file(&mut answer, &names);
            let text = render::simulation(&answer, Style::Terminal);
            context.ui.show(&text)?;
        }
        SimulateForm::Json => {
            let text = serde_json::to_string(&answer).unwrap_or_default() + "\n";
            context.ui.data(&text)?;
        }
    }
    Ok(0)
}

/// The context in AWS's format. A key that is given twice has a list type, and so has a key whose value is a JSON list.
fn entries(context: &[(String, String)]) -> Result<Vec<Value>, Error> {
    let mut keys: Vec<(&str, Vec<String>, bool)> = Vec::new();
    for (key, value) in context {
        let list = if value.starts_with('[') {
            Some(serde_json::from_str(value).map_err(|_| Error::Usage {
                message: format!("invalid value `{value}` for `{key}`: expected a list of strings"),
                hint: format!("--context '{key}=[\"one\",\"two\"]'"),
            })?)
        } else {
            None
        };
        let is_list = list.is_some();
        let values: Vec<String> = list.unwrap_or_else(|| vec![value.clone()]);
        match (keys.iter_mut()).find(|(known, ..)| known.eq_ignore_ascii_case(key)) {
            Some((_, known, list)) => {
                known.extend(values);
                *list = true;
            }
            None => keys.push((key, values, is_list)),
        }
    }
    Ok((keys.into_iter())
        .map(|(key, values, is_list)| {
            let kind = if is_list { "stringList" } else { "string" };
            json!({"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": kind})
        })
        .collect())
}

fn refused(refusal: &Refusal, names: &[(String, &str)]) -> Error {
    let place = (names.iter()).find_map(|(id, name)| {
        let problem = refusal
            .message
            .strip_prefix(id.as_str())?
            .strip_prefix(": ")?;
        Some(format!("{name}: {problem}"))
    });
    let hint = "`mfa-session policy simulate --help` shows the forms".to_owned();
    match place {
        Some(message) => Error::Refused { message, hint },
        None => Error::Usage {
            message: refusal.message.clone(),
            hint,
        },
    }
}

/// Replaces the names of the input lists by the names of the files.
fn name_by_file<'a>(answer: &mut Answer<'a>, names: &[(String, &'a str)]) {
    let reasons = (answer.evaluation_results.iter_mut()).flat_map(|r| &mut r.reasons);
    for reason in reasons {
        if let Some((_, name)) = names.iter().find(|(id, _)| *id == reason.policy_id) {
            reason.policy_id = Cow::Borrowed(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(context: &[(&str, &str)]) -> Vec<(String, Vec<String>, String)> {
        let context: Vec<(String, String)> = (context.iter())
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let entries = entries(&context).unwrap();
        (entries.into_iter())
            .map(|mut e| {
                let mut take = |key: &str| serde_json::from_value(e[key].take()).unwrap();
                let name: String = take("ContextKeyName");
                let kind: String = take("ContextKeyType");
                (
                    name,
                    serde_json::from_value(e["ContextKeyValues"].take()).unwrap(),
                    kind,
                )
            })
            .collect()
    }

    #[test]
    fn lists_are_repeated_keys_or_json() {
        let string = "string".to_owned();
        let list = "stringList".to_owned();
        let one = |v: &str| vec![v.to_owned()];
        assert_eq!(
            typed(&[
                ("a", "1,2"),
                ("b", "[\"x\"]"),
                ("c", "1"),
                ("C", "2"),
                ("d", "[]")
            ]),
            [
                ("a".to_owned(), one("1,2"), string),
                ("b".to_owned(), one("x"), list.clone()),
                (
                    "c".to_owned(),
                    vec!["1".to_owned(), "2".to_owned()],
                    list.clone()
                ),
                ("d".to_owned(), vec![], list),
            ]
        );
        assert!(entries(&[("a".to_owned(), "[x".to_owned())]).is_err());
    }
}
