//! Users of whom nothing requires MFA, although something looks like it.

use serde_json::{Value, json};

use super::builder::*;
use crate::audit::report::Verdict::{Enforced, EnforcedWithGaps, EnrolledNotEnforced, NotEnforced};

/// The verdicts on an administrator with this guard: with a key, with a password, with both.
fn verdicts(guard: &Value) -> [crate::audit::Verdict; 3] {
    let person = || person("dev").with(admin()).with(guard.clone());
    let verdict = |person| {
        let world = World::default().user(person);
        world.services(NO_SERVICES).verdict("dev")
    };
    [
        verdict(person()),
        verdict(person().no_key().password()),
        verdict(person().password()),
    ]
}

fn guard(condition: Value) -> Value {
    deny_but(json!(seed_exceptions()), condition)
}

#[test]
fn a_condition_that_passes_a_state_is_judged_by_the_credentials() {
    let cases = [
        // Bool lets keys pass, which do not send the MFA key.
        (
            json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
            [EnrolledNotEnforced, Enforced, EnrolledNotEnforced],
        ),
        // Null lets every session pass, and a key can get one without MFA.
        (
            json!({"Null": {"aws:MultiFactorAuthPresent": "true"}}),
            [EnrolledNotEnforced; 3],
        ),
        // Without MFA there is no age.
        (
            json!({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}),
            [EnrolledNotEnforced; 3],
        ),
        (
            json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}),
            [Enforced; 3],
        ),
        // Inverted.
        (
            json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            [EnrolledNotEnforced; 3],
        ),
        // The caller chooses the address.
        (
            json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            [EnrolledNotEnforced; 3],
        ),
        (
            json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false", "aws:ViaAWSService": "false"}}),
            [Enforced; 3],
        ),
        // It says nothing of a session: the console's has a time of issue.
        (
            json!({"Null": {"aws:TokenIssueTime": "true"}}),
            [EnrolledNotEnforced; 3],
        ),
        // Whether the account is in the organisation is not known.
        (
            json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
            [EnrolledNotEnforced; 3],
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(verdicts(&guard(condition.clone())), expected, "{condition}");
    }
}

#[test]
fn a_guard_that_does_not_count_is_explained() {
    let condition = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
    let world = World::default().user(person("dev").with(admin()).with(guard(condition)));
    let report = world.judged();
    let reasons = &find(&report, "dev").reasons;
    assert!(
        reasons.iter().any(|r| r.contains("`Guard` of inline policy `own-1` of the user does not count: it asks for `aws:SourceIp`")),
        "{reasons:?}"
    );
}

#[test]
fn a_guard_for_others_does_not_count() {
    let elsewhere = World::default()
        .group("guarded", &[seed()])
        .user(person("dev").with(admin()))
        .user(person("ops").with(admin()).member("guarded"));
    assert_eq!(elsewhere.verdict("dev"), EnrolledNotEnforced);
    let condition = |name: &str| json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:username": name}});
    let by_name = |name: &str| alone(person("dev").with(admin()).with(guard(condition(name))));
    assert_eq!(by_name("dev"), Enforced);
    assert_eq!(by_name("other"), EnrolledNotEnforced);
    let by_tag = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:PrincipalTag/kind": "person"}});
    let tagged = |value| {
        person("dev")
            .with(admin())
            .with(guard(by_tag.clone()))
            .tag("kind", value)
    };
    assert_eq!(alone(tagged("person")), Enforced);
    assert_eq!(alone(tagged("machine")), EnrolledNotEnforced);
    // The version that is not in effect.
    let old = World::default()
        .managed("guard", admin())
        .user(person("dev").attached("guard"));
    assert_eq!(old.verdict("dev"), EnrolledNotEnforced);
}

#[test]
fn a_deny_of_some_actions_is_no_guard() {
    let some = policy(
        json!([{"Effect": "Deny", "Action": ["iam:*", "s3:DeleteBucket"], "Resource": "*", "Condition": without_mfa()}]),
    );
    assert_eq!(
        alone(person("dev").with(admin()).with(some.clone())),
        EnrolledNotEnforced
    );
    assert_eq!(
        alone(person("dev").with(admin()).with(some).no_device()),
        NotEnforced
    );
    // Of all that the user may do, it is one.
    let of_s3 = policy(
        json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": without_mfa()}]),
    );
    assert_eq!(
        alone(person("dev").with(allow(json!("s3:*"))).with(of_s3)),
        Enforced
    );
}

