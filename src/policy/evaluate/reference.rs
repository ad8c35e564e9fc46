//! A slow and obvious evaluator, written directly from AWS's documentation. Tests compare the fast one with it.
//!
//! It supports canonical values only (whole numbers, epoch dates, standard addresses); unusual values have tests of their own.

use std::net::IpAddr;

use super::{Outcome, PolicySet, Request};
use crate::policy::context::{Context, ContextValue};
use crate::policy::document::{Document, Effect, Principal, Statement, StatementElement, Version};

pub(super) fn decide(set: &PolicySet, request: &Request<'_>) -> Outcome {
    let action = request.action.to_lowercase();
    if action == "sts:getcalleridentity" {
        return Outcome::Allowed;
    }
    let documents = |named: &[super::Named]| -> Vec<Document> {
        named.iter().map(|n| n.policy.document().clone()).collect()
    };
    let any_applies = |named: &[super::Named], effect, resource| {
        documents(named).iter().any(|d| {
            d.statements()
                .iter()
                .any(|s| s.effect() == effect && applies(s, d.version(), request, resource))
        })
    };
    let says = |named: &[super::Named], effect| any_applies(named, effect, false);
    let resource_says = |effect| any_applies(&set.resource, effect, true);
    let denied = [&set.identity, &set.boundary, &set.session]
        .into_iter()
        .chain(&set.service_control)
        .any(|named| says(named, Effect::Deny))
        || resource_says(Effect::Deny)
        || (set.resource_control.iter()).any(|level| any_applies(level, Effect::Deny, true));
    if denied {
        return Outcome::ExplicitDeny;
    }
    if action == "sts:getsessiontoken" {
        return Outcome::Allowed;
    }
    if !set
        .service_control
        .iter()
        .all(|level| says(level, Effect::Allow))
    {
        return Outcome::ImplicitDeny;
    }
    let caller = request.requester.caller();
    let identity = says(&set.identity, Effect::Allow);
    let limits = [&set.boundary, &set.session]
        .into_iter()
        .all(|named| named.is_empty() || says(named, Effect::Allow));
    let granted_to = |forms: &[&str]| {
        documents(&set.resource).iter().any(|d| {
            d.statements().iter().any(|s| {
                s.effect() == Effect::Allow
                    && applies(s, d.version(), request, true)
                    && names(s).iter().any(|n| forms.contains(&n.as_str()))
            })
        })
    };
    let is_role_or_key = action.starts_with("kms:")
        || ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"].contains(&&*action);
    if is_role_or_key && !set.resource.is_empty() && !resource_says(Effect::Allow) {
        return Outcome::ImplicitDeny;
    }
    let account = format!("arn:aws:iam::{}:root", caller.account);
    let allowed = if request.owner.is_some_and(|o| o != caller.account) {
        identity && limits && resource_says(Effect::Allow)
    } else if granted_to(&[&caller.arn, "*"]) {
        true
    } else {
        let issuer = caller.issuer.as_deref().unwrap_or("-");
        let role_or_account = granted_to(&[issuer])
            || (request.habits == super::Habits::Simulation && granted_to(&[&account]));
        limits && (identity || role_or_account)
    };
    if allowed {
        Outcome::Allowed
    } else {
        Outcome::ImplicitDeny
    }
}

fn names(statement: &Statement) -> Vec<String> {
    let mut all = Vec::new();
    for element in &statement.elements {
        if let StatementElement::Principal(principal) = element {
            match principal {
                Principal::Everyone => all.push("*".to_owned()),
                Principal::Entries(entries) => {
                    all.extend(
                        entries
                            .iter()
                            .flat_map(|(_, n)| n.texts().map(str::to_owned)),
                    );
                }
            }
        }
    }
    all
}

