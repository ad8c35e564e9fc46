//! Reads and judges files and folders, and says what could not be read.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use crate::command::folder::{self, Ignored, label};
use crate::command::input;
use crate::error::Error;
use crate::policy::lint;
use crate::policy::lint::report::{Given, Misread, Report};
use crate::policy::source::{MAX_BYTES, Position, SourceFile, groups, is_terraform};
use crate::process::shell_quote;
use crate::ui::Ui;

/// Reads and checks files, and prints what is wrong with them. Terraform's own files are read with those to which they may refer.
pub(super) fn judge(ui: Ui, files: &[PathBuf], given: &Given) -> Vec<Report> {
    let mut read = Vec::with_capacity(files.len());
    let mut all: Vec<(PathBuf, String)> = Vec::new();
    for file in files {
        read.push(match input::text(file, MAX_BYTES) {
            Ok((_, text)) => {
                all.push((file.clone(), text));
                Ok(all.len() - 1)
            }
            Err(error) => Err(error),
        });
    }
    let named = all.len();
    let others = beside(&all);
    all.extend(others);
    let mut reports = reported(&all, given, |n| n < named);
    let mut used: Vec<usize> = (reports.iter().take(named))
        .flat_map(|report| report.used.iter().copied())
        .filter(|n| *n >= named)
        .collect();
    used.sort_unstable();
    used.dedup();
    let mut shown: Vec<Report> = Vec::new();
    let mut show = |file: &Path, report: Report| {
        print_errors(ui, file, &report);
        shown.push(report);
    };
    for (file, read) in files.iter().zip(read) {
        match read {
            Ok(n) => show(file, reports.get_mut(n).map(mem::take).unwrap_or_default()),
            Err(error) => {
                let report = unread(ui, file, &error);
                show(file, report);
            }
        }
    }
    for n in used {
        if let (Some((file, _)), Some(report)) = (all.get(n), reports.get_mut(n)) {
            show(file, mem::take(report));
        }
    }
    shown
}

/// The files to which Terraform's own may refer, without these themselves.
fn beside(named: &[(PathBuf, String)]) -> Vec<(PathBuf, String)> {
    let path = |file: &Path| fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut seen: HashSet<PathBuf> = named.iter().map(|(file, _)| path(file)).collect();
    let mut folders = HashSet::new();
    let mut found = Vec::new();
    for (file, _) in named {
        if !is_terraform(&label(file)) || !folders.insert(file.parent()) {
            continue;
        }
        let others = folder::beside(file).into_iter();
        found.extend(others.filter(|(other, _)| seen.insert(path(other))));
    }
    found
}

/// The reports of files, in their order; `used` has their numbers. Only those that are wanted, and what they use, are judged.
fn reported(
    files: &[(PathBuf, String)],
    given: &Given,
    is_wanted: impl Fn(usize) -> bool,
) -> Vec<Report> {
    let names: Vec<String> = files.iter().map(|(path, _)| label(path)).collect();
    let sources: Vec<SourceFile<'_>> = (names.iter().zip(files))
        .map(|(name, (_, text))| SourceFile { name, text })
        .collect();
    let mut all: Vec<Report> = files.iter().map(|_| Report::default()).collect();
    for group in groups(&sources) {
        let texts: Vec<SourceFile<'_>> = (group.iter())
            .filter_map(|n| sources.get(*n).copied())
            .collect();
        let wanted = |n: usize| group.get(n).is_some_and(|n| is_wanted(*n));
        let reports = lint::report::reports_of(&texts, given, wanted);
        for (n, mut report) in group.iter().zip(reports) {
            for used in &mut report.used {
                *used = group.get(*used).copied().unwrap_or_default();
            }
            if let Some(place) = all.get_mut(*n) {
                *place = report;
            }
        }
    }
    all
}

