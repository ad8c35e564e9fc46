//! `policy simulate`: questions in AWS's shape, one or a batch, or one from options; the engine answers.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{MfaState, Simulate, SimulateForm};
use crate::command::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::context::Mfa;
use crate::policy::render;
use crate::policy::simulate::{Answer, Refusal, Simulator};

use super::input;
use super::stream::Documents;

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

/// One question from options.
fn single(context: &Context, args: &Simulate, mfa: Option<Mfa>) -> Outcome {
    input::stdin_once(&args.policy)?;
    let policies = input::policies(&args.policy)?;
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
    let mut answer = Simulator::new()
        .answer(&question.to_string(), mfa)
        .map_err(|refusal| refused(&refusal, &names))?;
    let text = match args.format.unwrap_or(SimulateForm::Text) {
        SimulateForm::Text => {
            call_by_file(&mut answer, &names);
            render::simulation(&answer)
        }
        SimulateForm::Json => serde_json::to_string(&answer).unwrap_or_default() + "\n",
    };
    context.ui.data(&text)?;
    Ok(0)
}

/// The context in AWS's shape: a key that stands twice is list-typed, and so is one whose value is a JSON list.
fn entries(context: &[(String, String)]) -> Result<Vec<Value>, Error> {
    let mut keys: Vec<(&str, Vec<String>, bool)> = Vec::new();
    for (key, value) in context {
        let list = if value.starts_with('[') {
            Some(serde_json::from_str(value).map_err(|_| Error::Usage {
                message: format!("`{value}` is no list of strings for `{key}`"),
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

/// People know their policies by the files.
fn call_by_file(answer: &mut Answer, names: &[(String, &str)]) {
    let reasons = (answer.evaluation_results.iter_mut()).flat_map(|r| &mut r.reasons);
    for reason in reasons {
        if let Some((_, name)) = names.iter().find(|(id, _)| *id == reason.policy_id) {
            (*name).clone_into(&mut reason.policy_id);
        }
    }
}

/// Documents from a file: one, or one after the other.
fn batch(context: &Context, path: &Path, mfa: Option<Mfa>, form: SimulateForm) -> Outcome {
    let (name, reader) = open(path)?;
    let mut documents = Documents::of(reader);
    let mut answers = Answers {
        simulator: Simulator::new(),
        mfa,
        form,
        asked: 0,
        refused: 0,
        first: None,
    };
    while let Some(batch) = documents.next() {
        let batch = batch.map_err(|source| Error::File {
            what: "read",
            path: name.clone(),
            source,
        })?;
        let mut text = String::new();
        for document in batch.documents() {
            answers.answer(document, &mut text);
        }
        if !text.is_empty() {
            context.ui.data(&text)?;
        }
    }
    answers.end(name)
}

/// The AWS CLI takes `file://` before a name, and the JSON itself.
fn open(path: &Path) -> Result<(String, Box<dyn std::io::Read + Send>), Error> {
    let Some(text) = path.to_str() else {
        return input::open(path);
    };
    if text.trim_start().starts_with('{') {
        let bytes = std::io::Cursor::new(text.as_bytes().to_vec());
        return Ok(("--cli-input-json".to_owned(), Box::new(bytes)));
    }
    input::open(Path::new(text.strip_prefix("file://").unwrap_or(text)))
}

/// Answers on their way out, with the count of those that are none.
struct Answers {
    simulator: Simulator,
    mfa: Option<Mfa>,
    form: SimulateForm,
    asked: usize,
    refused: usize,
    /// The first refusal: which document, and why.
    first: Option<(usize, String)>,
}

impl Answers {
    fn answer(&mut self, document: Result<&str, &'static str>, out: &mut String) {
        self.asked += 1;
        let document = document.map_err(|problem| Refusal {
            code: "ValidationError",
            message: problem.to_owned(),
        });
        match (self.form, document) {
            (SimulateForm::Json, Ok(text)) => match self.simulator.line(text, self.mfa) {
                Ok(line) => out.push_str(&line),
                Err(line) => {
                    out.push_str(&line);
                    self.refuse(|| message(&line));
                }
            },
            (SimulateForm::Json, Err(refusal)) => {
                out.push_str(&refusal.to_json());
                self.refuse(|| refusal.message);
            }
            (SimulateForm::Text, document) => {
                let answer = document.and_then(|text| self.simulator.answer(text, self.mfa));
                if self.asked > 1 {
                    out.push('\n');
                }
                match answer {
                    Ok(answer) => out.push_str(render::simulation(&answer).trim_end()),
                    Err(refusal) => {
                        out.push_str("error: ");
                        out.push_str(&refusal.message);
                        self.refuse(|| refusal.message);
                    }
                }
            }
        }
        out.push('\n');
    }

    fn refuse(&mut self, message: impl FnOnce() -> String) {
        self.refused += 1;
        if self.first.is_none() {
            self.first = Some((self.asked, message()));
        }
    }

    fn end(self, name: String) -> Outcome {
        if self.asked == 0 {
            return Err(Error::Document {
                path: name,
                line: 1,
                column: 1,
                problem: "nothing there: expected JSON".to_owned(),
            });
        }
        let Some((number, message)) = self.first else {
            return Ok(0);
        };
        let asked = self.asked;
        let message = if asked == 1 {
            format!("no answer: {message}")
        } else {
            let refused = self.refused;
            format!("{refused} of {asked} documents have no answer; document {number}: {message}")
        };
        let hint = "`mfa-session policy simulate --help` shows the form".to_owned();
        Err(Error::Refused { message, hint })
    }
}

/// The message of a line that tells a refusal.
fn message(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    (value.pointer("/Error/Message").and_then(Value::as_str))
        .unwrap_or_default()
        .to_owned()
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
