//! `ArnEquals` and `ArnLike`: each of the six parts is a pattern of its own.
//!
//! A malformed ARN in a policy fails closed; one in a request matches neither the operator nor its negation.

use super::matching::Match;
use crate::policy::context::Context;
use crate::policy::document::Version;
use crate::policy::pattern::{Part, Pattern};
use crate::policy::variables::Template;

#[derive(Debug, Clone)]
pub(super) struct Arns(Vec<Value>);

#[derive(Debug, Clone)]
enum Value {
    Pattern(ArnPattern),
    Malformed,
    Variable(Template),
}

impl Arns {
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>, version: Version) -> Self {
        Self(values.map(|value| Value::new(value, version)).collect())
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Match {
        let Some(request) = split(value) else {
            return Match::Incomparable;
        };
        for value in &self.0 {
            let hit = match value {
                Value::Pattern(pattern) => pattern.matches(&request),
                Value::Malformed => return Match::Malformed,
                // A variable without a value matches nothing; that is not the same as malformed.
                Value::Variable(template) => match template.parts(context) {
                    None => false,
                    Some(parts) => match ArnPattern::from_parts(&parts) {
                        Some(pattern) => pattern.matches(&request),
                        None => return Match::Malformed,
                    },
                },
            };
            // What comes after a hit is not looked at, malformed or not.
            if hit {
                return Match::Hit;
            }
        }
        Match::Miss
    }
}

impl Value {
    fn new(text: &str, version: Version) -> Self {
        let template = Template::new(text, version);
        if !template.is_constant() {
            return Self::Variable(template);
        }
        template
            .parts(&Context::new())
            .and_then(|parts| ArnPattern::from_parts(&parts))
            .map_or(Self::Malformed, Self::Pattern)
    }
}

/// Whether a policy's text is an ARN or a pattern of one; with variables it may become one.
pub(super) fn is_well_formed(text: &str, version: Version) -> bool {
    !matches!(Value::new(text, version), Value::Malformed)
}

/// The six parts of an ARN. Partition, service and resource must be there.
fn split(arn: &str) -> Option<[&str; 6]> {
    let mut parts = arn.splitn(6, ':');
    let mut part = || parts.next();
    let all = [part()?, part()?, part()?, part()?, part()?, part()?];
    let [head, partition, service, _, _, resource] = all;
    let there = !partition.is_empty() && !service.is_empty() && !resource.is_empty();
    (head == "arn" && there).then_some(all)
}

#[derive(Debug, Clone)]
struct ArnPattern(Box<[Pattern]>);

impl ArnPattern {
    /// The first five colons separate; the rest belongs to the resource.
    fn from_parts(parts: &[Part<'_>]) -> Option<Self> {
        let mut components: Vec<Vec<Part<'_>>> = vec![Vec::new()];
        for part in parts {
            let Part::Literal(mut text) = *part else {
                components.last_mut()?.push(*part);
                continue;
            };
            while components.len() < 6
                && let Some((before, after)) = text.split_once(':')
            {
                push_literal(components.last_mut()?, before);
                components.push(Vec::new());
                text = after;
            }
            push_literal(components.last_mut()?, text);
        }
        let [head, partition, service, _, _, resource] = components.as_slice() else {
            return None;
        };
        if partition.is_empty() || service.is_empty() || resource.is_empty() {
            return None;
        }
        if !Pattern::from_parts(head.iter().copied()).matches("arn") {
            return None;
        }
        let patterns = components.into_iter();
        Some(Self(
            patterns
                .map(|component| Pattern::from_parts(component.into_iter()))
                .collect(),
        ))
    }

    fn matches(&self, request: &[&str; 6]) -> bool {
        self.0
            .iter()
            .zip(request)
            .all(|(pattern, text)| pattern.matches(text))
    }
}

fn push_literal<'a>(component: &mut Vec<Part<'a>>, text: &'a str) {
    if !text.is_empty() {
        component.push(Part::Literal(text));
    }
}
