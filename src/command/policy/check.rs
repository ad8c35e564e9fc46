//! `policy check`: checks files and folders.
//!
//! Every file is checked even if another one cannot be read. The worst result decides the exit code.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use crate::cli::{AttachedTo, Check, CheckForm, FailOn};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::caller::Caller;
use crate::policy::generate::Kind;
use crate::policy::lint::baseline::Baseline;
use crate::policy::lint::report::{Given, Misread, Report};
use crate::policy::lint::{self, Severity};
use crate::policy::render::check::{Colour, findings, github, json, sarif, summary};
use crate::policy::source::Attachment;
use crate::policy::source::{MAX_BYTES, Position, SourceFile};
use crate::policy::verify::VerifyError;
use crate::process::shell_quote;
use crate::storage::public_file;
use crate::ui::{Stream, Ui};

use super::folder::{self, Ignored};
use super::generate::name;
use super::input;
use super::verify::refused;

/// Something at or above the threshold.
const FINDINGS: u8 = 10;

/// A file that cannot be read.
pub(super) const FAILED: u8 = 1;

pub(super) fn run(context: &Context, args: &Check) -> Outcome {
    input::stdin_once(&args.files)?;
    let given = given(args)?;
    let files = files(&args.files)?;
    let baseline = baseline(args)?;
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| file.is_dir());
    let mut reports = judge(context.ui, &files, &given);
    for folder in &folders {
        reports.extend(judge_folder(context.ui, folder, ignored(args), &given));
    }
    if let Some(path) = &args.write_baseline {
        return write_baseline(context.ui, path, &reports);
    }
    if let Some(baseline) = baseline {
        let known = baseline.remove_from(&mut reports);
        let known = counted(known, "finding is", "findings are");
        context.ui.say(&format!("{known} in the baseline already"));
    }
    let text = rendered(&reports, args.format, context.ui.columns(Stream::Stdout));
    match args.format {
        CheckForm::Text => context.ui.show(&text)?,
        CheckForm::Json | CheckForm::Sarif | CheckForm::Github => context.ui.data(&text)?,
    }
    if args.format == CheckForm::Text && has_fix(&reports) {
        hint_at_fix(context.ui, &args.files);
    }
    Ok(exit_code(&reports, args.fail_on))
}

pub(super) fn given(args: &Check) -> Result<Given, Error> {
    if let Some(partition) = &args.partition {
        let user = format!("arn:{partition}:iam::123456789012:user/any");
        Caller::from_arn(&user).map_err(|_| refused(&VerifyError::Partition(partition.clone())))?;
    }
    Ok(Given {
        attachment: args.attached_to.map(|to| match to {
            AttachedTo::User => Attachment::User,
            AttachedTo::Group => Attachment::Group,
            AttachedTo::Role => Attachment::Role,
            AttachedTo::PermissionSet => Attachment::PermissionSet,
            AttachedTo::Scp => Attachment::Scp,
            AttachedTo::Trust => Attachment::Trust,
            AttachedTo::Resource => Attachment::Resource,
        }),
        kind: match (args.kind, args.attached_to) {
            (Some(kind), _) => Kind::named(&name(&kind)),
            (None, Some(AttachedTo::Scp)) => Some(Kind::Scp),
            (None, Some(AttachedTo::Trust)) => Some(Kind::Trust),
            (None, _) => None,
        },
        partition: args.partition.clone(),
    })
}

/// The files to read, each once; standard input if none is named and something comes from there.
pub(super) fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    if named.is_empty() {
        let mut stdin = io::stdin().lock();
        let is_silent = stdin.is_terminal() || stdin.fill_buf().is_ok_and(<[u8]>::is_empty);
        if is_silent {
            return Err(Error::Usage {
                message: "no policy: name a file, or pipe one in".to_owned(),
                hint: "`mfa-session policy check FILE`, or `mfa-session policy generate | mfa-session policy check`"
                    .to_owned(),
            });
        }
        return Ok(vec![PathBuf::from("-")]);
    }
    let mut seen = HashSet::new();
    let mut files = named.to_vec();
    files.retain(|file| seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    Ok(files)
}

/// Reads and checks files, and prints what is wrong with them. Those of one folder are read together.
fn judge(ui: Ui, files: &[PathBuf], given: &Given) -> Vec<Report> {
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        read.push(input::text(file, MAX_BYTES).map(|(_, text)| (label(file), text)));
    }
    let mut folders: BTreeMap<Option<&Path>, Vec<usize>> = BTreeMap::new();
    for (n, file) in files.iter().enumerate() {
        folders.entry(file.parent()).or_default().push(n);
    }
    let mut reports: Vec<Option<Report>> = files.iter().map(|_| None).collect();
    for numbers in folders.into_values() {
        let texts = numbers.iter().filter_map(|&n| {
            let (name, text) = read.get(n)?.as_ref().ok()?;
            Some((n, SourceFile { name, text }))
        });
        let (numbers, texts): (Vec<usize>, Vec<SourceFile<'_>>) = texts.unzip();
        for (n, report) in numbers
            .into_iter()
            .zip(lint::report::reports(&texts, given))
        {
            if let Some(place) = reports.get_mut(n) {
                *place = Some(report);
            }
        }
    }
    (files.iter().zip(read).zip(reports))
        .map(|((file, read), report)| match (read, report) {
            (Err(error), _) => unread(ui, file, &error),
            (Ok(_), report) => {
                let report = report.unwrap_or_default();
                print_errors(ui, file, &report);
                report
            }
        })
        .collect()
}

