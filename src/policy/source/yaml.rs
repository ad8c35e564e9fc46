//! Policies in YAML: templates of `CloudFormation` and SAM, and anything else in which policies are found by their shape.
//!
//! The parser gives events with their places, so the depth is bounded here and the cost is linear. An alias is a copy of its anchor;
//! the number of all values is bounded.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::embedded::Embedded;
use super::found::{Candidate, Contents, Form};
use super::node::{Member, Node, Unknown, Value};
use super::position::{Extent, fill};
use super::shape::may_hold_policy;
use super::walk::Walk;
use crate::policy::document::{Json, ParseError, Path, Problem};

/// Nothing that holds a policy is nested deeper.
const MAX_DEPTH: usize = 60;

/// Values of one file, with those that aliases repeat.
const MAX_VALUES: usize = 1 << 20;

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
            Some(node) => Form::Tree(node),
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

/// Whether another program fills in the text: Ansible, Serverless.
fn is_computed(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("{{") || text.starts_with("${")
}

/// A text with parts that Ansible or Serverless fills in.
fn computed(text: &str) -> Option<Unknown> {
    const SOURCES: [&str; 12] = [
        "self:",
        "opt:",
        "env:",
        "ssm:",
        "s3:",
        "cf:",
        "cf.",
        "file(",
        "param:",
        "sls:",
        "custom:",
        "strToBool(",
    ];
    if !text.contains("{{") && !text.contains("${") {
        return None;
    }
    let mut pattern = String::new();
    let mut rest = text;
    while let Some(n) = rest.find("{{").into_iter().chain(rest.find("${")).min() {
        let (before, after) = rest.split_at_checked(n)?;
        pattern.push_str(before);
        let end = if after.starts_with("{{") { "}}" } else { "}" };
        let is_filled = after.starts_with("{{")
            || SOURCES
                .iter()
                .any(|s| after.get(2..).is_some_and(|a| a.starts_with(s)));
        let length = after.find(end).map_or(after.len(), |n| n + end.len());
        let (part, tail) = after.split_at_checked(length)?;
        pattern.push_str(if is_filled { "*" } else { part });
        rest = tail;
    }
    pattern.push_str(rest);
    (pattern != text).then(|| Unknown {
        written: text.to_owned(),
        pattern,
    })
}

/// JSON in a scalar whose lines are those of the file.
fn within(body: &str, value: &Node, text: &str) -> Option<Node> {
    let mut embedded = Embedded::new(body, value.bytes.end)?;
    embedded.push(text, body, value.bytes.clone());
    embedded.node()
}

/// A list or an object that is not complete yet.
struct Open {
    start: usize,
    end: usize,
    anchor: usize,
    tag: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// The members, and the name whose value is next.
    Object(Vec<Member>, Option<(String, Range<usize>)>),
}

struct Reader<'a> {
    body: &'a str,
    /// The bytes at which characters begin; empty for a body that is all ASCII.
    offsets: Vec<usize>,
    open: Vec<Open>,
    documents: Vec<Node>,
    anchors: HashMap<usize, Node>,
    values: usize,
}

impl<'a> Reader<'a> {
    fn new(body: &'a str) -> Self {
        let offsets = if body.is_ascii() {
            Vec::new()
        } else {
            body.char_indices().map(|(n, _)| n).collect()
        };
        Self {
            body,
            offsets,
            open: Vec::new(),
            documents: Vec::new(),
            anchors: HashMap::new(),
            values: 0,
        }
    }

    /// The documents of the file up to the first error.
    fn documents(mut self) -> (Vec<Node>, Option<ParseError>) {
        let mut problem = None;
        for event in Parser::new_from_str(self.body) {
            let taken = event
                .map_err(|error| self.syntax(&error))
                .and_then(|(event, span)| self.take(event, span));
            if let Err(error) = taken {
                problem = Some(error);
                break;
            }
        }
        (self.documents, problem)
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ParseError> {
        let bytes = self.offset(span.start)..self.offset(span.end);
        match event {
            Event::Alias(anchor) => {
                let copy = self.anchors.get(&anchor).cloned();
                let node = copy.unwrap_or_else(|| Node::unknown(bytes.clone(), "*alias"));
                self.values += size(&node);
                self.add(node, bytes)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let bytes = self.trimmed(bytes, style);
                let value = match computed(&text) {
                    Some(unknown) => Value::Unknown(unknown),
                    None => Value::Scalar(scalar(&text, style, tag.is_some())),
                };
                let node = tagged(Node::new(bytes.clone(), value), short(tag.as_deref()));
                if anchor > 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                self.add(node, bytes)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(&bytes, anchor, tag.as_deref(), Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                let content = Content::Object(Vec::new(), None);
                self.begin(&bytes, anchor, tag.as_deref(), content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(&bytes),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        bytes: &Range<usize>,
        anchor: usize,
        tag: Option<&Tag>,
        content: Content,
    ) -> Result<(), ParseError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.error(bytes.clone(), Problem::TooDeep(MAX_DEPTH)));
        }
        self.open.push(Open {
            start: bytes.start,
            end: bytes.end,
            anchor,
            tag: short(tag),
            content,
        });
        Ok(())
    }

    fn finish(&mut self, bytes: &Range<usize>) -> Result<(), ParseError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        // A block has no end of its own; `}` and `]` are.
        let is_flow = (self.body.get(bytes.clone())).is_some_and(|text| text == "}" || text == "]");
        let end = if is_flow { bytes.end } else { open.end };
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Object(members, _) => Value::Object(merged(members)),
        };
        let node = Node::new(open.start..end, value);
        let node = tagged(with_bare_statements(node), open.tag);
        if open.anchor > 0 {
            self.anchors.insert(open.anchor, node.clone());
        }
        self.add(node, open.start..end)
    }

