//! `policy check`: reads files of every format, and prints findings in every format.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Ran, World};

/// Long-term keys pass: MFA001.
const BROKEN: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DenyAllWithoutMFA",
      "Effect": "Deny",
      "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
      "Resource": "*",
      "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } }
    }
  ]
}
"#;

/// A string operator on a Boolean key: only the warning MFA006.
const ODD: &str = r#"{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Deny",
    "NotAction": "sts:GetSessionToken",
    "Resource": "*",
    "Condition": { "StringEqualsIfExists": { "aws:MultiFactorAuthPresent": "false" } }
  }
}
"#;

/// A policy that has nothing to do with MFA.
const CLEAN: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

impl World {
    /// Writes a file into the working directory of the program.
    fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs the program with this text on standard input.
    fn piped(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .program(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(input.as_bytes());
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        self.judge(arguments, output)
    }

    fn check(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["policy", "check"], arguments].concat())
    }

    /// `id severity file path line:column` of each finding.
    fn found(&self, arguments: &[&str]) -> Vec<String> {
        told(
            &self
                .check(&[&["--format", "json"], arguments].concat())
                .stdout,
        )
    }
}

fn told(json: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(json).unwrap();
    assert_eq!(report["version"], 1);
    (report["findings"].as_array().unwrap().iter())
        .map(|f| {
            let text = |name: &str| f[name].as_str().unwrap().to_owned();
            assert!(text("url").starts_with("https://"), "{f}");
            assert_eq!(f.as_object().unwrap().len(), 8, "{f}");
            let words = ["id", "severity", "file", "path"].map(text);
            format!("{} {}:{}", words.join(" "), f["line"], f["column"])
        })
        .collect()
}

/// The findings of these rules only.
fn of_rules(ids: &[&str], found: Vec<String>) -> Vec<String> {
    (found.into_iter())
        .filter(|line| ids.iter().any(|id| line.starts_with(id)))
        .collect()
}

