//! Makes definite policies of policies that are not known in full.
//!
//! INVARIANT: an unknown part never makes a policy look better than it may be. At its worst, an Allow is as wide as it can be and
//! a Deny as narrow, so whatever the unknown values turn out to be, no more is possible than the policy at its worst allows.

use std::collections::HashSet;

use super::node::{Member, Node, Value};
use crate::policy::document::{
    self, Document, Element, Json, Path, Problem, Scalar, Statement, StatementElement, Statements,
    Step, Strings,
};

/// How unknown parts are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assumption {
    /// An unknown Allow allows, and an unknown Deny denies nothing.
    Worst,
    /// An unknown Deny denies, and an unknown Allow allows nothing.
    Best,
}

/// A definite policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The policy.
    pub document: Document,
    /// Elements that this reading says nothing about, because they are unknown or because it assumes that they have no effect.
    pub void: Vec<Path>,
}

impl Reading {
    /// The policy as JSON, without statements and patterns that have no effect: nothing would store them.
    #[must_use]
    pub fn json(&self) -> String {
        let mut document = self.document.clone();
        for element in &mut document.elements {
            if let Element::Statement(statements) = element {
                let kept = (statements.as_slice().iter()).filter_map(effective);
                *statements = Statements::Many(kept.collect());
            }
        }
        document.to_json_compact()
    }
}

/// The statement without empty patterns; `None` if it has no effect.
fn effective(statement: &Statement) -> Option<Statement> {
    let mut statement = statement.clone();
    for element in &mut statement.elements {
        let (patterns, is_positive) = match element {
            StatementElement::Action(s) | StatementElement::Resource(s) => (s, true),
            StatementElement::NotAction(s) | StatementElement::NotResource(s) => (s, false),
            _ => continue,
        };
        let known: Vec<Scalar> = (patterns.as_slice().iter())
            .filter(|scalar| !scalar.text().is_empty())
            .cloned()
            .collect();
        if known.len() < patterns.as_slice().len() {
            if known.is_empty() && is_positive {
                return None;
            }
            *patterns = Strings::Many(known);
        }
    }
    Some(statement)
}

/// Makes a definite policy.
///
/// # Errors
/// It is not a policy: the element, and what is wrong with it.
pub(super) fn settled(node: &Node, assumption: Assumption) -> Result<Reading, (Path, Problem)> {
    repeated(node, &mut Path::default())?;
    let mut settler = Settler {
        assumption,
        void: Vec::new(),
    };
    let json = settler.document(node);
    Ok(Reading {
        document: document::from_json(json)?,
        void: settler.void,
    })
}

/// Fails on the first name that stands twice in an object.
fn repeated(node: &Node, path: &mut Path) -> Result<(), (Path, Problem)> {
    for (n, item) in node.items().iter().enumerate() {
        path.0.push(Step::Index(n));
        repeated(item, path)?;
        path.0.pop();
    }
    let mut seen = HashSet::new();
    for member in node.members() {
        path.0.push(Step::Key(member.name.clone()));
        if !seen.insert(member.name.as_str()) {
            return Err((path.clone(), Problem::Duplicate(member.name.clone())));
        }
        repeated(&member.value, path)?;
        path.0.pop();
    }
    Ok(())
}

/// What becomes of an unknown pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsure {
    /// It matches whatever it may match.
    Matches,
    /// It matches nothing.
    Fails,
}

impl Unsure {
    fn opposite(self) -> Self {
        match self {
            Self::Matches => Self::Fails,
            Self::Fails => Self::Matches,
        }
    }
}

struct Settler {
    assumption: Assumption,
    void: Vec<Path>,
}

impl Settler {
    fn document(&mut self, node: &Node) -> Json {
        let Value::Object(members) = &node.value else {
            return node.to_json();
        };
        let path = Path::default();
        let settle = |m: &Member| {
            let path = path.key(&m.name);
            let json = match (m.name.as_str(), &m.value.value) {
                ("Version", _) if m.value.is_uncertain() => {
                    self.void.push(path);
                    Json::String("2012-10-17".to_owned())
                }
                ("Statement", Value::List(items)) => Json::Array(
                    (items.iter().enumerate())
                        .map(|(n, item)| self.statement(item, &path.index(n)))
                        .collect(),
                ),
                ("Statement", _) => self.statement(&m.value, &path),
                _ => self.plain(&m.value, path),
            };
            (m.name.clone(), json)
        };
        Json::Object(members.iter().map(settle).collect())
    }

    /// An element whose meaning does not matter to the evaluation.
    fn plain(&mut self, node: &Node, path: Path) -> Json {
        if node.is_uncertain() {
            self.void.push(path);
        }
        node.to_json()
    }

