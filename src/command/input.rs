//! Reads documents from files, pipes and standard input, up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::folder;
use crate::error::Error;
use crate::policy::document::{self, Document, ParseError, Path as Place, Spans};
use crate::policy::evaluate;
use crate::policy::source::{self, Assumption, Candidate, SourceFile};
use crate::process::shell_quote;
use crate::ui::Ui;

/// A policy with its text.
#[derive(Debug)]
pub(super) struct Policy {
    /// The name of the file, and that of the policy in it, in messages and reasons.
    pub(super) name: String,
    /// As JSON.
    pub(super) text: String,
    pub(super) document: Document,
    /// What the file does not tell, in its own words. The policy is the worst that it may be.
    pub(super) unknown: Vec<String>,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Input {
    /// JSON text that is meant to be a policy: its name and the text.
    Plain(String, String),
    /// A policy in a file of another kind.
    Found(Policy),
}

/// Reads one policy: a file that is a policy, the only policy of a file, or the policy that `FILE#NAME` names.
///
/// # Errors
/// The file cannot be read, or has an error, whose place is given; it has several policies, which are listed.
pub(super) fn policy(path: &Path) -> Result<Policy, Error> {
    let (name, text) = match input(path)? {
        Input::Found(policy) => return Ok(policy),
        Input::Plain(name, text) => (name, text),
    };
    let document = document::parse(&text).map_err(|e| wrong(&name, &e))?;
    if let Err(unknown) = evaluate::Policy::new(document.clone()) {
        let (line, column) = place(&text, &unknown.path);
        return Err(Error::Document {
            path: name,
            line,
            column,
            problem: unknown.to_string(),
        });
    }
    Ok(Policy {
        name,
        text,
        document,
        unknown: Vec::new(),
    })
}

fn wrong(name: &str, error: &ParseError) -> Error {
    Error::Document {
        path: name.to_owned(),
        line: error.line,
        column: error.column,
        problem: if error.path.0.is_empty() {
            error.problem.to_string()
        } else {
            format!("`{}`: {}", error.path, error.problem)
        },
    }
}

/// Reads a file and finds the policy in it.
///
/// # Errors
/// As [`policy`], except for what is wrong with a file that is meant to be a policy.
pub(super) fn input(path: &Path) -> Result<Input, Error> {
    let (file, wanted) = split(path);
    // No more is read than the parser of a single policy accepts, unless one of many is wanted.
    let most = if wanted.is_some() {
        source::MAX_BYTES
    } else {
        document::MAX_BYTES
    };
    let (name, text) = text(&file, most)?;
    let body = text.trim_start_matches('\u{feff}');
    let mut files = vec![(name.clone(), body.to_owned())];
    if source::is_terraform(&name) {
        files.extend(others(&file));
    }
    let sources: Vec<SourceFile<'_>> = (files.iter())
        .map(|(name, text)| SourceFile { name, text })
        .collect();
    let mut found = source::read_together(&sources);
    let used = (found.first()).map_or_else(Vec::new, |contents| contents.used.clone());
    // The policies of the file itself, and those that it takes from other files.
    let mut all: Vec<(&str, &str, Candidate<'_>)> = Vec::new();
    let mut problem = None;
    for n in std::iter::once(0).chain(used) {
        if let (Some((name, body)), Some(contents)) = (files.get(n), found.get_mut(n)) {
            let candidates = std::mem::take(&mut contents.candidates).into_iter();
            all.extend(candidates.map(|c| (name.as_str(), body.as_str(), c)));
            problem = problem.or(contents.problem.take());
        }
    }
    match (&wanted, all.as_slice()) {
        (None, []) if !is_source(&file) => return Ok(Input::Plain(name, text)),
        (None, []) => {
            return Err(problem.map_or_else(|| no_policy(&name), |e| wrong(&name, &e)));
        }
        (None, [(_, _, one)]) if one.place.is_empty() && one.is_object() && !is_source(&file) => {
            return Ok(Input::Plain(name, text));
        }
        _ => {}
    }
    let (name, body, candidate) = match (&wanted, all.as_slice()) {
        (None, [one]) => one,
        (wanted, all) => chosen(&file, &name, wanted.as_deref(), all)?,
    };
    found_policy(name, body, candidate).map(Input::Found)
}

/// The files to which Terraform's own file may refer.
fn others(file: &Path) -> Vec<(String, String)> {
    let path = |file: &Path| std::fs::canonicalize(file).ok();
    let own = path(file);
    let others = folder::beside(file).into_iter();
    others
        .filter(|(other, _)| path(other) != own)
        .map(|(other, text)| (folder::label(&other), text))
        .collect()
}

fn found_policy(file: &str, body: &str, candidate: &Candidate<'_>) -> Result<Policy, Error> {
    const PARTITION: &str = "aws";
    let name = named(file, candidate);
    let reading = (candidate.reading(body, PARTITION, Assumption::Worst))
        .map_err(|error| wrong(&name, &error))?;
    let text = candidate
        .text()
        .map_or_else(|| reading.json(), str::to_owned);
    if let Err(unknown) = evaluate::Policy::new(reading.document.clone()) {
        let start = candidate.extent.start;
        return Err(Error::Document {
            path: name,
            line: start.line,
            column: start.column,
            problem: unknown.to_string(),
        });
    }
    let unknowns = candidate.unknowns(PARTITION).into_iter();
    let mut unknown: Vec<String> = unknowns.map(|(_, words)| words).collect();
    unknown.dedup();
    Ok(Policy {
        name,
        text,
        document: reading.document,
        unknown,
    })
}

/// Whether a file of this name cannot be a single policy in JSON.
fn is_source(file: &Path) -> bool {
    let end = file.extension().and_then(|e| e.to_str());
    matches!(end, Some("tf" | "tofu" | "hcl" | "yaml" | "yml"))
}

fn no_policy(name: &str) -> Error {
    Error::Refused {
        message: format!("there is no policy in `{name}`"),
        hint: "`mfa-session policy check DIR` finds the files that have policies".to_owned(),
    }
}

/// The name of a policy: its file, and the way to it.
fn named(file: &str, candidate: &Candidate<'_>) -> String {
    if candidate.place.is_empty() {
        file.to_owned()
    } else {
        format!("{file}#{}", candidate.place)
    }
}

/// Names that an error lists, at most.
const SHOWN: usize = 20;

/// A policy with the name and the text of its file.
type Placed<'f, 'a> = (&'f str, &'f str, Candidate<'a>);

/// The policy of this name: its whole path in the file, or a part of it that no other policy has.
fn chosen<'c, 'f, 'a>(
    file: &Path,
    name: &str,
    wanted: Option<&str>,
    all: &'c [Placed<'f, 'a>],
) -> Result<&'c Placed<'f, 'a>, Error> {
    let exact = (all.iter()).find(|(_, _, c)| Some(c.place.as_str()) == wanted);
    if let Some(exact) = exact {
        return Ok(exact);
    }
    let has_part = |(_, _, c): &&Placed<'_, '_>| {
        wanted.is_some_and(|wanted| {
            let place = format!(".{}.", c.place);
            !wanted.is_empty() && place.contains(&format!(".{wanted}."))
        })
    };
    let matching: Vec<&Placed<'f, 'a>> = all.iter().filter(has_part).collect();
    if let [one] = matching.as_slice() {
        return Ok(one);
    }
    let listed = if matching.is_empty() {
        all.iter().collect()
    } else {
        matching
    };
    let message = match (wanted, listed.len()) {
        (_, 0) => return Err(no_policy(name)),
        (Some(wanted), _) => format!("`{name}` has no single policy `{wanted}`"),
        (None, n) => format!("`{name}` has {n} policies: name one of them"),
    };
    let own = file.display().to_string();
    let names: Vec<String> = (listed.iter().take(SHOWN))
        .map(|(of, _, c)| {
            let file = if *of == name { own.as_str() } else { of };
            shell_quote(&named(file, c))
        })
        .collect();
    let more = listed.len().saturating_sub(SHOWN);
    let mut hint = names.join(", ");
    if more > 0 {
        hint = format!("{hint} and {more} more");
    }
    Err(Error::Refused { message, hint })
}

/// The file and the name of the policy in it. A file whose name has a `#` is a file.
fn split(path: &Path) -> (PathBuf, Option<String>) {
    let text = path.to_string_lossy();
    if path.exists() || !text.contains('#') {
        return (path.to_owned(), None);
    }
    let file = (text.match_indices('#'))
        .filter_map(|(n, _)| Some((text.get(..n)?, text.get(n + 1..)?)))
        .find(|(file, _)| *file == "-" || Path::new(file).exists());
    match file {
        Some((file, name)) => (PathBuf::from(file), Some(name.to_owned())),
        None => (path.to_owned(), None),
    }
}

/// Says what the file does not tell about the policy.
pub(super) fn note_unknown(ui: Ui, policy: &Policy) {
    const FIRST: usize = 3;
    let shown: Vec<String> = (policy.unknown.iter().take(FIRST))
        .map(|words| format!("`{words}`"))
        .collect();
    if shown.is_empty() {
        return;
    }
    let more = policy.unknown.len().saturating_sub(FIRST);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    ui.note(&format!(
        "{}: the file does not tell {}{more}: what they may allow counts as allowed, and what they may deny does not count as denied",
        policy.name,
        shown.join(", ")
    ));
}

/// Reads several policies.
///
/// # Errors
/// As [`policy`].
pub(super) fn policies<'a>(
    paths: impl IntoIterator<Item = &'a std::path::PathBuf>,
) -> Result<Vec<Policy>, Error> {
    paths.into_iter().map(|path| policy(path)).collect()
}

