//! Expressions of which more than one value counts: conditions and `for`.

use std::ops::Range;

use hcl_edit::expr::{Conditional, Expression, ForExpr};

use super::scope::Scope;
use crate::policy::document::Json;
use crate::policy::source::node::{Member, Node, Value};

impl<'m> Scope<'m> {
    /// Both branches, unless the condition is known.
    pub(super) fn conditional(&self, conditional: &'m Conditional, bytes: Range<usize>) -> Node {
        let (yes, no) = (&conditional.true_expr, &conditional.false_expr);
        match self.value(&conditional.cond_expr).value {
            Value::Scalar(Json::Bool(true)) => return self.value(yes),
            Value::Scalar(Json::Bool(false)) => return self.value(no),
            _ => {}
        }
        let is_nothing = |node: &Node| node.value == Value::Scalar(Json::Null);
        let mut branches: Vec<Node> = vec![self.value(yes), self.value(no)];
        branches.retain(|node| !is_nothing(node));
        let is_object = |node: &Node| matches!(node.value, Value::Object(_));
        if let [_] = branches.as_slice() {
            return branches
                .pop()
                .unwrap_or_else(|| self.unknown(bytes))
                .perhaps();
        }
        if branches.iter().any(|b| is_object(b) || b.is_unknown()) {
            return self.unknown(bytes);
        }
        let mut items = Vec::new();
        for branch in branches {
            match branch.value {
                Value::List(inner) => items.extend(inner.into_iter().map(Node::perhaps)),
                _ => items.push(branch.perhaps()),
            }
        }
        Node::new(bytes, Value::List(items))
    }

    pub(super) fn each(&self, each: &'m ForExpr, bytes: Range<usize>) -> Node {
        if let Some(key) = &each.key_expr {
            return self.each_member(each, key, bytes);
        }
        let rounds = self.rounds(each).unwrap_or_else(|| {
            let intro = &each.intro;
            let each_of = |name: &str| Node::unknown(bytes.clone(), name);
            let key = intro.key_var.as_ref().map_or("each", |name| name.as_str());
            let value = each_of(intro.value_var.as_str());
            vec![(self.round(each, each_of(key), value), true)]
        });
        let items = rounds.into_iter().map(|(scope, maybe)| {
            let item = scope.value(&each.value_expr);
            if maybe { item.perhaps() } else { item }
        });
        Node::new(bytes, Value::List(items.collect()))
    }

    /// `{for … : key => value}`. Unless all names are known, any member may be there.
    fn each_member(&self, each: &'m ForExpr, key: &'m Expression, bytes: Range<usize>) -> Node {
        let Some(rounds) = self.rounds(each).filter(|_| !each.grouping) else {
            return self.unknown(bytes);
        };
        let mut members: Vec<Member> = Vec::new();
        for (scope, maybe) in rounds {
            let name = scope.value(key);
            let (Some(text), false) = (name.as_str(), name.maybe) else {
                return self.unknown(bytes);
            };
            let value = scope.value(&each.value_expr);
            members.push(Member {
                name: text.to_owned(),
                name_bytes: name.bytes.clone(),
                value: if maybe { value.perhaps() } else { value },
            });
        }
        Node::new(bytes, Value::Object(members))
    }

    /// The scopes of the rounds, each with whether it may be missing; `None` if the collection is not known.
    fn rounds(&self, each: &'m ForExpr) -> Option<Vec<(Self, bool)>> {
        let collection = self.value(&each.intro.collection_expr);
        let filtered = each.cond.is_some();
        let rounds = match collection.value {
            Value::List(items) => (items.into_iter().enumerate())
                .map(|(n, item)| {
                    let key = Value::Scalar(Json::Number(n.to_string()));
                    let maybe = filtered || item.maybe;
                    let key = Node::new(item.bytes.clone(), key);
                    (self.round(each, key, item), maybe)
                })
                .collect(),
            Value::Object(members) => (members.into_iter())
                .map(|m| {
                    let maybe = filtered || m.value.maybe;
                    let key = Node::string(m.name_bytes, m.name);
                    (self.round(each, key, m.value), maybe)
                })
                .collect(),
            _ => return None,
        };
        Some(rounds)
    }

    fn round(&self, each: &'m ForExpr, key: Node, value: Node) -> Self {
        let scope = self.with(each.intro.value_var.as_str(), value);
        match &each.intro.key_var {
            Some(name) => scope.with(name.as_str(), key),
            None => scope,
        }
    }
}
