//! `policy simulate`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::{Ran, World};

const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// A fixture with the seed and an Allow of everything.
fn world() -> World {
    let world = World::new();
    world
        .run(&["policy", "generate", "-o", "seed.json"])
        .exits(0);
    std::fs::write(world.root().join("all.json"), ALLOW_ALL).unwrap();
    world
}

fn simulate(world: &World, options: &str) -> Ran {
    let arguments: Vec<&str> = ["policy", "simulate"]
        .into_iter()
        .chain(options.split_whitespace())
        .collect();
    world.run(&arguments)
}

/// A request for the seed together with an Allow of everything.
fn question(action: &str) -> Value {
    let seed = mfa_session::policy::generate::seed().to_json_compact();
    json!({"PolicyInputList": [seed, ALLOW_ALL], "ActionNames": [action]})
}

fn answers(stdout: &str) -> Vec<Value> {
    let lines = stdout.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn decision(answer: &Value) -> &str {
    answer["EvaluationResults"][0]["EvalDecision"]
        .as_str()
        .unwrap()
}

const STREAM: [&str; 4] = ["policy", "simulate", "--cli-input-json", "-"];

#[test]
fn the_text_begins_with_the_decision() {
    let world = world();
    let both = "--policy seed.json --policy all.json --action s3:GetObject";
    for (mfa, decision) in [
        ("absent", "explicitDeny"),
        ("false", "explicitDeny"),
        ("true", "allowed"),
        ("age=86400", "allowed"),
        ("age=12h", "allowed"),
    ] {
        let ran = simulate(&world, &format!("{both} --mfa {mfa}")).exits(0);
        let first = format!("{decision}: s3:GetObject on *\n");
        assert!(ran.stdout.starts_with(&first), "{mfa}: {}", ran.stdout);
        assert_eq!(ran.stderr, "");
    }
    let ran = simulate(
        &world,
        "--policy seed.json --action s3:GetObject --mfa true",
    )
    .exits(0);
    insta::assert_snapshot!(ran.stdout, @r#"
    implicitDeny: s3:GetObject on *
      no identity policy allows it
      seed.json: Deny DenyAllWithoutMFA does not apply
        false: BoolIfExists aws:MultiFactorAuthPresent "false"; the request has "true"
    "#);
    for bad in ["maybe", "age=", "age=-1", "TRUE"] {
        simulate(&world, &format!("{both} --mfa {bad}")).exits(2);
    }
}

#[test]
fn options_make_a_request_in_the_format_of_aws() {
    let world = world();
    let ran = simulate(
        &world,
        "--policy all.json --action s3:GetObject --action s3:PutObject --resource arn:aws:s3:::a/b --resource arn:aws:s3:::c/d --format json",
    )
    .exits(0);
    let [answer] = answers(&ran.stdout).try_into().unwrap();
    let results = answer["EvaluationResults"].as_array().unwrap();
    let told: Vec<(&str, &str)> = (results.iter())
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap();
            (text("EvalActionName"), text("EvalResourceName"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("s3:GetObject", "arn:aws:s3:::a/b"),
            ("s3:GetObject", "arn:aws:s3:::c/d"),
            ("s3:PutObject", "arn:aws:s3:::a/b"),
            ("s3:PutObject", "arn:aws:s3:::c/d"),
        ]
    );
    let matched = &results[0]["MatchedStatements"][0];
    assert_eq!(matched["SourcePolicyId"], "PolicyInputList.1");
    assert_eq!(matched["StartPosition"], json!({"Line": 1, "Column": 37}));
}

#[test]
fn the_context_contains_values_and_lists() {
    let world = world();
    std::fs::write(
        world.root().join("tags.json"),
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team","stage"]}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"team"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotLike":{"aws:UserAgent":"a,b=*"}}}]}"#,
    )
    .unwrap();
    let ran = |context: &[&str]| {
        let mut arguments = vec![
            "policy",
            "simulate",
            "--policy",
            "tags.json",
            "--action",
            "ec2:CreateTags",
        ];
        arguments.extend(["--context", "aws:UserAgent=a,b=c"]);
        for entry in context {
            arguments.extend(["--context", entry]);
        }
        world.run(&arguments)
    };
    let begins = |context: &[&str], decision: &str| {
        let stdout = ran(context).exits(0).stdout;
        assert!(stdout.starts_with(decision), "{context:?}: {stdout}");
    };
    // One value is one value, which a list-typed key never is.
    begins(&["aws:TagKeys=team"], "explicitDeny");
    begins(&["aws:TagKeys=[\"team\"]"], "allowed");
    begins(&["aws:TagKeys=team", "aws:TagKeys=stage"], "allowed");
    begins(&["aws:TagKeys=[\"team\",\"other\"]"], "implicitDeny");
    ran(&["aws:TagKeys=[team]"])
        .exits(2)
        .says("expected a list of strings");
    ran(&["aws:TagKeys"]).exits(2);
}