#[test]
fn a_finding_is_shown_with_its_line_and_its_fix() {
    let world = World::new();
    world.put("broken.json", BROKEN);
    let ran = world
        .check(&["broken.json"])
        .exits(10)
        .says("`mfa-session policy check --fix broken.json`");
    let shown = "  --> broken.json:9:22
   |
 9 |       \"Condition\": { \"Bool\": { \"aws:MultiFactorAuthPresent\": \"false\" } }
   |                      ^^^^^^
   |
   = at: Statement[0].Condition.Bool
   = fix: ";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        squeezed(&ran.stdout).contains(&squeezed(shown)),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("error[MFA001]: "), "{}", ran.stdout);
    assert!(ran.stdout.ends_with(" in 1 policy\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'));
    assert_eq!(
        of_rules(&["MFA001"], world.found(&["broken.json"])),
        ["MFA001 error broken.json Statement[0].Condition.Bool 9:22"]
    );
}

#[test]
fn the_threshold_decides_the_exit_code() {
    let world = World::new();
    world.put("odd.json", ODD);
    world.put("broken.json", BROKEN);
    world.put("clean.json", CLEAN);
    let odd = world.found(&["odd.json"]);
    assert_eq!(
        of_rules(&["MFA006"], odd.clone()),
        ["MFA006 warning odd.json Statement.Condition.StringEqualsIfExists 7:20"]
    );
    for (threshold, code) in [("error", 0), ("high", 0), ("warning", 10), ("info", 10)] {
        world
            .check(&["--fail-on", threshold, "odd.json"])
            .exits(code);
        world
            .check(&["--fail-on", threshold, "broken.json"])
            .exits(10);
        world
            .check(&["--fail-on", threshold, "clean.json"])
            .exits(0);
    }
    world.check(&["odd.json"]).exits(0);
    world.check(&["--fail-on", "none", "odd.json"]).exits(2);
    let ran = world.check(&["clean.json"]).exits(0);
    assert_eq!(ran.stdout, "no findings in 1 policy\n");
    assert_eq!(ran.stderr, "");
}

#[test]
fn standard_input_is_read_if_it_is_not_empty() {
    let world = World::new();
    for arguments in [
        &["policy", "check", "--format", "json"][..],
        &["policy", "check", "--format", "json", "-"],
    ] {
        let ran = world.piped(arguments, BROKEN).exits(10);
        assert_eq!(
            of_rules(&["MFA001"], told(&ran.stdout)),
            ["MFA001 error - Statement[0].Condition.Bool 9:22"]
        );
    }
    world
        .piped(&["policy", "check"], BROKEN)
        .exits(10)
        .says_not("--fix");
    let shown = world.piped(&["policy", "check", "-"], BROKEN).stdout;
    assert!(shown.contains("--> standard input:9:22"), "{shown}");
    // Nothing comes, or a human sits there.
    world
        .check(&[])
        .exits(2)
        .says("error: no policy: name a file, or pipe one in")
        .says("hint: `mfa-session policy check FILE`");
    let mut pty = world.shell_on_terminal("$mfa_session policy check");
    pty.expect("error: no policy");
    pty.expect("<status 2>");
    world
        .check(&["-", "-"])
        .exits(2)
        .says("`-` is given more than once");
}

#[test]
fn every_file_is_checked_even_if_another_one_is_broken() {
    let world = World::new();
    world.put("a.json", BROKEN);
    world.put(
        "b.json",
        "{\"Statement\": [{\"Effect\": \"Denied\",\n \"Action\": \"*\"}]}",
    );
    world.put("c.json", "{\n  \"Statement\": [}");
    world.put("d.json", "{\"some\": [\"other\", \"thing\"]}");
    world.put("e.json", ODD);
    world.put("f.json", [0xff, 0xfe, b'{', 0]);
    let arguments = [
        "e.json",
        "b.json",
        "none.json",
        "c.json",
        "d.json",
        "f.json",
        "a.json",
        "./e.json",
    ];
    let ran = world
        .check(&[&["--format", "json"], &arguments[..]].concat())
        .exits(1)
        .says("error: b.json, line 1, column 27: `Statement[0].Effect`: expected `Allow` or `Deny`, found `Denied`")
        .says("error: cannot read `none.json`")
        .says("error: c.json, line 2, column 17: not valid JSON")
        .says("error: d.json, line 1, column 1: no policy in it; looked for")
        .says("error: f.json, line 1, column 1: the file is UTF-16");
    // As typed, each once.
    assert_eq!(
        of_rules(&["MFA001", "MFA006"], told(&ran.stdout)),
        [
            "MFA006 warning e.json Statement.Condition.StringEqualsIfExists 7:20",
            "MFA001 error a.json Statement[0].Condition.Bool 9:22",
        ]
    );
    // With nothing to judge there is nothing to print.
    for form in ["text", "json", "github"] {
        let ran = world.check(&["--format", form, "d.json"]).exits(1);
        assert_eq!(ran.stdout, "");
    }
    world.put("main.tf", "resource \"aws_iam_policy\" \"mfa\" {}\n");
    world
        .check(&["main.tf"])
        .exits(1)
        .says("main.tf, line 1, column 1: no policy in it; looked for")
        .says("hint: `terraform show -json PLAN | mfa-session policy check -`");
}

#[test]
fn a_duplicate_name_and_deep_nesting_are_errors() {
    let world = World::new();
    let twice = "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\n\"Action\":\"a:b\"}}";
    world
        .piped(&["policy", "check"], twice)
        .exits(1)
        .says("line 2, column 1: `Statement.Action`: duplicate member `Action`");
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = 200_000;
        let nest = format!("{}{CLEAN}{}", open.repeat(deep), close.repeat(deep));
        world
            .piped(&["policy", "check"], &nest)
            .exits(1)
            .says("nested deeper than 64 levels");
    }
}

#[test]
fn several_policies_in_one_file() {
    let world = World::new();
    let places = |text: &str| {
        let ran = world
            .piped(&["policy", "check", "--format", "json"], text)
            .exits(10);
        of_rules(&["MFA001"], told(&ran.stdout))
    };
    let flat = BROKEN.replace('\n', "");
    let all = [
        format!("[{flat},{CLEAN},\n{flat}]"),
        format!("{flat}\n{CLEAN}\n{flat}\n"),
        format!("{{\"one\":{flat},\n\"other\":{{\"PolicyDocument\":{flat}}}}}"),
    ];
    assert_eq!(
        all.map(|text| places(&text)),
        [
            [
                "MFA001 error - [0].Statement[0].Condition.Bool 1:245",
                "MFA001 error - [2].Statement[0].Condition.Bool 2:244",
            ],
            [
                "MFA001 error - [0].Statement[0].Condition.Bool 1:244",
                "MFA001 error - [2].Statement[0].Condition.Bool 3:244",
            ],
            [
                "MFA001 error - one.Statement[0].Condition.Bool 1:251",
                "MFA001 error - other.PolicyDocument.Statement[0].Condition.Bool 2:270",
            ],
        ]
    );
    let ran = world.piped(&["policy", "check"], &format!("[{CLEAN},{CLEAN}]"));
    assert_eq!(ran.exits(0).stdout, "no findings in 2 policies\n");
}

#[test]
fn the_output_of_the_aws_cli() {
    let world = World::new();
    let encoded: String = BROKEN.bytes().map(|b| format!("%{b:02x}")).collect();
    let text = serde_json::to_string(BROKEN).unwrap();
    for (file, expected) in [
        (
            format!("{{\"PolicyVersion\":{{\"VersionId\":\"v1\",\"Document\":\n{BROKEN}}}}}"),
            "PolicyVersion.Document.Statement[0].Condition.Bool 10:22",
        ),
        (
            format!("{{\"PolicyVersion\":{{\"Document\":\"{encoded}\"}}}}"),
            "PolicyVersion.Document.Statement[0].Condition.Bool 1:30",
        ),
        (
            format!(
                "{{\"UserName\":\"dev\",\"PolicyName\":\"mfa\",\n \"PolicyDocument\": {text}}}"
            ),
            "PolicyDocument.Statement[0].Condition.Bool 2:20",
        ),
    ] {
        let ran = world.piped(&["policy", "check", "--format", "json"], &file);
        assert_eq!(
            of_rules(&["MFA001"], told(&ran.exits(10).stdout)),
            [format!("MFA001 error - {expected}")]
        );
    }
    // What stands in a string is shown decoded.
    let shown = world.piped(
        &["policy", "check"],
        &format!("{{\"PolicyDocument\":{text}}}"),
    );
    assert!(
        shown
            .stdout
            .contains("\n |       \"Condition\": { \"Bool\": {"),
        "{}",
        shown.stdout
    );
    // A broken one in a string is told by its place in both.
    let cut = serde_json::to_string(&BROKEN[..40]).unwrap();
    world
        .piped(
            &["policy", "check"],
            &format!("{{\"PolicyDocument\":\n {cut}}}"),
        )
        .exits(1)
        .says("line 2, column 2: `PolicyDocument`: not valid JSON")
        .says("(line 3, column 11 of the text in this string)");
}

#[test]
fn findings_depend_on_what_a_policy_is_attached_to() {
    let world = World::new();
    let attached = |arguments: &[&str], text: &str| {
        let ran = world.piped(
            &[&["policy", "check", "--format", "json", "-"], arguments].concat(),
            text,
        );
        of_rules(&["MFA020", "MFA021"], told(&ran.stdout))
    };
    let good = BROKEN.replace("\"Bool\"", "\"BoolIfExists\"");
    assert_eq!(attached(&[], &good), [""; 0]);
    for (to, rule) in [
        ("user", None),
        ("group", None),
        ("role", Some("MFA020 error")),
        ("permission-set", Some("MFA020 error")),
        ("scp", Some("MFA021 error")),
    ] {
        let found = attached(&["--attached-to", to], &good);
        assert_eq!(found.len(), usize::from(rule.is_some()), "{to}: {found:?}");
        assert!(
            found.iter().all(|f| f.starts_with(rule.unwrap())),
            "{found:?}"
        );
    }
    // The file tells it, and the option has the last word.
    let inline = format!("{{\"RoleName\":\"r\",\"PolicyName\":\"p\",\"PolicyDocument\":{good}}}");
    assert_eq!(attached(&[], &inline).len(), 1);
    assert_eq!(attached(&["--attached-to", "user"], &inline), [""; 0]);
    // A managed policy that a user and a role have.
    let arn = "arn:aws:iam::123456789012:policy/mfa";
    let list =
        format!("\"AttachedManagedPolicies\":[{{\"PolicyName\":\"mfa\",\"PolicyArn\":\"{arn}\"}}]");
    let details = format!(
        "{{\"UserDetailList\":[{{\"UserName\":\"dev\",{list}}}],\"RoleDetailList\":[{{\"RoleName\":\"r\",{list}}}],\
         \"Policies\":[{{\"Arn\":\"{arn}\",\"PolicyVersionList\":[{{\"IsDefaultVersion\":true,\"Document\":{good}}}]}}]}}"
    );
    let found = attached(&[], &details);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("MFA020 error - Policies[0].PolicyVersionList[0].Document"),
        "{found:?}"
    );
}