/// Refuses to read standard input twice, because it is empty the second time.
///
/// # Errors
/// A usage error.
pub(super) fn stdin_once<'a>(
    paths: impl IntoIterator<Item = &'a std::path::PathBuf>,
) -> Result<(), Error> {
    let named = paths.into_iter().filter(|p| is_stdin(p)).count();
    if named < 2 {
        return Ok(());
    }
    Err(Error::Usage {
        message: "`-` is given more than once, but standard input can be read only once".to_owned(),
        hint: "name a file instead of all but one of them".to_owned(),
    })
}

/// The name for messages, and the text: valid UTF-8 of at most `most` bytes.
///
/// # Errors
/// As [`policy`].
pub(super) fn text(path: &Path, most: usize) -> Result<(String, String), Error> {
    let (name, mut reader) = open(path)?;
    let failed = |source| Error::File {
        what: "read",
        path: name.clone(),
        source,
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    (&mut reader)
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let wrong = |line, column, problem: String| Error::Document {
        path: name.clone(),
        line,
        column,
        problem,
    };
    if bytes.len() > most {
        return Err(Error::File {
            what: "read",
            path: name,
            source: io::Error::other(format!("more than {most} bytes")),
        });
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let bytes = e.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return wrong(1, 1, "the file is UTF-16: save it as UTF-8".to_owned());
        }
        let (good, rest) = bytes.split_at(e.utf8_error().valid_up_to());
        let good = String::from_utf8_lossy(good);
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let byte = rest.first().copied().unwrap_or_default();
        wrong(
            line,
            column,
            format!("byte 0x{byte:02X} is not valid UTF-8"),
        )
    })?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(wrong(1, 1, "the input is empty: expected JSON".to_owned()));
    }
    Ok((name, text))
}

/// The name for messages, and a reader.
///
/// # Errors
/// The file cannot be opened.
pub(super) fn open(path: &Path) -> Result<(String, Box<dyn Read + Send>), Error> {
    if path.as_os_str() == "-" {
        return Ok(("standard input".to_owned(), Box::new(io::stdin())));
    }
    let name = path.display().to_string();
    let opened = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(file)
    });
    match opened {
        Ok(file) => Ok((name, Box::new(file))),
        Err(source) => Err(Error::File {
            what: "read",
            path: name,
            source,
        }),
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-" || path.to_str().is_some_and(|path| path.starts_with("-#"))
}

/// Line and column of an element.
fn place(text: &str, path: &Place) -> (usize, usize) {
    let span = Spans::of(text).ok().and_then(|spans| spans.name(path));
    span.map_or((1, 1), |s| (s.line, s.column))
}
