//! The arrows of the code map: each module uses only floors below its own, and no two files use each other.
//!
//! Reads the sources as text: an arrow that points up compiles, so nothing else would notice it.

mod imports;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use imports::Imports;

/// The floors of `src/lib.rs`, the top one first. Whatever stands on the last one is used by all.
const FLOORS: [&[&str]; 8] = [
    &["main", "launcher"],
    &["lib"],
    &["command", "error"],
    &["login", "doctor"],
    &["shared_config", "session", "sandbox", "audit", "context"],
    &["account", "totp"],
    &[
        "storage", "aws", "cli", "keychain", "policy", "prompt", "process", "ui",
    ],
    &["palette", "qr", "quote", "test_hooks"],
];

/// What a command returns when it fails stands beside it on its floor. Nothing points back.
const BESIDE: [(&str, &str); 1] = [("command", "error")];

/// One file of `src/`, without comments and without what is compiled for tests only.
struct Source {
    /// Relative to `src/`, e.g. `login/plan.rs`.
    path: String,
    /// The first line of the file.
    first_line: String,
    code: String,
    test_only: bool,
}

impl Source {
    /// The top module that it belongs to.
    fn module(&self) -> &str {
        let top = self.path.split('/').next().unwrap();
        top.strip_suffix(".rs").unwrap_or(top)
    }

    /// The modules of ours that it names from the crate's root.
    fn uses(&self) -> Vec<String> {
        let mut root_paths: Vec<_> = after(&self.code, "crate::").collect();
        // From a file at the top, `super` is the root too.
        if !self.path.contains('/') {
            root_paths.extend(after(&self.code, "super::"));
        }
        if ["main", "launcher"].contains(&self.module()) {
            root_paths.extend(after(&self.code, "mfa_session::"));
        }
        root_paths.into_iter().flat_map(first_names).collect()
    }
}

/// What follows each `mark` that is no part of a longer word.
fn after<'a>(code: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(mark).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        let whole = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':'));
        whole.then(|| &code[at + mark.len()..])
    })
}

/// `login` of `login::plan`, and `login` and `ui` of `{login::plan, ui::{Ui, clean}}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|n| !n.is_empty());
    names
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let texts: BTreeMap<PathBuf, String> = files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect();
    let test_only: Vec<PathBuf> = texts
        .iter()
        .flat_map(|(path, text)| test_files(path, text))
        .collect();
    texts
        .iter()
        .map(|(path, text)| Source {
            path: path.strip_prefix(&root).unwrap().display().to_string(),
            first_line: text.lines().next().unwrap_or_default().to_owned(),
            code: code(text),
            test_only: test_only
                .iter()
                .any(|t| path.starts_with(t) || *path == t.with_extension("rs")),
        })
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// Whether an attribute keeps what follows it for tests.
fn is_test_gate(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test")
}

/// The modules, without extension, that a file declares for tests only.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let stem = path.file_stem().unwrap();
    let folder = if ["mod", "lib", "main"].iter().any(|n| stem == *n) {
        path.parent().unwrap().to_owned()
    } else {
        path.with_extension("")
    };
    let lines: Vec<_> = text.lines().collect();
    lines
        .windows(2)
        .filter(|pair| is_test_gate(pair[0]))
        .filter_map(|pair| pair[1].trim().strip_prefix("mod ")?.strip_suffix(';'))
        .map(|name| folder.join(name))
        .collect()
}

/// The lines that are compiled into the program: a file ends where its inline test module begins.
fn code(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| {
            is_test_gate(pair[0]) && pair[1].starts_with("mod ") && pair[1].ends_with('{')
        })
        .unwrap_or(lines.len());
    lines[..end]
        .iter()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The files that are compiled into the program.
