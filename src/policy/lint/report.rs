//! Findings with their positions: the data from which every report format is made.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::allowed::{self, Exception};
use super::check::check;
use super::finding::Finding;
pub use super::place::{Line, Located};
use super::place::{full_path, placed};
use super::subject::Subject;
use super::unsure::in_both;
use crate::policy::document::{Document, ParseError, Path};
use crate::policy::generate::Kind;
use crate::policy::source::{
    self, Assumption, Attachment, Candidate, Contents, Known, Position, Reading, SourceFile,
};

/// What the caller says about all policies; this takes precedence over what their files say.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What they are attached to.
    pub attachment: Option<Attachment>,
    /// The kind by whose limits they are measured.
    pub kind: Option<Kind>,
    /// The partition that they are for.
    pub partition: Option<String>,
}

impl Given {
    /// The given partition, else `aws`.
    pub(super) fn partition_or_aws(&self) -> &str {
        self.partition.as_deref().unwrap_or("aws")
    }

    /// The policy as attached to each known attachment, or once without one.
    pub(super) fn subjects<'a>(
        &'a self,
        known: &Known,
        document: &'a Document,
        text: &'a str,
    ) -> Vec<Subject<'a>> {
        let attachments = match (self.attachment, known.attachments.as_slice()) {
            (Some(given), _) => vec![Some(given)],
            (None, []) => vec![None],
            (None, several) => several.iter().copied().map(Some).collect(),
        };
        // The kind is ignored too if it contradicts the given attachment.
        let fits = match self.attachment {
            Some(given) => known.attachments.is_empty() || known.attachments.contains(&given),
            None => true,
        };
        let subject = |attachment| Subject {
            document,
            text,
            attachment,
            kind: self.kind.or(known.kind.filter(|_| fits)),
            partition: self.partition.as_deref(),
        };
        attachments.into_iter().map(subject).collect()
    }
}

/// One file.
#[derive(Debug, Default)]
pub struct Report {
    /// As typed; `-` for standard input.
    pub file: String,
    /// How many policies were judged.
    pub judged: usize,
    /// The policies in which something was found, in the order of the file.
    pub policies: Vec<Judged>,
    /// What could not be read.
    pub misread: Vec<Misread>,
    /// Places of policies that the file does not hold yet.
    pub unknown: Vec<String>,
    /// Whether it was read, but nothing in it is meant to be a policy.
    pub is_empty: bool,
    /// Files that hold policies of this one, by their numbers among the files that were read together.
    pub used: Vec<usize>,
}

/// A policy in which something was found.
#[derive(Debug)]
pub struct Judged {
    /// The way to it in the file; empty for a file that is the policy.
    pub place: String,
    /// The policy's text where it stands in the file as it is, for fixes.
    pub text: Option<String>,
    /// Whether `--fix` may change it where it stands: it is not the content of a string.
    pub is_fixable: bool,
    /// Where its text begins in the file.
    pub start: Position,
    /// In the order of the document.
    pub findings: Vec<Located>,
    /// Findings that a comment in the file allows, each with its reason.
    pub suppressed: Vec<(Located, String)>,
}

/// What was found at which place, by the beginnings of the policies.
type Said = HashSet<(usize, &'static str, Position, String)>;

impl Judged {
    /// Without what was found in another instance of the same policy; `None` if nothing is left.
    fn without_repeated(mut self, start: usize, said: &mut Said) -> Option<Self> {
        let mut is_new = |located: &Located| {
            let finding = &located.finding;
            said.insert((
                start,
                finding.rule.id,
                located.start,
                finding.message.clone(),
            ))
        };
        self.findings.retain(&mut is_new);
        self.suppressed.retain(|(located, _)| is_new(located));
        (!self.findings.is_empty() || !self.suppressed.is_empty()).then_some(self)
    }
}

/// A policy that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The place in the file.
    pub start: Position,
    /// What is wrong, with the way to it.
    pub problem: String,
}

/// What is said of a file without a policy.
const NO_POLICY: &str = "no policy in it; looked for documents with a `Statement`: as JSON (alone, in lists, one after the other, as the AWS \
CLI prints them), in CloudFormation templates and other YAML, in Terraform files and in Terraform plans (`terraform show -json`)";

/// What is said of a file whose policies all depend on what it does not tell.
const NOT_KNOWN: &str = "no policy in it that is known already";

