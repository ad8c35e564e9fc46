//! Policies in `CloudFormation` templates, whose values may be functions
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>).
//!
//! Values that follow from the template are filled in. Every other function is replaced by its name, which matches no ARN. Of the
//! two branches of a condition, the first is used.

use crate::policy::document::{Json, MAX_BYTES};

/// The placeholder for any account.
const ACCOUNT: &str = "123456789012";

/// The text with placeholders instead of functions; `None` if it contains none, or if it is not valid JSON.
pub(super) fn settled(text: &str, partition: &str) -> Option<String> {
    let has_functions = text.contains("\"Fn::") || text.contains("\"Ref\"");
    if !has_functions || text.len() > MAX_BYTES {
        return None;
    }
    let json: Json = serde_json::from_str(text).ok()?;
    let settled = Settler { partition }.settle(json)?;
    serde_json::to_string(&settled).ok()
}

struct Settler<'a> {
    partition: &'a str,
}

impl Settler<'_> {
    /// `None` for a value that `AWS::NoValue` removes.
    fn settle(&self, json: Json) -> Option<Json> {
        Some(match json {
            Json::Array(items) => {
                Json::Array(items.into_iter().filter_map(|i| self.settle(i)).collect())
            }
            Json::Object(mut members) => match members.as_slice() {
                [(name, _)] if name == "Ref" || name.starts_with("Fn::") => {
                    let (name, argument) = members.pop()?;
                    self.function(&name, argument)?
                }
                _ => Json::Object(
                    (members.into_iter())
                        .filter_map(|(name, value)| Some((name, self.settle(value)?)))
                        .collect(),
                ),
            },
            other => other,
        })
    }

    fn function(&self, name: &str, argument: Json) -> Option<Json> {
        match (name, argument) {
            ("Ref", Json::String(name)) if name == "AWS::NoValue" => None,
            ("Ref", Json::String(name)) => Some(Json::String(self.reference(&name))),
            ("Fn::If", Json::Array(arguments)) => {
                arguments.into_iter().skip(1).find_map(|a| self.settle(a))
            }
            ("Fn::Sub", Json::String(text)) => Some(Json::String(self.substituted(&text, &[]))),
            ("Fn::Sub", Json::Array(arguments)) => match arguments.as_slice() {
                [Json::String(text), Json::Object(values)] => {
                    Some(Json::String(self.substituted(text, values)))
                }
                _ => Some(stand_in(name)),
            },
            ("Fn::Join", Json::Array(arguments)) => Some(self.joined(arguments)),
            ("Fn::GetAtt", Json::String(attribute)) => Some(Json::String(attribute)),
            ("Fn::GetAtt", Json::Array(parts)) => {
                let parts: Vec<&str> = parts.iter().filter_map(text).collect();
                Some(Json::String(parts.join(".")))
            }
            _ => Some(stand_in(name)),
        }
    }

    fn reference(&self, name: &str) -> String {
        match name {
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => self.partition,
            "AWS::Region" => "us-east-1",
            "AWS::URLSuffix" => "amazonaws.com",
            other => other,
        }
        .to_owned()
    }

    /// `${Name}` by its value; `${!Name}` is the policy's own variable `${Name}`.
    fn substituted(&self, text: &str, values: &[(String, Json)]) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                result.push_str("${");
                rest = after;
                break;
            };
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else {
                let given = values.iter().find(|(n, _)| n == name);
                let given = given.and_then(|(_, value)| self.settle(value.clone()));
                match given {
                    Some(Json::String(value)) => result.push_str(&value),
                    _ => result.push_str(&self.reference(name)),
                }
            }
            rest = after;
        }
        result.push_str(rest);
        result
    }

    fn joined(&self, arguments: Vec<Json>) -> Json {
        let mut arguments = arguments.into_iter();
        let (Some(Json::String(separator)), Some(Json::Array(parts))) =
            (arguments.next(), arguments.next())
        else {
            return stand_in("Fn::Join");
        };
        let parts: Vec<Json> = parts.into_iter().filter_map(|p| self.settle(p)).collect();
        let parts: Vec<&str> = parts.iter().filter_map(text).collect();
        Json::String(parts.join(&separator))
    }
}

fn text(json: &Json) -> Option<&str> {
    match json {
        Json::String(text) | Json::Number(text) => Some(text),
        _ => None,
    }
}

fn stand_in(function: &str) -> Json {
    Json::String(function.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(text: &str) -> Option<String> {
        settled(text, "aws-cn")
    }

    #[test]
    fn values_that_the_template_contains_are_filled_in() {
        let cases = [
            (r#"{"Ref":"AWS::Partition"}"#, r#""aws-cn""#),
            (r#"{"Ref":"Bucket"}"#, r#""Bucket""#),
            (
                r#"[{"Ref":"AWS::NoValue"},{"Fn::GetAtt":["A","Arn"]}]"#,
                r#"["A.Arn"]"#,
            ),
            (
                r#"{"Fn::Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:user/${!aws:username}"}"#,
                r#""arn:aws-cn:iam::123456789012:user/${aws:username}""#,
            ),
            (r#"{"Fn::Sub":["${A}-${B}",{"A":{"Ref":"X"}}]}"#, r#""X-B""#),
            (
                r#"{"Fn::Join":[":",["arn",{"Ref":"AWS::Partition"},"s3"]]}"#,
                r#""arn:aws-cn:s3""#,
            ),
            (
                r#"[{"Fn::If":["C",{"Ref":"AWS::NoValue"},{"a":{"Ref":"b"}}]}]"#,
                r#"[{"a":"b"}]"#,
            ),
            (r#"{"Fn::ImportValue":"x"}"#, r#""Fn::ImportValue""#),
            (r#"{"Fn::Sub":"${open"}"#, r#""${open""#),
        ];
        for (text, settled) in cases {
            assert_eq!(settle(text).as_deref(), Some(settled), "{text}");
        }
    }

    #[test]
    fn a_template_without_functions_is_unchanged() {
        assert_eq!(settle(r#"{"a":"b"}"#), None);
        assert_eq!(settle(r#"{"Fn::If":"#), None);
        assert_eq!(settle(r#"{"Ref":"AWS::NoValue"}"#), None);
    }
}
