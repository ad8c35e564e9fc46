//! Policy variables: `${key}`, `${key, 'default'}`, `${*}`, `${?}`, `${$}`
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
//!
//! As AWS resolves them: only a single-valued key of the request gives a value; a list-typed one never does, and its default is
//! not used either. A text with a variable that has no value matches nothing. What a variable stands for is literal: wildcards
//! in it are ordinary characters.

use std::borrow::Cow;

use super::context::{Context, ContextValue};
use super::document::Version;
use super::pattern::{Part, Pattern, parts};

/// A text of a policy, cut at its variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Template {
    /// Without variables, as nearly every text is.
    Text(Box<str>),
    /// Cut.
    Pieces(Vec<Piece>),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text in which wildcards count, where the place knows wildcards.
    Text(String),
    /// `*`, `?` or `$` from `${*}`, `${?}`, `${$}`.
    Escaped(&'static str),
    Variable(Variable),
}

/// A variable with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// As written.
    pub(crate) key: String,
    lower: String,
    default: Option<String>,
}

impl Template {
    /// Cuts `text`. Policies of the older version have no variables.
    pub(crate) fn new(text: &str, version: Version) -> Self {
        if !may_have_variables(text, version) {
            return Self::Text(text.into());
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, variable, after)) = next_variable(rest) {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(variable);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Self::Pieces(pieces)
    }

    fn pieces(&self) -> &[Piece] {
        match self {
            Self::Text(_) => &[],
            Self::Pieces(pieces) => pieces,
        }
    }

    /// Whether the text is the same for every request.
    pub(crate) fn is_constant(&self) -> bool {
        !(self.pieces().iter()).any(|p| matches!(p, Piece::Variable(_)))
    }

    /// The keys that it asks for.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    /// The text with every variable replaced, `None` if one has no value.
    pub(crate) fn resolve(&self, context: &Context) -> Option<Cow<'_, str>> {
        let pieces = match self {
            Self::Text(text) => return Some(Cow::Borrowed(text)),
            Self::Pieces(pieces) => pieces,
        };
        let mut whole = String::new();
        for piece in pieces {
            whole.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Escaped(text) => text,
                Piece::Variable(variable) => variable.resolve(context)?,
            });
        }
        Some(Cow::Owned(whole))
    }

    /// The pattern with `*` for each of its variables.
    pub(crate) fn with_stars(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Escaped(text) => format!("${{{text}}}"),
            Piece::Variable(_) => "*".to_owned(),
        };
        match self {
            Self::Text(text) => text.to_string(),
            Self::Pieces(pieces) => pieces.iter().map(piece).collect(),
        }
    }

    /// The wildcards and literal runs with every variable replaced, `None` if one has no value.
    pub(crate) fn parts<'a>(&'a self, context: &'a Context) -> Option<Vec<Part<'a>>> {
        let pieces = match self {
            Self::Text(text) => return Some(parts(text).collect()),
            Self::Pieces(pieces) => pieces,
        };
        let mut whole = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => whole.extend(parts(text)),
                Piece::Escaped(text) => whole.push(Part::Literal(text)),
                Piece::Variable(variable) => whole.push(Part::Literal(variable.resolve(context)?)),
            }
        }
        Some(whole)
    }
}

/// Whether it is worth looking for variables.
pub(crate) fn may_have_variables(text: &str, version: Version) -> bool {
    version == Version::V2012 && text.contains('$')
}

impl Variable {
    fn resolve<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match context.value_of_lower(&self.lower) {
            Some(ContextValue::One(value)) => Some(value),
            Some(ContextValue::List(_)) => None,
            None => self.default.as_deref(),
        }
    }
}

/// The text before the first variable, the variable, and the text after it. A `${` that never ends is text.
fn next_variable(text: &str) -> Option<(&str, Piece, &str)> {
    let (before, rest) = text.split_once("${")?;
    let close = rest.find('}')?;
    if let Some((key, quoted)) = rest
        .split_once(',')
        .filter(|(key, _)| key.len() < close)
        .and_then(|(key, value)| Some((key, value.trim_start().strip_prefix('\'')?)))
    {
        // A default may hold a brace: it ends at its quote.
        if let Some((default, after)) = quoted
            .split_once('\'')
            .and_then(|(default, after)| Some((default, after.trim_start().strip_prefix('}')?)))
        {
            return Some((before, variable(key, Some(default)), after));
        }
    }
    let (name, after) = rest.split_at_checked(close)?;
    let after = after.strip_prefix('}')?;
    let piece = match name {
        "*" => Piece::Escaped("*"),
        "?" => Piece::Escaped("?"),
        "$" => Piece::Escaped("$"),
        key => variable(key, None),
    };
    Some((before, piece, after))
}

fn variable(key: &str, default: Option<&str>) -> Piece {
    let key = key.trim_end();
    Piece::Variable(Variable {
        key: key.to_owned(),
        lower: key.to_ascii_lowercase(),
        default: default.map(str::to_owned),
    })
}

/// A pattern that may hold variables; compiled at once when it holds none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PatternTemplate {
    Constant(Pattern),
    Variable(Template),
}

impl PatternTemplate {
    pub(crate) fn new(text: &str, version: Version) -> Self {
        if !may_have_variables(text, version) {
            return Self::Constant(Pattern::new(text));
        }
        let template = Template::new(text, version);
        if template.is_constant() {
            let nothing = Context::new();
            let parts = template.parts(&nothing).unwrap_or_default();
            Self::Constant(Pattern::from_parts(parts.into_iter()))
        } else {
            Self::Variable(template)
        }
    }

    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        match self {
            Self::Constant(pattern) => pattern.matches(text),
            Self::Variable(template) => template
                .parts(context)
                .is_some_and(|parts| Pattern::from_parts(parts.into_iter()).matches(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, context: &Context) -> Option<String> {
        Template::new(text, Version::V2012)
            .resolve(context)
            .map(Cow::into_owned)
    }

    #[test]
    fn variables_resolve_from_single_values() {
        let context = Context::new()
            .with("aws:username", "bo*b")
            .with("empty", "")
            .with("aws:TagKeys", ContextValue::List(vec!["x".into()]));
        for (text, want) in [
            ("", Some("")),
            ("a", Some("a")),
            ("user/${AWS:UserName}/x", Some("user/bo*b/x")),
            ("${*}${?}${$}{a}", Some("*?${a}")),
            ("${none}", None),
            ("${none, 'd}e'}!", Some("d}e!")),
            ("${none,'d'}", Some("d")),
            ("${aws:username , 'd'}", Some("bo*b")),
            ("${empty, 'd'}", Some("")),
            ("${aws:TagKeys, 'd'}", None),
            ("${none, d}", None),
            ("${}", None),
            ("${open", Some("${open")),
            ("$ { a }", Some("$ { a }")),
        ] {
            assert_eq!(resolve(text, &context).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn the_older_version_has_no_variables() {
        let template = Template::new("${aws:username}", Version::V2008);
        assert_eq!(
            template.resolve(&Context::new()).as_deref(),
            Some("${aws:username}")
        );
    }

    #[test]
    fn the_value_of_a_variable_is_taken_literally() {
        let context = Context::new().with("k", "a*");
        let pattern = PatternTemplate::new("${k}/*${*}", Version::V2012);
        assert!(pattern.matches("a*/x*", &context));
        assert!(!pattern.matches("ab/x*", &context));
        assert!(!pattern.matches("a*/x", &context));
    }
}
