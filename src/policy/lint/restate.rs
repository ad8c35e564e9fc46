//! Edits that rewrite the conditions of a statement on an MFA key and keep its other conditions.

use super::clause::Clause;
use super::fix::Edit;
use super::statement::Judged;
use crate::policy::condition::Family;
use crate::policy::document::{ConditionBlock, Json, Scalar, Strings};

/// Makes the first of the clauses say `operator` and `value` (its own values if there is none given), and takes the others
/// out. No clauses, no edits.
pub(super) fn restate(
    statement: &Judged<'_>,
    clauses: &[&Clause<'_>],
    operator: &str,
    value: Option<&str>,
) -> Vec<Edit> {
    let Some((kept, dropped)) = clauses.split_first() else {
        return Vec::new();
    };
    let condition = statement.path.key("Condition");
    let blocks = statement.source.condition().map(|c| c.blocks.as_slice());
    let blocks = blocks.unwrap_or_default();
    let target = blocks
        .iter()
        .find(|b| b.operator.eq_ignore_ascii_case(operator));
    let value = value.filter(|value| !says(kept, value));
    let values = || match value {
        Some(text) => Json::String(text.to_owned()),
        None => json(kept.values),
    };
    // A block of which nothing stays goes as a whole.
    let left = |block: &ConditionBlock| {
        let gone = dropped
            .iter()
            .filter(|c| c.operator == block.operator)
            .count();
        block.keys.len() - gone.min(block.keys.len())
    };
    let is_kept = |block: &ConditionBlock| block.operator == kept.operator;
    let is_target = |block: &ConditionBlock| target.is_some_and(|t| t.operator == block.operator);
    let mut edits = Vec::new();
    for block in blocks {
        let path = condition.key(&block.operator);
        let drop_here = dropped.iter().filter(|c| c.operator == block.operator);
        if is_kept(block) {
            edits.extend(drop_here.map(|c| Edit::Remove(path.key(c.key))));
            if is_target(block) {
                edits.extend(value.map(|_| Edit::Replace(path.key(kept.key), values())));
            } else if left(block) > 1 {
                edits.push(Edit::Remove(path.key(kept.key)));
                edits.push(put(target, statement, operator, kept.key, values()));
            } else if target.is_some() {
                edits.retain(|edit| !matches!(edit, Edit::Remove(p) if p.0.starts_with(&path.0)));
                edits.push(Edit::Remove(path.clone()));
                edits.push(put(target, statement, operator, kept.key, values()));
            } else {
                edits.push(Edit::Rename(path.clone(), operator.to_owned()));
                edits.extend(value.map(|_| Edit::Replace(path.key(kept.key), values())));
            }
        } else if left(block) == 0 && !is_target(block) {
            edits.push(Edit::Remove(path));
        } else {
            edits.extend(drop_here.map(|c| Edit::Remove(path.key(c.key))));
        }
    }
    edits
}

/// The key comes into the operator's block, or into a new one.
fn put(
    target: Option<&ConditionBlock>,
    statement: &Judged<'_>,
    operator: &str,
    key: &str,
    values: Json,
) -> Edit {
    let condition = statement.path.key("Condition");
    if let Some(block) = target {
        return Edit::Insert(condition.key(&block.operator), key.to_owned(), values);
    }
    let block = Json::Object(vec![(key.to_owned(), values)]);
    Edit::Insert(condition, operator.to_owned(), block)
}

/// Whether the values mean this one already.
fn says(clause: &Clause<'_>, value: &str) -> bool {
    let is_true = |text: &str| text.eq_ignore_ascii_case("true");
    let mut texts = clause.values.texts().peekable();
    clause.parsed.family == Family::Bool
        && texts.peek().is_some()
        && texts.all(|text| is_true(text) == is_true(value))
}

fn json(strings: &Strings) -> Json {
    let scalar = |scalar: &Scalar| match scalar {
        Scalar::String(text) => Json::String(text.clone()),
        Scalar::Number(text) => Json::Number(text.clone()),
        Scalar::Bool(value) => Json::Bool(*value),
    };
    match strings {
        Strings::One(one) => scalar(one),
        Strings::Many(many) => Json::Array(many.iter().map(scalar).collect()),
    }
}
