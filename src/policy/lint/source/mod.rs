//! Policies in files: alone, several together, inside what AWS's CLI prints, in `CloudFormation` templates (JSON) and in
//! Terraform plans. Text in, policies with their places out.
//!
//! What a policy is, is decided by its shape, and by the name of the member that holds it. What stands where a policy must be
//! is handed out even if it is none, so that it is complained of and never skipped.

mod cloudformation;
mod known;
mod position;
mod terraform;
#[cfg(test)]
mod tests;
mod walk;

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use known::Known;
pub(super) use position::fill;
pub use position::{Extent, Position};

use super::element::nearest;
use crate::policy::document::{self, Document, ParseError, Spans};
use walk::Walk;

/// The largest file that is read: plans and the authorization details of large accounts.
pub const MAX_BYTES: usize = 128 << 20;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Contents<'a> {
    /// What is, or should be, a policy, in the order of the file.
    pub candidates: Vec<Candidate<'a>>,
    /// Places of policies that the file does not hold yet, e.g. what Terraform knows after apply.
    pub unknown: Vec<String>,
    /// Where reading ended early.
    pub problem: Option<ParseError>,
}

/// What is, or should be, a policy.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The way to it in the file, e.g. `Policies[2].PolicyVersionList[0].Document` or `aws_iam_policy.mfa.policy`; empty for a
    /// file that is the policy.
    pub place: String,
    /// What the file tells of it.
    pub known: Known,
    /// Where it stands: the object, or the string that holds it.
    pub extent: Extent,
    form: Form<'a>,
}

#[derive(Debug)]
enum Form<'a> {
    /// JSON of the file.
    Object(&'a str),
    /// The content of a string, decoded.
    Text(String),
}

impl Candidate<'_> {
    /// The policy's own text.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.form {
            Form::Object(text) => text,
            Form::Text(text) => text,
        }
    }

    /// Whether it stands in the file as it is, and not within a string.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.form, Form::Object(_))
    }

    /// The policy. Where `CloudFormation` fills in values, the text is another than [`Candidate::text`]: it has stand-ins.
    ///
    /// # Errors
    /// What is wrong with it; places are those of the text.
    pub fn document(&self, partition: &str) -> Result<(Document, Cow<'_, str>), ParseError> {
        let text = self.text();
        match document::parse(text) {
            Ok(document) => Ok((document, Cow::Borrowed(text))),
            Err(as_written) => {
                let Some(settled) = cloudformation::settled(text, partition) else {
                    return Err(as_written);
                };
                let document = document::parse(&settled).map_err(|error| as_placed(text, error))?;
                Ok((document, Cow::Owned(settled)))
            }
        }
    }
}

/// The error with the place in the text as it was written.
fn as_placed(text: &str, error: ParseError) -> ParseError {
    let span = Spans::of(text).ok().and_then(|spans| {
        let nearest = nearest(&spans, &error.path);
        spans.value(&nearest)
    });
    let bytes = span.map_or(0..0, |span| span.bytes);
    ParseError::at(text, bytes, error.path, error.problem)
}

/// Finds the policies of a file. A byte order mark is no part of the places.
#[must_use]
pub fn read(text: &str) -> Contents<'_> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Vec::new();
    let mut contents = Contents::default();
    for value in serde_json::Deserializer::from_str(body).into_iter::<&RawValue>() {
        match value {
            Ok(value) => values.push(value.get()),
            Err(error) => {
                contents.problem = Some(document::syntax(body, &error));
                break;
            }
        }
    }
    let mut walk = Walk::new(body);
    let walked = match values.as_slice() {
        [one] => match terraform::plan(body, one) {
            Some(plan) => plan.and_then(|plan| plan.walk(&mut walk)),
            None => walk.root(one),
        },
        several => walk.items(several),
    };
    let found = walk.finish();
    contents.candidates = without_copies(found.candidates);
    contents.unknown = found.unknown;
    // What was read comes first in the file, and so does what is wrong in it.
    if let Err(problem) = walked {
        contents.problem = Some(problem);
    }
    contents
}

/// Without the copies of policies whose own place is in the file, too.
fn without_copies(candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    if candidates.iter().all(|c| !c.known.is_copy) {
        return candidates;
    }
    let alike = |candidate: &Candidate<'_>| {
        document::parse(candidate.text()).map(|document| document.to_json_compact())
    };
    let own: HashSet<String> = (candidates.iter())
        .filter(|c| !c.known.is_copy)
        .filter_map(|c| alike(c).ok())
        .collect();
    let mut candidates = candidates;
    candidates.retain(|c| !c.known.is_copy || alike(c).map_or(true, |text| !own.contains(&text)));
    candidates
}

/// A string of the file, decoded.
fn decoded(raw: &str) -> serde_json::Result<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw).map(|text| text.0)
}
