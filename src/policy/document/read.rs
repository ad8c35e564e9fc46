//! Reads JSON to a typed document.

use super::error::{ParseError, Problem};
use super::lines::without_mark;
use super::spans::Spans;
use super::{
    Condition, ConditionBlock, Document, Effect, Element, Json, Path, Principal, PrincipalKind,
    Scalar, Statement, StatementElement, Statements, Step, Strings, Version, typed,
};

/// The largest text that is read. IAM's own limit is 10,240 characters for the largest kind; services with resource policies
/// take some times more.
pub const MAX_BYTES: usize = 1 << 20;

/// A thing that the grammar does not expect, with the way to it, innermost step first.
struct Misfit {
    steps: Vec<Step>,
    problem: Problem,
}

type Read<T> = Result<T, Misfit>;

impl Misfit {
    fn expected<T>(expected: &'static str, found: &Json) -> Read<T> {
        let found = match found {
            Json::String(text) if text.chars().count() <= 60 => format!("`{text}`"),
            other => other.kind().to_owned(),
        };
        Self::because(Problem::Expected { expected, found })
    }

    fn because<T>(problem: Problem) -> Read<T> {
        Err(Self {
            steps: Vec::new(),
            problem,
        })
    }

    fn under(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    fn under_key(self, key: &str) -> Self {
        self.under(Step::Key(key.to_owned()))
    }
}

/// Reads a policy document: identity, trust, resource, service control or resource control policy.
///
/// # Errors
/// [`ParseError`] names the path, line and column and what was expected there. Text of more than 1 MiB and nesting of more
/// than 32 levels are refused.
pub fn parse(text: &str) -> Result<Document, ParseError> {
    if text.len() > MAX_BYTES {
        return Err(ParseError::at(
            text,
            0..0,
            Path::default(),
            Problem::TooLarge(text.len(), MAX_BYTES),
        ));
    }
    if let Some(document) = typed::read(without_mark(text)) {
        return Ok(document);
    }
    slowly(text)
}

/// The way that knows paths and places.
pub(super) fn slowly(text: &str) -> Result<Document, ParseError> {
    document(Spans::of(text)?.into_json()).map_err(|misfit| {
        let path = Path(misfit.steps.into_iter().rev().collect());
        let bytes = Spans::of(text)
            .ok()
            .and_then(|spans| spans.value(&path))
            .map_or(0..0, |span| span.bytes);
        ParseError::at(text, bytes, path, misfit.problem)
    })
}

/// Makes a document of a value that was not read from JSON text.
///
/// # Errors
/// The element that the grammar does not expect.
pub(crate) fn from_json(json: Json) -> Result<Document, (Path, Problem)> {
    document(json).map_err(|misfit| {
        let path = Path(misfit.steps.into_iter().rev().collect());
        (path, misfit.problem)
    })
}

impl std::str::FromStr for Document {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse(text)
    }
}

fn document(json: Json) -> Read<Document> {
    let Json::Object(members) = json else {
        return Misfit::expected("a policy document, which is an object", &json);
    };
    let mut elements = Vec::with_capacity(members.len());
    for (name, value) in members {
        let element = match name.as_str() {
            "Version" => version(&value).map(Element::Version),
            "Id" => scalar(value, "a string").map(Element::Id),
            "Statement" => statements(value).map(Element::Statement),
            _ => {
                elements.push(Element::Unknown(name, value));
                continue;
            }
        };
        elements.push(element.map_err(|e| e.under_key(&name))?);
    }
    if !elements.iter().any(|e| matches!(e, Element::Statement(_))) {
        return Misfit::because(Problem::Missing("an element `Statement`"));
    }
    Ok(Document { elements })
}

fn version(json: &Json) -> Read<Version> {
    let version = match json {
        Json::String(text) => Version::of(text),
        _ => None,
    };
    version.map_or_else(
        || Misfit::expected("`2012-10-17` or `2008-10-17`", json),
        Ok,
    )
}

fn statements(json: Json) -> Read<Statements> {
    match json {
        Json::Object(_) => statement(json).map(|one| Statements::One(Box::new(one))),
        Json::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(n, item)| statement(item).map_err(|e| e.under(Step::Index(n))))
            .collect::<Read<_>>()
            .map(Statements::Many),
        other => Misfit::expected("a statement or a list of statements", &other),
    }
}