#[test]
fn policies_in_a_cloudformation_template_are_checked() {
    let world = World::new();
    for arguments in [
        &["--kind", "managed"][..],
        &["--kind", "inline-user"],
        &["--template", "scp"],
        &["--template", "role-trust", "--principal", "123456789012"],
    ] {
        let form = ["policy", "generate", "--format", "cloudformation-json"];
        let template = world.run(&[&form[..], arguments].concat()).exits(0).stdout;
        let ran = world
            .piped(&["policy", "check", "--fail-on", "error"], &template)
            .exits(0);
        assert!(ran.stdout.contains(" in 1 policy"), "{}", ran.stdout);
    }
}

/// A plan as `terraform show -json` prints it: one line.
fn plan(more: &str) -> String {
    let flat: Value = serde_json::from_str(BROKEN).unwrap();
    let policy = serde_json::to_string(&flat.to_string()).unwrap();
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9.8","planned_values":{{"root_module":{{"resources":[{{"address":"aws_iam_user_policy.mfa[\"dev\"]","mode":"managed","type":"aws_iam_user_policy","name":"mfa","values":{{"name":"mfa","policy":{policy},"user":"dev"}}}}],"child_modules":[{{"address":"module.m","resources":[{{"address":"module.m.aws_iam_policy.mfa","mode":"managed","type":"aws_iam_policy","name":"mfa","values":{{"policy":{policy}}}}}]}}]}}}},"prior_state":{{"values":{{"root_module":{{"resources":[{{"address":"data.aws_iam_policy_document.mfa","mode":"data","type":"aws_iam_policy_document","values":{{"json":{policy}}}}}]}}}}}}{more}}}"#
    )
}

