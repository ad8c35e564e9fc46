//! Which condition keys cannot be right.

use super::meant::is_service;
use crate::policy::catalog::global_key;
use crate::policy::lint::suggest::nearest;

/// Global keys that are missing in the data of the catalogue.
const MORE_KEYS: [&str; 2] = ["aws:PrincipalOrgMasterAccountId", "aws:SignInSessionArn"];

/// What is wrong with a condition key; `None` if it may be right.
pub(super) fn wrong_key(key: &str) -> Option<&'static str> {
    let known = |key: &str| {
        global_key(key).is_some() || MORE_KEYS.iter().any(|k| k.eq_ignore_ascii_case(key))
    };
    if begins_with(key, "aws:") {
        if !known(key) && known(&format!("{key}/x")) {
            return Some("lacks the tag key, which follows a slash");
        }
        return (!known(key)).then_some("is not a known global condition key");
    }
    let Some((prefix, name)) = key.split_once(':') else {
        return Some("has no prefix, but every condition key has one");
    };
    // Providers of identities give their host's name and path.
    let is_word = |text: &str, more: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    if !is_word(prefix, "-._/") || name.is_empty() {
        return Some("does not have the form of a condition key, `prefix:name`");
    }
    let is_mfa = ["MultiFactorAuthPresent", "MultiFactorAuthAge"]
        .iter()
        .any(|mfa| mfa.eq_ignore_ascii_case(name));
    let is_near_aws = !is_service(prefix) && nearest(prefix, std::iter::once("aws")).is_some();
    (is_mfa || (is_near_aws && known(&format!("aws:{name}"))))
        .then_some("is not a condition key: the key is a global one")
}

/// Whether the text begins with the prefix in any letter case.
pub(super) fn begins_with(text: &str, prefix: &str) -> bool {
    (text.get(..prefix.len())).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
}
