//! Inputs that are missing or hostile, and root.

use serde_json::json;

use super::builder::*;
use crate::audit::report::Verdict::{self, Enforced, EnrolledNotEnforced, NotEnforced, Unknown};

/// The verdict and the first reason.
fn judged(world: World, name: &str) -> (Verdict, String) {
    let report = world.judged();
    let user = find(&report, name);
    assert!(
        user.verdict != Unknown || report.findings.iter().any(|f| f.id == "MFA049"),
        "unknown is a finding"
    );
    (
        user.verdict,
        user.reasons.first().cloned().unwrap_or_default(),
    )
}

#[test]
fn a_missing_input_is_unknown_and_never_enforced() {
    let guarded = || person("dev").with(admin()).with(seed());
    for (world, reason) in [
        (
            World::default().user(guarded()).no_report(),
            "there is no credential report",
        ),
        (
            World::default()
                .user(guarded().not_reported())
                .user(person("ops")),
            "the user is not in the credential report",
        ),
        (
            World::default().user(guarded().attached("gone")),
            "policy/gone` is not in the",
        ),
        (
            World::default().user(guarded().member("gone")),
            "group `gone` is not in the",
        ),
        (
            World::default().user(guarded().boundary("gone")),
            "policy/gone` is not in the",
        ),
    ] {
        let (verdict, why) = judged(world, "dev");
        assert_eq!(verdict, Unknown, "{reason}");
        assert!(why.contains(reason), "{why}");
    }
    // Who is only in the report.
    let row = format!(
        "ghost,{},true,false,true,false,false,false",
        arn("user/ghost")
    );
    let (verdict, why) = judged(World::default().user(guarded()).row(&row), "ghost");
    assert_eq!(verdict, Unknown);
    assert!(why.contains("not in the authorization details"), "{why}");
}

#[test]
fn credentials_that_nobody_lists_count_where_they_matter() {
    // Keys would pass this guard, so SSH keys would as well.
    let bool_guard = deny_but(
        json!(seed_exceptions()),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
    );
    let user = || {
        person("dev")
            .with(admin())
            .with(bool_guard.clone())
            .no_key()
            .password()
    };
    let (verdict, _) = judged(World::default().user(user()), "dev");
    assert_eq!(verdict, Unknown);
    let (verdict, _) = judged(World::default().user(user()).services(NO_SERVICES), "dev");
    assert_eq!(verdict, Enforced);
}

#[test]
fn root_is_judged_by_report_and_summary() {
    let root = |row: &str| {
        let world = World::default()
            .user(person("dev").with(admin()).with(seed()))
            .row(row);
        world.judged().root
    };
    let row = |mfa: &str, key: &str| {
        format!(
            "<root_account>,{},not_supported,{mfa},{key},false,false,false",
            arn("root")
        )
    };
    assert_eq!(root(&row("true", "false")).verdict, Enforced);
    assert_eq!(root(&row("false", "false")).verdict, NotEnforced);
    assert_eq!(root(&row("true", "true")).verdict, EnrolledNotEnforced);
    assert_eq!(root(&row("false", "true")).verdict, NotEnforced);
    let certified = row("true", "false").replace("false,false,false", "false,true,false");
    assert_eq!(root(&certified).verdict, EnrolledNotEnforced);
    let unknown = World::default().user(person("dev").with(admin())).judged();
    assert_eq!(unknown.root.verdict, Unknown);
    assert!(
        unknown
            .findings
            .iter()
            .any(|f| f.id == "MFA049" && f.resource == arn("root"))
    );
    let no_device = World::default()
        .user(person("dev"))
        .row(&row("false", "true"))
        .judged();
    let ids: Vec<&str> = no_device.findings.iter().map(|f| f.id).collect();
    assert!(
        ids.contains(&"MFA043") && ids.contains(&"MFA044"),
        "{ids:?}"
    );
}
