//! `policy check`: checks files and folders.
//!
//! Every file is checked even if another one cannot be read. The worst result decides the exit code.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use crate::cli::{AttachedTo, Check, CheckForm, FailOn};
use crate::command::outcome::Outcome;
use crate::context::Context;
use crate::error::Error;
use crate::policy::caller::Caller;
use crate::policy::generate::Kind;
use crate::policy::lint::Severity;
use crate::policy::lint::baseline::Baseline;
use crate::policy::lint::report::{Given, Report};
use crate::policy::render::check::{Colour, findings, github, json, sarif, summary};
use crate::policy::source::Attachment;
use crate::policy::source::MAX_BYTES;
use crate::policy::verify::VerifyError;
use crate::storage::public_file;
use crate::ui::{Stream, Ui};

use super::generate::name;
use super::judge::{counted, judge, judge_folder, quoted};
use super::verify::refused;
use crate::command::folder::{Ignored, label};
use crate::command::input;

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
