//! Removes and inserts items in the text. New text is laid out like its neighbours.

use std::ops::Range;

use crate::policy::document::Json;

/// New text for a stretch of bytes.
pub(super) type Change = (Range<usize>, String);

/// A name as JSON.
pub(super) fn name(text: &str) -> String {
    // Text always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}

/// How new text is written at a place.
#[derive(Debug, Clone)]
pub(super) struct Style {
    /// After a colon, and after a comma within a line.
    blank: &'static str,
    /// The line break and indentation before an item, where each has a line of its own.
    line: Option<String>,
    /// One step of indentation.
    unit: String,
}

impl Style {
    /// All on one line.
    pub(super) fn within_a_line(body: &str) -> Self {
        Self {
            blank: blank(body),
            line: None,
            unit: String::new(),
        }
    }

    /// A value as JSON.
    pub(super) fn value(&self, json: &Json) -> String {
        let mut text = String::new();
        self.write(json, &mut text);
        text
    }

    fn write(&self, json: &Json, text: &mut String) {
        match json {
            Json::Array(items) => {
                let items = items.iter().map(|item| (None, item)).collect();
                self.write_all('[', items, ']', text);
            }
            Json::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, item)| (Some(name), item))
                    .collect();
                self.write_all('{', members, '}', text);
            }
            scalar => text.push_str(&serde_json::to_string(scalar).unwrap_or_default()),
        }
    }

    fn write_all(
        &self,
        open: char,
        items: Vec<(Option<&String>, &Json)>,
        close: char,
        text: &mut String,
    ) {
        let inner = Self {
            line: self
                .line
                .as_ref()
                .map(|line| format!("{line}{}", self.unit)),
            ..self.clone()
        };
        text.push(open);
        let is_empty = items.is_empty();
        for (n, (member, item)) in items.into_iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            match &inner.line {
                Some(line) => text.push_str(line),
                None if n > 0 => text.push_str(self.blank),
                None => {}
            }
            if let Some(member) = member {
                text.push_str(&name(member));
                text.push(':');
                text.push_str(self.blank);
            }
            inner.write(item, text);
        }
        if let Some(line) = self.line.as_ref().filter(|_| !is_empty) {
            text.push_str(line);
        }
        text.push(close);
    }
}

/// A blank, if the text has one after its colons.
fn blank(body: &str) -> &'static str {
    if body.contains("\":") && !body.contains("\": ") && !body.contains("\" :") {
        ""
    } else {
        " "
    }
}

/// A list or an object with its items.
pub(super) struct Container<'a> {
    body: &'a str,
    bytes: Range<usize>,
    /// From the name, if it has one, to the end of the value; and whether it goes.
    items: Vec<(Range<usize>, bool)>,
}

impl<'a> Container<'a> {
    pub(super) fn new(
        body: &'a str,
        bytes: Range<usize>,
        items: Vec<(Range<usize>, bool)>,
    ) -> Self {
        Self { body, bytes, items }
    }

    /// Takes out what goes and puts in what is added, at the end.
    pub(super) fn changes(&self, added: &[(Option<&str>, &Json)]) -> Vec<Change> {
        let mut changes = Vec::new();
        let first_kept = self.items.iter().position(|(_, goes)| !goes);
        let last_kept = self.items.iter().rposition(|(_, goes)| !goes);
        let mut before: Option<&Range<usize>> = None;
        for (n, (bytes, goes)) in self.items.iter().enumerate() {
            if *goes {
                let out = match (before, self.items.get(n + 1)) {
                    // With the comma before it.
                    (Some(before), _) if first_kept.is_some_and(|kept| kept < n) => {
                        before.end..bytes.end
                    }
                    // With the comma after it.
                    (_, Some((next, _))) => bytes.start..next.start,
                    (_, None) => bytes.clone(),
                };
                changes.push((out, String::new()));
            }
            before = Some(bytes);
        }
        if added.is_empty() {
            return changes;
        }
        let (between, style) = self.style();
        let texts: Vec<String> = (added.iter())
            .map(|(member, value)| {
                let value = style.value(value);
                match member {
                    Some(member) => format!("{}:{}{value}", name(member), style.blank),
                    None => value,
                }
            })
            .collect();
        let joined = texts.join(&between);
        let last = last_kept.and_then(|n| self.items.get(n));
        let (place, text) = match (last, self.items.first()) {
            (Some((last, _)), _) => (last.end, format!("{between}{joined}")),
            // All go: the new ones stand where the first stood.
            (None, Some((first, _))) => (first.start, joined),
            (None, None) => (self.bytes.start + 1, joined),
        };
        changes.push((place..place, text));
        changes
    }

    /// What stands between two items, and the style of new ones.
    fn style(&self) -> (String, Style) {
        let get = |bytes: Range<usize>| self.body.get(bytes).unwrap_or_default();
        let blank = blank(self.body);
        let first = self.items.first().map(|(bytes, _)| bytes);
        let lead = first.map_or("", |first| get(self.bytes.start + 1..first.start));
        let last_two = (self.items.len().checked_sub(2))
            .and_then(|n| Some((self.items.get(n)?, self.items.get(n + 1)?)));
        let between = match last_two {
            Some(((one, _), (two, _))) => get(one.end..two.start).to_owned(),
            None if lead.contains('\n') => format!(",{lead}"),
            None => format!(",{blank}"),
        };
        let is_tall = between.contains('\n');
        // As the neighbour is: its own items each on a line, or all on one.
        let neighbours: Vec<&str> = self
            .items
            .iter()
            .map(|(bytes, _)| get(bytes.clone()))
            .collect();
        let nests = |text: &&&str| text.trim_end().ends_with(['}', ']']);
        let tall = match neighbours.iter().rfind(nests) {
            Some(text) => text.contains('\n'),
            None => is_tall,
        };
        let line = between.rfind('\n').map(|n| {
            let start = if between.get(..n).is_some_and(|b| b.ends_with('\r')) {
                n - 1
            } else {
                n
            };
            between.get(start..).unwrap_or_default().to_owned()
        });
        let own = line
            .as_deref()
            .map(|line| line.trim_start_matches(['\r', '\n']).to_owned());
        let outer = self.indentation();
        let unit = own
            .as_deref()
            .and_then(|own| own.strip_prefix(outer))
            .filter(|unit| !unit.is_empty())
            .unwrap_or("  ")
            .to_owned();
        let style = Style {
            blank,
            line: line.filter(|_| tall),
            unit,
        };
        (between, style)
    }

    /// The white space at the beginning of the line on which the container begins.
    fn indentation(&self) -> &'a str {
        let before = self.body.get(..self.bytes.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let end = line
            .find(|c: char| !matches!(c, ' ' | '\t'))
            .unwrap_or(line.len());
        line.get(..end).unwrap_or_default()
    }
}

/// A lone value becomes a list with what is added.
pub(super) fn wrapped(
    body: &str,
    bytes: Range<usize>,
    added: &[(Option<&str>, &Json)],
) -> Vec<Change> {
    let style = Style::within_a_line(body);
    let more: Vec<String> = added.iter().map(|(_, value)| style.value(value)).collect();
    let comma = format!(",{}", style.blank);
    vec![
        (bytes.start..bytes.start, "[".to_owned()),
        (
            bytes.end..bytes.end,
            format!("{comma}{}]", more.join(&comma)),
        ),
    ]
}