/// Reads a file and judges every policy in it.
#[must_use]
pub fn report(file: &str, text: &str, given: &Given) -> Report {
    let file = SourceFile { name: file, text };
    reports(&[file], given).pop().unwrap_or_default()
}

/// Reads files that belong together, such as those of one folder, and judges every policy in them.
#[must_use]
pub fn reports(files: &[SourceFile<'_>], given: &Given) -> Vec<Report> {
    reports_of(files, given, |_| true)
}

/// Reads files that belong together, and judges the policies of those whose numbers are wanted, and of those that they use. The reports
/// of the others are empty.
#[must_use]
pub fn reports_of(
    files: &[SourceFile<'_>],
    given: &Given,
    is_wanted: impl Fn(usize) -> bool,
) -> Vec<Report> {
    let files: Vec<SourceFile<'_>> = (files.iter())
        .map(|file| SourceFile {
            text: file.text.strip_prefix('\u{feff}').unwrap_or(file.text),
            ..*file
        })
        .collect();
    let contents = source::read_together(&files);
    let mut judged: HashSet<usize> = (0..files.len()).filter(|n| is_wanted(*n)).collect();
    for (n, contents) in contents.iter().enumerate() {
        if is_wanted(n) {
            judged.extend(&contents.used);
        }
    }
    let mut reports: Vec<Report> = (files.iter().zip(contents).enumerate())
        .map(|(n, (file, contents))| {
            if judged.contains(&n) {
                of_contents(*file, contents, given)
            } else {
                Report::default()
            }
        })
        .collect();
    // A file may be there for others that refer to it.
    let is_alone = reports.iter().all(|report| report.judged == 0);
    let is_silent = |report: &&mut Report| report.is_empty && report.used.is_empty();
    for report in reports.iter_mut().filter(is_silent) {
        if is_alone || !source::is_terraform(&report.file) {
            report.misread.push(Misread {
                start: Position { line: 1, column: 1 },
                problem: NO_POLICY.to_owned(),
            });
        }
    }
    reports
}

fn of_contents(file: SourceFile<'_>, contents: Contents<'_>, given: &Given) -> Report {
    let mut report = Report {
        file: file.name.to_owned(),
        unknown: contents.unknown,
        used: contents.used,
        ..Report::default()
    };
    let exceptions = allowed::exceptions(file.text);
    let mut said = HashSet::new();
    for candidate in &contents.candidates {
        match judge(file.text, candidate, given, &exceptions) {
            Ok(judged) => {
                report.judged += 1;
                let start = candidate.extent.bytes.start;
                let judged = judged.and_then(|judged| judged.without_repeated(start, &mut said));
                report.policies.extend(judged);
            }
            Err(misread) => report.misread.push(misread),
        }
    }
    let without_reason = allowed::without_reason(file.text, &exceptions);
    if let Some(first) = without_reason.first().filter(|_| report.judged > 0) {
        report.policies.push(Judged {
            place: String::new(),
            text: None,
            is_fixable: false,
            start: first.start,
            findings: without_reason,
            suppressed: Vec::new(),
        });
    }
    if let Some(error) = contents.problem {
        report.misread.push(Misread::of_file(&error));
    } else if contents.candidates.is_empty() && report.unknown.is_empty() {
        report.is_empty = true;
    } else if contents.candidates.is_empty() && report.used.is_empty() {
        report.misread.push(Misread {
            start: Position { line: 1, column: 1 },
            problem: NOT_KNOWN.to_owned(),
        });
    }
    report
}

impl Misread {
    /// Whether the file can be read, but does not tell what is in its policies.
    #[must_use]
    pub fn is_not_known(&self) -> bool {
        self.problem == NOT_KNOWN
    }

    fn of_file(error: &ParseError) -> Self {
        let problem = if error.path.0.is_empty() {
            error.problem.to_string()
        } else {
            format!("`{}`: {}", error.path, error.problem)
        };
        let start = Position {
            line: error.line,
            column: error.column,
        };
        Self { start, problem }
    }
}

/// What the rules find in a policy of the file `body` (without a byte order mark), in no order.
///
/// # Errors
/// [`Misread`]: it is not a policy.
pub(super) fn found(
    body: &str,
    candidate: &Candidate<'_>,
    given: &Given,
) -> Result<Vec<Finding>, Misread> {
    let partition = given.partition_or_aws();
    let read = |assumption| {
        let reading = candidate.reading(body, partition, assumption);
        reading.map_err(|error| misread(candidate, &error))
    };
    let find = |reading: &Reading| {
        let compact = || {
            let compact = reading.document.to_json_compact();
            Cow::Owned(if candidate.is_generated() {
                shortened(&compact)
            } else {
                compact
            })
        };
        let text = candidate.text().map_or_else(compact, Cow::Borrowed);
        findings(&reading.document, &text, candidate, given)
    };
    let worst = read(Assumption::Worst)?;
    let found = find(&worst);
    if !candidate.is_uncertain(partition) {
        return Ok(found);
    }
    let best = read(Assumption::Best)?;
    let unknown = candidate.unknowns(partition).into_iter();
    let unknown: Vec<Path> = unknown.map(|(path, _)| path).collect();
    Ok(in_both(&worst, found, &best, find(&best), &unknown))
}

/// The text of a policy in which a list of one item is the item, as Terraform's provider writes it.
fn shortened(text: &str) -> String {
    fn short(value: Value) -> Value {
        match value {
            Value::Array(mut items) if items.len() == 1 => items.pop().map_or(Value::Null, short),
            Value::Array(items) => Value::Array(items.into_iter().map(short).collect()),
            Value::Object(members) => {
                Value::Object(members.into_iter().map(|(k, v)| (k, short(v))).collect())
            }
            other => other,
        }
    }
    let value: Option<Value> = serde_json::from_str(text).ok();
    value.map_or_else(|| text.to_owned(), |value| short(value).to_string())
}

/// What the rules find in a policy, with its places; `None` for nothing.
///
/// # Errors
/// As [`found`].
fn judge(
    body: &str,
    candidate: &Candidate<'_>,
    given: &Given,
    exceptions: &[Exception<'_>],
) -> Result<Option<Judged>, Misread> {
    let found = found(body, candidate, given)?;
    if found.is_empty() {
        return Ok(None);
    }
    let partition = given.partition_or_aws();
    let mut findings = placed(found, body, candidate, partition);
    // By place, as people read; the rules of one place by their ids.
    findings.sort_by(|(a, left), (b, right)| {
        (a, left.finding.rule.id).cmp(&(b, right.finding.rule.id))
    });
    let findings = findings.into_iter().map(|(_, located)| located).collect();
    let (findings, suppressed) = allowed::divided(findings, body, candidate, partition, exceptions);
    Ok(Some(Judged {
        place: candidate.place.clone(),
        text: (candidate.text().filter(|_| candidate.is_object())).map(str::to_owned),
        is_fixable: candidate.is_object() || candidate.text().is_none(),
        start: candidate.extent.start,
        findings,
        suppressed,
    }))
}

/// A policy that is attached to several things is judged as attached to each.
fn findings(
    document: &Document,
    text: &str,
    candidate: &Candidate<'_>,
    given: &Given,
) -> Vec<Finding> {
    let subjects = given.subjects(&candidate.known, document, text);
    let mut findings: Vec<Finding> = Vec::new();
    if let [one] = subjects.as_slice() {
        return check(one);
    }
    for subject in &subjects {
        for finding in check(subject) {
            let is_known = findings.iter().any(|known| {
                known.rule.id == finding.rule.id
                    && known.path == finding.path
                    && known.message == finding.message
            });
            if !is_known {
                findings.push(finding);
            }
        }
    }
    findings
}

fn misread(candidate: &Candidate<'_>, error: &ParseError) -> Misread {
    let inner = Position {
        line: error.line,
        column: error.column,
    };
    let way = full_path(&candidate.place, &error.path);
    let is_in_file = candidate.text().is_none();
    let problem = match (way.is_empty(), candidate.is_object() || is_in_file) {
        (true, true) => error.problem.to_string(),
        (false, true) => format!("`{way}`: {}", error.problem),
        (_, false) => format!(
            "`{way}`: {} (line {}, column {} of the text in this string)",
            error.problem, inner.line, inner.column
        ),
    };
    let start = candidate.extent.start;
    Misread {
        start: if is_in_file {
            inner
        } else if candidate.is_object() {
            start.then(inner)
        } else {
            start
        },
        problem,
    }
}
