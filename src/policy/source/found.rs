//! The model of a policy found in a file: its text, where it stands, and what the file says about it.

use std::borrow::Cow;

use super::cloudformation;
use super::known::Known;
use super::position::Extent;
use crate::policy::document::{self, Document, ParseError, Spans};

/// The policies of a file.
#[derive(Debug, Default)]
pub struct Contents<'a> {
    /// The policies, and the values that should be policies, in the order of the file.
    pub candidates: Vec<Candidate<'a>>,
    /// Paths to policies whose text is not in the file yet, for example those that Terraform knows only after apply.
    pub unknown: Vec<String>,
    /// The error that ended the reading early.
    pub problem: Option<ParseError>,
}

/// A policy of the file, or a value that should be one: [`Candidate::document`] reports what is wrong with it.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The path to it in the file, for example `Policies[2].PolicyVersionList[0].Document` or `aws_iam_policy.mfa.policy`; empty for a
    /// file that is the policy itself.
    pub place: String,
    /// What the file says about it.
    pub known: Known,
    /// The position of the object, or of the string that contains it.
    pub extent: Extent,
    pub(super) form: Form<'a>,
}

/// How a policy is written in its file.
#[derive(Debug)]
pub(super) enum Form<'a> {
    /// A JSON object of the file.
    Object(&'a str),
    /// The decoded content of a JSON string.
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

    /// Whether it is a JSON object of the file, not the content of a string.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.form, Form::Object(_))
    }

    /// Parses the policy and returns it with its text. If the policy contains `CloudFormation` functions, placeholders replace
    /// them in the returned text, which then differs from [`Candidate::text`].
    ///
    /// # Errors
    /// The value is not a policy. The positions are those in [`Candidate::text`].
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

/// The error with its position in the text as it was written.
fn as_placed(text: &str, error: ParseError) -> ParseError {
    let span = Spans::of(text).ok().and_then(|spans| {
        let nearest = spans.nearest(&error.path);
        spans.value(&nearest)
    });
    let bytes = span.map_or(0..0, |span| span.bytes);
    ParseError::at(text, bytes, error.path, error.problem)
}
