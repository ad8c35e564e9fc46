//! A policy as a `CloudFormation` template, also usable in a `StackSet`. It names nothing that could conflict in a second region.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::policy::generate::{Generated, Kind};

/// The template in YAML; ends in a newline.
#[must_use]
pub fn cloudformation_yaml(generated: &Generated) -> String {
    let mut text = String::new();
    yaml(&mut text, &template(generated), 0);
    text
}

/// The template in JSON; ends in a newline.
#[must_use]
pub fn cloudformation_json(generated: &Generated) -> String {
    let mut text = serde_json::to_string_pretty(&template(generated)).unwrap_or_default();
    text.push('\n');
    text
}

fn template(generated: &Generated) -> Value {
    let document = serde_json::to_value(&generated.document).unwrap_or(Value::Null);
    let name = &generated.name;
    let (kind, properties, parameter) = match generated.kind {
        Kind::Managed => (
            "AWS::IAM::ManagedPolicy",
            json!({"PolicyDocument": document}),
            None,
        ),
        Kind::InlineUser => inline("AWS::IAM::UserPolicy", "UserName", name, &document),
        Kind::InlineGroup => inline("AWS::IAM::GroupPolicy", "GroupName", name, &document),
        Kind::InlineRole => inline("AWS::IAM::RolePolicy", "RoleName", name, &document),
        Kind::Trust => (
            "AWS::IAM::Role",
            json!({"AssumeRolePolicyDocument": document}),
            None,
        ),
        Kind::Scp => organizations("SERVICE_CONTROL_POLICY", name, &document),
        Kind::Rcp => organizations("RESOURCE_CONTROL_POLICY", name, &document),
    };
    let mut template = json!({"AWSTemplateFormatVersion": "2010-09-09"});
    if let (Some(parameter), Some(members)) = (parameter, template.as_object_mut()) {
        members.insert(
            "Parameters".to_owned(),
            json!({parameter: {"Type": "String"}}),
        );
    }
    if let Some(members) = template.as_object_mut() {
        let resource = json!({name: {"Type": kind, "Properties": properties}});
        members.insert("Resources".to_owned(), resource);
    }
    template
}

fn inline(
    kind: &'static str,
    owner: &'static str,
    name: &str,
    document: &Value,
) -> (&'static str, Value, Option<&'static str>) {
    let properties = json!({
        owner: {"Ref": owner},
        "PolicyName": name,
        "PolicyDocument": document,
    });
    (kind, properties, Some(owner))
}

fn organizations(
    kind: &'static str,
    name: &str,
    document: &Value,
) -> (&'static str, Value, Option<&'static str>) {
    let properties = json!({"Name": name, "Type": kind, "Content": document});
    ("AWS::Organizations::Policy", properties, None)
}

/// Block style, every text in double quotes: a JSON string is a YAML string, whatever it holds.
fn yaml(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let key = if is_plain(key) {
                    key.clone()
                } else {
                    Value::from(key.as_str()).to_string()
                };
                let _ = write!(text, "{indent}{key}:");
                nested(text, value, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                nested(&mut inner, item, depth + 1);
                // The item's first line stands behind its dash.
                let _ = write!(text, "{indent}- {}", inner.trim_start());
            }
        }
        other => {
            let _ = writeln!(text, "{indent}{other}");
        }
    }
}

/// Whether YAML reads the bare word as text: `Null` is an operator here and nothing there.
fn is_plain(key: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric())
        && !WORDS.iter().any(|word| key.eq_ignore_ascii_case(word))
}

fn nested(text: &mut String, value: &Value, depth: usize) {
    let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty);
    if is_empty || !(value.is_object() || value.is_array()) {
        let _ = writeln!(text, " {value}");
    } else {
        text.push('\n');
        yaml(text, value, depth);
    }
}
