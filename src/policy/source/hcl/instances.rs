//! The instances of a resource with `for_each`.

use hcl_edit::structure::Block;

use super::scope::{Scope, bytes};
use crate::policy::source::node::{Member, Node, Value};

/// Instances of one resource that are looked at, at most.
const MAX_INSTANCES: usize = 50;

/// The scopes of the instances of a resource, each with its key as in `["a"]`. There is one without a key unless the instances
/// differ and are known.
pub(super) fn instances<'m>(scope: &Scope<'m>, block: &'m Block) -> Vec<(Scope<'m>, String)> {
    let single = || vec![(scope.clone(), String::new())];
    let text = scope.modules.text(scope.file);
    let text = text.get(bytes(block)).unwrap_or_default();
    let Some(each) = block.body.get_attribute("for_each") else {
        return single();
    };
    if !text.contains("each.") {
        return single();
    }
    let one = |key: &str, value: &Node| {
        let place = value.bytes.clone();
        let member = |name: &str, value: Node| Member {
            name: name.to_owned(),
            name_bytes: place.clone(),
            value,
        };
        let members = vec![
            member("key", Node::string(place.clone(), key)),
            member("value", value.clone()),
        ];
        let each = Node::new(place.clone(), Value::Object(members));
        (scope.with("each", each), format!("[\"{key}\"]"))
    };
    let collection = scope.value(&each.value);
    let found: Vec<(Scope<'m>, String)> = match &collection.value {
        Value::List(items) => (items.iter())
            .filter_map(|item| Some(one(item.as_str()?, item)))
            .take(MAX_INSTANCES)
            .collect(),
        Value::Object(members) => (members.iter())
            .map(|m| one(&m.name, &m.value))
            .take(MAX_INSTANCES)
            .collect(),
        _ => Vec::new(),
    };
    if found.is_empty() { single() } else { found }
}
