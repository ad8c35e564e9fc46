//! `demo`: the whole workflow, and how the policies decide each request.

use crate::common::World;

#[test]
fn the_demo_shows_each_call_with_its_decision_and_statement() {
    let world = World::new();
    let names = || world.tree().into_keys().collect::<Vec<_>>();
    let before = names();
    let ran = world.run(&["demo"]).exits(0);
    let calls: Vec<&str> = (ran.stdout.lines().map(str::trim_start))
        .filter(|line| line.contains(" allowed by ") || line.contains(" denied by "))
        .collect();
    insta::assert_snapshot!(calls.join("\n"), @"
    s3:ListAllMyBuckets:             denied by DenyAllWithoutMFA
    s3:ListAllMyBuckets:             allowed by AllowEverything
    iam:CreateVirtualMFADevice:      allowed by AllowEverything
    iam:EnableMFADevice for user-1:  allowed by AllowEverything
    sts:GetSessionToken:             allowed by AllowEverything
    s3:ListAllMyBuckets:             allowed by AllowEverything
    iam:CreateVirtualMFADevice:      denied by DenyEnrolmentByAccessKey
    iam:CreateVirtualMFADevice:      allowed by AllowEverything
    iam:EnableMFADevice for other-1: allowed by AllowEverything
    iam:CreateVirtualMFADevice:      allowed by AllowEverything
    iam:EnableMFADevice for other-2: denied by DenyOtherUsersDevicesWithoutMFA
    ");
    let widest = ran.stdout.lines().map(|l| l.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}");
    assert_eq!(names(), before, "nothing is left behind");
}