#[test]
fn the_caller_fills_policy_variables() {
    let world = world();
    world
        .run(&[
            "policy",
            "generate",
            "--template",
            "own-only",
            "-o",
            "own.json",
        ])
        .exits(0);
    for (user, decision) in [("dev", "allowed"), ("other", "explicitDeny")] {
        let ran = simulate(
            &world,
            &format!("--policy own.json --policy all.json --mfa absent --action iam:EnableMFADevice --resource arn:aws:iam::123456789012:user/{user} --caller-arn arn:aws:iam::123456789012:user/dev"),
        )
        .exits(0);
        assert!(ran.stdout.starts_with(decision), "{}", ran.stdout);
    }
    simulate(
        &world,
        "--policy all.json --action s3:GetObject --caller-arn dev",
    )
    .exits(2)
    .says("invalid CallerArn `dev`");
}

#[test]
fn one_document_is_one_answer_however_it_is_printed() {
    let world = world();
    let question = question("s3:ListAllMyBuckets");
    let compact = question.to_string();
    let pretty = serde_json::to_string_pretty(&question).unwrap();
    std::fs::write(world.root().join("q.json"), &pretty).unwrap();
    let expected = world.feed(&STREAM, &compact).exits(0).stdout;
    assert!(expected.starts_with(
        r#"{"EvaluationResults":[{"EvalActionName":"s3:ListAllMyBuckets","EvalResourceName":"*","EvalDecision":"explicitDeny","MatchedStatements":["#
    ));
    assert_eq!(expected.lines().count(), 1);
    for text in [
        &pretty,
        &format!("\u{feff}{pretty}"),
        &format!("\n\n{compact}\r\n"),
    ] {
        assert_eq!(world.feed(&STREAM, text).exits(0).stdout, expected);
    }
    for name in ["q.json", "file://q.json", &compact] {
        let ran = world
            .run(&["policy", "simulate", "--cli-input-json", name])
            .exits(0);
        assert_eq!(ran.stdout, expected);
        assert_eq!(ran.stderr, "");
    }
    let text = world.run(&[
        "policy",
        "simulate",
        "--cli-input-json",
        "q.json",
        "--format",
        "text",
    ]);
    assert!(
        text.exits(0)
            .stdout
            .starts_with("explicitDeny: s3:ListAllMyBuckets on *\n")
    );
    let with_mfa = world.run(&[
        "policy",
        "simulate",
        "--cli-input-json",
        "q.json",
        "--mfa",
        "true",
    ]);
    assert_eq!(decision(&answers(&with_mfa.exits(0).stdout)[0]), "allowed");
}

#[test]
fn lines_are_answered_in_order_and_invalid_ones_by_an_error() {
    let world = world();
    let mut lines: Vec<String> = Vec::new();
    for n in 0..300 {
        lines.push(question(&format!("s3:Action{n}")).to_string());
    }
    lines[0].truncate(40);
    lines[100] = "no json".to_owned();
    lines[200] = json!({"ActionNames": []}).to_string();
    lines[201] = r#"{"ActionNames":["s3:A"],"ActionNames":["s3:B"]}"#.to_owned();
    lines[202] = "\0".to_owned();
    let mut input = lines.join("\n").into_bytes();
    input.extend_from_slice(b"\n\n{\"\xff\":1}\n");
    let ran = world.feed(&STREAM, input).exits(1);
    let answers = answers(&ran.stdout);
    assert_eq!(answers.len(), 301);
    for (n, answer) in answers.iter().enumerate() {
        if [0, 100, 200, 201, 202, 300].contains(&n) {
            assert!(answer["Error"]["Code"].is_string(), "{n}: {answer}");
            assert!(answer["Error"]["Message"].is_string(), "{n}: {answer}");
        } else {
            let name = &answer["EvaluationResults"][0]["EvalActionName"];
            assert_eq!(*name, format!("s3:Action{n}"));
        }
    }
    assert_eq!(answers[200]["Error"]["Code"], "InvalidInput");
    ran.says("6 of 301 documents have no answer; document 1: ");
}

