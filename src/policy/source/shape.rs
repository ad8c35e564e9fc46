//! Recognises JSON that is a policy or may contain one.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::policy::document::raw::{self, decoded};

/// A member of an object: its decoded name, and the text of its value.
pub(super) type Member<'a> = (Cow<'a, str>, &'a str);

/// An object's members by name.
pub(super) struct Object<'m, 'a>(pub(super) &'m [Member<'a>]);

impl<'a> Object<'_, 'a> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// The member, if its value begins like that.
    pub(super) fn member(&self, name: &str, first: char) -> Option<&'a str> {
        let (_, raw) = self.0.iter().find(|(n, _)| n == name)?;
        raw.starts_with(first).then_some(*raw)
    }

    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        decoded(self.member(name, '"')?).ok()
    }
}

pub(super) fn members(raw: &str) -> serde_json::Result<Vec<Member<'_>>> {
    (raw::members(raw)?.0.into_iter())
        .map(|(name, value)| Ok((decoded(name.get())?, value.get())))
        .collect()
}

/// Whether the text may contain a policy: names may be escaped, and documents percent-encoded.
pub(super) fn may_hold_policy(raw: &str) -> bool {
    const KEYS: [&str; 8] = [
        "Statement",
        "Version",
        "olicyDocument",
        "AttachedManagedPolicies",
        "ManagedPolicyArns",
        "\\u",
        "%7B",
        "%7b",
    ];
    KEYS.iter().any(|key| raw.contains(key))
}

/// Whether an object is a policy. Other objects also have a `Statement` or a `Version`, but with other values.
pub(super) fn is_policy(members: &[Member<'_>]) -> bool {
    // The properties of an event bus policy have a statement, but no document around it.
    if members.iter().any(|(name, _)| name == "StatementId") {
        return false;
    }
    members.iter().any(|(name, raw)| match &**name {
        "Version" => ["\"2012-10-17\"", "\"2008-10-17\""].contains(raw),
        "Statement" => has_statement(raw),
        _ => false,
    })
}

fn has_statement(raw: &str) -> bool {
    const ELEMENTS: [&str; 3] = ["Effect", "Action", "NotAction"];
    let is_statement =
        |raw: &str| members(raw).is_ok_and(|m| m.iter().any(|(n, _)| ELEMENTS.contains(&&**n)));
    is_statement(raw)
        || raw::items(raw).is_ok_and(|items| items.iter().any(|item| is_statement(item.get())))
}

pub(super) fn is_policy_text(text: &str) -> bool {
    text.trim_start().starts_with('{') && members(text).is_ok_and(|m| is_policy(&m))
}

/// A document as IAM's API sends it.
pub(super) fn percent_decoded(text: &str) -> Option<Cow<'static, str>> {
    let is_encoded = text
        .trim_start()
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("%7B"));
    let decoded = is_encoded.then(|| percent_decode_str(text.trim()).decode_utf8())?;
    Some(Cow::Owned(decoded.ok()?.into_owned()))
}
