//! Answers requests from a file or a pipe: one document, or many, one after the other.

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use crate::cli::SimulateForm;
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::palette::{self, painted};
use crate::policy::context::Mfa;
use crate::policy::render::{self, Style};
use crate::policy::simulate::{Refusal, Simulator};
use crate::ui::clean;

use super::input;
use super::stream::Documents;

/// The text of a document, or the reason why it cannot be read.
type Document<'a> = Result<&'a str, &'static str>;

/// How many texts may wait to be written, so that memory stays constant.
const TEXTS_BEHIND: usize = 2;

/// The fewest documents for which a thread is started.
const LEAST_SHARE: usize = 32;

/// Answers the documents of a file. While some are answered, the next ones are read and the previous answers are written.
pub(super) fn batch(
    context: &Context,
    path: &Path,
    mfa: Option<Mfa>,
    form: SimulateForm,
) -> Outcome {
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

/// Opens the file. As in the AWS CLI, the name may begin with `file://`, or be the JSON itself.
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
    /// One per thread; each remembers the policies that it has parsed.
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
        // A few documents are answered faster than they are distributed.
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
        // Answers are always valid UTF-8.
        String::from_utf8(std::mem::take(&mut self.printed.text)).unwrap_or_default()
    }

    fn end(self, name: String) -> Outcome {
        let printed = self.printed;
        if printed.asked == 0 {
            return Err(Error::Document {
                path: name,
                line: 1,
                column: 1,
                problem: "the input is empty: expected JSON".to_owned(),
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

    /// Adds the answers to the documents that follow.
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
