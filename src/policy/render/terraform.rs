//! A policy as a Terraform resource around `jsonencode`, formatted as `terraform fmt` does.

use std::fmt::Write as _;

use serde_json::Value;

use crate::policy::generate::{Generated, Kind};

/// The resource; ends in a newline.
#[must_use]
pub fn terraform(generated: &Generated) -> String {
    let mut text = String::new();
    let name = snake(&generated.name);
    let (resource, attribute, attributes, variable) = match generated.kind {
        Kind::Managed => (
            "aws_iam_policy",
            "policy",
            vec![("name", quoted(&generated.name))],
            None,
        ),
        Kind::InlineUser => inline("aws_iam_user_policy", "user", "user_name", generated),
        Kind::InlineGroup => inline("aws_iam_group_policy", "group", "group_name", generated),
        Kind::InlineRole => inline("aws_iam_role_policy", "role", "role_name", generated),
        Kind::Trust => (
            "aws_iam_role",
            "assume_role_policy",
            vec![("name", "var.role_name".to_owned())],
            Some("role_name"),
        ),
        Kind::Scp => organizations("SERVICE_CONTROL_POLICY", generated),
        Kind::Rcp => organizations("RESOURCE_CONTROL_POLICY", generated),
    };
    if let Some(variable) = variable {
        let _ = write!(text, "variable \"{variable}\" {{\n  type = string\n}}\n\n");
    }
    let _ = writeln!(text, "resource \"{resource}\" \"{name}\" {{");
    let width = attributes
        .iter()
        .map(|(key, _)| key.len())
        .max()
        .unwrap_or(0);
    for (key, value) in attributes {
        let _ = writeln!(text, "  {key:width$} = {value}");
    }
    let _ = write!(text, "  {attribute} = jsonencode(");
    let document = serde_json::to_value(&generated.document).unwrap_or(Value::Null);
    expression(&mut text, &document, 1);
    text.push_str(")\n}\n");
    text
}

type Resource = (
    &'static str,
    &'static str,
    Vec<(&'static str, String)>,
    Option<&'static str>,
);

fn inline(
    resource: &'static str,
    owner: &'static str,
    variable: &'static str,
    generated: &Generated,
) -> Resource {
    let attributes = vec![
        ("name", quoted(&generated.name)),
        (owner, format!("var.{variable}")),
    ];
    (resource, "policy", attributes, Some(variable))
}

fn organizations(kind: &'static str, generated: &Generated) -> Resource {
    let attributes = vec![("name", quoted(&generated.name)), ("type", quoted(kind))];
    ("aws_organizations_policy", "content", attributes, None)
}

/// An object or list over several lines, anything else on one. `terraform fmt` aligns the equals signs of neighbouring
/// attributes that end on their line.
fn expression(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth + 1);
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push_str("{\n");
            let members: Vec<(String, &Value)> = members
                .iter()
                .map(|(key, value)| (name(key), value))
                .collect();
            let mut rest = members.as_slice();
            while let Some((first, _)) = rest.split_first() {
                let run = rest.iter().take_while(|(_, v)| is_short(v)).count().max(1);
                let (group, after) = rest.split_at(run);
                let width = if is_short(first.1) {
                    group.iter().map(|(key, _)| key.len()).max().unwrap_or(0)
                } else {
                    0
                };
                for (key, value) in group {
                    let _ = write!(text, "{indent}{key:width$} = ");
                    expression(text, value, depth + 1);
                    text.push('\n');
                }
                rest = after;
            }
            let _ = write!(text, "{}}}", "  ".repeat(depth));
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for item in items {
                text.push_str(&indent);
                expression(text, item, depth + 1);
                text.push_str(",\n");
            }
            let _ = write!(text, "{}]", "  ".repeat(depth));
        }
        Value::Object(_) => text.push_str("{}"),
        Value::Array(_) => text.push_str("[]"),
        Value::String(string) => text.push_str(&quoted(string)),
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

/// A key, without quotes if Terraform reads it as a name.
fn name(key: &str) -> String {
    let bare = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if bare { key.to_owned() } else { quoted(key) }
}

/// A string in which Terraform interpolates nothing: policy variables are for AWS.
fn quoted(text: &str) -> String {
    Value::from(text)
        .to_string()
        .replace("${", "$${")
        .replace("%{", "%%{")
}

/// `DenyAllWithoutMFA` as `deny_all_without_mfa`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    let mut before = None;
    let mut letters = name.chars().peekable();
    while let Some(c) = letters.next() {
        let word_begins = c.is_ascii_uppercase()
            && before.is_some_and(|b: char| {
                !b.is_ascii_uppercase() || letters.peek().is_some_and(char::is_ascii_lowercase)
            });
        if word_begins {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
        before = Some(c);
    }
    // A name cannot begin with a digit.
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    text
}