#[test]
fn resources_that_a_guard_leaves_out_are_gaps() {
    let guard = policy(
        json!([{"Effect": "Deny", "NotAction": seed_exceptions(), "NotResource": "arn:aws:s3:::public/*", "Condition": without_mfa()}]),
    );
    assert_eq!(
        alone(person("dev").with(admin()).with(guard.clone())),
        EnrolledNotEnforced
    );
    let reads = policy(
        json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::secret/*"}]),
    );
    assert_eq!(alone(person("dev").with(reads).with(guard)), Enforced);
    let own = policy(
        json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"}]),
    );
    let of_home = policy(
        json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::home/dev/*", "Condition": without_mfa()}]),
    );
    assert_eq!(
        alone(person("dev").with(own.clone()).with(of_home.clone())),
        Enforced
    );
    assert_eq!(
        alone(person("ops").with(own).with(of_home)),
        EnrolledNotEnforced
    );
}

#[test]
fn a_chain_of_roles_leads_to_an_administrator() {
    let trusts = |principal: String| {
        policy(
            json!([{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]),
        )
    };
    let may_assume = |name: &str| {
        policy(
            json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn(&format!("role/{name}"))}]),
        )
    };
    let world = World::default()
        .user(person("dev").with(may_assume("first")))
        .role("first", trusts(arn("root")), may_assume("second"))
        .role("second", trusts(arn("role/first")), may_assume("last"))
        .role("last", trusts(arn("role/second")), admin())
        // Two that trust each other.
        .role("a", trusts(arn("role/b")), may_assume("b"))
        .role("b", trusts(arn("role/a")), may_assume("a"));
    let report = world.judged();
    let dev = find(&report, "dev");
    assert_eq!(dev.verdict, EnrolledNotEnforced);
    assert_eq!(dev.ways[0].name, "administrator-by-roles");
    let roles: Vec<&str> = (dev.ways[0].calls.iter())
        .map(|(_, arn)| arn.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(roles, ["first", "second", "last"]);
    assert!(report.findings.iter().any(|f| f.id == "MFA045"));
    // The last role asks for MFA, which no session of a role has.
    let safe = policy(
        json!([{"Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]),
    );
    let world = World::default()
        .user(person("dev").with(may_assume("first")))
        .role("first", trusts(arn("root")), may_assume("last"))
        .role("last", safe, admin());
    assert!(world.judged().findings.iter().all(|f| f.id != "MFA045"));
}

#[test]
fn passkeys_do_not_serve_keys() {
    let world = World::default().user(person("dev").with(admin()).with(seed()).passkey());
    let report = world.judged();
    assert_eq!(find(&report, "dev").verdict, Enforced);
    assert!(report.findings.iter().any(|f| f.id == "MFA041"));
}

#[test]
fn exempt_users_are_shown_and_do_not_fail() {
    let mut world = World::default().user(
        (person("build").with(admin()).no_device())
            .tag("mfa-exempt", "deploys")
            .tag("owner", "ops"),
    );
    world.options.exempt_tag = Some("mfa-exempt".to_owned());
    let report = world.judged();
    let build = find(&report, "build");
    assert_eq!(build.verdict, NotEnforced);
    assert_eq!(
        build.exemption.as_ref().unwrap().owner.as_deref(),
        Some("ops")
    );
    assert!(
        report
            .findings
            .iter()
            .filter(|f| f.id == "MFA040")
            .all(|f| f.is_exempt)
    );
}

#[test]
fn policies_are_checked_where_they_are_attached() {
    let bad = guard(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}));
    let report = World::default()
        .managed("guard", bad.clone())
        .group("admins", &[bad])
        .user(
            person("dev")
                .attached("guard")
                .with(admin())
                .member("admins"),
        )
        .judged();
    let places: Vec<&str> = (report.findings.iter())
        .filter(|f| f.id == "MFA001")
        .map(|f| f.place.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "inline policy `of-group-0` of group `admins`",
            "policy `guard` of user `dev`"
        ]
    );
    assert_eq!(find(&report, "dev").verdict, EnrolledNotEnforced);
    assert_ne!(find(&report, "dev").verdict, EnforcedWithGaps);
}
