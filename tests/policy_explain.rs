//! `policy explain`, and how every subcommand reads documents.

use serde_json::Value;

use crate::common::World;

/// The commands that read a policy. The last argument is the file.
fn readers(file: &str) -> [Vec<&str>; 3] {
    [
        vec!["policy", "explain", file],
        vec!["policy", "verify", file],
        vec![
            "policy",
            "simulate",
            "--action",
            "s3:GetObject",
            "--policy",
            file,
        ],
    ]
}

#[test]
fn the_seed_is_explained_without_a_file() {
    let world = World::new();
    let ran = world.run(&["policy", "explain"]).exits(0);
    for sentence in [
        "Decisions by state of MFA",
        "  s3:ListAllMyBuckets         explicitDeny  explicitDeny  allowed\n",
        "  sts:GetSessionToken         allowed       allowed       allowed\n",
        "if NotAction is replaced by Action *",
        "if BoolIfExists is replaced by Bool",
        "first-enrolment",
        "mfa-session policy generate --template console-enrol --guard own-only",
        "sts:GetCallerIdentity succeeds under any policy",
    ] {
        assert!(ran.stdout.contains(sentence), "{sentence}: {}", ran.stdout);
    }
    let wide = ran.stdout.lines().find(|l| l.chars().count() > 80);
    assert_eq!(wide, None);
    // The file is told as the seed is.
    world.run(&["policy", "generate", "-o", "p.json"]).exits(0);
    let file = world.run(&["policy", "explain", "p.json"]).exits(0);
    assert_eq!(file.stdout, ran.stdout);
    let compact = world.run(&["policy", "generate", "--compact"]).stdout;
    let piped = world.feed(&["policy", "explain", "-"], compact).exits(0);
    assert_eq!(piped.stdout, ran.stdout);
}

#[test]
fn explanations_come_in_three_forms() {
    let world = World::new();
    let markdown = world
        .run(&["policy", "explain", "--format", "markdown"])
        .exits(0)
        .stdout;
    assert!(
        markdown.contains("\n| s3:ListAllMyBuckets | explicitDeny | explicitDeny | allowed |\n")
    );
    let json = world
        .run(&["policy", "explain", "--format", "json"])
        .exits(0);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["table"][0]["absent"], "explicitDeny");
    assert_eq!(json["exceptions"].as_array().unwrap().len(), 7);
    assert_eq!(json["verification"]["clean"], false);
    assert_eq!(
        json["variants"][1]["possible"]["absent"],
        json["verification"]["judged"]
    );
    world
        .run(&["policy", "explain", "--format", "yaml"])
        .exits(2);
}

#[test]
fn a_broken_policy_is_explained_by_what_it_does() {
    let world = World::new();
    let broken = world
        .run(&["policy", "generate"])
        .stdout
        .replace("BoolIfExists", "Bool");
    let ran = world.feed(&["policy", "explain", "-"], broken).exits(0);
    for sentence in [
        "  s3:ListAllMyBuckets         allowed  explicitDeny  allowed\n",
        "every action of 455 services",
        "DenyAllWithoutMFA does not apply: Bool does not hold, because",
        "if Bool is replaced by BoolIfExists",
    ] {
        assert!(ran.stdout.contains(sentence), "{sentence}: {}", ran.stdout);
    }
}

#[test]
fn a_trust_policy_is_explained_too() {
    let world = World::new();
    let trust = "policy generate --template role-trust --principal 123456789012";
    let trust = world.run(&trust.split(' ').collect::<Vec<_>>()).exits(0);
    let ran = world
        .feed(&["policy", "explain", "-"], &trust.stdout)
        .exits(0);
    assert!(
        (ran.stdout).contains("  sts:AssumeRole  implicitDeny  implicitDeny  allowed\n"),
        "{}",
        ran.stdout
    );
    let json = world.feed(
        &["policy", "explain", "-", "--format", "json"],
        &trust.stdout,
    );
    let json: Value = serde_json::from_str(&json.exits(0).stdout).unwrap();
    assert_eq!(json["verification"], Value::Null);
}

#[test]
fn the_partition_comes_from_the_policy_or_the_option() {
    let world = World::new();
    let china = "policy generate --template self-manage --partition aws-cn --output cn.json";
    world.run(&china.split(' ').collect::<Vec<_>>()).exits(0);
    let ran = world.run(&["policy", "explain", "cn.json"]).exits(0);
    assert!(ran.stdout.contains("--partition aws-cn"), "{}", ran.stdout);
    let allowed = (ran.stdout.lines()).any(|l| {
        l.split_whitespace().collect::<Vec<_>>()
            == ["iam:EnableMFADevice", "allowed", "allowed", "allowed"]
    });
    assert!(allowed, "{}", ran.stdout);
    let wide = ran.stdout.lines().find(|l| l.chars().count() > 80);
    assert_eq!(wide, None);
    let other = world
        .run(&["policy", "explain", "cn.json", "--partition", "aws"])
        .exits(0);
    assert!(!other.stdout.contains("--partition aws-cn"));
    world
        .run(&["policy", "explain", "--partition", "no where"])
        .exits(2)
        .says("unknown partition `no where`")
        .says("aws-us-gov");
}