#[test]
fn policies_in_a_terraform_plan_are_checked() {
    let world = World::new();
    let unknown = r#","resource_changes":[{"address":"aws_iam_role_policy.later","mode":"managed","type":"aws_iam_role_policy","change":{"actions":["create"],"after":{},"after_unknown":{"policy":true}}}]"#;
    world.put("plan.json", plan(unknown));
    let ran = world
        .check(&["--format", "json", "plan.json"])
        .exits(10)
        .says("note: plan.json: not checked, because not known yet: `aws_iam_role_policy.later.policy`");
    assert_eq!(
        of_rules(&["MFA001"], told(&ran.stdout)),
        [
            r#"MFA001 error plan.json aws_iam_user_policy.mfa["dev"].policy.Statement[0].Condition.Bool 1:236"#,
            "MFA001 error plan.json module.m.aws_iam_policy.mfa.policy.Statement[0].Condition.Bool 1:699",
        ]
    );
    let shown = world.check(&["plan.json"]).exits(10).stdout;
    assert!(shown.contains("--> plan.json:1:236"), "{shown}");
    assert!(
        shown.contains("= at: aws_iam_user_policy.mfa[\"dev\"].policy.Statement[0]"),
        "{shown}"
    );
    assert!(shown.lines().all(|line| line.len() < 400), "{shown}");
    world
        .check(&["--fix", "plan.json"])
        .exits(1)
        .says("error: plan.json: `aws_iam_user_policy.mfa[\"dev\"].policy` is a policy inside a string, but `--fix` changes only JSON objects")
        .says("hint: `mfa-session policy check plan.json` shows");
    // A plan in which nothing is known is not a clean one.
    world.put("later.json", r#"{"format_version":"1.2","planned_values":{"root_module":{}},"resource_changes":[{"address":"aws_iam_policy.p","type":"aws_iam_policy","change":{"after_unknown":{"policy":true}}}]}"#);
    world
        .check(&["later.json"])
        .exits(1)
        .says("no policy in it that is known already")
        .says("`aws_iam_policy.p.policy`");
    world.put(
        "odd.json",
        r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[7]}}}"#,
    );
    world
        .check(&["odd.json"])
        .exits(1)
        .says("odd.json, line 1, column 71: expected what `terraform show -json` prints, found invalid type: integer `7`, expected a resource");
}

