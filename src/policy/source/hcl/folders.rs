//! Paths of files that belong together: folders, and what Terraform's own files refer to.
//!
//! Nothing is read here: a path is text, and only files that are given count.

use std::collections::HashMap;

use super::file::SourceFile;

/// A path without `.` and, as far as possible, without `..`.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// The folder of a file.
pub(super) fn folder(file: &str) -> String {
    normal(file.rsplit_once('/').map_or(
        "",
        |(folder, _)| {
            if folder.is_empty() { "/" } else { folder }
        },
    ))
}

/// A path that is relative to a folder.
pub(super) fn within(folder: &str, path: &str) -> String {
    if path.starts_with('/') || folder.is_empty() {
        return normal(path);
    }
    normal(&format!("{folder}/{path}"))
}

/// Groups of files that refer to each other, each with the numbers of its files in order. Terraform's files of one folder are in
/// one group, with those of the modules that they call and with the files that they read.
pub(in crate::policy::source) fn groups(
    files: &[SourceFile<'_>],
    is_terraform: impl Fn(SourceFile<'_>) -> bool,
) -> Vec<Vec<usize>> {
    let mut union = Union((0..files.len()).collect());
    let mut folders: HashMap<String, usize> = HashMap::new();
    let paths: HashMap<String, usize> = (files.iter().enumerate())
        .map(|(n, file)| (normal(file.name), n))
        .collect();
    let of_terraform: Vec<usize> = (0..files.len())
        .filter(|n| files.get(*n).is_some_and(|file| is_terraform(*file)))
        .collect();
    for &n in &of_terraform {
        let Some(file) = files.get(n) else { continue };
        let first = *folders.entry(folder(file.name)).or_insert(n);
        union.join(first, n);
    }
    for n in of_terraform {
        let Some(file) = files.get(n) else { continue };
        let own = folder(file.name);
        for path in paths_in(file.text) {
            let path = within(&own, path);
            let target = folders.get(&path).or_else(|| paths.get(&path));
            if let Some(&target) = target {
                union.join(n, target);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for n in 0..files.len() {
        let place = *places.entry(union.root(n)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.push(n);
        }
    }
    groups
}

/// The paths in quotes that may name a module or a file: those that begin with a dot or with `${path.module}`, and the arguments of
/// `file` and `templatefile`.
fn paths_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter_map(|part| {
        let part = ["${path.module}/", "${path.root}/", "${path.cwd}/"]
            .iter()
            .find_map(|prefix| part.strip_prefix(prefix))
            .unwrap_or(part);
        let is_path = part.len() < 200
            && (part.starts_with('.') || part.contains('.'))
            && !part.contains(['\n', ' ', '$', ':', '*']);
        is_path.then_some(part)
    })
}

/// Numbers in sets that grow together.
struct Union(Vec<usize>);

impl Union {
    fn root(&mut self, n: usize) -> usize {
        let mut at = n;
        while let Some(&next) = self.0.get(at)
            && next != at
        {
            // Halves the way.
            let after = self.0.get(next).copied().unwrap_or(next);
            if let Some(place) = self.0.get_mut(at) {
                *place = after;
            }
            at = after;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(place) = self.0.get_mut(b.max(a)) {
            *place = a.min(b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_normal() {
        for (path, want) in [
            ("./a/../b/x.tf", "b/x.tf"),
            ("../a/./x", "../a/x"),
            ("/a//b/", "/a/b"),
            ("a/../..", ".."),
            ("", ""),
        ] {
            assert_eq!(normal(path), want, "{path}");
        }
        assert_eq!(folder("/x.tf"), "/");
        assert_eq!(folder("x.tf"), "");
        assert_eq!(within("a/b", "../c/x.json"), "a/c/x.json");
        assert_eq!(within("", "./x.json"), "x.json");
    }

    #[test]
    fn files_that_refer_to_each_other_are_together() {
        let file = |name, text| SourceFile { name, text };
        let files = [
            file("a/main.tf", "module \"m\" {\n  source = \"../m\"\n}\n"),
            file("other/main.tf", "locals {}\n"),
            file("m/main.tf", "policy = file(\"${path.module}/p.json\")\n"),
            file("m/p.json", "{}"),
            file("m/q.json", "{}"),
            file("a/x.tf", ""),
        ];
        let groups = groups(&files, |file| file.name.contains(".tf"));
        assert_eq!(groups, [vec![0, 2, 3, 5], vec![1], vec![4]]);
    }
}
