//! The files of folders that belong together, with the names by which their parts refer to each other.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use hcl_edit::expr::Expression;
use hcl_edit::parser::{parse_body, parse_template};
use hcl_edit::structure::{Block, BlockLabel, Body};
use hcl_edit::template::Template;

use super::file::SourceFile;
use super::folders::{folder, normal, within};
use crate::policy::document::{ParseError, Path, Problem};

/// Larger files are not parsed: nobody writes them by hand.
const MAX_BYTES: usize = 4 << 20;

/// How many values may be looked at in files that belong together.
const BUDGET: usize = 1 << 20;

/// The data source that generates policies.
pub(super) const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

/// The data source that fills in templates.
pub(super) const TEMPLATE_FILE: &str = "template_file";

/// A part of the files, with the number of its file.
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
pub(super) struct Modules<'a> {
    /// Terraform's own files first, then those that they may read.
    pub(super) files: Vec<SourceFile<'a>>,
    bodies: Vec<Body>,
    templates: Vec<OnceCell<Option<Template>>>,
    /// The number of each file's folder.
    folders: Vec<usize>,
    /// The folders by their paths.
    by_path: HashMap<String, usize>,
    /// The files by their paths.
    by_name: HashMap<String, usize>,
    budget: Cell<usize>,
}

/// Parts by their names. A name that stands twice, as in a folder of examples, means the part in the same file.
#[derive(Debug)]
pub(super) struct Named<'m, T>(HashMap<&'m str, Vec<In<'m, T>>>);

impl<T> Default for Named<'_, T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<'m, T> Named<'m, T> {
    /// The part of this name, as a file means it.
    pub(super) fn get(&self, name: &str, file: usize) -> Option<In<'m, T>> {
        let all = self.0.get(name)?;
        let own = all.iter().find(|part| part.file == file);
        own.or_else(|| all.last()).copied()
    }

    fn insert(&mut self, name: &'m str, part: In<'m, T>) {
        self.0.entry(name).or_default().push(part);
    }
}

/// The parts of one folder by their names.
#[derive(Debug, Default)]
pub(super) struct Names<'m> {
    pub(super) locals: Named<'m, Expression>,
    variables: Named<'m, Block>,
    /// What `terraform.tfvars` says.
    values: HashMap<&'m str, In<'m, Expression>>,
    pub(super) documents: Named<'m, Block>,
    pub(super) policies: Named<'m, Block>,
    pub(super) templates: Named<'m, Block>,
    pub(super) outputs: Named<'m, Expression>,
    /// The folders of the modules that are called from here.
    pub(super) calls: HashMap<&'m str, usize>,
    /// The blocks that call this folder as a module.
    callers: Vec<In<'m, Block>>,
}

impl<'m> Names<'m> {
    /// What a variable may be: what each caller gives, else its default. Empty if it is not known.
    pub(super) fn variable(&self, name: &str, file: usize) -> Vec<In<'m, Expression>> {
        let default = || {
            let variable = self.variables.get(name, file)?;
            let default = variable.part.body.get_attribute("default")?;
            Some(In {
                file: variable.file,
                part: &default.value,
            })
        };
        if self.callers.is_empty() {
            let value = self.values.get(name).copied();
            return value.or_else(default).into_iter().collect();
        }
        let given = |caller: &In<'m, Block>| {
            let given = caller.part.body.get_attribute(name);
            let given = given.map(|attribute| In {
                file: caller.file,
                part: &attribute.value,
            });
            given.or_else(default)
        };
        let all: Option<Vec<_>> = self.callers.iter().map(given).collect();
        all.unwrap_or_default()
    }
}

impl<'a> Modules<'a> {
    /// Parses the files. A file that cannot be parsed counts as empty.
    pub(super) fn of(
        files: &[SourceFile<'a>],
        others: &[SourceFile<'a>],
    ) -> (Self, Vec<Option<ParseError>>) {
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
        let files: Vec<SourceFile<'a>> = files.iter().chain(others).copied().collect();
        let mut by_path = HashMap::new();
        let mut folders = Vec::with_capacity(files.len());
        for file in &files {
            let next = by_path.len();
            folders.push(*by_path.entry(folder(file.name)).or_insert(next));
        }
        let by_name = files.iter().enumerate();
        let by_name = by_name.map(|(n, file)| (normal(file.name), n)).collect();
        let modules = Self {
            templates: files.iter().map(|_| OnceCell::new()).collect(),
            files,
            bodies,
            folders,
            by_path,
            by_name,
            budget: Cell::new(BUDGET),
        };
        (modules, problems)
    }

    /// The blocks of all files.
    pub(super) fn blocks(&self) -> impl Iterator<Item = In<'_, Block>> {
        (self.bodies.iter().enumerate())
            .flat_map(|(file, body)| body.blocks().map(move |part| In { file, part }))
    }

    pub(super) fn text(&self, file: usize) -> &'a str {
        self.files.get(file).map_or("", |f| f.text)
    }

