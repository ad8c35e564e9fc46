//! AWS's own managed policies as an oracle: IAM stores them, so no rule but the size limit may call one of them an error.
//!
//! Their text is in the Python package `moto`. It is read where it is installed, and not copied.

use serde_json::Value;

use crate::common::World;

/// A Python script that prints the policies as the AWS CLI prints an account's.
const READER: &str = r#"
import ast, importlib.util, json, pathlib
root = pathlib.Path(importlib.util.find_spec("moto").submodule_search_locations[0])
tree = ast.parse((root / "iam" / "aws_managed_policies.py").read_text())
text = next(node.value.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)))
print(json.dumps({"Policies": [
    {"PolicyName": name, "PolicyVersionList": [{"IsDefaultVersion": True, "Document": policy["Document"]}]}
    for name, policy in sorted(json.loads(text).items())
]}))
"#;

#[test]
#[ignore = "needs moto in MFA_SESSION_TEST_PYTHON; .ci/run has it"]
fn no_managed_policy_of_aws_has_an_error_but_its_size() {
    let world = World::new();
    let python = std::env::var("MFA_SESSION_TEST_PYTHON").unwrap();
    let printed = world
        .command(&python)
        .args(["-c", READER])
        .output()
        .unwrap();
    assert!(
        printed.status.success(),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    std::fs::write(world.root().join("managed.json"), &printed.stdout).unwrap();
    let policies: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let policies = policies["Policies"].as_array().unwrap();
    assert!(policies.len() > 1_400, "{}", policies.len());
    let ran = world.run(&["policy", "check", "--format", "json", "managed.json"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut errors = Vec::new();
    for finding in report["findings"].as_array().unwrap() {
        let text = |name: &str| finding[name].as_str().unwrap();
        if text("severity") == "error" && !text("message").contains("can have at most") {
            errors.push(format!(
                "{} {}: {}",
                text("id"),
                text("path"),
                text("message")
            ));
        }
    }
    assert!(errors.is_empty(), "{}: {}", errors.len(), errors.join("\n"));
    let ran = world.run(&["policy", "check", "managed.json"]);
    let summary = format!(" in {} policies\n", policies.len());
    assert!(
        (ran.stdout + &ran.stderr).ends_with(&summary),
        "all were judged"
    );
}
