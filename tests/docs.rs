//! The pages in `docs/`: every block of every page runs, in the order of the page, in one shell at one terminal.
//!
//! | block | what is done with it |
//! |---|---|
//! | `console` | each line behind `$ ` is typed; the lines below it are its output |
//! | `csv NAME`, `json NAME` | written to the file `NAME` |
//! | `ini NAME` | its lines stand in the file `NAME`, one below the other |
//! | `yaml untried` | nothing: the page says so |
//!
//! `…` stands for any text in a line, or for any lines if it stands alone. A command exits with 0 unless `# exits with N` stands behind
//! it. The terminal answers each question: a code to the prompt for one, and yes to the others.

use std::fmt::Write as _;
use std::path::Path;

use crate::clients::variable;
use crate::common::pty::Pty;
use crate::common::{PROGRAM, World};

/// A page, and whether the AWS CLI is there for the commands that need it.
struct Page {
    name: &'static str,
    has_aws: bool,
}

#[derive(Debug)]
enum Block {
    Console(Vec<Step>),
    File { name: String, text: String },
    Part { name: String, text: String },
    Untried,
}

/// A command and its output.
#[derive(Debug)]
struct Step {
    command: String,
    output: Vec<String>,
}

impl Step {
    fn status(&self) -> i32 {
        let said = self.command.split_once("# exits with ");
        said.map_or(0, |(_, status)| status.trim().parse().unwrap())
    }

    fn needs_aws(&self) -> bool {
        self.command
            .split(&['|', ';', '(', ' '][..])
            .any(|word| word == "aws")
    }
}

/// The blocks between fences.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            assert!(!line.starts_with("    "), "a block without a fence: {line}");
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text = body.iter().map(|line| format!("{line}\n")).collect();
        let block = match info.split_once(' ') {
            None if info == "console" => Block::Console(steps(&body)),
            Some(("csv" | "json", name)) => Block::File {
                name: name.to_owned(),
                text,
            },
            Some(("ini", name)) => Block::Part {
                name: name.to_owned(),
                text,
            },
            Some(("yaml", "untried")) => Block::Untried,
            _ => panic!("a block of no known kind: {line}"),
        };
        blocks.push(block);
    }
    blocks
}

fn steps(body: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in body {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step {
                command: command.to_owned(),
                output: Vec::new(),
            }),
            (None, Some(step)) => step.output.push((*line).to_owned()),
            (None, None) => panic!("output without a command: {line}"),
        }
    }
    steps
}

/// Whether a line is as the page has it.
fn line_matches(expected: &str, actual: &str) -> bool {
    let mut pieces = expected.split('…');
    let Some(mut rest) = actual.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut open = false;
    for piece in pieces {
        open = true;
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.is_empty() || open && expected.ends_with('…')
}

/// Whether an output is as the page has it.
fn output_matches(expected: &[String], actual: &[&str]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line.trim() == "…" => {
            (0..=actual.len()).any(|skipped| output_matches(rest, &actual[skipped..]))
        }
        (Some((line, rest)), Some((found, left))) => {
            line_matches(line, found) && output_matches(rest, left)
        }
        _ => false,
    }
}

