//! `policy check --fix`: prints a file with its fixes applied, or writes the fixes into files.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::cli::{Check, CheckForm};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::lint::mended::{MendedFile, mended};
use crate::policy::lint::mended_source::mended_together;
use crate::policy::lint::report::{Given, Report, report, reports};
use crate::policy::source::{MAX_BYTES, SourceFile, is_terraform};
use crate::storage::public_file;
use crate::ui::{Stream, Ui, clean};

use super::check::{FAILED, exit_code, files, given, ignored, is_silent, rendered};
use super::input;
use super::judge::{print_errors, quoted, shown};
use crate::command::folder;
use crate::command::folder::label;

pub(super) fn run(context: &Context, args: &Check) -> Outcome {
    input::stdin_once(&args.files)?;
    let given = given(args)?;
    let files = files(&args.files)?;
    if args.write {
        return write(context, args, &given, files);
    }
    let [file] = files.as_slice() else {
        return Err(Error::Usage {
            message: "`--fix` prints one file, but several are given".to_owned(),
            hint: "run the command once for each file, or add --write".to_owned(),
        });
    };
    print(context, args, &given, file)
}

/// Prints the file.
fn print(context: &Context, args: &Check, given: &Given, file: &Path) -> Outcome {
    let ui = context.ui;
    let label = label(file);
    let (_, text) = input::text(file, MAX_BYTES)?;
    let before = report(&label, &text, given);
    print_errors(ui, file, &before);
    if !before.misread.is_empty() {
        return Ok(FAILED);
    }
    let MendedFile { text, done } = mended(&label, &text, given).map_err(|e| Error::Refused {
        message: format!("{}: {e}", shown(file)),
        hint: format!(
            "`mfa-session policy check {}` shows what to fix in its source",
            quoted(file)
        ),
    })?;
    let after = [report(&label, &text, given)];
    context.ui.data(&text)?;
    // The other formats are for programs, which read nothing else.
    if args.format == CheckForm::Text {
        print_fixed(ui, &done, &after);
    }
    ui.aside(&rendered(&after, args.format, ui.columns(Stream::Stderr)));
    Ok(exit_code(&after, args.fail_on))
}

fn print_fixed(ui: Ui, done: &[(String, String)], after: &[Report]) {
    for (place, title) in done {
        let place = if place.is_empty() {
            String::new()
        } else {
            format!("{place}: ")
        };
        ui.say(&format!("fixed: {place}{title}"));
    }
    let left: usize = (after.iter().flat_map(|r| &r.policies))
        .map(|policy| policy.findings.len())
        .sum();
    match left {
        0 => {}
        1 => ui.say("1 finding remains: it has no safe fix"),
        left => ui.say(&format!("{left} findings remain: they have no safe fix")),
    }
}

/// Writes the fixes into the files, and shows what changes.
fn write(context: &Context, args: &Check, given: &Given, named: Vec<PathBuf>) -> Outcome {
    let ui = context.ui;
    if named.iter().any(|file| file.as_os_str() == "-") {
        return Err(Error::Usage {
            message: "`--write` needs a file to write to".to_owned(),
            hint: "`mfa-session policy check --fix <in.json >out.json`".to_owned(),
        });
    }
    let mut after = Vec::new();
    let mut done = Vec::new();
    for group in groups(ui, args, named)? {
        let (texts, titles) = written(ui, &group, given)?;
        done.extend(titles);
        let labels: Vec<String> = group.iter().map(|(path, _)| label(path)).collect();
        let sources: Vec<SourceFile<'_>> = (labels.iter().zip(&texts))
            .map(|(name, text)| SourceFile { name, text })
            .collect();
        for ((path, _), report) in group.iter().zip(reports(&sources, given)) {
            if !is_silent(&report) {
                print_errors(ui, path, &report);
                after.push(report);
            }
        }
    }
    if args.format == CheckForm::Text {
        print_fixed(ui, &done, &after);
    }
    ui.aside(&rendered(&after, args.format, ui.columns(Stream::Stderr)));
    Ok(exit_code(&after, args.fail_on))
}

type Group = Vec<(PathBuf, String)>;

/// What was done, each with its place.
type Titles = Vec<(String, String)>;

/// The files with their texts, by their folders.
fn groups(ui: Ui, args: &Check, named: Vec<PathBuf>) -> Result<Vec<Group>, Error> {
    let mut groups: Vec<Group> = Vec::new();
    for path in named {
        if path.is_dir() {
            let found = folder::search(ui, &path, ignored(args));
            groups.extend(found.groups);
            continue;
        }
        let (_, text) = input::text(&path, MAX_BYTES)?;
        let same = groups.iter_mut().find(|group| {
            let first = group.first();
            first.is_some_and(|(other, _)| other.parent() == path.parent())
        });
        match same {
            Some(group) => group.push((path, text)),
            None => groups.push(vec![(path, text)]),
        }
    }
    Ok(groups)
}

/// Fixes the files of a folder and writes those that change. Returns their texts, and what was done.
fn written(ui: Ui, group: &Group, given: &Given) -> Result<(Vec<String>, Titles), Error> {
    let names: Vec<String> = group.iter().map(|(path, _)| label(path)).collect();
    let terraform: Vec<SourceFile<'_>> = (names.iter().zip(group))
        .filter(|(name, _)| is_terraform(name))
        .map(|(name, (_, text))| SourceFile {
            name,
            text: text.trim_start_matches('\u{feff}'),
        })
        .collect();
    let mut of_terraform = mended_together(&terraform, given).into_iter();
    let mut texts = Vec::new();
    let mut titles = Vec::new();
    for (name, (path, text)) in names.iter().zip(group) {
        let fixed = if is_terraform(name) {
            let mut fixed = of_terraform.next();
            if text.starts_with('\u{feff}') {
                fixed = fixed.map(|fixed| MendedFile {
                    text: format!("\u{feff}{}", fixed.text),
                    ..fixed
                });
            }
            fixed
        } else {
            match mended(name, text, given) {
                Ok(fixed) => Some(fixed),
                Err(problem) => {
                    ui.note(&format!("{name}: {problem}"));
                    None
                }
            }
        };
        let Some(fixed) = fixed.filter(|fixed| fixed.text != *text) else {
            texts.push(text.clone());
            continue;
        };
        replaced(ui, path, text, &fixed.text)?;
        let of_file = |(place, title)| (format!("{name} {place}").trim_end().to_owned(), title);
        titles.extend(fixed.done.into_iter().map(of_file));
        texts.push(fixed.text);
    }
    Ok((texts, titles))
}

/// Writes a file, and shows the difference.
fn replaced(ui: Ui, path: &Path, old: &str, new: &str) -> Result<(), Error> {
    // Another program may have written the file since it was read.
    let failed = |source| Error::File {
        what: "write",
        path: label(path),
        source,
    };
    let now = std::fs::read(path).map_err(failed)?;
    if now != old.as_bytes() {
        return Err(Error::Refused {
            message: format!("`{}` has changed since it was read", label(path)),
            hint: "run the command again".to_owned(),
        });
    }
    public_file::replace(path, new.as_bytes()).map_err(failed)?;
    let name = label(path);
    let difference = TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(2)
        .header(&name, &name)
        .to_string();
    ui.show(&clean(&difference))?;
    Ok(())
}