#[test]
fn a_fix_changes_what_is_wrong_and_nothing_else() {
    let world = World::new();
    let written = format!("\u{feff}{}", BROKEN.replace('\n', "\r\n").trim_end());
    world.put("broken.json", &written);
    let mended = written.replace("\"Bool\"", "\"BoolIfExists\"");
    let ran = world
        .check(&["--fix", "--fail-on", "error", "broken.json"])
        .exits(0)
        .says("fixed: use `BoolIfExists` `false`")
        .says("3 findings remain: they have no safe fix")
        .says("high[MFA010]: ");
    assert_eq!(ran.stdout, mended);
    // The file is only read.
    assert_eq!(
        std::fs::read_to_string(world.root().join("broken.json")).unwrap(),
        written
    );
    // In a file of several.
    let several = format!("[ {CLEAN} , {BROKEN},{{\"x\" :\t{BROKEN}}}]");
    let ran = world
        .piped(
            &["policy", "check", "--fix", "--fail-on", "error", "-"],
            &several,
        )
        .exits(0)
        .says("fixed: [1]: ")
        .says("fixed: [2].x: ");
    assert_eq!(ran.stdout, several.replace("\"Bool\"", "\"BoolIfExists\""));
    // Findings go to stderr, in the form that is asked for.
    let ran = world
        .check(&["--fix", "--format", "json", "broken.json"])
        .exits(10);
    assert_eq!(ran.stdout, mended);
    let left = told(&ran.stderr);
    assert_eq!(of_rules(&["MFA001"], left.clone()), [""; 0]);
    assert_eq!(of_rules(&["MFA010"], left).len(), 1);
    // Nothing to mend: the same again.
    let ran = world.piped(&["policy", "check", "--fix"], CLEAN).exits(0);
    assert_eq!(ran.stdout, CLEAN);
    assert_eq!(ran.stderr, "no findings in 1 policy\n");
    // What cannot be read is not printed, and neither are two files.
    let ran = world
        .piped(&["policy", "check", "--fix"], "{\"Statement\":1}")
        .exits(1);
    assert_eq!(ran.stdout, "");
    world.put("clean.json", CLEAN);
    world
        .check(&["--fix", "broken.json", "clean.json"])
        .exits(2)
        .says("`--fix` prints one file, but several are given");
    world
        .check(&["--fix", "clean.json", "./clean.json"])
        .exits(0);
}

#[test]
fn github_gets_workflow_commands() {
    let world = World::new();
    world.put("a,b%.json", BROKEN);
    let ran = world.check(&["--format", "github", "a,b%.json"]).exits(10);
    let line = ran.stdout.lines().find(|l| l.contains("MFA001")).unwrap();
    assert!(
        line.starts_with(
            "::error file=a%2Cb%25.json,line=9,endLine=9,col=22,endColumn=28,title=MFA001 "
        ),
        "{line}"
    );
    world.put("odd.json", ODD);
    let ran = world.check(&["--format", "github", "odd.json"]).exits(0);
    assert!(
        ran.stdout.contains("::warning file=odd.json,line=7,"),
        "{}",
        ran.stdout
    );
}

#[test]
fn sarif_contains_files_rules_and_read_errors() {
    let world = World::new();
    world.put("some dir/broken.json", BROKEN);
    world.put("bad.json", "{");
    let arguments = ["--format", "sarif", "./some dir/broken.json", "bad.json"];
    let ran = world.check(&arguments).exits(1);
    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, "some%20dir/broken.json");
    }
    let results = run["results"].as_array().unwrap();
    let broken = results.iter().find(|r| r["ruleId"] == "MFA001").unwrap();
    assert_eq!(broken["level"], "error");
    let fix = &broken["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "IfExists");
    assert_eq!(fix["deletedRegion"]["startColumn"], 27);
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = &invocation["toolExecutionNotifications"][0]["message"]["text"];
    assert!(
        told.as_str().unwrap().starts_with("not valid JSON"),
        "{told}"
    );
}

