//! Policies in YAML: templates of `CloudFormation` and SAM, and anything else in which policies are found by their shape.
//!
//! `reader` makes values of the parser's events, and `indentation` lets it read what AWS reads.

mod indentation;
mod reader;

use reader::Reader;

use super::embedded::Embedded;
use super::found::{Candidate, Contents, Form};
use super::node::{Member, Node, Value};
use super::position::{Extent, fill};
use super::shape::may_hold_policy;
use super::walk::Walk;
use crate::policy::document::{Json, ParseError, Step};

/// Finds the policies of a file without a byte order mark.
pub(super) fn read(body: &str) -> Contents<'_> {
    let mut contents = Contents::default();
    // Serverless writes `statements`.
    if !may_hold_policy(body) && !body.contains("tatements") {
        return contents;
    }
    let (documents, problem) = Reader::new(body).documents();
    contents.problem = problem;
    let texts: Vec<String> = (documents.iter())
        .map(|node| serde_json::to_string(&node.to_json()).unwrap_or_default())
        .collect();
    // The walk finds the policies by the names around them; the values and places are those of the tree.
    for (n, (node, text)) in documents.iter().zip(&texts).enumerate() {
        let prefix = (documents.len() > 1).then_some(n);
        let mut walk = Walk::new(text);
        if let Err(error) = walk.quietly(text) {
            contents.problem.get_or_insert(ParseError {
                line: 1,
                column: 1,
                bytes: 0..0,
                ..error
            });
        }
        let found = walk.finish();
        let placed = |place: String| match prefix {
            Some(n) if place.is_empty() => format!("[{n}]"),
            Some(n) => format!("[{n}].{place}"),
            None => place,
        };
        contents
            .unknown
            .extend(found.unknown.into_iter().map(placed));
        for mut candidate in found.candidates {
            candidate.place = placed(candidate.place);
            if let Some(value) = node.at(&candidate.steps) {
                add(&mut contents, body, candidate, value);
            }
        }
    }
    let candidates = &mut contents.candidates;
    candidates.sort_by_key(|c| c.extent.bytes.start);
    fill(body, candidates.iter_mut().map(|c| &mut c.extent));
    contents
}

/// Adds a policy that the walk has found, as the file has it.
fn add(contents: &mut Contents<'_>, body: &str, candidate: Candidate<'_>, value: &Node) {
    let form = match candidate.form {
        Form::Text(text) if is_computed(&text) => {
            contents.unknown.push(candidate.place);
            return;
        }
        Form::Text(text) => match within(body, value, &text) {
            Some(node) if is_substituted(&candidate.steps) => Form::Template(substituted(node)),
            Some(node) => Form::Tree(node),
            // A value that is filled in stands outside of quotes.
            None if is_substituted(&candidate.steps) => {
                contents.unknown.push(candidate.place);
                return;
            }
            None => Form::Text(text),
        },
        _ => Form::Template(value.clone()),
    };
    contents.candidates.push(Candidate {
        place: candidate.place,
        known: candidate.known,
        extent: Extent::of(value.bytes.clone()),
        steps: candidate.steps,
        form,
    });
}

/// Whether the text is that of `!Sub`.
fn is_substituted(steps: &[Step]) -> bool {
    let is_sub = |step: &Step| matches!(step, Step::Key(name) if name == "Fn::Sub");
    match steps {
        [.., function, Step::Index(0)] | [.., function] => is_sub(function),
        [] => false,
    }
}

/// The policy with `!Sub` in each of its texts instead of around them.
fn substituted(node: Node) -> Node {
    let Node {
        bytes,
        value,
        maybe,
    } = node;
    let value = match value {
        Value::Scalar(Json::String(text)) if text.contains("${") => Value::Object(vec![Member {
            name: "Fn::Sub".to_owned(),
            name_bytes: bytes.clone(),
            value: Node::string(bytes.clone(), text),
        }]),
        Value::List(items) => Value::List(items.into_iter().map(substituted).collect()),
        Value::Object(members) => {
            let members = members.into_iter().map(|m| Member {
                value: substituted(m.value),
                ..m
            });
            Value::Object(members.collect())
        }
        other => other,
    };
    Node {
        bytes,
        value,
        maybe,
    }
}

/// Whether another program fills in the text: Ansible, Serverless.
fn is_computed(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("{{") || text.starts_with("${")
}

