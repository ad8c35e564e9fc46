//! `policy generate`.

use mfa_session::policy::generate::seed;
use serde_json::{Value, json};

use crate::common::{Ran, World};

/// Runs the command with these options, separated by spaces.
fn generate(world: &World, options: &str) -> Ran {
    let arguments: Vec<&str> = ["policy", "generate"]
        .into_iter()
        .chain(options.split_whitespace())
        .collect();
    world.run(&arguments)
}

/// The document that the command prints.
#[track_caller]
fn document(world: &World, options: &str) -> Value {
    serde_json::from_str(&generate(world, options).exits(0).stdout).unwrap()
}

fn sids(document: &Value) -> Vec<&str> {
    let statements = document["Statement"].as_array().unwrap();
    statements
        .iter()
        .map(|s| s["Sid"].as_str().unwrap())
        .collect()
}

#[test]
fn generate_without_options_prints_the_seed() {
    let world = World::new();
    let ran = generate(&world, "")
        .exits(0)
        .says("policy verify FILE")
        .says("--template console-enrol --guard own-only");
    assert_eq!(ran.stdout, seed().to_json_pretty() + "\n");
    let compact = generate(&world, "--compact").exits(0);
    assert_eq!(compact.stdout.lines().count(), 1);
    let (a, b): (Value, Value) = (
        serde_json::from_str(&ran.stdout).unwrap(),
        serde_json::from_str(&compact.stdout).unwrap(),
    );
    assert_eq!(a, b);
    assert_eq!(
        generate(&world, "--template seed").exits(0).stdout,
        ran.stdout
    );
}

#[test]
fn a_file_is_overwritten_only_with_force() {
    let world = World::new();
    generate(&world, "--output p.json")
        .exits(0)
        .says("Wrote p.json.")
        .says("policy verify p.json");
    let path = world.root().join("p.json");
    std::fs::write(&path, "mine").unwrap();
    generate(&world, "--output p.json")
        .exits(1)
        .says("exists already")
        .says("--force");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    generate(&world, "--output p.json --force --compact").exits(0);
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("{\"Version\"")
    );
    generate(&world, "--force").exits(2);
    generate(&world, "--output none/p.json")
        .exits(1)
        .says("none/p.json");
}

#[test]
fn templates_and_the_guard_combine() {
    let world = World::new();
    let closed = "--template console-enrol --guard own-only";
    assert_eq!(
        sids(&document(&world, closed)),
        [
            "DenyAllWithoutMFA",
            "DenyEnrolmentByAccessKey",
            "DenyOtherUsersDevicesWithoutMFA"
        ]
    );
    assert_eq!(
        document(&world, "--template own-only --template console-enrol"),
        document(&world, closed)
    );
    let many = document(
        &world,
        "--template first-login --template via-service --template no-aws-login --max-age 12h",
    );
    assert_eq!(
        sids(&many),
        ["DenyAllWithoutMFA", "DenyStaleMFA", "DenyAwsLogin"]
    );
    assert_eq!(
        many["Statement"][1]["Condition"],
        json!({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "43200"}})
    );
}

#[test]
fn every_option_changes_the_document() {
    let world = World::new();
    let excepted = document(
        &world,
        "--except s3:GetObject --except iam:GetUser --sid Mfa",
    );
    assert_eq!(sids(&excepted), ["Mfa"]);
    let exceptions = excepted["Statement"][0]["NotAction"].as_array().unwrap();
    assert_eq!(exceptions.len(), 8);
    assert!(exceptions.contains(&json!("s3:GetObject")));

    let china = document(&world, "--template own-only --partition aws-cn");
    assert_eq!(
        china["Statement"][0]["NotResource"][0],
        "arn:aws-cn:iam::*:user/${aws:username}"
    );
    // The maximal age is a template by itself.
    assert_eq!(sids(&document(&world, "--max-age 900")), ["DenyStaleMFA"]);

    let trust = document(
        &world,
        "--template role-trust --principal 123456789012 --principal arn:aws:iam::210987654321:user/dev --max-age 1h",
    );
    assert_eq!(
        trust["Statement"][0]["Principal"]["AWS"],
        json!(["123456789012", "arn:aws:iam::210987654321:user/dev"])
    );
    assert_eq!(
        trust["Statement"][0]["Condition"],
        json!({
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "3600"},
        })
    );
    let scp = document(&world, "--template scp --exempt-tag mfa=exempt");
    assert_eq!(
        scp["Statement"][0]["Condition"]["StringNotEquals"],
        json!({"aws:PrincipalTag/mfa": "exempt"})
    );
}

#[test]
fn revoke_uses_the_current_time() {
    let mut world = World::new();
    let issued = |world: &World| {
        let document = document(world, "--template revoke");
        let time = &document["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"];
        let time = time.as_str().unwrap().to_owned();
        assert_eq!(time.len(), "2026-11-24T08:30:00Z".len(), "{time}");
        time::UtcDateTime::parse(&time, &time::format_description::well_known::Rfc3339).unwrap()
    };
    let before = issued(&world);
    world.later(86_400);
    let shift = issued(&world) - before;
    assert!((86_399..86_460).contains(&shift.whole_seconds()), "{shift}");
}

