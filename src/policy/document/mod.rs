//! IAM policy documents as typed data that keeps how they were written: a string or a list, unknown elements, numbers and
//! Booleans
//! in place of strings, and the order of everything.
//!
//! A parsed policy prints as an equal policy. Nothing here judges a policy: a document that IAM would refuse to store is kept as
//! it is, as long as it can be read.

mod error;
mod json;
mod lenient;
mod lines;
mod path;
mod print;
pub(crate) mod raw;
mod read;
mod spans;
#[cfg(test)]
mod tests;
mod typed;

pub use error::{ParseError, Problem};
pub use json::Json;
pub use lenient::{Lenient, parse_leniently};
pub(crate) use lines::Places;
pub use path::{Path, Step};
pub(crate) use read::from_json;
pub use read::{MAX_BYTES, parse};
pub use spans::{Span, Spans};
pub(crate) use spans::{Tree, statements, syntax};

/// A policy document (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The elements in their order, each at most once.
    pub elements: Vec<Element>,
}

/// One element of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `Version`.
    Version(Version),
    /// `Id`.
    Id(Scalar),
    /// `Statement`.
    Statement(Statements),
    /// An element that the grammar does not know, kept as it is.
    Unknown(String, Json),
}

/// The version of the policy language; a document without one is in the older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`: no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

impl Version {
    /// As it stands in a document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::V2012, Self::V2008]
            .into_iter()
            .find(|version| version.as_str() == text)
    }
}

/// One statement, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statements {
    /// A bare statement.
    One(Box<Statement>),
    /// A list.
    Many(Vec<Statement>),
}

impl Statements {
    /// The statements in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Statement] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A statement: its elements in their order, each at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The elements.
    pub elements: Vec<StatementElement>,
}

/// One element of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementElement {
    /// `Sid`.
    Sid(Scalar),
    /// `Effect`.
    Effect(Effect),
    /// `Principal`.
    Principal(Principal),
    /// `NotPrincipal`.
    NotPrincipal(Principal),
    /// `Action`.
    Action(Strings),
    /// `NotAction`.
    NotAction(Strings),
    /// `Resource`.
    Resource(Strings),
    /// `NotResource`.
    NotResource(Strings),
    /// `Condition`.
    Condition(Condition),
    /// An element that the grammar does not know, kept as it is.
    Unknown(String, Json),
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

impl Effect {
    /// As it stands in a document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Allow, Self::Deny]
            .into_iter()
            .find(|effect| effect.as_str() == text)
    }
}

/// Who a statement of a resource or trust policy is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The bare string `*`.
    Everyone,
    /// Names by their kind, in their order.
    Entries(Vec<(PrincipalKind, Strings)>),
}

/// The kinds of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// Accounts, users, roles and their sessions.
    Aws,
    /// Service principals.
    Service,
    /// Identity providers.
    Federated,
    /// Canonical user ids of Amazon S3.
    CanonicalUser,
}

impl PrincipalKind {
    /// As it stands in a document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [
            Self::Aws,
            Self::Service,
            Self::Federated,
            Self::CanonicalUser,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

/// The `Condition` element: all of its blocks must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The blocks in their order, each operator at most once.
    pub blocks: Vec<ConditionBlock>,
}

/// One operator with the keys that it judges; all of them must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionBlock {
    /// The operator as written, with set prefix and `IfExists`.
    pub operator: String,
    /// Keys and policy values in their order.
    pub keys: Vec<(String, Strings)>,
}

/// One string, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strings {
    /// A bare value.
    One(Scalar),
    /// A list.
    Many(Vec<Scalar>),
}

impl Strings {
    /// The values in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Scalar] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The texts in their order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.as_slice().iter().map(Scalar::text)
    }

    /// The texts with their places, where `base` leads to the strings.
    pub(crate) fn placed(&self, base: Path) -> impl Iterator<Item = (Path, &str)> {
        (self.as_slice().iter().enumerate()).map(move |(n, scalar)| {
            let place = match self {
                Self::One(_) => base.clone(),
                Self::Many(_) => base.index(n),
            };
            (place, scalar.text())
        })
    }
}

/// A value where the grammar means a string; people write numbers and Booleans too, and AWS takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    String(String),
    /// A number, as it was written.
    Number(String),
    /// A Boolean.
    Bool(bool),
}

impl Scalar {
    /// What the policy language sees.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::String(text) | Self::Number(text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl Document {
    /// The version in force: 2008-10-17 when none is given.
    #[must_use]
    pub fn version(&self) -> Version {
        self.elements
            .iter()
            .find_map(|e| match e {
                Element::Version(version) => Some(*version),
                _ => None,
            })
            .unwrap_or(Version::V2008)
    }

    /// The statements in their order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        self.elements
            .iter()
            .find_map(|e| match e {
                Element::Statement(statements) => Some(statements.as_slice()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The statements with their places.
    pub(crate) fn placed_statements(&self) -> impl Iterator<Item = (Path, &Statement)> {
        let is_lone =
            (self.elements.iter()).any(|e| matches!(e, Element::Statement(Statements::One(_))));
        let base = Path::default().key("Statement");
        (self.statements().iter().enumerate()).map(move |(n, statement)| {
            let path = if is_lone { base.clone() } else { base.index(n) };
            (path, statement)
        })
    }
}

impl Statement {
    /// The `Sid`, if there is one.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.elements.iter().find_map(|e| match e {
            StatementElement::Sid(sid) => Some(sid.text()),
            _ => None,
        })
    }

    /// The effect. The reader takes no statement without one; one built by hand and lacking it denies.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.elements
            .iter()
            .find_map(|e| match e {
                StatementElement::Effect(effect) => Some(*effect),
                _ => None,
            })
            .unwrap_or(Effect::Deny)
    }

    /// The condition, if there is one.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition> {
        self.elements.iter().find_map(|e| match e {
            StatementElement::Condition(condition) => Some(condition),
            _ => None,
        })
    }
}