#[test]
fn text_that_is_not_a_policy_is_reported_with_its_place() {
    let world = World::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(&str, &[u8], &str); 12] = [
        ("empty", b"", "empty, line 1, column 1: the input is empty"),
        ("blank", b"\xef\xbb\xbf \n", "the input is empty"),
        ("text", b"no json", "line 1, column 2: not valid JSON"),
        ("nul", b"\0\0\0\0", "line 1, column 1: not valid JSON"),
        ("latin", b"{\n \"\xe9\": 1}", "line 2, column 3: byte 0xE9 is not valid UTF-8"),
        ("wide", b"\xff\xfe{\0}\0", "UTF-16"),
        ("list", b"[]", "expected a policy document, which is an object"),
        ("lacks", b"{\"Version\":\"2012-10-17\"}", "expected an element `Statement`"),
        (
            "twice",
            b"{\"Statement\":[],\n  \"Statement\":[]}",
            "line 2, column 3: `Statement`",
        ),
        (
            "effect",
            b"{\"Statement\":[\n{\"Effect\":\"Dney\",\"Action\":\"*\"}]}",
            "line 2, column 11: `Statement[0].Effect`: expected `Allow` or `Deny`, found `Dney`",
        ),
        (
            "operator",
            b"{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\n\"Condition\":{\"BoolIfExist\":{\"a\":\"b\"}}}}",
            "line 2, column 14: `Statement.Condition.BoolIfExist`",
        ),
        ("deep", deep.as_bytes(), "nested deeper than"),
    ];
    for (name, bytes, said) in cases {
        std::fs::write(world.root().join(name), bytes).unwrap();
        for arguments in readers(name) {
            let ran = world.run(&arguments).exits(1).says(said).says(name);
            assert_eq!(ran.stdout, "", "{name}");
            assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
            assert_eq!(ran.stderr.matches("error").count(), 1, "{}", ran.stderr);
        }
        for arguments in readers("-") {
            world
                .feed(&arguments, bytes)
                .exits(1)
                .says("standard input");
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_reported() {
    let world = World::new();
    std::fs::create_dir(world.root().join("folder")).unwrap();
    let large = " ".repeat(2 << 20);
    std::fs::write(world.root().join("large"), &large).unwrap();
    for (name, said) in [
        ("missing", "No such file"),
        ("folder", "directory"),
        ("large", "more than 1048576 bytes"),
        ("/dev/zero", "more than 1048576 bytes"),
    ] {
        for arguments in readers(name) {
            let ran = world.run(&arguments).exits(1).says(name).says(said);
            assert_eq!(ran.stdout, "");
        }
    }
    for arguments in readers("-") {
        world
            .feed(&arguments, &large)
            .exits(1)
            .says("more than 1048576 bytes");
    }
}

#[test]
fn a_pipe_and_a_byte_order_mark_are_accepted() {
    let world = World::new();
    let seed = world.run(&["policy", "generate"]).stdout;
    let marked = format!("\u{feff}{}", seed.replace('\n', "\r\n"));
    world.feed(&["policy", "explain", "-"], marked).exits(0);
    let fifo = world.root().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let writer = std::thread::spawn(move || std::fs::write(fifo, seed).unwrap());
    world.run(&["policy", "explain", "fifo"]).exits(0);
    writer.join().unwrap();
}

#[test]
fn names_in_a_policy_do_not_control_the_terminal() {
    let world = World::new();
    let hostile = world
        .run(&["policy", "generate"])
        .stdout
        .replace("DenyAllWithoutMFA", "a\\u001b]0;owned\\u0007\\nb")
        .replace("BoolIfExists", "Bool");
    for form in ["text", "markdown"] {
        for command in ["explain", "verify"] {
            let ran = world.feed(&["policy", command, "-", "--format", form], &hostile);
            assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
            assert!(ran.stdout.contains("]0;owned"), "{}", ran.stdout);
        }
    }
    let simulate = [
        "policy",
        "simulate",
        "--action",
        "s3:GetObject",
        "--policy",
        "-",
    ];
    let ran = world.feed(&simulate, &hostile).exits(0);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
}

#[test]
fn a_closed_pipe_is_success() {
    let world = World::new();
    let ran = world.run_unread(&["policy", "explain"]).exits(0);
    assert_eq!(ran.stderr, "");
}
