//! `StringEquals`, `StringEqualsIgnoreCase` and `StringLike`. Text is compared without normalisation.

use std::borrow::Cow;

use super::matching::Match;
use crate::policy::context::Context;
use crate::policy::document::Version;
use crate::policy::variables::{PatternTemplate, Template};

#[derive(Debug, Clone)]
pub(super) struct Exact(Vec<Template>);

impl Exact {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|v| Template::new(v, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        self.0
            .iter()
            .any(|template| template.resolve(context).is_some_and(|want| want == value))
            .into()
    }
}

#[derive(Debug, Clone)]
pub(super) struct IgnoreCase(Vec<Template>);

impl IgnoreCase {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|v| Template::new(v, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        self.0
            .iter()
            .any(|template| {
                template
                    .resolve(context)
                    .is_some_and(|want| equal_ignoring_case(&want, value))
            })
            .into()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Like(Vec<PatternTemplate>);

impl Like {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|v| PatternTemplate::new(v, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        self.0
            .iter()
            .any(|pattern| pattern.matches(value, context))
            .into()
    }
}

fn equal_ignoring_case(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        one.eq_ignore_ascii_case(other)
    } else {
        lower(one) == lower(other)
    }
}

/// Lower case as AWS compares it: Unicode's mapping with the final sigma by context, not its folding, and characters beyond
/// U+FFFF keep their case and end a word.
fn lower(text: &str) -> Cow<'_, str> {
    let supplementary = |c: char| c > '\u{ffff}';
    if !text.contains(supplementary) {
        return Cow::Owned(text.to_lowercase());
    }
    Cow::Owned(
        text.split_inclusive(supplementary)
            .map(|run| match run.chars().next_back() {
                Some(last) if supplementary(last) => {
                    let before = run.strip_suffix(last).unwrap_or(run);
                    format!("{}{last}", before.to_lowercase())
                }
                _ => run.to_lowercase(),
            })
            .collect(),
    )
}