fn program() -> Vec<Source> {
    let mut all = sources();
    all.retain(|s| !s.test_only);
    assert!(all.len() > 50, "the sources were not found");
    all
}

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|names| names.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` stands on no floor"))
}

/// `src/` in a list for a message, each with what is wrong.
fn wrong(found: impl IntoIterator<Item = String>) {
    let found: Vec<_> = found.into_iter().collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_module_uses_only_floors_below_its_own() {
    let mut arrows = 0;
    let mut bad = Vec::new();
    for source in program() {
        let from = source.module();
        for to in source.uses() {
            arrows += 1;
            let below = floor(&to) > floor(from);
            if to != from && !below && !BESIDE.contains(&(from, &to)) {
                bad.push(format!("src/{} uses {to}", source.path));
            }
        }
    }
    assert!(arrows > 100, "the arrows were not found");
    wrong(bad);
}

#[test]
fn the_code_map_names_every_module_on_its_floor() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let rows: Vec<_> = lib
        .lines()
        .filter_map(|l| l.strip_prefix("//! | "))
        .filter(|row| row.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(rows.len(), FLOORS.len());
    for (row, names) in rows.iter().zip(FLOORS) {
        for name in names.iter().filter(|n| **n != "lib") {
            assert!(row.contains(&format!("`{name}`")), "{name}: {row}");
        }
    }
    for source in program() {
        floor(source.module());
    }
}

#[test]
fn only_aws_and_the_sandboxs_server_know_the_runtime() {
    wrong(
        program()
            .into_iter()
            .filter(|s| !s.path.starts_with("aws/") && !s.path.starts_with("sandbox/server"))
            .filter(|s| after(&s.code, "tokio").next().is_some())
            .map(|s| format!("src/{} names tokio", s.path)),
    );
}

#[test]
fn only_aws_and_the_sandbox_know_the_sdk() {
    let names_a_crate = |code: &str| {
        after(code, "aws_").any(|rest| {
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            rest[name.len()..].starts_with("::")
        })
    };
    assert!(names_a_crate("use aws_config::x;"));
    wrong(
        program()
            .into_iter()
            .filter(|s| !s.path.starts_with("aws/") && !s.path.starts_with("sandbox/"))
            // A test that holds our reader against the SDK's own.
            .filter(|s| s.path != "shared_config/oracle.rs")
            .filter(|s| names_a_crate(&s.code))
            .map(|s| format!("src/{} names a crate of the SDK", s.path)),
    );
}

#[test]
fn the_policy_engine_and_the_account_model_are_pure() {
    let allowed: [(&str, &[&str]); 4] = [
        ("policy", &["policy", "palette"]),
        ("account", &["account", "policy"]),
        ("audit", &["audit", "account", "policy", "palette", "aws"]),
        ("palette", &[]),
    ];
    for (module, uses) in allowed {
        let files: Vec<_> = (program().into_iter())
            .filter(|s| s.module() == module)
            .collect();
        assert!(!files.is_empty(), "`{module}` was not found");
        wrong(files.iter().flat_map(|source| {
            let others = source.uses().into_iter();
            others
                .filter(|to| !uses.contains(&to.as_str()))
                .map(|to| format!("src/{} uses {to}", source.path))
        }));
    }
}

#[test]
fn nobody_imports_the_commands_nor_what_was_typed() {
    let mut bad = Vec::new();
    for source in program() {
        let from = source.module();
        for to in source.uses() {
            let allowed: &[&str] = match to.as_str() {
                "command" => &["main", "launcher", "lib", "command"],
                "cli" => &["main", "lib", "command", "cli"],
                _ => continue,
            };
            if !allowed.contains(&from) {
                bad.push(format!("src/{} uses {to}", source.path));
            }
        }
    }
    wrong(bad);
}

#[test]
fn what_is_compiled_is_decided_in_few_places() {
    let mut seen = 0;
    let mut bad = Vec::new();
    for source in program() {
        let name = source.path.rsplit('/').next().unwrap();
        for line in source.code.lines() {
            let decides = ["#[cfg(", "#![cfg(", "cfg!(", "#[cfg_attr(", "#![cfg_attr("]
                .iter()
                .any(|mark| line.contains(mark));
            if !decides || is_test_gate(line) || line.contains("cfg_attr(test") {
                continue;
            }
            seen += 1;
            if name != "mod.rs" && source.path != "lib.rs" {
                bad.push(format!("src/{}: {line}", source.path));
            }
        }
    }
    assert!(seen > 10, "no `cfg` was found");
    wrong(bad);
}

#[test]
fn every_module_says_why_it_exists() {
    wrong(
        sources()
            .into_iter()
            .filter(|s| !s.first_line.starts_with("//! "))
            .map(|s| format!("src/{} does not open with `//!`", s.path)),
    );
}

#[test]
fn grouped_paths_are_read_too() {
    assert_eq!(first_names("login::plan;"), ["login"]);
    assert_eq!(
        first_names("{login::{a, b}, ui, aws::types};"),
        ["login", "ui", "aws"]
    );
    let found: Vec<_> = after("use crate::a; my_crate::b; $crate::c", "crate::").collect();
    assert_eq!(found.len(), 2);
}

#[test]
fn no_two_files_use_each_other() {
    let imports = Imports::of(&program());
    assert!(imports.len() > 400, "the imports were not found");
    wrong(imports.circles().into_iter().map(|files| {
        let way = imports.way_back(files[0]);
        format!("{} files in a circle: {way}", files.len())
    }));
}

#[test]
fn circles_are_found_through_parents_groups_and_re_exports() {
    let circles = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = (files.iter())
            .map(|(path, code)| Source {
                path: (*path).to_owned(),
                first_line: String::new(),
                code: (*code).to_owned(),
                test_only: false,
            })
            .collect();
        let imports = Imports::of(&sources);
        let found: Vec<String> = (imports.circles().iter())
            .map(|files| imports.way_back(files[0]))
            .collect();
        found.join("; ")
    };
    let root = ("lib.rs", "pub mod a;");
    // A parent that only declares and re-exports its children is not part of a circle, whatever it defines itself.
    let parent = "mod b; mod c; pub use b::Leaf; pub use c::Other; pub struct Own;";
    let b = ("a/b.rs", "pub struct Leaf; // super::Other");
    let c = (
        "a/c.rs",
        "use super::{Leaf, Own}; pub struct Other(Leaf); fn f() { \"super::b::x\"; }",
    );
    assert_eq!(circles(&[root, ("a/mod.rs", parent), b, c]), "");
    // Two files that reach each other through the re-exports of their parent.
    let b = ("a/b.rs", "use super::Other; pub struct Leaf;");
    assert_eq!(
        circles(&[root, ("a/mod.rs", parent), b, c]),
        "a/b.rs -> a/c.rs -> a/b.rs"
    );
    // A child that uses what its parent defines, and a parent that uses the child.
    let parent = "mod b; pub struct Other; fn f(_: b::Leaf) {}";
    let b = ("a/b.rs", "use super::{Other, c::More}; pub struct Leaf;");
    assert_eq!(
        circles(&[root, ("a.rs", parent), b]),
        "a.rs -> a/b.rs -> a.rs"
    );
    // The same, through a module that is brought into scope under another name.
    let b = (
        "a/b.rs",
        "use crate::{a as parent}; fn f() { parent::f(); }",
    );
    assert_eq!(
        circles(&[root, ("a.rs", parent), b]),
        "a.rs -> a/b.rs -> a.rs"
    );
}