/// Validates SARIF against its schema. The exit code is the number of errors.
const SCHEMA: &str = "
const Ajv = require('ajv');
const schema = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new Ajv({ schemaId: 'id', meta: false, unknownFormats: 'ignore', allErrors: true });
ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
const log = JSON.parse(require('fs').readFileSync(0));
if (!ajv.validate(schema, log)) { console.error(ajv.errorsText()); process.exit(1); }
if (ajv.validate(schema, { ...log, version: '2' })) { process.exit(2); }
";

#[test]
#[ignore = "needs SARIF's schema in MFA_SESSION_TEST_NODE_PATH"]
fn sarif_is_valid_by_its_schema() {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let mut world = World::new();
    let modules = std::path::Path::new(&told("MFA_SESSION_TEST_NODE_PATH")).join("node_modules");
    world.set("NODE_PATH", modules.display().to_string());
    world.put("broken.json", BROKEN);
    world.put("odd.json", ODD);
    world.put("plan.json", plan(""));
    world.put("bad.json", "{");
    let all = [
        "broken.json",
        "odd.json",
        "plan.json",
        "bad.json",
        "none.json",
    ];
    for files in [&all[..], &["bad.json"]] {
        let ran = world.check(&[&["--format", "sarif"], files].concat());
        let mut judge = world
            .command(&told("MFA_SESSION_TEST_NODE"))
            .args(["-e", SCHEMA])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        (judge.stdin.take().unwrap())
            .write_all(ran.stdout.as_bytes())
            .unwrap();
        let output = judge.wait_with_output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaints}");
    }
}

#[test]
fn a_file_may_contain_ten_thousand_policies() {
    let world = World::new();
    let broken: Value = serde_json::from_str(BROKEN).unwrap();
    let broken = broken.to_string();
    let column = broken.find("\"Bool\"").unwrap() + 1;
    let lines: String = (0..10_000)
        .map(|n| if n % 1_000 == 7 { &broken } else { CLEAN })
        .flat_map(|policy| [policy, "\n"])
        .collect();
    world.put("many.jsonl", lines);
    let found = of_rules(&["MFA001"], world.found(&["many.jsonl"]));
    let expected: Vec<String> = (0..10)
        .map(|n| n * 1_000 + 7)
        .map(|n| {
            let place = format!("[{n}].Statement[0].Condition.Bool {}:{column}", n + 1);
            format!("MFA001 error many.jsonl {place}")
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn colours_are_for_terminals() {
    let mut world = World::new();
    world.put("broken.json", BROKEN);
    world.set("TERM", "xterm-256color");
    let mut pty = world.shell_on_terminal("$mfa_session policy check broken.json");
    pty.expect(" in 1 policy");
    pty.expect("<status 10>");
    assert!(pty.seen.contains("\u{1b}[1m"), "{:?}", pty.seen);
    drop(pty);
    world.set("NO_COLOR", "1");
    let mut pty = world.shell_on_terminal("$mfa_session policy check broken.json");
    pty.expect(" in 1 policy");
    pty.expect("<status 10>");
    assert!(!pty.seen.contains("\u{1b}[1m"), "{:?}", pty.seen);
    drop(pty);
    world.unset("NO_COLOR");
    world.set("CLICOLOR_FORCE", "1");
    assert!(
        world
            .check(&["broken.json"])
            .exits(10)
            .stdout
            .contains("\u{1b}[1m")
    );
}

#[test]
fn invalid_options_are_refused() {
    let world = World::new();
    world.put("clean.json", CLEAN);
    world
        .check(&["--partition", "aws:x", "clean.json"])
        .exits(2)
        .says("unknown partition `aws:x`");
    world
        .check(&["--partition", "aws-cn", "clean.json"])
        .exits(0);
    world
        .check(&["--attached-to", "nobody", "clean.json"])
        .exits(2);
    world.check(&["--kind", "scp", "--attached-to", "scp", "clean.json"]);
    let help = world.check(&["--help"]).exits(0).stdout;
    let after = help.split("Examples:").nth(1).unwrap();
    assert!(
        after.lines().all(|line| line.chars().count() <= 80),
        "{after}"
    );
}
