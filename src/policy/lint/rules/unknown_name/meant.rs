//! The known names that were probably meant by unknown ones.

use crate::policy::actions::Universe;
use crate::policy::catalog::{Catalog, Service, global_key, global_keys};
use crate::policy::condition::{OPERATORS, Operator};
use crate::policy::lint::suggest::{Suggestion, nearest};

/// The condition key that was probably meant.
pub(super) fn key_like(key: &str) -> Option<Suggestion> {
    let trimmed = key.trim();
    let name = trimmed.rsplit([':', '.']).next().unwrap_or(trimmed);
    if let Some(known) = global_key(trimmed).or_else(|| global_key(&format!("aws:{name}"))) {
        // With a tag the key's own tag is kept, so there is nothing to put in its place.
        let is_tag = known.ends_with("tag-key");
        return (!is_tag).then(|| Suggestion::certain(known));
    }
    if global_key(&format!("{trimmed}/x")).is_some() {
        return None;
    }
    let spelt = nearest(
        trimmed,
        global_keys().filter(|known| !known.ends_with("tag-key")),
    );
    let about_mfa = || {
        let lower = trimmed.to_ascii_lowercase();
        let says = lower.contains("mfa") || lower.contains("multifactor");
        says.then(|| Suggestion {
            name: "aws:MultiFactorAuthPresent".to_owned(),
            certain: false,
        })
    };
    let certain = spelt.clone().filter(|s| s.certain);
    certain.or_else(about_mfa).or(spelt)
}

/// The condition operator that was probably meant.
pub(super) fn operator_like(name: &str) -> Option<Suggestion> {
    let trimmed = name.trim();
    let lower = trimmed.to_ascii_lowercase();
    if Operator::parse(trimmed).is_some() {
        return Some(Suggestion::certain(trimmed));
    }
    if ["boolean", "booleanequals", "boolequals"].contains(&lower.as_str()) {
        return Some(Suggestion::certain("Bool"));
    }
    if [
        "booleanifexists",
        "booleanequalsifexists",
        "boolequalsifexists",
    ]
    .contains(&lower.as_str())
    {
        return Some(Suggestion::certain("BoolIfExists"));
    }
    // It takes neither prefix nor suffix.
    let base = lower.rsplit(':').next().unwrap_or_default();
    if base == "null" || base == "nullifexists" {
        return Some(Suggestion::certain("Null"));
    }
    let names: Vec<String> = ["", "ForAllValues:", "ForAnyValue:"]
        .into_iter()
        .flat_map(|set| OPERATORS.map(|(base, ..)| format!("{set}{base}")))
        .flat_map(|name| [format!("{name}IfExists"), name])
        .filter(|name| Operator::parse(name).is_some())
        .collect();
    nearest(trimmed, names.iter().map(String::as_str))
}

/// Whether the catalogue has a service with this prefix.
pub(super) fn is_service(prefix: &str) -> bool {
    let services = Catalog::embedded().services();
    services
        .iter()
        .any(|s| s.prefix.eq_ignore_ascii_case(prefix))
}

/// API calls whose permission has another name.
const CALLS: [(&str, &str); 5] = [
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:HeadObject", "s3:GetObject"),
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:ListObjects", "s3:ListBucket"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
];

/// The known action that was probably meant by an unknown pattern.
pub(super) fn action_like(universe: &Universe, pattern: &str) -> Option<Suggestion> {
    let catalog = Catalog::embedded();
    let known = |pattern: &str| {
        let action = catalog.action(pattern).unwrap_or(pattern);
        (universe.knows(pattern)).then(|| action.to_owned())
    };
    let trimmed = pattern.trim();
    let joined = trimmed.replacen(['.', '/', '-'], ":", 1);
    let is_call = |call: &&(&str, &str)| call.0.eq_ignore_ascii_case(trimmed);
    let by_form = known(trimmed).or_else(|| known(&joined));
    let by_call = || {
        CALLS
            .iter()
            .find(is_call)
            .map(|(_, action)| (*action).to_owned())
    };
    if let Some(action) = by_form.or_else(by_call) {
        return Some(Suggestion::certain(action));
    }
    let (prefix, name) = trimmed.split_once(':')?;
    let is_pattern = name.contains(['*', '?']);
    let services = catalog.services();
    let same = |s: &&Service| s.prefix.eq_ignore_ascii_case(prefix);
    if let Some(service) = services.iter().find(same) {
        let near = || nearest(trimmed, service.actions.iter().map(String::as_str));
        return (!is_pattern).then(near).flatten();
    }
    let service = nearest(prefix, services.iter().map(|s| s.prefix))?;
    let name = known(&format!("{}:{name}", service.name))?;
    Some(Suggestion {
        name,
        // A pattern of another service may cover more than was meant.
        certain: service.certain && !is_pattern,
    })
}
