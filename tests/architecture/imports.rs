//! Which file of `src/` uses which other file, read from the sources as text.
//!
//! A path is followed from module to module. It ends at the file that defines the item: a re-export is followed to the module that it
//! names. A file that only re-exports an item does not use it. Calls of methods are not seen, because they name no module.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::Source;

/// The names of modules from the crate's root, e.g. `["policy", "lint"]`.
type Module = Vec<String>;

/// The files of `src/`, each with the files that it uses.
pub(super) struct Imports {
    uses: BTreeMap<String, BTreeSet<String>>,
}

impl Imports {
    /// Reads the sources, `(path, code)` each.
    pub(super) fn of(sources: &[Source]) -> Self {
        let files: HashMap<Module, File> = (sources.iter())
            .filter(|s| s.path != "main.rs")
            .map(|s| (module_of(&s.path), File::read(&s.path, &s.code)))
            .collect();
        let uses = (files.iter())
            .map(|(module, file)| {
                let used = (file.paths.iter())
                    .filter_map(|path| resolve(&files, module, path, 0))
                    .filter(|used| *used != file.path)
                    .collect();
                (file.path.clone(), used)
            })
            .collect();
        Self { uses }
    }

    /// The files that `file` uses.
    pub(super) fn of_file(&self, file: &str) -> impl Iterator<Item = &str> {
        self.uses
            .get(file)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.uses.values().map(BTreeSet::len).sum()
    }

    /// The groups of files that use each other, directly or through others.
    pub(super) fn circles(&self) -> Vec<Vec<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = (self.uses.keys())
            .map(|file| (file.as_str(), self.reached_from(file)))
            .collect();
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for (file, others) in &reached {
            let group: Vec<&str> = (others.iter().copied())
                .filter(|other| reached.get(other).is_some_and(|r| r.contains(file)))
                .collect();
            if group.len() > 1 && !seen.contains(file) {
                seen.extend(group.iter().copied());
                circles.push(group);
            }
        }
        circles
    }

    /// The shortest way from a file back to itself, e.g. `a.rs -> b.rs -> a.rs`.
    pub(super) fn way_back(&self, start: &str) -> String {
        let mut came_from: HashMap<&str, &str> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(file) = queue.pop_front() {
            for next in self.of_file(file) {
                if next == start {
                    let mut way = vec![start, file];
                    while let Some(before) = came_from.get(way[way.len() - 1]) {
                        way.push(before);
                    }
                    way.reverse();
                    return way.join(" -> ");
                }
                if !came_from.contains_key(next) {
                    came_from.insert(next, file);
                    queue.push_back(next);
                }
            }
        }
        String::new()
    }

    fn reached_from<'a>(&'a self, start: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(file) = open.pop() {
            open.extend(self.of_file(file).filter(|next| reached.insert(*next)));
        }
        reached
    }
}

/// What is read from one file.
struct File {
    path: String,
    children: BTreeSet<String>,
    /// What its `use` items bring into scope, by the name that they give it.
    imported: BTreeMap<String, Vec<String>>,
    /// The paths of its `use *` items.
    globs: Vec<Vec<String>>,
    /// The names of the items that it defines.
    defined: BTreeSet<String>,
    /// Every path that it names.
    paths: Vec<Vec<String>>,
}