#[test]
fn a_note_says_what_the_generated_policy_leaves_open() {
    let world = World::new();
    for (options, said) in [
        (
            "--template first-login",
            "add `--template console-enrol --guard own-only` to close this",
        ),
        (
            "--max-age 12h",
            "on its own, this policy lets calls without MFA pass",
        ),
        (
            "--template own-only",
            "on its own, this policy lets calls without MFA pass",
        ),
    ] {
        generate(&world, options).exits(0).says(said);
    }
    for clean in [
        "--template console-enrol --guard own-only",
        "--template admin-provisioned",
        "--template role-trust --principal 123456789012",
    ] {
        assert_eq!(generate(&world, clean).exits(0).stderr, "", "{clean}");
    }
}

#[test]
fn contradictions_are_reported() {
    let world = World::new();
    for (options, said) in [
        ("--compact --format terraform", "`--compact` contradicts"),
        ("--template nonsense", "possible values"),
        ("--guard nonsense", "possible values"),
        ("--kind nonsense", "possible values"),
        ("--format yaml", "possible values"),
        ("--template max-age", "needs `--max-age`"),
        ("--template role-trust", "needs `--principal`"),
        (
            "--principal 123456789012",
            "`--principal` needs template `role-trust`",
        ),
        ("--exempt-tag a=b", "`--exempt-tag` needs template `scp`"),
        (
            "--template own-only --except s3:GetObject",
            "`--except` needs",
        ),
        (
            "--template admin-provisioned --template console-enrol",
            "contradict each other",
        ),
        (
            "--template aws-login --template no-aws-login",
            "contradict each other",
        ),
        (
            "--template scp --template self-manage",
            "contradict each other",
        ),
        (
            "--template role-trust --principal 123456789012 --guard own-only",
            "contradict each other",
        ),
        ("--kind scp", "template `seed` cannot be saved as `scp`"),
        ("--kind trust", "cannot be saved as `trust`"),
        ("--kind rcp", "cannot be saved as `rcp`"),
        (
            "--template scp --kind managed",
            "template `scp` cannot be saved as `managed`",
        ),
        ("--partition nowhere", "invalid partition `nowhere`"),
        ("--sid a-b", "invalid Sid `a-b`"),
        ("--except everything", "invalid action `everything`"),
        ("--max-age 0", "invalid age `0`"),
        ("--max-age soon", "expected a time"),
        (
            "--template role-trust --principal dev",
            "invalid principal `dev`",
        ),
        ("--exempt-tag a", "expected KEY=VALUE"),
    ] {
        let ran = generate(&world, options).exits(2).says(said);
        assert_eq!(ran.stdout, "", "{options}");
    }
}

#[test]
fn a_policy_that_is_too_large_for_its_kind_is_refused() {
    let world = World::new();
    let many: String = (0..60)
        .map(|n| format!(" --except service-{n}:SomeActionWithALongName"))
        .collect();
    generate(&world, &format!("--kind inline-user{many}"))
        .exits(1)
        .says("`inline-user` can have at most 2048");
    generate(&world, &format!("--kind managed{many}")).exits(0);
}

#[test]
fn every_format_names_the_kind() {
    let world = World::new();
    for (kind, marks) in [
        (
            "managed",
            ["aws_iam_policy", "AWS::IAM::ManagedPolicy", "create-policy"],
        ),
        (
            "inline-user",
            [
                "aws_iam_user_policy",
                "AWS::IAM::UserPolicy",
                "put-user-policy",
            ],
        ),
        (
            "inline-group",
            [
                "aws_iam_group_policy",
                "AWS::IAM::GroupPolicy",
                "put-group-policy",
            ],
        ),
        (
            "inline-role",
            [
                "aws_iam_role_policy",
                "AWS::IAM::RolePolicy",
                "put-role-policy",
            ],
        ),
    ] {
        let forms = ["terraform", "cloudformation", "awscli"];
        for (form, mark) in forms.into_iter().zip(marks) {
            let ran = generate(&world, &format!("--kind {kind} --format {form}")).exits(0);
            assert!(ran.stdout.contains(mark), "{kind} {form}: {}", ran.stdout);
        }
    }
    let json: Value =
        serde_json::from_str(&generate(&world, "--format cloudformation-json").stdout).unwrap();
    assert_eq!(
        json["Resources"]["DenyAllWithoutMFA"]["Properties"]["PolicyDocument"],
        document(&world, "")
    );
}

#[test]
fn a_closed_pipe_is_success() {
    let world = World::new();
    let ran = world.run_unread(&["policy", "generate"]).exits(0);
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
}

#[test]
fn help_shows_every_template_and_only_options_that_are_used() {
    let world = World::new();
    let policy = world.run(&["policy", "--help"]).exits(0).stdout;
    assert!(!policy.contains("--profile"), "{policy}");
    for command in ["generate", "explain", "simulate", "verify"] {
        assert!(policy.contains(&format!("\n  {command}")), "{policy}");
        let help = world.run(&["policy", command, "--help"]).exits(0).stdout;
        assert!(help.contains("Examples:"), "{help}");
        for option in ["--profile", "--verbose"] {
            assert!(!help.contains(option), "{help}");
        }
        let wide = help.lines().find(|l| l.chars().count() > 100);
        assert_eq!(wide, None, "{command}");
    }
    let generate = world.run(&["policy", "generate", "--help"]).stdout;
    for word in [
        "console-enrol",
        "inline-group",
        "cloudformation-json",
        "--exempt-tag",
    ] {
        assert!(generate.contains(word), "{word}");
    }
}

#[test]
fn options_that_a_command_does_not_use_are_accepted() {
    let world = World::new();
    let plain = world.run(&["policy", "generate"]).exits(0).stdout;
    let ran = world.run(&["policy", "generate", "-v", "--profile", "any"]);
    assert_eq!(ran.exits(0).stdout, plain);
}
