//! Other tools accept the generated policies: cfn-lint, Terraform, bash and shellcheck.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::common::World;

/// Every template, kind, and value that a format must quote.
const POLICIES: [&str; 19] = [
    "",
    "--template console-enrol --guard own-only",
    "--template self-manage --sid Mfa1",
    "--template admin-provisioned --kind inline-user",
    "--template own-only --kind inline-group --partition aws-us-gov",
    "--template via-service --kind inline-role",
    "--max-age 12h",
    "--template first-login --max-age 900 --except s3:Get*",
    "--template aws-login",
    "--template no-aws-login --kind inline-user",
    "--template self-manage --kind inline-group",
    "--template scp",
    "--template scp --exempt-tag mfa=exempt",
    "--template scp --template console-enrol --guard own-only --partition aws-cn",
    "--template role-trust --principal 123456789012",
    "--template role-trust --principal arn:aws:iam::123456789012:user/dev --principal 210987654321 --max-age 1h",
    "--template revoke",
    "--template revoke --kind inline-role",
    "--sid 1Deny",
];

fn told(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} names no program; .ci/run sets it"))
}

/// Writes each policy in this format, and returns the files, each in a folder of its own.
fn written(world: &World, form: &str, file: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (n, options) in POLICIES.iter().enumerate() {
        let folder = world.root().join(format!("{form}-{n}"));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join(file);
        let shown = path.display().to_string();
        let mut arguments = vec!["policy", "generate", "--format", form, "--output", &shown];
        arguments.extend(options.split_whitespace());
        world.run(&arguments).exits(0);
        paths.push(path);
    }
    paths
}

/// The document without the current time in it.
fn documents(world: &World) -> Vec<Value> {
    (written(world, "json", "p.json").iter())
        .map(|path| timeless(&std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn timeless(document: &str) -> Value {
    let mut document: Value = serde_json::from_str(document).unwrap();
    if let Some(time) =
        document.pointer_mut("/Statement/0/Condition/DateLessThan/aws:TokenIssueTime")
    {
        *time = "now".into();
    }
    document
}

#[track_caller]
fn passes(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}

#[test]
#[ignore = "needs cfn-lint in MFA_SESSION_TEST_CFN_LINT"]
fn cfn_lint_finds_nothing() {
    let world = World::new();
    let mut templates = written(&world, "cloudformation", "p.yaml");
    templates.extend(written(&world, "cloudformation-json", "p.json"));
    let lint = told("MFA_SESSION_TEST_CFN_LINT");
    // It ends with 0 only when it finds nothing, not even something to be informed of.
    passes(
        world
            .command(&lint)
            .args(["--include-checks", "I", "--"])
            .args(&templates),
    );
    // And it does look.
    let broken = world.root().join("broken.yaml");
    let text = std::fs::read_to_string(&templates[0]).unwrap();
    std::fs::write(&broken, text.replace("PolicyDocument", "PolicyDokument")).unwrap();
    let looked = world.command(&lint).arg(&broken).output().unwrap();
    assert!(!looked.status.success());
}

#[test]
#[ignore = "needs Terraform in MFA_SESSION_TEST_TERRAFORM"]
fn terraform_reads_the_same_policy() {
    let world = World::new();
    let terraform = |folder: &std::path::Path| {
        let mut command = world.command(&told("MFA_SESSION_TEST_TERRAFORM"));
        command.env("CHECKPOINT_DISABLE", "1").current_dir(folder);
        command
    };
    let expected = documents(&world);
    for (path, expected) in written(&world, "terraform", "p.tf").iter().zip(expected) {
        let folder = path.parent().unwrap();
        passes(terraform(folder).args(["fmt", "-check", "-diff"]));
        // The same attributes as local values: they are evaluated without the provider, which would have to be fetched.
        let text = std::fs::read_to_string(path).unwrap();
        let (before, resource) = text.split_once("resource \"").unwrap();
        let (_, attributes) = resource.split_once("{\n").unwrap();
        std::fs::write(path, format!("{before}locals {{\n{attributes}")).unwrap();
        let attribute = (attributes.lines())
            .find_map(|l| l.trim().strip_suffix(" = jsonencode({"))
            .unwrap();
        let question = folder.join("question");
        std::fs::write(
            &question,
            format!("base64encode(local.{})\n", attribute.trim()),
        )
        .unwrap();
        let mut console = terraform(folder);
        console.arg("console");
        if let Some((variable, _)) = before.split_once("\" {") {
            let variable = variable.trim_start_matches("variable \"");
            console.args(["-var", &format!("{variable}=dev")]);
        }
        let answer = passes(console.stdin(std::fs::File::open(&question).unwrap()));
        let document = base64_text(answer.trim().trim_matches('"'));
        assert_eq!(timeless(&document), expected, "{text}");
    }
}

fn base64_text(text: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text);
    String::from_utf8(bytes.unwrap()).unwrap()
}

#[test]
#[ignore = "needs shellcheck in MFA_SESSION_TEST_SHELLCHECK"]
fn the_script_is_sound_and_hands_over_the_same_policy() {
    let world = World::new();
    let expected = documents(&world);
    // Stands in for the AWS CLI: keeps the document that it was given, and answers with something to go on with.
    world.script(
        "aws",
        r#"for word; do
  case $before in --policy-document | --content) printf '%s' "$word" >document ;; esac
  before=$word
done
echo "$*" | head -n 1 >>calls
echo arn:aws:iam::123456789012:policy/p"#,
    );
    let path = format!(
        "{}:{}",
        world.root().display(),
        std::env::var("PATH").unwrap()
    );
    for (path_of_script, expected) in written(&world, "awscli", "p.sh").iter().zip(expected) {
        passes(
            world
                .command(&told("MFA_SESSION_TEST_SHELLCHECK"))
                .arg(path_of_script),
        );
        for shell in ["bash", "sh"] {
            passes(world.command(shell).arg("-n").arg(path_of_script));
            let _ = std::fs::remove_file(world.root().join("document"));
            let mut run = world.command(shell);
            passes(run.arg(path_of_script).arg("dev").env("PATH", &path));
            let document = std::fs::read_to_string(world.root().join("document")).unwrap();
            assert_eq!(timeless(&document), expected);
        }
    }
    // Each policy was made, and attached to whom the script was told.
    let calls = world.lines("calls");
    for call in [
        "iam attach-user-policy --user-name dev",
        "iam put-group-policy --group-name dev",
        "organizations attach-policy",
        "iam update-assume-role-policy --role-name dev",
    ] {
        assert!(
            calls.iter().any(|c| c.starts_with(call)),
            "{call}: {calls:?}"
        );
    }
}
