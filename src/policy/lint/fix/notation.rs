//! Applies edits to policies in other notations than plain JSON: Terraform's own, YAML, and JSON within them. Every other byte stays.
//!
//! An edit that the notation does not allow, such as a change of a value that a name stands for, is refused as a whole.

use std::ops::Range;

use super::edit::Edit;
use super::layout::Change;
use crate::policy::document::{Json, Path, Spans, Step};

/// How a policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::policy::lint) enum Notation {
    /// JSON.
    Json,
    /// JSON in a heredoc, in which `${` begins an interpolation.
    Heredoc,
    /// An expression of Terraform.
    Expression,
    /// `aws_iam_policy_document`.
    Document,
    /// YAML.
    Yaml,
}

/// The elements of a statement, and the arguments for them.
const ARGUMENTS: [(&str, &str); 4] = [
    ("Action", "actions"),
    ("NotAction", "not_actions"),
    ("Resource", "resources"),
    ("NotResource", "not_resources"),
];

impl Notation {
    /// By the first characters of a policy in a file.
    pub(in crate::policy::lint) fn of(is_terraform: bool, file: &str, policy: &str) -> Self {
        match (is_terraform, policy) {
            (true, p) if p.starts_with("<<") => Self::Heredoc,
            (true, p) if p.starts_with("data") => Self::Document,
            (true, _) => Self::Expression,
            (false, _) if file.trim_start().starts_with(['{', '[']) => Self::Json,
            (false, p) if p.starts_with('{') => Self::Json,
            (false, _) => Self::Yaml,
        }
    }

    /// A new text in the way of an old one.
    fn text(self, text: &str, like: &str) -> String {
        let quoted = serde_json::to_string(text).unwrap_or_default();
        match self {
            Self::Heredoc | Self::Expression | Self::Document => {
                quoted.replace("${", "$${").replace("%{", "%%{")
            }
            Self::Yaml if like.starts_with('\'') => format!("'{}'", text.replace('\'', "''")),
            Self::Yaml if !like.starts_with('"') && is_plain(text) => text.to_owned(),
            Self::Json | Self::Yaml => quoted,
        }
    }

    /// A new value on one line.
    fn value(self, json: &Json, like: &str) -> String {
        match json {
            Json::String(text) => self.text(text, like),
            Json::Array(items) => {
                let items: Vec<String> = items.iter().map(|i| self.value(i, like)).collect();
                format!("[{}]", items.join(", "))
            }
            Json::Object(members) => {
                let members: Vec<String> = (members.iter())
                    .map(|(name, value)| {
                        format!("{}: {}", self.text(name, "\""), self.value(value, "\""))
                    })
                    .collect();
                format!("{{ {} }}", members.join(", "))
            }
            scalar => serde_json::to_string(scalar).unwrap_or_default(),
        }
    }

    /// A name in the way of an old one; `None` if it is not written here.
    fn name(self, name: &str, like: &str) -> Option<String> {
        if self == Self::Document {
            if like.starts_with('"') {
                return Some(self.text(name, like));
            }
            ARGUMENTS.iter().find(|(_, argument)| *argument == like)?;
            let argument = ARGUMENTS.iter().find(|(element, _)| *element == name)?;
            return Some(argument.1.to_owned());
        }
        let is_identifier = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if self == Self::Expression && !like.starts_with('"') && is_identifier {
            return Some(name.to_owned());
        }
        Some(self.text(name, like))
    }
}

/// Whether YAML reads the text as a string without quotes.
fn is_plain(text: &str) -> bool {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && (text.bytes()).all(|b| b.is_ascii_alphanumeric() || b":*/._-".contains(&b))
        && !text.ends_with(':');
    let has_meaning = ["true", "false", "null", "yes", "no", "on", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    is_word && !has_meaning
}

/// The file with the edits of one policy; `None` if one of them cannot be made.
pub(in crate::policy::lint) fn edited(
    file: &str,
    spans: &Spans<'_>,
    notation: Notation,
    edits: &[Edit],
) -> Option<String> {
    let editor = Editor {
        file,
        spans,
        notation,
    };
    let mut changes: Vec<Change> = Vec::new();
    for edit in edits {
        changes.extend(editor.changes(edit)?);
    }
    changes.sort_by_key(|(bytes, _)| (bytes.start, bytes.end));
    let mut text = String::with_capacity(file.len());
    let mut end = 0;
    for (bytes, new) in changes {
        text.push_str(file.get(end..bytes.start)?);
        text.push_str(&new);
        end = bytes.end;
    }
    text.push_str(file.get(end..)?);
    Some(text)
}

struct Editor<'a> {
    file: &'a str,
    spans: &'a Spans<'a>,
    notation: Notation,
}

