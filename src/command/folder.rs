//! Finds the files that may contain policies in folders.
//!
//! Every file is read once. What cannot contain a policy is dropped at once, so that the cost of a large repository is that of
//! searching it for a word.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use ignore::{WalkBuilder, WalkState};

use crate::policy::source::{SourceFile, groups};
use crate::ui::{Stream, Ui};

/// After this time a terminal shows how far the search is.
const SILENT: Duration = Duration::from_secs(1);

/// Whether the rules of `.gitignore` apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ignored {
    /// Ignored files are left out.
    Skip,
    /// Ignored and hidden files are read too.
    Read,
}

/// What was found in a folder, in the order of the paths.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files that may contain policies, in groups that belong together.
    pub(super) groups: Vec<Vec<(PathBuf, String)>>,
    /// What could not be read, and why.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// Programs that build policies, with the command whose output can be checked.
    pub(super) programs: Vec<(PathBuf, &'static str)>,
    /// How many files were looked at.
    pub(super) searched: usize,
}

/// What one file is.
enum One {
    Source(PathBuf, String),
    Program(PathBuf, &'static str),
    Unreadable(PathBuf, String),
}

/// Searches a folder.
pub(super) fn search(ui: Ui, folder: &Path, ignored: Ignored) -> Found {
    let skips = ignored == Ignored::Skip;
    let walk = WalkBuilder::new(folder)
        .standard_filters(skips)
        // A copy of a repository without its `.git` has the same rules.
        .require_git(false)
        .follow_links(false)
        .build_parallel();
    let searched = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut found = Found::default();
    let mut sources = Vec::new();
    thread::scope(|scope| {
        let searched = &searched;
        scope.spawn(move || {
            walk.run(|| {
                let sender = sender.clone();
                Box::new(move |entry| {
                    if entry.as_ref().is_ok_and(is_file) {
                        searched.fetch_add(1, Ordering::Relaxed);
                    }
                    if let Some(one) = looked_at(entry)
                        && sender.send(one).is_err()
                    {
                        return WalkState::Quit;
                    }
                    WalkState::Continue
                })
            });
        });
        let mut is_shown = ui.columns(Stream::Stderr).is_none();
        loop {
            match receiver.recv_timeout(SILENT) {
                Ok(One::Source(path, text)) => sources.push((path, text)),
                Ok(One::Program(path, command)) => found.programs.push((path, command)),
                Ok(One::Unreadable(path, why)) => found.unreadable.push((path, why)),
                Err(RecvTimeoutError::Timeout) if is_shown => {}
                Err(RecvTimeoutError::Timeout) => {
                    is_shown = true;
                    let so_far = searched.load(Ordering::Relaxed);
                    ui.say(&format!(
                        "searching {}: {so_far} files so far",
                        folder.display()
                    ));
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    found.searched = searched.load(Ordering::Relaxed);
    found.programs.sort();
    found.unreadable.sort();
    sources.sort();
    found.groups = grouped(sources);
    found
}

/// Files beside one of Terraform's own and below, to which it may refer, at most.
const MAX_BESIDE: usize = 2_000;

/// How far below the folder of a file they may be.
const DEPTH: usize = 4;

/// The files to which Terraform's own file may refer: those in its folder and below. Others are not read.
pub(super) fn beside(file: &Path) -> Vec<(PathBuf, String)> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let root = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let walk = WalkBuilder::new(root)
        .max_depth(Some(DEPTH))
        .require_git(false)
        .follow_links(false)
        .build();
    let mut found: Vec<(PathBuf, String)> = (walk.take(MAX_BESIDE))
        .filter_map(|entry| match looked_at(entry) {
            Some(One::Source(path, text)) => Some((path, text)),
            _ => None,
        })
        .collect();
    found.sort();
    found
}

/// Groups of files that belong together, in the order of their first files. Terraform files without a policy are there for those that
/// refer to them.
pub(super) fn grouped(files: Vec<(PathBuf, String)>) -> Vec<Vec<(PathBuf, String)>> {
    let names: Vec<String> = files.iter().map(|(path, _)| label(path)).collect();
    let sources: Vec<SourceFile<'_>> = (names.iter().zip(&files))
        .map(|(name, (_, text))| SourceFile { name, text })
        .collect();
    let groups = groups(&sources);
    let mut files: Vec<Option<(PathBuf, String)>> = files.into_iter().map(Some).collect();
    let group = |numbers: Vec<usize>| -> Vec<(PathBuf, String)> {
        let taken = numbers.into_iter().filter_map(|n| files.get_mut(n)?.take());
        taken.collect()
    };
    let is_wanted =
        |files: &Vec<(PathBuf, String)>| files.iter().any(|(_, text)| may_hold_policy(text));
    groups.into_iter().map(group).filter(is_wanted).collect()
}

fn is_file(entry: &ignore::DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn looked_at(entry: Result<ignore::DirEntry, ignore::Error>) -> Option<One> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = match &error {
                ignore::Error::WithPath { path, .. } => path.clone(),
                _ => PathBuf::new(),
            };
            return Some(One::Unreadable(path, error.to_string()));
        }
    };
    if !is_file(&entry) {
        return None;
    }
    let kind = Kind::of(entry.path())?;
    let path = entry.path();
    let path = path.strip_prefix("./").unwrap_or(path).to_owned();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return Some(One::Unreadable(path, error.to_string())),
    };
    // What is not text has no policy that anybody wrote.
    let text = String::from_utf8(bytes).ok()?;
    match kind {
        Kind::Program => command(&text).map(|command| One::Program(path, command)),
        Kind::Terraform => Some(One::Source(path, text)),
        Kind::Data => may_hold_policy(&text).then_some(One::Source(path, text)),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// JSON and YAML.
    Data,
    /// Files that refer to each other.
    Terraform,
    /// Programs that may build policies.
    Program,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let end = path.extension()?.to_str()?;
        Some(match end.to_ascii_lowercase().as_str() {
            "json" | "yaml" | "yml" | "template" | "tpl" | "tmpl" | "tftpl" => Self::Data,
            "tf" | "tofu" | "hcl" | "tfvars" => Self::Terraform,
            "ts" | "js" | "py" | "go" => Self::Program,
            _ => return None,
        })
    }
}

/// The name of a file in reports: as typed.
pub(super) fn label(file: &Path) -> String {
    file.display().to_string()
}

fn may_hold_policy(text: &str) -> bool {
    ["tatement", "aws_iam_policy_document", "%7B%22"]
        .iter()
        .any(|word| text.contains(word))
}

/// The command that prints what a program builds.
fn command(text: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if !has(&[
        "PolicyStatement",
        "PolicyDocument",
        "GetPolicyDocument",
        "getPolicyDocument",
        "get_policy_document",
    ]) {
        return None;
    }
    if has(&["aws-cdk", "aws_cdk"]) {
        return Some("cdk synth");
    }
    has(&["pulumi"]).then_some("pulumi preview --json")
}
