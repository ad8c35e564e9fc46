//! The model of a policy found in a file: its text, where it stands, what the file says about it, and what it does not tell.

use std::borrow::Cow;

use super::cloudformation;
use super::known::Known;
use super::node::{Node, as_tree, tree_of};
use super::position::Extent;
use super::settle::{Assumption, Reading, settled};
use crate::policy::document::{self, ParseError, Path, Spans, Step};

/// The policies of a file.
#[derive(Debug, Default)]
pub struct Contents<'a> {
    /// The policies, and the values that should be policies, in the order of the file.
    pub candidates: Vec<Candidate<'a>>,
    /// Paths to policies whose text is not in the file yet, for example those that Terraform knows only after apply.
    pub unknown: Vec<String>,
    /// The error that ended the reading early.
    pub problem: Option<ParseError>,
    /// Files that hold policies of this one, by their numbers among the files that were read together.
    pub used: Vec<usize>,
}

/// A policy of the file, or a value that should be one: [`Candidate::reading`] reports what is wrong with it.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The path to it in the file, for example `Policies[2].PolicyVersionList[0].Document` or `aws_iam_policy.mfa.policy`; empty for a
    /// file that is the policy itself.
    pub place: String,
    /// What the file says about it.
    pub known: Known,
    /// The position of the object, or of the string that contains it.
    pub extent: Extent,
    pub(super) steps: Vec<Step>,
    pub(super) form: Form<'a>,
}

/// How a policy is written in its file.
#[derive(Debug, PartialEq)]
pub(super) enum Form<'a> {
    /// A JSON object of the file.
    Object(&'a str),
    /// The decoded content of a JSON string.
    Text(String),
    /// A value in another notation, or with parts that are not known. The places are those in the file.
    Tree(Node),
    /// The same with the functions of `CloudFormation`.
    Template(Node),
}

impl Candidate<'_> {
    /// The policy's own text; `None` unless it is JSON.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.form {
            Form::Object(text) => Some(text),
            Form::Text(text) => Some(text),
            Form::Tree(_) | Form::Template(_) => None,
        }
    }

    /// Whether Terraform's provider writes its text, from the blocks of a data source.
    pub(in crate::policy) fn is_generated(&self) -> bool {
        self.place.starts_with("data.aws_iam_policy_document.")
            && matches!(self.form, Form::Tree(_))
    }

    /// Whether it is a JSON object of the file, not the content of a string.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.form, Form::Object(_))
    }

    /// The policy as a tree of values, if it is not plain JSON.
    pub(super) fn tree(&self, partition: &str) -> Option<Cow<'_, Node>> {
        match &self.form {
            Form::Object(_) | Form::Text(_) => None,
            Form::Tree(node) => Some(Cow::Borrowed(node)),
            Form::Template(node) => {
                let resolved = cloudformation::resolved(node.clone(), partition);
                Some(Cow::Owned(resolved))
            }
        }
    }

    /// Parses the policy. The positions of an error are those in its text, or in `body`, its file, if it has no text of its own.
    ///
    /// # Errors
    /// The value is not a policy.
    pub fn reading(
        &self,
        body: &str,
        partition: &str,
        assumption: Assumption,
    ) -> Result<Reading, ParseError> {
        if let Some(text) = self.text() {
            let document = document::parse(text)?;
            return Ok(Reading {
                document,
                void: Vec::new(),
            });
        }
        let Some(tree) = self.tree(partition) else {
            return document::parse("").map(|document| Reading {
                document,
                void: Vec::new(),
            });
        };
        settled(&tree, assumption).map_err(|(path, problem)| {
            let spans = Spans::of_tree(body, as_tree(&tree));
            let span = spans.value(&spans.nearest(&path));
            let bytes = span.map_or_else(|| tree.bytes.clone(), |span| span.bytes);
            ParseError::at(body, bytes, path, problem)
        })
    }

    /// The places of its elements in `body`, its file; `None` if its text has places of its own.
    pub(in crate::policy) fn places<'b>(
        &self,
        body: &'b str,
        partition: &str,
    ) -> Option<Spans<'b>> {
        let tree = self.tree(partition)?;
        Some(Spans::of_tree(body, as_tree(&tree)))
    }

    /// The elements that the file does not tell, in its own words.
    #[must_use]
    pub fn unknowns(&self, partition: &str) -> Vec<(Path, String)> {
        let Some(tree) = self.tree(partition) else {
            return Vec::new();
        };
        let unknowns = tree.unknowns().into_iter();
        unknowns
            .map(|(path, u)| (path, u.written.clone()))
            .collect()
    }

    /// Whether the policy has parts that are unknown, or that may be missing.
    #[must_use]
    pub fn is_uncertain(&self, partition: &str) -> bool {
        self.tree(partition).is_some_and(|tree| tree.is_uncertain())
    }
}

/// A policy that is JSON except for `CloudFormation` functions becomes a tree.
pub(super) fn with_functions(candidate: &mut Candidate<'_>) {
    let Form::Object(text) = candidate.form else {
        return;
    };
    if !cloudformation::may_have_functions(text) || document::parse(text).is_ok() {
        return;
    }
    if let Ok(spans) = Spans::of(text) {
        let start = candidate.extent.bytes.start;
        let node = tree_of(spans).moved(&|bytes| bytes.start + start..bytes.end + start);
        candidate.form = Form::Template(node);
    }
}