impl Editor<'_> {
    fn changes(&self, edit: &Edit) -> Option<Vec<Change>> {
        match edit {
            Edit::Rename(path, name) => {
                let bytes = self.spans.name(path)?.bytes;
                let name = self.notation.name(name, self.at(&bytes)?)?;
                Some(vec![(bytes, name)])
            }
            Edit::Replace(path, value) => {
                let bytes = self.literal(path)?;
                let old = self.at(&bytes)?;
                let new = self.notation.value(value, old);
                let is_listed = self.notation == Notation::Document && old.starts_with('[');
                let new = if is_listed && !new.starts_with('[') {
                    format!("[{new}]")
                } else {
                    new
                };
                Some(vec![(bytes, new)])
            }
            Edit::Append(path, value) => self.appended(path, value),
            Edit::Insert(path, name, value) => self.inserted(path, name, value),
            Edit::Remove(path) => self.removed(path),
        }
    }

    fn at(&self, bytes: &Range<usize>) -> Option<&str> {
        self.file.get(bytes.clone())
    }

    /// The bytes of a value that is written where it counts.
    fn literal(&self, path: &Path) -> Option<Range<usize>> {
        let bytes = self.spans.value(path)?.bytes;
        let text = self.at(&bytes)?;
        let is_named = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text != "true"
            && text != "false";
        let is_hcl = matches!(self.notation, Notation::Expression | Notation::Document);
        let is_literal = !text.is_empty() && !text.starts_with(['!', '*', '&', '|', '>']);
        (is_literal && !(is_hcl && is_named)).then_some(bytes)
    }

    /// The items of a list that is written where it counts.
    fn items(&self, path: &Path) -> Vec<Range<usize>> {
        (0..)
            .map_while(|n| self.spans.value(&path.index(n)))
            .map(|span| span.bytes)
            .collect()
    }

    fn line_start(&self, offset: usize) -> usize {
        let before = self.file.get(..offset).unwrap_or_default();
        before.rfind('\n').map_or(0, |n| n + 1)
    }

    fn line_end(&self, offset: usize) -> usize {
        let after = self.file.get(offset..).unwrap_or_default();
        let length = after.find('\n').unwrap_or(after.len());
        let line = after.get(..length).unwrap_or_default();
        offset + line.trim_end_matches('\r').len()
    }

    fn appended(&self, path: &Path, value: &Json) -> Option<Vec<Change>> {
        let bytes = self.literal(path)?;
        let items = self.items(path);
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            if self.spans.is_container(path) {
                return None;
            }
            let new = self.notation.value(value, self.at(&bytes)?);
            return Some(vec![
                (bytes.start..bytes.start, "[".to_owned()),
                (bytes.end..bytes.end, format!(", {new}]")),
            ]);
        };
        let new = self.notation.value(value, self.at(last)?);
        let start = self.line_start(last.start);
        let lead = self.file.get(start..last.start)?;
        if self.at(&bytes)?.starts_with('[') {
            let is_stacked = self.file.get(bytes.start..first.start)?.contains('\n');
            let text = if is_stacked {
                format!(",\n{lead}{new}")
            } else {
                format!(", {new}")
            };
            return Some(vec![(last.end..last.end, text)]);
        }
        if lead.trim() != "-" {
            return None;
        }
        let end = self.line_end(last.end);
        Some(vec![(end..end, format!("\n{lead}{new}"))])
    }

    fn inserted(&self, path: &Path, name: &str, value: &Json) -> Option<Vec<Change>> {
        if self.notation == Notation::Document {
            return None;
        }
        let whole = self.spans.value(path)?.bytes;
        let last = self.spans.children(path).pop()?;
        let last_name = self.spans.name(&last)?.bytes;
        let end = self.spans.value(&last)?.bytes.end;
        let start = self.line_start(last_name.start);
        let lead = self.file.get(start..last_name.start)?;
        let is_stacked = lead.trim().is_empty();
        let name = self.notation.name(name, self.at(&last_name)?)?;
        let new = self.notation.value(value, "\"");
        let is_flow = self.at(&whole)?.starts_with('{');
        let text = match (self.notation, is_stacked) {
            (Notation::Yaml, _) if !is_flow => {
                if !lead.trim_start_matches(['-', ' ']).is_empty() {
                    return None;
                }
                let end = self.line_end(end);
                let indent = " ".repeat(lead.len());
                return Some(vec![(end..end, format!("\n{indent}{name}: {new}"))]);
            }
            (Notation::Expression, true) => format!("\n{lead}{name} = {new}"),
            (Notation::Expression, false) => format!(", {name} = {new}"),
            (_, true) => format!(",\n{lead}{name}: {new}"),
            (_, false) => format!(", {name}: {new}"),
        };
        Some(vec![(end..end, text)])
    }

    fn removed(&self, path: &Path) -> Option<Vec<Change>> {
        let (step, parents) = path.0.split_last()?;
        let Step::Index(n) = step else {
            return None;
        };
        let parent = Path(parents.to_vec());
        let list = self.literal(&parent)?;
        let items = self.items(&parent);
        let item = items.get(*n)?;
        if self.at(&list)?.starts_with('[') {
            let out = match (
                items.get(n + 1),
                n.checked_sub(1).and_then(|n| items.get(n)),
            ) {
                (Some(next), _) => item.start..next.start,
                (None, Some(before)) => before.end..item.end,
                (None, None) => return None,
            };
            return Some(vec![(out, String::new())]);
        }
        let start = self.line_start(item.start);
        let is_own_line = self.file.get(start..item.start)?.trim() == "-";
        let end = self.line_end(item.end);
        let next = self
            .file
            .get(end..)?
            .find('\n')
            .map_or(end, |n| end + n + 1);
        (is_own_line && items.len() > 1).then(|| vec![(start..next, String::new())])
    }
}