/// JSON in a scalar whose lines are those of the file.
fn within(body: &str, value: &Node, text: &str) -> Option<Node> {
    let mut embedded = Embedded::new(body, value.bytes.end)?;
    embedded.push(text, body, value.bytes.clone());
    embedded.node()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::document::{Path, Problem};
    use crate::policy::source::settle::Assumption;

    const POLICY: &str = "Version: 2012-10-17\nStatement:\n  - Effect: Deny\n    NotAction: [iam:GetUser]\n    Resource: '*'\n    Condition:\n      BoolIfExists: {aws:MultiFactorAuthPresent: false}\n";

    fn json(text: &str) -> Vec<String> {
        let contents = read(text);
        assert_eq!(contents.problem, None, "{text}");
        (contents.candidates.iter())
            .map(|c| {
                let reading = c.reading(text, "aws", Assumption::Worst).unwrap();
                format!("{}: {}", c.place, reading.document.to_json_compact())
            })
            .collect()
    }

    #[test]
    fn a_policy_is_read_with_its_places() {
        let contents = read(POLICY);
        let spans = contents.candidates[0].places(POLICY, "aws").unwrap();
        let statement = Path::default().key("Statement").index(0);
        let at = |path: &Path| {
            let span = spans.value(path).unwrap();
            (span.line, span.column, &POLICY[span.bytes])
        };
        assert_eq!(at(&statement.key("Effect")), (3, 13, "Deny"));
        assert_eq!(at(&statement.key("NotAction")), (4, 16, "[iam:GetUser]"));
        assert_eq!(
            at(&statement.key("NotAction").index(0)),
            (4, 17, "iam:GetUser")
        );
        assert_eq!(at(&statement.key("Resource")), (5, 15, "'*'"));
        let name = spans
            .name(&statement.key("Condition").key("BoolIfExists"))
            .unwrap();
        assert_eq!((name.line, &POLICY[name.bytes]), (7, "BoolIfExists"));
        assert_eq!(
            json(POLICY),
            [
                r#": {"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:GetUser"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":false}}}]}"#
            ]
        );
    }

    #[test]
    fn places_are_right_behind_letters_of_several_bytes() {
        let text = format!("# é𐐀\n{POLICY}");
        let contents = read(&text);
        let spans = contents.candidates[0].places(&text, "aws").unwrap();
        let effect = Path::default().key("Statement").index(0).key("Effect");
        assert_eq!(&text[spans.value(&effect).unwrap().bytes], "Deny");
        assert_eq!(contents.candidates[0].extent.start.line, 2);
    }

    #[test]
    fn json_in_a_block_scalar_has_its_places_in_the_file() {
        let text = "a:\n  PolicyDocument: |\n    {\n      \"Version\": \"2012-10-17\",\n      \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\"}\n    }\n  b: c\n";
        let contents = read(text);
        let candidate = &contents.candidates[0];
        assert_eq!(candidate.place, "a.PolicyDocument");
        let spans = candidate.places(text, "aws").unwrap();
        let span = spans
            .value(&Path::default().key("Statement").key("Effect"))
            .unwrap();
        assert_eq!(
            (span.line, span.column, &text[span.bytes]),
            (5, 31, "\"Deny\"")
        );
    }

    #[test]
    fn short_functions_are_long_ones() {
        let text = "PolicyDocument:\n  Statement:\n    - Effect: Allow\n      Action: !If [C, 's3:Get*', !Ref 'AWS::NoValue']\n      Resource:\n        - !Sub 'arn:${AWS::Partition}:s3:::${Bucket}/*'\n        - !GetAtt Queue.Arn\n        - Fn::Join: [':', [arn, !Ref AWS::Partition, s3]]\n";
        assert_eq!(
            json(text),
            [
                r#"PolicyDocument: {"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":["arn:aws:s3:::*/*","*","arn:aws:s3"]}]}"#
            ]
        );
    }

    #[test]
    fn anchors_merges_and_several_documents_are_followed() {
        let text = "---\nx: &deny\n  Effect: Deny\n  Action: '*'\n---\ny: &deny\n  Effect: Deny\n  Action: '*'\np:\n  Version: 2012-10-17\n  Statement:\n    - *deny\n    - <<: *deny\n      Action: 's3:*'\n";
        assert_eq!(
            json(text),
            [
                r#"[1].p: {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*"},{"Action":"s3:*","Effect":"Deny"}]}"#
            ]
        );
    }

    #[test]
    fn json_within_sub_has_its_values_filled_in() {
        let text = "a:\n  PolicyDocument: !Sub |\n    {\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\",\n      \"Resource\": [\"arn:${AWS::Partition}:s3:::${Bucket}/*\", \"${!aws:username}\"]}}\n  b:\n    PolicyDocument: !Sub |\n      {\"Statement\": ${Statements}}\n";
        assert_eq!(
            json(text),
            [
                r#"a.PolicyDocument.Fn::Sub: {"Statement":{"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:::*/*","${aws:username}"]}}"#
            ]
        );
        assert_eq!(read(text).unknown, ["a.b.PolicyDocument"]);
        let contents = read(text);
        let spans = contents.candidates[0].places(text, "aws").unwrap();
        let action = Path::default().key("Statement").key("Action");
        let span = spans.value(&action).unwrap();
        assert_eq!((span.line, &text[span.bytes]), (3, "\"*\""));
    }

    #[test]
    fn what_aws_reads_is_read() {
        let text = "PolicyDocument:\n  Statement:\n    - Effect: Allow\n      Action: [\n        's3:Get*'\n      ]\n      Resource: [\n  '*'\n]\n";
        assert_eq!(
            json(text),
            [
                r#"PolicyDocument: {"Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":["*"]}]}"#
            ]
        );
    }

    #[test]
    fn statements_of_serverless_and_computed_texts_are_known() {
        let text = "provider:\n  iamRoleStatements:\n    - Effect: Allow\n      Action: s3:*\n      Resource: ${self:custom.arn}\nx:\n  policy_document: \"{{ lookup('file', 'Statement.json') }}\"\n";
        assert_eq!(
            json(text),
            [
                r#"provider.iamRoleStatements: {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#
            ]
        );
        assert_eq!(read(text).unknown, ["x.policy_document"]);
    }

    #[test]
    fn errors_have_their_places_and_depth_and_size_are_bounded() {
        let text = format!("{POLICY}a: [\n");
        let error = read(&text).problem.unwrap();
        assert!(error.line >= 8, "{error}");
        let deep = format!("Statement: {}{}", "[".repeat(100), "]".repeat(100));
        assert!(matches!(
            read(&deep).problem.unwrap().problem,
            Problem::TooDeep(_)
        ));
        let larger: Vec<String> = (1..40)
            .map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1))
            .collect();
        let larger = larger.concat();
        let bomb = format!("Statement: 1\na0: &a0 [x, x]\n{larger}");
        assert!(read(&bomb).problem.unwrap().to_string().contains("values"));
    }
}
