//! `policy generate`.

use crate::common::World;

#[test]
fn the_seed_comes_out_with_no_option() {
    let world = World::new();
    let ran = world
        .run(&["policy", "generate"])
        .exits(0)
        .says("policy verify FILE")
        .says("--template console-enrol --guard own-only");
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "DenyAllWithoutMFA",
          "Effect": "Deny",
          "NotAction": [
            "iam:CreateVirtualMFADevice",
            "iam:EnableMFADevice",
            "iam:GetUser",
            "iam:ListMFADevices",
            "iam:ListVirtualMFADevices",
            "iam:ResyncMFADevice",
            "sts:GetSessionToken"
          ],
          "Resource": "*",
          "Condition": {
            "BoolIfExists": {
              "aws:MultiFactorAuthPresent": "false"
            }
          }
        }
      ]
    }
    "#);
    let compact = world.run(&["policy", "generate", "--compact"]).exits(0);
    assert_eq!(compact.stdout.lines().count(), 1);
    let (a, b): (serde_json::Value, serde_json::Value) = (
        serde_json::from_str(&ran.stdout).unwrap(),
        serde_json::from_str(&compact.stdout).unwrap(),
    );
    assert_eq!(a, b);
}

#[test]
fn a_file_is_not_overwritten_unless_told_to() {
    let world = World::new();
    world
        .run(&["policy", "generate", "--output", "p.json"])
        .exits(0);
    let path = world.root().join("p.json");
    std::fs::write(&path, "mine").unwrap();
    world
        .run(&["policy", "generate", "--output", "p.json"])
        .exits(1)
        .says("exists already")
        .says("--force");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    world
        .run(&[
            "policy",
            "generate",
            "--output",
            "p.json",
            "--force",
            "--compact",
        ])
        .exits(0);
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("{\"Version\"")
    );
    world.run(&["policy", "generate", "--force"]).exits(2);
    world
        .run(&["policy", "generate", "--output", "none/p.json"])
        .exits(1)
        .says("none/p.json");
}
