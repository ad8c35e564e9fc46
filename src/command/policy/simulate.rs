//! `policy simulate`: reads requests in AWS's format, or one from options, and prints the answers of the engine.

use std::borrow::Cow;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use serde_json::{Value, json};

use crate::cli::{MfaState, Simulate, SimulateForm};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::palette::{self, painted};
use crate::policy::context::Mfa;
use crate::policy::render::{self, Style};
use crate::policy::simulate::{Answer, Refusal, Simulator};
use crate::ui::clean;

use super::input;
use super::stream::Documents;

/// The text of a document, or the reason why it cannot be read.
type Document<'a> = Result<&'a str, &'static str>;

/// Texts that wait to be written: memory stays flat.
const TEXTS_BEHIND: usize = 2;

/// The least number of documents that a thread is begun for.
const LEAST_SHARE: usize = 32;

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
    let question = question.to_string();
    let simulation =
        (Simulator::new().ask(&question, mfa)).map_err(|refusal| refused(&refusal, &names))?;
    let mut answer = simulation.answer();
    match args.format.unwrap_or(SimulateForm::Text) {
        SimulateForm::Text => {
            call_by_file(&mut answer, &names);
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

/// The context in AWS's shape: a key that stands twice is list-typed, and so is one whose value is a JSON list.
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

/// People know their policies by the files.
fn call_by_file<'a>(answer: &mut Answer<'a>, names: &[(String, &'a str)]) {
    let reasons = (answer.evaluation_results.iter_mut()).flat_map(|r| &mut r.reasons);
    for reason in reasons {
        if let Some((_, name)) = names.iter().find(|(id, _)| *id == reason.policy_id) {
            reason.policy_id = Cow::Borrowed(name);
        }
    }
}

/// Documents from a file: one, or one after the other. While some are answered the next are read and the last are written.
fn batch(context: &Context, path: &Path, mfa: Option<Mfa>, form: SimulateForm) -> Outcome {
    let (name, reader) = open(path)?;
    let mut documents = Documents::of(reader);
    let mut answers = Answers::new(mfa, form);
    let ui = context.ui;
    thread::scope(|scope| {
        let (written, texts) = sync_channel::<String>(TEXTS_BEHIND);
        let write = move |text: String| match form {
            SimulateForm::Text => ui.show(&text),
            SimulateForm::Json => ui.data(&text),
        };
        let writer = scope.spawn(move || texts.iter().try_for_each(write));
        while let Some(batch) = documents.next() {
            let batch = batch.map_err(|source| Error::File {
                what: "read",
                path: name.clone(),
                source,
            })?;
            let text = answers.answer(&batch.documents().collect::<Vec<_>>());
            // A closed pipe is reported below.
            if !text.is_empty() && written.send(text).is_err() {
                break;
            }
        }
        drop(written);
        match writer.join() {
            Ok(result) => result.map_err(Error::from),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
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

/// Answers requests and counts the refusals.
struct Answers {
    /// One per thread, each with the policies that it has seen.
    simulators: Vec<Simulator>,
    mfa: Option<Mfa>,
    form: SimulateForm,
    printed: Printed,
}

/// The printed answers to some documents, in their order.
#[derive(Default)]
struct Printed {
    text: Vec<u8>,
    asked: usize,
    refused: usize,
    /// The first refusal: which document, and why.
    first: Option<(usize, String)>,
}

impl Answers {
    fn new(mfa: Option<Mfa>, form: SimulateForm) -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self {
            simulators: (0..threads).map(|_| Simulator::new()).collect(),
            mfa,
            form,
            printed: Printed::default(),
        }
    }

    fn answer(&mut self, documents: &[Document<'_>]) -> String {
        let (mfa, form) = (self.mfa, self.form);
        // A few are quicker answered than handed out.
        let share = (documents.len().div_ceil(self.simulators.len())).max(LEAST_SHARE);
        let shares = self.simulators.iter_mut().zip(documents.chunks(share));
        let printed: Vec<Printed> = if documents.len() <= share {
            shares
                .map(|(simulator, share)| Printed::of(simulator, share, mfa, form))
                .collect()
        } else {
            thread::scope(|scope| {
                let running: Vec<_> = shares
                    .map(|(simulator, share)| {
                        scope.spawn(move || Printed::of(simulator, share, mfa, form))
                    })
                    .collect();
                (running.into_iter())
                    .map(|thread| {
                        (thread.join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                    })
                    .collect()
            })
        };
        for part in printed {
            self.printed.append(part, form);
        }
        // Answers are JSON or text of ours: UTF-8.
        String::from_utf8(std::mem::take(&mut self.printed.text)).unwrap_or_default()
    }

    fn end(self, name: String) -> Outcome {
        let printed = self.printed;
        if printed.asked == 0 {
            return Err(Error::Document {
                path: name,
                line: 1,
                column: 1,
                problem: "nothing there: expected JSON".to_owned(),
            });
        }
        let Some((number, message)) = printed.first else {
            return Ok(0);
        };
        let asked = printed.asked;
        let message = if asked == 1 {
            format!("no answer: {message}")
        } else {
            let refused = printed.refused;
            format!("{refused} of {asked} documents have no answer; document {number}: {message}")
        };
        let hint = "`mfa-session policy simulate --help` shows the form".to_owned();
        Err(Error::Refused { message, hint })
    }
}

impl Printed {
    fn of(
        simulator: &mut Simulator,
        documents: &[Document<'_>],
        mfa: Option<Mfa>,
        form: SimulateForm,
    ) -> Self {
        let mut printed = Self::default();
        for document in documents {
            printed.asked += 1;
            printed.add(simulator, *document, mfa, form);
            printed.text.push(b'\n');
        }
        printed
    }

    fn add(
        &mut self,
        simulator: &mut Simulator,
        document: Document<'_>,
        mfa: Option<Mfa>,
        form: SimulateForm,
    ) {
        let document = document.map_err(|problem| Refusal {
            code: "ValidationError",
            message: problem.to_owned(),
        });
        let answered = match (form, document) {
            (SimulateForm::Json, Ok(text)) => simulator.line(text, mfa, &mut self.text),
            (SimulateForm::Json, Err(refusal)) => {
                self.text.extend_from_slice(refusal.to_json().as_bytes());
                Err(refusal)
            }
            (SimulateForm::Text, document) => {
                if self.asked > 1 {
                    self.text.push(b'\n');
                }
                let text = document.and_then(|text| {
                    let simulation = simulator.ask(text, mfa)?;
                    Ok(render::simulation(&simulation.answer(), Style::Terminal))
                });
                let message = match &text {
                    Ok(text) => text.trim_end(),
                    Err(refusal) => {
                        let label = painted(palette::ERROR, "error:");
                        &format!("{label} {}", clean(&refusal.message))
                    }
                };
                self.text.extend_from_slice(message.as_bytes());
                text.map(|_| ())
            }
        };
        if let Err(refusal) = answered {
            self.refused += 1;
            if self.first.is_none() {
                self.first = Some((self.asked, refusal.message));
            }
        }
    }

    /// Adds what the documents after these are answered by.
    fn append(&mut self, next: Self, form: SimulateForm) {
        if form == SimulateForm::Text && self.asked > 0 {
            self.text.push(b'\n');
        }
        if self.text.is_empty() {
            self.text = next.text;
        } else {
            self.text.extend_from_slice(&next.text);
        }
        if self.first.is_none() {
            self.first = (next.first).map(|(number, message)| (self.asked + number, message));
        }
        self.asked += next.asked;
        self.refused += next.refused;
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