/// Searches a folder, checks what it finds, and says what that was.
pub(super) fn judge_folder(ui: Ui, folder: &Path, ignored: Ignored, given: &Given) -> Vec<Report> {
    let found = folder::search(ui, folder, ignored);
    let mut reports = Vec::new();
    for (path, why) in &found.unreadable {
        let error = Error::File {
            what: "read",
            path: label(path),
            source: io::Error::other(why.clone()),
        };
        reports.push(unread(ui, path, &error));
    }
    let mut templates = Vec::new();
    for files in &found.groups {
        for ((path, text), mut report) in files.iter().zip(reported(files, given, |_| true)) {
            if report.is_empty {
                continue;
            }
            if report.judged == 0 && is_template(path, text) {
                templates.extend(
                    report
                        .misread
                        .drain(..)
                        .map(|m| format!("{}:{}", label(path), m.start.line)),
                );
                continue;
            }
            // Others in the folder are known; what is not is named below.
            report.misread.retain(|m| !m.is_not_known());
            print_errors(ui, path, &report);
            reports.push(report);
        }
    }
    let judged: usize = reports.iter().map(|r| r.judged).sum();
    let read = reports.iter().filter(|r| r.judged > 0).count();
    let failed = reports.iter().filter(|r| !r.misread.is_empty()).count();
    ui.say(&format!(
        "{}: searched {}; read {} in {}; {failed} could not be read",
        folder.display(),
        counted(found.searched, "file", "files"),
        counted(judged, "policy", "policies"),
        counted(read, "file", "files"),
    ));
    if let Some(templates) = some_of(&templates) {
        ui.note(&format!(
            "not checked, because another program fills them in: {templates}"
        ));
    }
    for command in ["cdk synth", "pulumi preview --json"] {
        let built = found.programs.iter().filter(|(_, c)| *c == command);
        let built: Vec<String> = built.map(|(path, _)| label(path)).collect();
        if let Some(built) = some_of(&built) {
            ui.note(&format!("programs that build policies: {built}"));
            ui.hint(&format!(
                "`{command} | mfa-session policy check -` checks what they build"
            ));
        }
    }
    reports
}

/// Whether the text has places that another program fills in, such as Helm or Jinja.
fn is_template(file: &Path, text: &str) -> bool {
    let end = file.extension().and_then(|end| end.to_str());
    matches!(end, Some("tpl" | "tmpl" | "tftpl")) || text.contains("{{") || text.contains("{%")
}

/// The report of a file that cannot be read.
fn unread(ui: Ui, file: &Path, error: &Error) -> Report {
    error.report(ui);
    if let Error::Document { .. } = error {
        hint_at_json(ui, file);
    }
    let mut problem = error.to_string();
    if let Some(cause) = std::error::Error::source(error) {
        problem = format!("{problem}: {cause}");
    }
    let start = Position { line: 1, column: 1 };
    Report {
        file: label(file),
        misread: vec![Misread { start, problem }],
        ..Report::default()
    }
}

pub(super) fn print_errors(ui: Ui, file: &Path, report: &Report) {
    for Misread { start, problem } in &report.misread {
        let error = Error::Document {
            path: shown(file),
            line: start.line,
            column: start.column,
            problem: problem.clone(),
        };
        error.report(ui);
    }
    if report.judged == 0 && !report.misread.is_empty() {
        hint_at_json(ui, file);
    }
    if let Some(unknown) = some_of(&report.unknown) {
        ui.note(&format!(
            "{}: not checked, because not known yet: {unknown}",
            shown(file)
        ));
    }
}

/// The first names of many.
fn some_of(names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    match (quoted.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(quoted.join(", ")),
        (false, more) => Some(format!("{} and {more} more", quoted.join(", "))),
    }
}

/// Prints how to check what Terraform knows only while it plans.
fn hint_at_json(ui: Ui, file: &Path) {
    const TERRAFORM: &str =
        "`terraform show -json PLAN | mfa-session policy check -` checks a Terraform plan";
    let is_plan = |name: &str| name.to_ascii_lowercase().contains("plan");
    let name = file.file_name().and_then(|n| n.to_str());
    match file.extension().and_then(|e| e.to_str()) {
        Some("tf" | "hcl") => ui.hint(TERRAFORM),
        _ if name.is_some_and(is_plan) => ui.hint(TERRAFORM),
        _ => {}
    }
}

pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The file in messages.
pub(super) fn shown(file: &Path) -> String {
    if file.as_os_str() == "-" {
        "standard input".to_owned()
    } else {
        label(file)
    }
}

/// The file in a command to type.
pub(super) fn quoted(file: &Path) -> String {
    shell_quote(&label(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_names_are_cut() {
        let names = |n: usize| (0..n).map(|n| format!("p{n}")).collect::<Vec<_>>();
        assert_eq!(some_of(&[]), None);
        assert_eq!(some_of(&names(2)).unwrap(), "`p0`, `p1`");
        assert_eq!(
            some_of(&names(7)).unwrap(),
            "`p0`, `p1`, `p2`, `p3`, `p4` and 2 more"
        );
    }
}