    /// Adds a value, or the name of the next one, to what is open. `bytes` is where it stands: an alias has its value elsewhere.
    fn add(&mut self, node: Node, bytes: Range<usize>) -> Result<(), ParseError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            let problem = Problem::Notation("YAML", format!("more than {MAX_VALUES} values"));
            return Err(self.error(bytes, problem));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        open.end = open.end.max(bytes.end);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Object(members, name) => {
                if let Some((name, name_bytes)) = name.take() {
                    members.push(Member {
                        name,
                        name_bytes,
                        value: node,
                    });
                } else {
                    let text = node.text().map_or_else(String::new, |text| text.written);
                    *name = Some((text, bytes));
                }
            }
        }
        Ok(())
    }

    fn offset(&self, marker: Marker) -> usize {
        if self.offsets.is_empty() {
            return marker.index().min(self.body.len());
        }
        let offset = self.offsets.get(marker.index());
        offset.copied().unwrap_or(self.body.len())
    }

    /// A scalar's bytes without the white space that the parser counts.
    fn trimmed(&self, bytes: Range<usize>, style: ScalarStyle) -> Range<usize> {
        let text = self.body.get(bytes.clone()).unwrap_or_default();
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => bytes,
            _ => bytes.start..bytes.start + text.trim_end().len(),
        }
    }

    fn syntax(&self, error: &ScanError) -> ParseError {
        let at = self.offset(*error.marker());
        self.error(at..at, Problem::Notation("YAML", error.info().to_owned()))
    }

    fn error(&self, bytes: Range<usize>, problem: Problem) -> ParseError {
        ParseError::at(self.body, bytes, Path::default(), problem)
    }
}

/// How many values the node is.
fn size(node: &Node) -> usize {
    let inner: usize = match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.iter().map(|m| size(&m.value)).sum(),
        _ => 0,
    };
    inner + 1
}

/// The name of a local tag, such as `Sub`.
fn short(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty())?;
    Some(tag.suffix.clone())
}

/// The short form of a function in its long form.
fn tagged(node: Node, tag: Option<String>) -> Node {
    let Some(tag) = tag else {
        return node;
    };
    let name = if tag == "Ref" || tag == "Condition" {
        tag
    } else {
        format!("Fn::{tag}")
    };
    let bytes = node.bytes.clone();
    let member = Member {
        name,
        name_bytes: bytes.start..bytes.start,
        value: node,
    };
    Node::new(bytes, Value::Object(vec![member]))
}

/// A scalar by YAML's core schema. A number that JSON does not know is a string.
fn scalar(text: &str, style: ScalarStyle, has_tag: bool) -> Json {
    if style != ScalarStyle::Plain || has_tag {
        return Json::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ if serde_json::from_str::<serde_json::Number>(text).is_ok() => {
            Json::Number(text.to_owned())
        }
        _ => Json::String(text.to_owned()),
    }
}

/// With the members of `<<` among its own.
fn merged(members: Vec<Member>) -> Vec<Member> {
    if members.iter().all(|m| m.name != "<<") {
        return members;
    }
    let (merges, mut own): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|m| m.name == "<<");
    for merge in merges {
        let sources = match merge.value.value {
            Value::List(items) => items,
            value => vec![Node {
                value,
                ..merge.value
            }],
        };
        for source in sources {
            let Value::Object(members) = source.value else {
                continue;
            };
            for member in members {
                if own.iter().all(|m| m.name != member.name) {
                    own.push(member);
                }
            }
        }
    }
    own
}

/// Serverless lists statements without a document around them.
fn with_bare_statements(mut node: Node) -> Node {
    const LISTS: [&str; 2] = ["statements", "iamRoleStatements"];
    let Value::Object(members) = &mut node.value else {
        return node;
    };
    let is_statement = |item: &Node| {
        item.member("Effect").is_some()
            && (item.member("Action").is_some() || item.member("NotAction").is_some())
    };
    for member in members {
        if LISTS.contains(&member.name.as_str()) && member.value.items().iter().any(is_statement) {
            let bytes = member.value.bytes.clone();
            let list = std::mem::replace(&mut member.value, Node::unknown(0..0, ""));
            let statement = Member {
                name: "Statement".to_owned(),
                name_bytes: member.name_bytes.clone(),
                value: list,
            };
            let version = Member {
                name: "Version".to_owned(),
                name_bytes: member.name_bytes.clone(),
                value: Node::string(member.name_bytes.clone(), "2012-10-17"),
            };
            member.value = Node::new(bytes, Value::Object(vec![version, statement]));
        }
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;
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
