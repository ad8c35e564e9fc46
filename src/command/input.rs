//! Reads documents from files, pipes and standard input, up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::Error;
use crate::policy::document::{self, Document, Path as Place, Spans};
use crate::policy::evaluate;

/// A policy with its text.
#[derive(Debug)]
pub(super) struct Policy {
    /// The name of the file in messages and reasons.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) document: Document,
}

/// Reads one policy.
///
/// # Errors
/// The file cannot be read, or has an error, whose place is given.
pub(super) fn policy(path: &Path) -> Result<Policy, Error> {
    // No more is read than the parser accepts.
    let (name, text) = text(path, document::MAX_BYTES)?;
    let document = document::parse(&text).map_err(|e| Error::Document {
        path: name.clone(),
        line: e.line,
        column: e.column,
        problem: if e.path.0.is_empty() {
            e.problem.to_string()
        } else {
            format!("`{}`: {}", e.path, e.problem)
        },
    })?;
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
    })
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
    if is_stdin(path) {
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
    path.as_os_str() == "-"
}

/// Line and column of an element.
fn place(text: &str, path: &Place) -> (usize, usize) {
    let span = Spans::of(text).ok().and_then(|spans| spans.name(path));
    span.map_or((1, 1), |s| (s.line, s.column))
}