#[test]
fn a_single_invalid_document_is_reported_on_both_streams() {
    let world = world();
    for (text, code) in [
        ("[", "ValidationError"),
        ("{\n  \"ActionNames\": [", "ValidationError"),
        ("{}", "ValidationError"),
        ("{\"ActionNames\":[\"s3\"]}", "InvalidInput"),
        (
            "{\"ActionNames\":[\"s3:A\"],\"Nonsense\":1}",
            "ValidationError",
        ),
        (
            "{\"ActionNames\":[\"s3:A\"],\"PolicyInputList\":[\"{}\"]}",
            "InvalidInput",
        ),
    ] {
        let ran = world.feed(&STREAM, text).exits(1).says("no answer: ");
        let [answer] = answers(&ran.stdout).try_into().unwrap();
        assert_eq!(answer["Error"]["Code"], code, "{text}: {answer}");
    }
}

#[test]
fn an_endless_line_is_one_error() {
    let world = world();
    let mut input = question("s3:GetObject").to_string();
    input.push('\n');
    input.push_str(&"[".repeat(17 << 20));
    input.push('\n');
    input.push_str(&question("s3:PutObject").to_string());
    let ran = world.feed(&STREAM, input).exits(1);
    let answers = answers(&ran.stdout);
    assert_eq!(answers.len(), 3);
    assert_eq!(decision(&answers[0]), "explicitDeny");
    assert_eq!(
        answers[1]["Error"]["Message"],
        "the document is larger than 16 MiB"
    );
    assert_eq!(decision(&answers[2]), "explicitDeny");
}

#[test]
fn a_program_that_waits_for_each_answer_gets_it() {
    let world = world();
    let mut child = world
        .program(&STREAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |text: &str| {
        writeln!(stdin, "{text}").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        answer
    };
    let pretty = serde_json::to_string_pretty(&question("s3:A0")).unwrap();
    assert!(ask(&pretty).contains("\"s3:A0\""));
    assert!(ask(&question("s3:A1").to_string()).contains("\"s3:A1\""));
    assert!(ask("bad").contains("ValidationError"));
    assert!(ask(&question("s3:A2").to_string()).contains("\"s3:A2\""));
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_file_that_cannot_be_read_is_reported() {
    let world = world();
    world
        .feed(&STREAM, "")
        .exits(1)
        .says("standard input")
        .says("the input is empty");
    world
        .feed(&STREAM, " \n\n")
        .exits(1)
        .says("the input is empty");
    for (name, said) in [("missing", "No such file"), (".", "directory")] {
        let ran = world.run(&["policy", "simulate", "--cli-input-json", name]);
        assert_eq!(ran.exits(1).says(said).stdout, "");
    }
    std::fs::write(
        world.root().join("bucket.json"),
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
    )
    .unwrap();
    simulate(&world, "--policy bucket.json --action s3:GetObject")
        .exits(1)
        .says("bucket.json: expected no `Principal`");
}

#[test]
fn contradictory_options_are_refused() {
    let world = world();
    for options in [
        "--policy seed.json",
        "--action s3:GetObject",
        "--cli-input-json q.json --action s3:GetObject",
        "--cli-input-json q.json --policy seed.json",
        "--cli-input-json q.json --resource *",
        "--cli-input-json q.json --context a=b",
        "--policy - --policy - --action s3:GetObject",
        "--policy seed.json --action GetObject",
        "--policy seed.json --action s3:GetObject --format yaml",
    ] {
        simulate(&world, options).exits(2);
    }
    let nothing = simulate(&world, "").exits(2);
    assert!(nothing.stderr.contains("Examples:"), "{}", nothing.stderr);
}

#[test]
fn a_closed_pipe_is_success() {
    let world = world();
    let ran = world.run_unread(&[
        "policy",
        "simulate",
        "--policy",
        "seed.json",
        "--action",
        "s3:A",
    ]);
    assert_eq!(ran.exits(0).stderr, "");
    // And it ends an endless batch.
    std::fs::write(
        world.root().join("q.jsonl"),
        format!("{}\nbad\n", question("s3:A")),
    )
    .unwrap();
    let line = format!(
        "yes '{}' | {} policy simulate --cli-input-json - 2>said | head -n 1 >first; echo ${{PIPESTATUS[1]}}",
        question("s3:A").to_string().replace('\'', ""),
        crate::common::PROGRAM
    );
    let output = world.command("bash").args(["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0");
    assert_eq!(world.lines("said"), Vec::<String>::new());
    assert!(world.lines("first")[0].contains("explicitDeny"));
}