/// Searches a folder, checks what it finds, and says what that was.
fn judge_folder(ui: Ui, folder: &Path, ignored: Ignored, given: &Given) -> Vec<Report> {
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
    for files in found.folders.values() {
        let names: Vec<String> = files.iter().map(|(path, _)| label(path)).collect();
        let texts: Vec<SourceFile<'_>> = (names.iter().zip(files))
            .map(|(name, (_, text))| SourceFile { name, text })
            .collect();
        for ((path, text), mut report) in files.iter().zip(lint::report::reports(&texts, given)) {
            if report.is_empty {
                continue;
            }
            if report.judged == 0 && is_template(text) {
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

/// The findings that are known already.
fn baseline(args: &Check) -> Result<Option<Baseline>, Error> {
    let Some(path) = &args.baseline else {
        return Ok(None);
    };
    let (name, text) = input::text(path, MAX_BYTES)?;
    let baseline = Baseline::read(&text).map_err(|problem| Error::Refused {
        message: format!("`{name}` is not a baseline: {problem}"),
        hint: "`mfa-session policy check --write-baseline FILE .` writes one".to_owned(),
    })?;
    Ok(Some(baseline))
}

fn write_baseline(ui: Ui, path: &Path, reports: &[Report]) -> Outcome {
    let text = Baseline::of(reports).json();
    public_file::replace(path, text.as_bytes()).map_err(|source| Error::File {
        what: "write",
        path: label(path),
        source,
    })?;
    let findings: usize = (reports.iter().flat_map(|r| &r.policies))
        .map(|policy| policy.findings.len())
        .sum();
    let findings = counted(findings, "finding", "findings");
    ui.say(&format!("wrote {findings} to {}", label(path)));
    let failed = reports.iter().any(|report| !report.misread.is_empty());
    Ok(if failed { FAILED } else { 0 })
}

/// Whether the rules of `.gitignore` apply.
pub(super) fn ignored(args: &Check) -> Ignored {
    if args.no_ignore {
        Ignored::Read
    } else {
        Ignored::Skip
    }
}

/// Whether a file has nothing to report.
pub(super) fn is_silent(report: &Report) -> bool {
    report.is_empty && report.misread.is_empty()
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Whether the text has places that another program fills in, such as Helm or Jinja.
fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
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

fn hint_at_fix(ui: Ui, named: &[PathBuf]) {
    let [file] = named else {
        return;
    };
    if file.is_dir() {
        ui.hint(&format!(
            "`mfa-session policy check --fix --write {}` applies the fixes and shows what changes",
            quoted(file)
        ));
    } else if file.as_os_str() != "-" {
        ui.hint(&format!(
            "`mfa-session policy check --fix {}` prints it with the fixes applied",
            quoted(file)
        ));
    }
}

/// Whether a finding has a fix that can be applied in the file.
fn has_fix(reports: &[Report]) -> bool {
    (reports.iter().flat_map(|r| &r.policies))
        .filter(|policy| policy.is_fixable)
        .any(|policy| policy.findings.iter().any(|l| l.finding.fix.is_some()))
}

/// Only SARIF can report files without a policy to check.
pub(super) fn rendered(reports: &[Report], form: CheckForm, columns: Option<usize>) -> String {
    let is_judged = reports.iter().any(|r| r.judged > 0);
    match form {
        CheckForm::Sarif => sarif(reports),
        _ if !is_judged => String::new(),
        CheckForm::Text => findings(reports, Colour::Terminal(columns)) + &summary(reports),
        CheckForm::Json => json(reports),
        CheckForm::Github => github(reports),
    }
}

pub(super) fn exit_code(reports: &[Report], fail_on: FailOn) -> u8 {
    let threshold = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::High => Severity::High,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    if reports.iter().any(|r| !r.misread.is_empty()) {
        return FAILED;
    }
    let is_reached = (reports.iter().flat_map(|r| &r.policies))
        .flat_map(|policy| &policy.findings)
        .any(|located| located.finding.severity >= threshold);
    if is_reached { FINDINGS } else { 0 }
}

/// The file in reports: as typed.
pub(super) fn label(file: &Path) -> String {
    file.display().to_string()
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