    fn statement(&mut self, node: &Node, path: &Path) -> Json {
        let text = |text: &str| Json::String(text.to_owned());
        let members = match &node.value {
            Value::Object(members) => members,
            Value::Unknown(_) => {
                self.void.push(path.clone());
                let any = match self.assumption {
                    Assumption::Worst => text("*"),
                    Assumption::Best => text(""),
                };
                return Json::Object(vec![
                    ("Effect".to_owned(), text("Allow")),
                    ("Action".to_owned(), any.clone()),
                    ("Resource".to_owned(), any),
                ]);
            }
            _ => return node.to_json(),
        };
        let effect = node.member("Effect");
        let is_effect_known = effect.is_none_or(|e| !e.is_uncertain());
        // What has an unknown effect may allow.
        let is_deny = is_effect_known && effect.and_then(Node::as_str) == Some("Deny");
        let unsure = if is_deny == (self.assumption == Assumption::Best) {
            Unsure::Matches
        } else {
            Unsure::Fails
        };
        let fails = unsure == Unsure::Fails
            && (node.maybe || !is_effect_known || has_unknown_condition(node));
        if fails {
            self.void.push(path.clone());
        }
        let mut settled = Vec::with_capacity(members.len());
        for member in members {
            let path = path.key(&member.name);
            let value = &member.value;
            let json = match member.name.as_str() {
                "Effect" if !is_effect_known => {
                    self.void.push(path);
                    text("Allow")
                }
                "Action" | "NotAction" if fails => {
                    settled.push(("Action".to_owned(), text("")));
                    continue;
                }
                "Action" | "Resource" => self.patterns(value, &path, unsure),
                "NotAction" | "NotResource" => self.patterns(value, &path, unsure.opposite()),
                "Principal" => self.principal(value, &path, unsure),
                "NotPrincipal" => self.principal(value, &path, unsure.opposite()),
                "Condition" => match self.condition(value) {
                    Some(json) => json,
                    None => continue,
                },
                _ => self.plain(value, path),
            };
            settled.push((member.name.clone(), json));
        }
        Json::Object(settled)
    }

    /// Patterns keep their numbers, so that every reading has the same paths.
    fn patterns(&mut self, node: &Node, path: &Path, unsure: Unsure) -> Json {
        if let Value::List(items) = &node.value {
            return Json::Array(
                (items.iter().enumerate())
                    .map(|(n, item)| self.patterns(item, &path.index(n), unsure))
                    .collect(),
            );
        }
        let known = node.text().filter(|_| node.is_uncertain());
        let Some(unknown) = known else {
            return node.to_json();
        };
        if unknown.is_entire() || unsure == Unsure::Fails {
            self.void.push(path.clone());
        }
        Json::String(match unsure {
            Unsure::Matches => unknown.pattern,
            Unsure::Fails => String::new(),
        })
    }

    fn principal(&mut self, node: &Node, path: &Path, unsure: Unsure) -> Json {
        match &node.value {
            Value::Unknown(_) => {
                self.void.push(path.clone());
                match unsure {
                    Unsure::Matches => Json::String("*".to_owned()),
                    Unsure::Fails => Json::Object(Vec::new()),
                }
            }
            Value::Object(members) => Json::Object(
                (members.iter())
                    .map(|m| {
                        let names = self.names(&m.value, &path.key(&m.name), unsure);
                        (m.name.clone(), names)
                    })
                    .collect(),
            ),
            _ => node.to_json(),
        }
    }

    /// Principals are not patterns: one that is not known in full may be anybody.
    fn names(&mut self, node: &Node, path: &Path, unsure: Unsure) -> Json {
        if let Value::List(items) = &node.value {
            return Json::Array(
                (items.iter().enumerate())
                    .map(|(n, item)| self.names(item, &path.index(n), unsure))
                    .collect(),
            );
        }
        if !node.is_uncertain() {
            return node.to_json();
        }
        self.void.push(path.clone());
        Json::String(match unsure {
            Unsure::Matches => "*".to_owned(),
            Unsure::Fails => String::new(),
        })
    }

    /// The conditions that are known. At its best, a policy keeps the others, since the rules only see that they are there.
    fn condition(&self, node: &Node) -> Option<Json> {
        let Value::Object(blocks) = &node.value else {
            return (!node.is_unknown()).then(|| node.to_json());
        };
        if node.maybe {
            return None;
        }
        let mut settled = Vec::with_capacity(blocks.len());
        for block in blocks {
            let Value::Object(keys) = &block.value.value else {
                if !block.value.is_uncertain() {
                    settled.push((block.name.clone(), block.value.to_json()));
                }
                continue;
            };
            let is_kept = |m: &&Member| {
                !m.value.is_uncertain()
                    || (self.assumption == Assumption::Best && !is_about_mfa(&m.name))
            };
            let kept: Vec<(String, Json)> = (keys.iter().filter(is_kept))
                .map(|m| (m.name.clone(), stand_in(&m.name, &m.value)))
                .collect();
            if !kept.is_empty() || keys.is_empty() {
                settled.push((block.name.clone(), Json::Object(kept)));
            }
        }
        (!settled.is_empty() || blocks.is_empty()).then_some(Json::Object(settled))
    }
}

/// The values of a condition; an unknown caller stands as some caller.
fn stand_in(key: &str, values: &Node) -> Json {
    if let Value::List(items) = &values.value {
        return Json::Array(items.iter().map(|item| stand_in(key, item)).collect());
    }
    match &values.value {
        Value::Unknown(unknown) if unknown.is_entire() && is_caller(key) => {
            Json::String("arn:aws:iam::123456789012:user/unknown".to_owned())
        }
        Value::Unknown(unknown) => Json::String(unknown.pattern.clone()),
        _ => values.to_json(),
    }
}

fn is_caller(key: &str) -> bool {
    key.eq_ignore_ascii_case("aws:PrincipalArn")
}

fn has_unknown_condition(statement: &Node) -> bool {
    statement
        .member("Condition")
        .is_some_and(Node::is_uncertain)
}

fn is_about_mfa(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:multifactorauth")
}