impl File {
    fn read(path: &str, code: &str) -> Self {
        let mut file = Self {
            path: path.to_owned(),
            children: BTreeSet::new(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
            defined: BTreeSet::new(),
            paths: Vec::new(),
        };
        let tokens = tokens(code);
        let mut re_exported = Vec::new();
        let mut mentioned = BTreeSet::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1).copied().unwrap_or_default();
            match *token {
                "use" => {
                    let known = file.paths.len();
                    let is_public = at > 0 && [")", "pub"].contains(&tokens[at - 1]);
                    at = file.import(&tokens, at + 1, &[]);
                    if is_public {
                        re_exported.extend(file.paths.split_off(known));
                    }
                }
                "mod" if tokens.get(at + 2) == Some(&";") => {
                    file.children.insert(next.to_owned());
                    at += 1;
                }
                "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "mod"
                | "union" => {
                    file.defined.insert(next.to_owned());
                }
                "macro_rules" => {
                    file.defined
                        .insert(tokens.get(at + 2).unwrap_or(&"").to_string());
                }
                name if is_name(name) && next == "::" => {
                    let mut path = vec![name.to_owned()];
                    while tokens.get(at + 1) == Some(&"::")
                        && tokens.get(at + 2).is_some_and(|t| is_name(t))
                    {
                        path.push(tokens[at + 2].to_owned());
                        at += 2;
                    }
                    mentioned.insert(path[0].clone());
                    file.paths.push(path);
                }
                name => {
                    mentioned.insert(name.to_owned());
                }
            }
            at += 1;
        }
        let used = (re_exported.into_iter())
            .filter(|path| path.last().is_some_and(|name| mentioned.contains(name)));
        file.paths.extend(used);
        file
    }

    /// Reads a tree of a `use` item from `at`, and returns where it ends.
    fn import(&mut self, tokens: &[&str], mut at: usize, prefix: &[String]) -> usize {
        let mut path = prefix.to_vec();
        loop {
            match tokens.get(at).copied().unwrap_or(";") {
                "{" => {
                    at += 1;
                    while tokens.get(at).is_some_and(|t| *t != "}") {
                        at = self.import(tokens, at, &path);
                        if tokens.get(at) == Some(&",") {
                            at += 1;
                        }
                    }
                    return at + 1;
                }
                "*" => {
                    self.paths.push(path.clone());
                    self.globs.push(path);
                    return at + 1;
                }
                "::" => {}
                name if is_name(name) && name != "as" => path.push(name.to_owned()),
                _ => break,
            }
            at += 1;
        }
        // `{self}` brings in what stands before it.
        if path.len() > 1 && path.last().is_some_and(|p| p == "self") {
            path.pop();
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if tokens.get(at) == Some(&"as") {
            tokens[at + 1].clone_into(&mut name);
            at += 2;
        }
        self.imported.insert(name, path.clone());
        self.paths.push(path);
        at
    }
}

/// The file that defines what a path names, as seen from a module; `None` for what is not of this crate, and for a module that is only
/// brought into scope: what is taken from it stands in another path.
fn resolve(
    files: &HashMap<Module, File>,
    from: &Module,
    path: &[String],
    depth: usize,
) -> Option<String> {
    assert!(depth < 64, "{path:?} in {from:?} leads to itself");
    let file = files.get(from)?;
    let (first, mut rest) = path.split_first()?;
    let mut module = match first.as_str() {
        "crate" | "mfa_session" => Vec::new(),
        "self" => from.clone(),
        "super" => from[..from.len() - 1].to_vec(),
        child if file.children.contains(child) => [from.as_slice(), &[child.to_owned()]].concat(),
        name => {
            let imported = file.imported.get(name).filter(|i| *i != path)?;
            if imported.first() == Some(first) && imported.len() == 1 {
                return None;
            }
            let whole = [imported.as_slice(), rest].concat();
            return resolve(files, from, &whole, depth + 1);
        }
    };
    loop {
        let (name, after) = rest.split_first()?;
        if name == "super" {
            module.pop();
        } else {
            let child = [module.as_slice(), std::slice::from_ref(name)].concat();
            if !files.contains_key(&child) {
                break;
            }
            module = child;
        }
        rest = after;
    }
    let item = &rest[0];
    let target = files.get(&module)?;
    if target.defined.contains(item) {
        return Some(target.path.clone());
    }
    if let Some(imported) = target.imported.get(item) {
        let whole = [imported.as_slice(), &rest[1..]].concat();
        return resolve(files, &module, &whole, depth + 1);
    }
    (target.globs.iter())
        .map(|glob| [glob.as_slice(), rest].concat())
        .find_map(|whole| resolve(files, &module, &whole, depth + 1))
        .or_else(|| Some(target.path.clone()))
}

fn module_of(path: &str) -> Module {
    let mut names: Module = path.split('/').map(str::to_owned).collect();
    let last = names.pop().unwrap();
    match last.strip_suffix(".rs").unwrap() {
        "mod" | "lib" => {}
        name => names.push(name.to_owned()),
    }
    names
}

/// Names, `::` and every other character that is not white space. Text in quotation marks is left out.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let len = if first == '"' {
            let end = end_of_text(&rest[1..]);
            rest = &rest[1 + end..];
            continue;
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest = &rest[rest.find("\"'").unwrap() + 2..];
            continue;
        } else if let Some(hashes) = raw_text(rest) {
            let closing = format!("\"{hashes}");
            let start = 2 + hashes.len();
            let end = rest[start..].find(&closing).unwrap() + closing.len();
            rest = &rest[start + end..];
            continue;
        } else if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        } else if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(len);
        if !first.is_whitespace() {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// The number signs of a raw string that begins here.
fn raw_text(code: &str) -> Option<&str> {
    let hashes = code.strip_prefix('r')?;
    let end = hashes.find(|c| c != '#')?;
    hashes[end..].starts_with('"').then(|| &hashes[..end])
}

fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
