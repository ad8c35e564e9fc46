//! The files of one folder, with the names by which their parts refer to each other.

use std::cell::Cell;
use std::collections::HashMap;

use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, BlockLabel, Body};

use super::file::SourceFile;
use crate::policy::document::{ParseError, Path, Problem};

/// Larger files are not parsed: nobody writes them by hand.
const MAX_BYTES: usize = 4 << 20;

/// How many values may be looked at in one module.
const BUDGET: usize = 1 << 20;

/// The data source that generates policies.
pub(super) const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

/// A part of the module, with the number of its file.
#[derive(Debug)]
pub(super) struct In<'m, T> {
    pub(super) file: usize,
    pub(super) part: &'m T,
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

/// What was parsed.
#[derive(Debug)]
pub(super) struct Module<'a> {
    pub(super) files: Vec<SourceFile<'a>>,
    bodies: Vec<Body>,
    budget: Cell<usize>,
}

/// The parts by their names.
#[derive(Debug, Default)]
pub(super) struct Names<'m> {
    pub(super) locals: HashMap<&'m str, In<'m, Expression>>,
    /// The defaults of variables that have one.
    pub(super) defaults: HashMap<&'m str, In<'m, Expression>>,
    pub(super) documents: HashMap<&'m str, In<'m, Block>>,
}

impl<'a> Module<'a> {
    /// Parses the files. A file that cannot be parsed counts as empty.
    pub(super) fn of(files: &[SourceFile<'a>]) -> (Self, Vec<Option<ParseError>>) {
        let mut bodies = Vec::with_capacity(files.len());
        let mut problems = Vec::with_capacity(files.len());
        for file in files {
            let (body, problem) = match parse(file.text) {
                Ok(body) => (body, None),
                Err(problem) => (Body::new(), Some(problem)),
            };
            bodies.push(body);
            problems.push(problem);
        }
        let module = Self {
            files: files.to_vec(),
            bodies,
            budget: Cell::new(BUDGET),
        };
        (module, problems)
    }

    /// The blocks of all files.
    pub(super) fn blocks(&self) -> impl Iterator<Item = In<'_, Block>> {
        (self.bodies.iter().enumerate())
            .flat_map(|(file, body)| body.blocks().map(move |part| In { file, part }))
    }

    pub(super) fn text(&self, file: usize) -> &'a str {
        self.files.get(file).map_or("", |f| f.text)
    }

    /// Whether one more value may be looked at.
    pub(super) fn spend(&self) -> bool {
        let left = self.budget.get().checked_sub(1);
        self.budget.set(left.unwrap_or_default());
        left.is_some()
    }

    pub(super) fn names(&self) -> Names<'_> {
        let mut names = Names::default();
        for In { file, part: block } in self.blocks() {
            let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
            match (block.ident.as_str(), labels.as_slice()) {
                ("locals", []) => {
                    for attribute in block.body.attributes() {
                        let value = In {
                            file,
                            part: &attribute.value,
                        };
                        names.locals.insert(attribute.key.as_str(), value);
                    }
                }
                ("variable", [name]) => {
                    if let Some(default) = block.body.get_attribute("default") {
                        let value = In {
                            file,
                            part: &default.value,
                        };
                        names.defaults.insert(name, value);
                    }
                }
                ("data", [POLICY_DOCUMENT, name]) => {
                    names.documents.insert(name, In { file, part: block });
                }
                _ => {}
            }
        }
        names
    }
}

fn parse(text: &str) -> Result<Body, ParseError> {
    if text.len() > MAX_BYTES {
        let problem = Problem::TooLarge(text.len(), MAX_BYTES);
        return Err(ParseError::at(text, 0..0, Path::default(), problem));
    }
    parse_body(text).map_err(|error| {
        let at = error.location().offset();
        let problem = Problem::Notation("HCL", error.message().to_owned());
        ParseError::at(text, at..at, Path::default(), problem)
    })
}