    /// The number of the folder of a file.
    pub(super) fn folder(&self, file: usize) -> usize {
        self.folders.get(file).copied().unwrap_or_default()
    }

    /// The path of the folder of a file, as `path.module` gives it.
    pub(super) fn path(&self, file: usize) -> String {
        let path = self.files.get(file).map(|f| folder(f.name));
        path.filter(|path| !path.is_empty())
            .unwrap_or_else(|| ".".to_owned())
    }

    /// The file that a file names: relative to its folder, or with `path.module`.
    pub(super) fn named(&self, from: usize, path: &str) -> Option<usize> {
        let relative = within(&self.path(from), path);
        let found = self.by_name.get(&relative);
        found.or_else(|| self.by_name.get(&normal(path))).copied()
    }

    /// A file as a template; `None` if it is none.
    pub(super) fn template(&self, file: usize) -> Option<&Template> {
        let parsed = self.templates.get(file)?.get_or_init(|| {
            let text = self.text(file);
            (text.len() <= MAX_BYTES)
                .then(|| parse_template(text).ok())
                .flatten()
        });
        parsed.as_ref()
    }

    /// Whether one more value may be looked at.
    pub(super) fn spend(&self) -> bool {
        let left = self.budget.get().checked_sub(1);
        self.budget.set(left.unwrap_or_default());
        left.is_some()
    }

    /// The names of each folder.
    pub(super) fn names(&self) -> Vec<Names<'_>> {
        let mut all: Vec<Names<'_>> = self.by_path.iter().map(|_| Names::default()).collect();
        for block in self.blocks() {
            let folder = self.folder(block.file);
            if let Some(names) = all.get_mut(folder) {
                names.add(block);
            }
            let Some((name, called)) = self.called(block) else {
                continue;
            };
            if let Some(names) = all.get_mut(folder) {
                names.calls.insert(name, called);
            }
            if let Some(names) = all.get_mut(called) {
                names.callers.push(block);
            }
        }
        self.values(&mut all);
        all
    }

    /// Adds the values that Terraform itself reads: those of `terraform.tfvars` and `*.auto.tfvars`.
    fn values<'m>(&'m self, all: &mut [Names<'m>]) {
        for (file, body) in self.bodies.iter().enumerate() {
            let name = self.files.get(file).map_or("", |f| f.name);
            let is_read = name.ends_with(".auto.tfvars")
                || name.rsplit('/').next() == Some("terraform.tfvars");
            let Some(names) = all.get_mut(self.folder(file)).filter(|_| is_read) else {
                continue;
            };
            for attribute in body.attributes() {
                let part = &attribute.value;
                (names.values).insert(attribute.key.as_str(), In { file, part });
            }
        }
    }

    /// The name and the folder of the module that a block calls, if its files are given.
    fn called<'m>(&self, block: In<'m, Block>) -> Option<(&'m str, usize)> {
        if !block.part.has_ident("module") {
            return None;
        }
        let name = block.part.labels.first()?.as_str();
        let source = block.part.body.get_attribute("source")?.value.as_str()?;
        let is_local = source.starts_with("./") || source.starts_with("../");
        let path = within(&self.path(block.file), source);
        let called = *self.by_path.get(&path).filter(|_| is_local)?;
        // A module cannot call itself.
        (called != self.folder(block.file)).then_some((name, called))
    }
}

impl<'m> Names<'m> {
    fn add(&mut self, block: In<'m, Block>) {
        let In { file, part: block } = block;
        let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
        let value = |name| {
            let attribute = block.body.get_attribute(name)?;
            Some(In {
                file,
                part: &attribute.value,
            })
        };
        match (block.ident.as_str(), labels.as_slice()) {
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    let part = &attribute.value;
                    self.locals
                        .insert(attribute.key.as_str(), In { file, part });
                }
            }
            ("variable", [name]) => {
                self.variables.insert(name, In { file, part: block });
            }
            ("output", [name]) => {
                if let Some(value) = value("value") {
                    self.outputs.insert(name, value);
                }
            }
            ("resource", ["aws_iam_policy", name]) => {
                self.policies.insert(name, In { file, part: block });
            }
            ("data", [POLICY_DOCUMENT, name]) => {
                self.documents.insert(name, In { file, part: block });
            }
            ("data", [TEMPLATE_FILE, name]) => {
                self.templates.insert(name, In { file, part: block });
            }
            _ => {}
        }
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