fn statement(json: Json) -> Read<Statement> {
    let Json::Object(members) = json else {
        return Misfit::expected("a statement, which is an object", &json);
    };
    let mut elements = Vec::with_capacity(members.len());
    for (name, value) in members {
        let element = match name.as_str() {
            "Sid" => scalar(value, "a string").map(StatementElement::Sid),
            "Effect" => effect(&value).map(StatementElement::Effect),
            "Principal" => principal(value).map(StatementElement::Principal),
            "NotPrincipal" => principal(value).map(StatementElement::NotPrincipal),
            "Action" => strings(value, ACTIONS).map(StatementElement::Action),
            "NotAction" => strings(value, ACTIONS).map(StatementElement::NotAction),
            "Resource" => strings(value, RESOURCES).map(StatementElement::Resource),
            "NotResource" => strings(value, RESOURCES).map(StatementElement::NotResource),
            "Condition" => condition(value).map(StatementElement::Condition),
            _ => {
                elements.push(StatementElement::Unknown(name, value));
                continue;
            }
        };
        elements.push(element.map_err(|e| e.under_key(&name))?);
    }
    let statement = Statement { elements };
    match statement.misfit() {
        Some(problem) => Misfit::because(problem),
        None => Ok(statement),
    }
}

impl Statement {
    /// What is missing, or too much.
    pub(super) fn misfit(&self) -> Option<Problem> {
        let has = |test: fn(&StatementElement) -> bool| self.elements.iter().any(test);
        if !has(|e| matches!(e, StatementElement::Effect(_))) {
            return Some(Problem::Missing("an element `Effect`"));
        }
        let action = has(|e| matches!(e, StatementElement::Action(_)));
        let but_action = has(|e| matches!(e, StatementElement::NotAction(_)));
        if action && but_action {
            return Some(Problem::Both("Action", "NotAction"));
        }
        if has(|e| matches!(e, StatementElement::Resource(_)))
            && has(|e| matches!(e, StatementElement::NotResource(_)))
        {
            return Some(Problem::Both("Resource", "NotResource"));
        }
        if has(|e| matches!(e, StatementElement::Principal(_)))
            && has(|e| matches!(e, StatementElement::NotPrincipal(_)))
        {
            return Some(Problem::Both("Principal", "NotPrincipal"));
        }
        (!action && !but_action).then_some(Problem::Missing("an element `Action` or `NotAction`"))
    }
}

const ACTIONS: &str = "an action or a list of actions";
const RESOURCES: &str = "an ARN or `*`, or a list of them";

fn effect(json: &Json) -> Read<Effect> {
    let effect = match json {
        Json::String(text) => Effect::of(text),
        _ => None,
    };
    effect.map_or_else(|| Misfit::expected("`Allow` or `Deny`", json), Ok)
}

fn principal(json: Json) -> Read<Principal> {
    const EXPECTED: &str = "`*` or an object of `AWS`, `Service`, `Federated`, `CanonicalUser`";
    let members = match json {
        Json::String(text) if text == "*" => return Ok(Principal::Everyone),
        Json::Object(members) => members,
        other => return Misfit::expected(EXPECTED, &other),
    };
    let mut entries = Vec::with_capacity(members.len());
    for (name, value) in members {
        let Some(kind) = PrincipalKind::of(&name) else {
            return Misfit::expected(EXPECTED, &Json::String(name));
        };
        let names = strings(value, "a principal or a list of principals")
            .map_err(|e| e.under_key(&name))?;
        entries.push((kind, names));
    }
    Ok(Principal::Entries(entries))
}

fn condition(json: Json) -> Read<Condition> {
    let Json::Object(members) = json else {
        return Misfit::expected("an object of condition operators", &json);
    };
    let mut blocks = Vec::with_capacity(members.len());
    for (operator, value) in members {
        let keys = condition_keys(value).map_err(|e| e.under_key(&operator))?;
        blocks.push(ConditionBlock { operator, keys });
    }
    Ok(Condition { blocks })
}

fn condition_keys(json: Json) -> Read<Vec<(String, Strings)>> {
    let Json::Object(members) = json else {
        return Misfit::expected("an object of condition keys", &json);
    };
    let mut keys = Vec::with_capacity(members.len());
    for (key, value) in members {
        let values =
            strings(value, "a value or a list of values").map_err(|e| e.under_key(&key))?;
        keys.push((key, values));
    }
    Ok(keys)
}

fn strings(json: Json, expected: &'static str) -> Read<Strings> {
    match json {
        Json::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(n, item)| scalar(item, "a string").map_err(|e| e.under(Step::Index(n))))
            .collect::<Read<_>>()
            .map(Strings::Many),
        other => scalar(other, expected).map(Strings::One),
    }
}

fn scalar(json: Json, expected: &'static str) -> Read<Scalar> {
    match json {
        Json::String(text) => Ok(Scalar::String(text)),
        Json::Number(text) => Ok(Scalar::Number(text)),
        Json::Bool(value) => Ok(Scalar::Bool(value)),
        other => Misfit::expected(expected, &other),
    }
}
