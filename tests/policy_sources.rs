//! `policy check` over a corpus of Terraform source, YAML and templates. `sources/findings.txt` lists what is found in each file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::World;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sources")
}

/// The files of the corpus, and its folders with the files in them: those of a folder belong together.
fn cases() -> Vec<Vec<PathBuf>> {
    let entries = |folder: &Path| {
        let mut paths: Vec<PathBuf> = (fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
    };
    (entries(&corpus()).into_iter())
        .filter(|path| path.extension().is_none_or(|e| e != "txt"))
        .map(|path| {
            if path.is_dir() {
                below(&path, &entries)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn below(folder: &Path, entries: &impl Fn(&Path) -> Vec<PathBuf>) -> Vec<PathBuf> {
    let inner = entries(folder).into_iter().flat_map(|path| {
        if path.is_dir() {
            below(&path, entries)
        } else {
            vec![path]
        }
    });
    inner.collect()
}

/// `line:column rule severity place`, with `?` behind a finding that depends on an unknown value.
fn lines(stdout: &str) -> Vec<(String, String)> {
    let json: Value = serde_json::from_str(stdout).unwrap_or_default();
    let findings = json["findings"].as_array().cloned().unwrap_or_default();
    (findings.iter())
        .map(|f| {
            let text = |name: &str| f[name].as_str().unwrap_or_default().to_owned();
            let mark = if text("message").contains("unknown here") {
                "?"
            } else {
                ""
            };
            let (line, column) = (&f["line"], &f["column"]);
            let found = format!(
                "{line}:{column} {} {}{mark} {}",
                text("id"),
                text("severity"),
                text("path")
            );
            (text("file"), found)
        })
        .collect()
}

#[test]
fn the_corpus_has_the_expected_findings() {
    let world = World::new();
    let mut found = String::new();
    for files in cases() {
        let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
        let mut arguments = vec!["policy", "check", "--format", "json", "--fail-on", "info"];
        arguments.extend(names.iter().map(String::as_str));
        let ran = world.run(&arguments);
        let findings = lines(&ran.stdout);
        for (file, name) in files.iter().zip(&names) {
            let shown = file.strip_prefix(corpus()).unwrap().display();
            writeln!(found, "{shown}").unwrap();
            for (_, line) in findings.iter().filter(|(of, _)| of == name) {
                writeln!(found, "  {line}").unwrap();
            }
            let problems = ran
                .stderr
                .lines()
                .filter(|line| line.contains(name.as_str()));
            for line in problems.filter(|line| !line.starts_with("hint")) {
                writeln!(found, "  {}", line.replace(name.as_str(), "FILE")).unwrap();
            }
        }
    }
    let path = corpus().join("findings.txt");
    if std::env::var_os("MFA_SESSION_TEST_UPDATE").is_some() {
        fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&path).unwrap());
}

#[test]
fn one_policy_has_the_same_findings_in_every_notation() {
    let world = World::new();
    let mut first: Option<Vec<(String, String)>> = None;
    for files in cases() {
        let name = files[0].file_name().unwrap().to_str().unwrap();
        if !name.starts_with("same") {
            continue;
        }
        let file = files[0].display().to_string();
        let ran = world
            .run(&["policy", "check", "--format", "json", &file])
            .exits(10);
        let mut rules: Vec<(String, String)> = (lines(&ran.stdout).into_iter())
            .map(|(_, line)| {
                let words: Vec<&str> = line.split(' ').collect();
                let way = words[3].split_once("Statement").unwrap().1;
                // A list of one is a value, and the other way round.
                let way = way.strip_suffix("[0]").unwrap_or(way);
                (words[1].to_owned(), way.to_owned())
            })
            .collect();
        rules.sort();
        match &first {
            None => first = Some(rules),
            Some(first) => assert_eq!(&rules, first, "{name}"),
        }
    }
    assert!(first.unwrap().len() > 3);
}

const ADMIN: &str = r#"
variable "bucket" {}
resource "aws_iam_user_policy" "mfa" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      NotAction = ["iam:EnableMFADevice", "sts:GetSessionToken"]
      Resource  = "*"
      Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
    }]
  })
}
resource "aws_iam_user_policy" "s3" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${var.bucket}/*" },
      { Effect = "Deny", Action = "s3:*", Resource = var.bucket },
    ]
  })
}
"#;

fn put(world: &World, name: &str, text: &str) {
    let path = world.root().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn one_of_several_policies_is_named() {
    let world = World::new();
    put(&world, "iam.tf", ADMIN);
    world
        .run(&["policy", "explain", "iam.tf"])
        .exits(1)
        .says("`iam.tf` has 2 policies: name one of them")
        .says("'iam.tf#aws_iam_user_policy.mfa.policy', 'iam.tf#aws_iam_user_policy.s3.policy'");
    world
        .run(&["policy", "verify", "iam.tf#aws_iam_user_policy.sqs"])
        .exits(1)
        .says("`iam.tf` has no single policy `aws_iam_user_policy.sqs`");
    let shown = world
        .run(&["policy", "explain", "iam.tf#aws_iam_user_policy.mfa"])
        .exits(0)
        .stdout;
    assert!(shown.contains("iam:EnableMFADevice"), "{shown}");
    put(&world, "empty.tf", "locals {}\n");
    world
        .run(&["policy", "explain", "empty.tf"])
        .exits(1)
        .says("there is no policy in `empty.tf`");
    // A file whose name has a `#` is a file.
    put(
        &world,
        "odd#name.json",
        r#"{"Version":"2012-10-17","Statement":[]}"#,
    );
    world.run(&["policy", "explain", "odd#name.json"]).exits(0);
}

#[test]
fn an_unknown_allow_counts_and_an_unknown_deny_does_not() {
    let world = World::new();
    put(&world, "iam.tf", ADMIN);
    let ran = world
        .run(&[
            "policy",
            "simulate",
            "--policy",
            "iam.tf#aws_iam_user_policy.s3",
            "--action",
            "s3:GetObject",
            "--resource",
            "arn:aws:s3:::any/key",
            "--format",
            "json",
        ])
        .exits(0)
        .says("the file does not tell `arn:aws:s3:::${var.bucket}/*`, `var.bucket`");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["EvaluationResults"][0]["EvalDecision"], "allowed");
    let policies = [
        "iam.tf#aws_iam_user_policy.mfa",
        "iam.tf#aws_iam_user_policy.s3",
    ];
    world
        .run(&["policy", "verify", policies[0], policies[1]])
        .exits(0)
        .says("note: iam.tf#aws_iam_user_policy.s3.policy: the file does not tell");
}

#[test]
fn a_folder_is_searched() {
    let world = World::new();
    put(&world, "repo/iam.tf", ADMIN);
    put(&world, "repo/main.tf", "terraform {}\n");
    put(
        &world,
        "repo/sub/stack.yaml",
        &fs::read_to_string(corpus().join("cloudformation.yaml")).unwrap(),
    );
    put(&world, "repo/sub/broken.json", "{\"Statement\": [}");
    put(
        &world,
        "repo/chart/role.yaml",
        "a: {{ if }}\nStatement: [\n",
    );
    put(&world, "repo/.gitignore", "ignored/\n");
    put(
        &world,
        "repo/ignored/same.json",
        &fs::read_to_string(corpus().join("same.json")).unwrap(),
    );
    put(&world, "repo/readme.md", "Statement");
    put(
        &world,
        "repo/app.ts",
        "import { PolicyStatement } from 'aws-cdk-lib/aws-iam';\n",
    );
    put(
        &world,
        "outside.json",
        &fs::read_to_string(corpus().join("same.json")).unwrap(),
    );
    std::os::unix::fs::symlink(
        world.root().join("outside.json"),
        world.root().join("repo/link.json"),
    )
    .unwrap();
    let found = |arguments: &[&str]| {
        let ran = world
            .run(&[&["policy", "check", "--format", "json"], arguments].concat())
            .exits(1);
        let mut files: Vec<String> = lines(&ran.stdout)
            .into_iter()
            .map(|(file, _)| file)
            .collect();
        files.dedup();
        (files, ran)
    };
    let (files, ran) = found(&["repo"]);
    assert_eq!(files, ["repo/iam.tf", "repo/sub/stack.yaml"]);
    ran.says("error: repo/sub/broken.json, line 1, column 16: not valid JSON")
        .says("read 4 policies in 2 files; 1 could not be read")
        .says("not checked, because another program fills them in: `repo/chart/role.yaml:")
        .says("programs that build policies: `repo/app.ts`")
        .says("hint: `cdk synth | mfa-session policy check -`");
    let (files, _) = found(&["--no-ignore", "repo"]);
    assert_eq!(
        files,
        [
            "repo/iam.tf",
            "repo/ignored/same.json",
            "repo/sub/stack.yaml"
        ]
    );
    // A folder without policies is clean.
    put(&world, "none/a.json", "{}");
    world
        .run(&["policy", "check", "none"])
        .exits(0)
        .says("none: searched 1 file; read 0 policies in 0 files");
}

#[test]
#[ignore = "needs Terraform in MFA_SESSION_TEST_TERRAFORM"]
fn terraform_encodes_the_same_policy() {
    let terraform = std::env::var("MFA_SESSION_TEST_TERRAFORM").unwrap();
    let world = World::new();
    // What needs no provider: the same values as outputs.
    put(
        &world,
        "tf/main.tf",
        r#"
variable "partition" {
  default = "aws"
}
locals {
  account = "123456789012"
  names   = ["a", "b"]
  actions = concat(["s3:GetObject"], [for n in local.names : "s3:Put${n}"], true ? ["s3:List*"] : [])
  policy = jsonencode({
    "Version" : "2012-10-17"
    Statement = flatten([{
      Sid      = format("For%s", "All"),
      Effect   = "Allow"
      Action   = local.actions
      Resource = ["arn:${var.partition}:iam::${local.account}:user/$${aws:username}", join("/", ["arn:aws:s3:::x", "*"])]
      Condition = merge({ Bool = { "aws:MultiFactorAuthPresent" = true } }, {})
    }])
  })
  text = <<-EOF
    {"Version": "2012-10-17",
      "Statement": {"Effect": "Deny", "NotAction": ["iam:GetUser"],
        "Resource": "arn:aws:iam::${local.account}:user/$${aws:username}"}}
  EOF
}
output "policy" {
  value = local.policy
}
output "text" {
  value = local.text
}
"#,
    );
    let folder = world.root().join("tf");
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(&terraform)
            .args(arguments)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["init", "-no-color"]);
    run(&["apply", "-auto-approve", "-no-color"]);
    for (output, local) in [("policy", "local.policy"), ("text", "local.text")] {
        let theirs: Value = serde_json::from_str(&run(&["output", "-raw", output])).unwrap();
        for (action, resource) in [
            ("s3:PutA", "arn:aws:iam::123456789012:user/dev"),
            ("s3:GetObject", "arn:aws:s3:::x/y"),
            ("iam:GetUser", "arn:aws:iam::123456789012:user/dev"),
        ] {
            put(&world, "theirs.json", &theirs.to_string());
            let decide = |policy: &str| {
                let arguments = [
                    "policy",
                    "simulate",
                    "--policy",
                    policy,
                    "--action",
                    action,
                    "--resource",
                    resource,
                    "--context",
                    "aws:username=dev",
                    "--mfa",
                    "true",
                    "--format",
                    "json",
                ];
                let ran = world.run(&arguments).exits(0);
                let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
                answer["EvaluationResults"][0]["EvalDecision"].clone()
            };
            assert_eq!(
                decide("theirs.json"),
                decide(&format!("tf/main.tf#{local}")),
                "{output} {action}"
            );
        }
    }
}

#[test]
fn fixes_are_written_and_shown() {
    let world = World::new();
    for name in [
        "same_document.tf",
        "same.yaml",
        "same.json",
        "same_heredoc.tf",
    ] {
        let text = fs::read_to_string(corpus().join(name)).unwrap();
        put(&world, &format!("repo/{name}"), &text);
        world
            .run(&["policy", "check", &format!("repo/{name}")])
            .exits(10)
            .says(&format!(
                "hint: `mfa-session policy check --fix repo/{name}`"
            ));
        // Printing changes nothing.
        let printed = world
            .run(&[
                "policy",
                "check",
                "--fix",
                "--fail-on",
                "error",
                &format!("repo/{name}"),
            ])
            .exits(0)
            .stdout;
        assert_ne!(printed, text);
        assert_eq!(
            fs::read_to_string(world.root().join("repo").join(name)).unwrap(),
            text
        );
        let ran = world
            .run(&[
                "policy",
                "check",
                "--fix",
                "--write",
                "--fail-on",
                "error",
                &format!("repo/{name}"),
            ])
            .exits(0);
        assert!(
            ran.stdout.contains(&format!("+++ repo/{name}")),
            "{}",
            ran.stdout
        );
        assert!(ran.stdout.contains("BoolIfExists"), "{}", ran.stdout);
        assert_eq!(
            fs::read_to_string(world.root().join("repo").join(name)).unwrap(),
            printed
        );
    }
    put(
        &world,
        "repo/new.yaml",
        &fs::read_to_string(corpus().join("same.yaml")).unwrap(),
    );
    world
        .run(&["policy", "check", "repo"])
        .exits(10)
        .says("hint: `mfa-session policy check --fix --write repo`");
    fs::remove_file(world.root().join("repo/new.yaml")).unwrap();
    // Everything is fixed, so nothing changes.
    let ran = world
        .run(&[
            "policy",
            "check",
            "--fix",
            "--write",
            "--fail-on",
            "error",
            "repo",
        ])
        .exits(0);
    assert_eq!(ran.stdout, "");
    world
        .run(&["policy", "check", "--fix", "--write", "-"])
        .exits(2);
}

#[test]
fn a_baseline_leaves_only_what_is_new() {
    let world = World::new();
    let text = fs::read_to_string(corpus().join("same_document.tf")).unwrap();
    put(&world, "iam.tf", &text);
    world
        .run(&[
            "policy",
            "check",
            "--write-baseline",
            "known.json",
            "iam.tf",
        ])
        .exits(0)
        .says("findings to known.json");
    world
        .run(&["policy", "check", "--baseline", "known.json", "iam.tf"])
        .exits(0)
        .says("in the baseline already");
    put(&world, "iam.tf", &text.replace("\"Bool\"", "\"Null\""));
    let ran = world.run(&["policy", "check", "--baseline", "known.json", "iam.tf"]);
    assert_ne!(ran.stdout, "");
    world
        .run(&["policy", "check", "--baseline", "iam.tf", "iam.tf"])
        .exits(1)
        .says("is not a baseline");
}