fn applies(statement: &Statement, version: Version, request: &Request<'_>, resource: bool) -> bool {
    let context = request.requester.context();
    let caller = request.requester.caller();
    let mut malformed = false;
    let mut said = false;
    for element in &statement.elements {
        let fits = match element {
            StatementElement::Principal(_) if resource => {
                said = true;
                let root = format!("arn:aws:iam::{}:root", caller.account);
                let own = [
                    Some("*"),
                    Some(&*caller.arn),
                    caller.issuer.as_deref(),
                    Some(&*root),
                ];
                names(statement).iter().any(|n| own.contains(&Some(n)))
            }
            StatementElement::Action(list) => list
                .texts()
                .any(|p| like(&p.to_lowercase(), &request.action.to_lowercase())),
            StatementElement::NotAction(list) => !list
                .texts()
                .any(|p| like(&p.to_lowercase(), &request.action.to_lowercase())),
            StatementElement::Resource(list) => list
                .texts()
                .any(|p| like_resolved(p, request.resource, version, context)),
            StatementElement::NotResource(list) => !list
                .texts()
                .any(|p| like_resolved(p, request.resource, version, context)),
            StatementElement::Condition(condition) => {
                let mut all = true;
                for block in &condition.blocks {
                    for (key, values) in &block.keys {
                        let values: Vec<&str> = values.texts().collect();
                        match holds(&block.operator, key, &values, version, context) {
                            Some(holds) => all &= holds,
                            None => malformed = true,
                        }
                    }
                }
                all
            }
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    (said || !resource) && (!malformed || statement.effect() == Effect::Deny)
}

/// `None`: malformed.
fn holds(
    operator: &str,
    key: &str,
    policy: &[&str],
    version: Version,
    context: &Context,
) -> Option<bool> {
    let value = context.value(key);
    if operator == "Null" {
        return Some(
            policy
                .iter()
                .any(|p| (p.to_lowercase() == "true") == value.is_none()),
        );
    }
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (operator, false),
    };
    let negated = operator.contains("Not");
    let Some(value) = value else {
        return Some(match set {
            "ForAllValues" => true,
            "ForAnyValue" => if_exists,
            _ => if_exists || negated,
        });
    };
    if set.is_empty() && matches!(value, ContextValue::List(_)) {
        return Some(false);
    }
    let one = |request: &str| -> Option<bool> {
        if operator.contains("IpAddress") && request.parse::<IpAddr>().is_err() {
            return Some(false);
        }
        if operator.starts_with("Arn") && !is_arn(request) {
            return Some(false);
        }
        for p in policy {
            if compare(&operator.replace("Not", ""), p, request, version, context)? {
                return Some(!negated);
            }
        }
        Some(negated)
    };
    let verdicts: Vec<Option<bool>> = value.as_slice().iter().map(|v| one(v)).collect();
    if set == "ForAnyValue" {
        if verdicts.contains(&Some(true)) {
            Some(true)
        } else if verdicts.contains(&None) {
            None
        } else {
            Some(false)
        }
    } else if verdicts.contains(&Some(false)) {
        Some(false)
    } else if verdicts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn compare(
    operator: &str,
    policy: &str,
    request: &str,
    version: Version,
    context: &Context,
) -> Option<bool> {
    let number = |f: fn(&i64, &i64) -> bool| match (request.parse(), policy.parse()) {
        (Ok(r), Ok(p)) => f(&r, &p),
        _ => false,
    };
    Some(match operator {
        "StringEquals" => plain(policy, version, context).is_some_and(|p| p == request),
        "StringEqualsIgnoreCase" => plain(policy, version, context)
            .is_some_and(|p| p.to_lowercase() == request.to_lowercase()),
        "StringLike" => like_resolved(policy, request, version, context),
        "NumericEquals" | "DateEquals" => number(|r, p| r == p),
        "NumericLessThan" | "DateLessThan" => number(|r, p| r < p),
        "NumericLessThanEquals" | "DateLessThanEquals" => number(|r, p| r <= p),
        "NumericGreaterThan" | "DateGreaterThan" => number(|r, p| r > p),
        "NumericGreaterThanEquals" | "DateGreaterThanEquals" => number(|r, p| r >= p),
        "Bool" => (policy.to_lowercase() == "true") == (request.to_lowercase() == "true"),
        "BinaryEquals" => policy == "YQ==" && policy == request,
        "IpAddress" => in_network(policy, request),
        "ArnEquals" | "ArnLike" => {
            let Some(resolved) = escaped(policy, version, context) else {
                return Some(false);
            };
            if resolved
                .iter()
                .filter(|c| **c == Glyph::Char(u16::from(b':')))
                .count()
                < 5
                || !policy.starts_with("arn:")
            {
                return None;
            }
            let mut parts: Vec<Vec<Glyph>> = vec![Vec::new()];
            for glyph in resolved {
                if glyph == Glyph::Char(u16::from(b':')) && parts.len() < 6 {
                    parts.push(Vec::new());
                } else {
                    parts.last_mut().unwrap().push(glyph);
                }
            }
            parts
                .iter()
                .zip(request.splitn(6, ':'))
                .all(|(p, r)| glob(p, &r.encode_utf16().collect::<Vec<_>>()))
        }
        other => panic!("{other}"),
    })
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.splitn(6, ':').count() == 6
}

fn in_network(network: &str, address: &str) -> bool {
    let (base, length) = network.split_once('/').unwrap_or((network, "32"));
    match (base.parse(), address.parse(), length.parse::<u32>()) {
        (Ok(IpAddr::V4(b)), Ok(IpAddr::V4(a)), Ok(n)) if n <= 32 => {
            (0..n).all(|bit| (b.to_bits() >> (31 - bit)) & 1 == (a.to_bits() >> (31 - bit)) & 1)
        }
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Glyph {
    Star,
    Any,
    Char(u16),
}

/// Wildcards and characters, variables replaced; `None` if one has no value.
fn escaped(text: &str, version: Version, context: &Context) -> Option<Vec<Glyph>> {
    let mut all = Vec::new();
    let literal = |text: &str| text.encode_utf16().map(Glyph::Char).collect::<Vec<_>>();
    let mut rest = text;
    while !rest.is_empty() {
        if version == Version::V2012
            && let Some(variable) = rest.strip_prefix("${")
            && let Some((name, after)) = variable.split_once('}')
        {
            let (key, default) = match name.split_once(", ") {
                Some((key, quoted)) => (key, Some(quoted.trim_matches('\''))),
                None => (name, None),
            };
            all.extend(match (key, context.value(key)) {
                ("*" | "?" | "$", _) => literal(key),
                (_, Some(ContextValue::One(value))) => literal(value),
                (_, Some(ContextValue::List(_))) => return None,
                (_, None) => literal(default?),
            });
            rest = after;
            continue;
        }
        let c = rest.chars().next().unwrap();
        match c {
            '*' => all.push(Glyph::Star),
            '?' => all.push(Glyph::Any),
            c => all.extend(literal(&c.to_string())),
        }
        rest = &rest[c.len_utf8()..];
    }
    Some(all)
}

fn plain(text: &str, version: Version, context: &Context) -> Option<String> {
    let units: Vec<u16> = escaped(text, version, context)?
        .into_iter()
        .map(|glyph| match glyph {
            Glyph::Star => u16::from(b'*'),
            Glyph::Any => u16::from(b'?'),
            Glyph::Char(unit) => unit,
        })
        .collect();
    Some(String::from_utf16(&units).unwrap())
}

fn like_resolved(pattern: &str, text: &str, version: Version, context: &Context) -> bool {
    let text: Vec<u16> = text.encode_utf16().collect();
    escaped(pattern, version, context).is_some_and(|p| glob(&p, &text))
}

fn like(pattern: &str, text: &str) -> bool {
    like_resolved(pattern, text, Version::V2008, &Context::new())
}

fn glob(pattern: &[Glyph], text: &[u16]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((Glyph::Star, rest)), None) => glob(rest, text),
        (Some((Glyph::Star, rest)), Some((_, after))) => glob(rest, text) || glob(pattern, after),
        (Some((Glyph::Any, rest)), Some((_, after))) => glob(rest, after),
        (Some((Glyph::Char(want), rest)), Some((unit, after))) => want == unit && glob(rest, after),
        _ => false,
    }
}