impl Page {
    fn runs(&self) {
        let mut world = World::new();
        let mut path = vec![folder_of(PROGRAM)];
        if self.has_aws {
            path.push(folder_of(&variable("MFA_SESSION_TEST_AWS_V1")));
        }
        path.push(std::env::var("PATH").unwrap());
        world.set("PATH", path.join(":"));
        world.set("AWS_PAGER", "");
        world.set("NO_COLOR", "1");
        // A code may be typed late, when another page's test has the processors.
        let mut shell = world.shell_on_terminal("stty cols 80; cd");
        shell.expect("<status 0>");
        let text = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("docs")
                .join(self.name),
        )
        .unwrap();
        let found = blocks(&text);
        assert!(!found.is_empty(), "{} has no block", self.name);
        for block in found {
            match block {
                Block::Console(steps) => {
                    for step in steps.iter().filter(|s| self.has_aws || !s.needs_aws()) {
                        self.step(&world, &mut shell, step);
                    }
                }
                Block::File { name, text } => world.write(&name, text),
                Block::Part { name, text } => self.part(&world, &name, &text),
                Block::Untried => {}
            }
        }
        world.hunt_in("the terminal", &shell.seen, false);
        shell.close();
    }

    /// Types a command and compares what the screen shows.
    fn step(&self, world: &World, shell: &mut Pty<'_>, step: &Step) {
        let from = shell.seen.len();
        shell.types(&format!("{}\n", step.command));
        let mut answered = from;
        let (shown, status) = loop {
            let new = &shell.seen[answered..];
            if let Some((_, rest)) = new.split_once("<status ") {
                if let Some((status, _)) = rest.split_once('>') {
                    let shown = &shell.seen[from..shell.seen.len() - rest.len() - "<status ".len()];
                    break (shown.to_owned(), status.parse::<i32>().unwrap());
                }
            } else if new.ends_with("): ") && new.contains("MFA code for") {
                answered = shell.seen.len();
                shell.types_code(&world.code());
            } else if new.ends_with("[y/N] ") {
                answered = shell.seen.len();
                shell.types("y\n");
            }
            assert!(
                shell.shows_more(),
                "{}: `{}` does not end: {}",
                self.name,
                step.command,
                &shell.seen[from..]
            );
        };
        let lines: Vec<_> = shown.lines().map(str::trim_end).skip(1).collect();
        assert_eq!(
            status,
            step.status(),
            "{}: `{}`: {shown}",
            self.name,
            step.command
        );
        assert!(
            output_matches(&step.output, &lines),
            "{}: `{}` shows\n{}\ninstead of\n{}",
            self.name,
            step.command,
            lines.join("\n"),
            step.output.join("\n"),
        );
    }

    fn part(&self, world: &World, name: &str, text: &str) {
        let file = world.read(name.trim_start_matches("~/"));
        let file: Vec<_> = file.lines().collect();
        let expected: Vec<_> = text.lines().collect();
        let found = file.windows(expected.len()).any(|lines| {
            let mut pairs = expected.iter().zip(lines);
            pairs.all(|(expected, line)| line_matches(expected, line))
        });
        let mut shown = String::new();
        for line in &file {
            // The file may hold keys, and a test's output is public.
            let key = line.split('=').next().unwrap_or_default();
            let _ = writeln!(shown, "{key}");
        }
        assert!(
            found,
            "{}: `{name}` does not have\n{text}\nbut has the keys\n{shown}",
            self.name
        );
    }
}

fn folder_of(program: &str) -> String {
    Path::new(program).parent().unwrap().display().to_string()
}

#[test]
fn an_ellipsis_stands_for_any_text_and_for_any_lines() {
    assert!(line_matches("until …", "until 20:30."));
    assert!(line_matches("a … c … e", "a b c d e"));
    assert!(!line_matches("a … c", "a b"));
    assert!(!line_matches("a", "ab"));
    let expected = ["a", "…", "z"].map(str::to_owned);
    assert!(output_matches(&expected, &["a", "b", "c", "z"]));
    assert!(output_matches(&expected, &["a", "z"]));
    assert!(!output_matches(&expected, &["a", "b"]));
}

#[test]
fn every_page_is_tested() {
    let mut pages: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(
        pages,
        [
            "administrators.md",
            "auditors.md",
            "comparison.md",
            "users.md"
        ]
    );
}

#[test]
fn the_page_for_users_holds() {
    Page {
        name: "users.md",
        has_aws: false,
    }
    .runs();
}

#[test]
fn the_page_for_administrators_holds() {
    Page {
        name: "administrators.md",
        has_aws: false,
    }
    .runs();
}

#[test]
fn the_page_for_auditors_holds() {
    Page {
        name: "auditors.md",
        has_aws: false,
    }
    .runs();
}

#[test]
#[ignore = "needs AWS CLI 1 in MFA_SESSION_TEST_AWS_V1"]
fn the_pages_hold_with_the_aws_cli() {
    for name in ["users.md", "administrators.md"] {
        Page {
            name,
            has_aws: true,
        }
        .runs();
    }
}
