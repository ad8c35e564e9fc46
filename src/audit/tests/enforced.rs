//! Users of whom MFA is required, wholly or with gaps.

use serde_json::json;

use super::builder::*;
use crate::audit::report::Verdict::{
    Enforced, EnforcedWithGaps, EnrolledNotEnforced, NoCredentials, NoPermissions, NotEnforced,
};
use crate::policy::generate::Template;

#[test]
fn the_seed_beside_an_allow_of_everything_is_enforced() {
    assert_eq!(alone(person("dev").with(admin()).with(seed())), Enforced);
    assert_eq!(
        alone(person("dev").with(admin()).with(seed()).password()),
        Enforced
    );
    let only_password = person("dev").with(admin()).with(seed()).password().no_key();
    assert_eq!(alone(only_password), Enforced);
    let of_path = person("dev").path("team/").with(admin()).with(seed());
    assert_eq!(alone(of_path), Enforced);
}

#[test]
fn a_user_without_a_device_can_enrol_the_first_one() {
    let world = World::default().user(person("dev").with(admin()).with(seed()).no_device());
    let report = world.judged();
    assert_eq!(find(&report, "dev").verdict, EnforcedWithGaps);
    assert_eq!(ways(&report, "dev"), ["first-enrolment"]);
    let found: Vec<&str> = report.findings.iter().map(|f| f.id).collect();
    assert!(
        found.contains(&"MFA042") && !found.contains(&"MFA046"),
        "{found:?}"
    );
    // Nobody but an administrator can enrol.
    let closed = generated(&[Template::AdminProvisioned], false);
    assert_eq!(
        alone(person("dev").with(admin()).with(closed).no_device()),
        Enforced
    );
    let console = generated(&[Template::ConsoleEnrol], false);
    let with_key = person("dev")
        .with(admin())
        .with(console.clone())
        .no_device();
    assert_eq!(alone(with_key), Enforced, "the key cannot enrol");
    let with_password = person("dev")
        .with(admin())
        .with(console)
        .no_device()
        .password();
    assert_eq!(alone(with_password), EnforcedWithGaps, "the password can");
}

#[test]
fn enrolling_for_another_user_is_a_way_around() {
    let two = |guard: serde_json::Value| {
        World::default()
            .user(person("dev").with(admin()).with(guard))
            .user(person("new").with(admin()).no_device())
    };
    let report = two(seed()).judged();
    assert_eq!(find(&report, "dev").verdict, EnforcedWithGaps);
    assert_eq!(ways(&report, "dev"), ["enrol-another-user"]);
    assert_eq!(find(&report, "dev").ways[0].calls[0].1, arn("user/new"));
    let own_only = generated(&[Template::Seed], true);
    assert_eq!(two(own_only.clone()).verdict("dev"), Enforced);
    let with_path = World::default()
        .user(person("dev").path("team/").with(admin()).with(own_only))
        .user(person("new").path("team/").with(admin()).no_device());
    assert_eq!(with_path.verdict("dev"), Enforced);
}

#[test]
fn the_guard_may_be_attached_anywhere() {
    let group = World::default()
        .group("admins", &[admin(), seed()])
        .user(person("dev").member("admins"));
    let report = group.judged();
    let dev = find(&report, "dev");
    assert_eq!(dev.verdict, Enforced);
    assert!(
        dev.reasons[0]
            .contains("`DenyAllWithoutMFA` of inline policy `of-group-1` of group `admins`"),
        "{:?}",
        dev.reasons
    );
    let managed = World::default()
        .managed("guard", seed())
        .user(person("dev").with(admin()).attached("guard"));
    assert_eq!(managed.verdict("dev"), Enforced);
    let mut guard = seed();
    let statements = guard["Statement"].as_array_mut().unwrap();
    statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let boundary = World::default()
        .managed("limit", guard)
        .user(person("dev").with(admin()).boundary("limit"));
    assert_eq!(boundary.verdict("dev"), Enforced);
    // A boundary that allows only with MFA.
    let limit = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]));
    let boundary = World::default()
        .managed("limit", limit)
        .user(person("dev").with(admin()).boundary("limit"));
    assert_eq!(boundary.verdict("dev"), Enforced);
}

#[test]
fn a_control_policy_binds_every_account_but_the_one_that_manages() {
    let world = || {
        World::default()
            .user(person("dev").with(admin()))
            .scp(&generated(&[Template::Scp], false))
    };
    assert_eq!(world().verdict("dev"), Enforced);
    let mut manages = world();
    manages.options.management = vec![ACCOUNT.to_owned()];
    assert_eq!(manages.verdict("dev"), EnrolledNotEnforced);
}

#[test]
fn allows_that_ask_for_mfa_are_enough() {
    let with_mfa = policy(json!([
        {"Sid": "Work", "Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Effect": "Allow", "Action": ["iam:GetUser", "iam:ListMFADevices"], "Resource": "*"},
    ]));
    let report = World::default()
        .user(person("dev").with(with_mfa.clone()))
        .judged();
    let dev = find(&report, "dev");
    assert_eq!(dev.verdict, Enforced);
    assert!(
        dev.reasons
            .iter()
            .any(|r| r.contains("allowed only with MFA by `Work`"))
    );
    assert!(
        dev.reasons
            .iter()
            .any(|r| r.contains("a policy of a resource"))
    );
    // One Allow that does not ask.
    let and_more = person("dev")
        .with(with_mfa.clone())
        .with(allow(json!("ec2:*")));
    assert_eq!(alone(and_more), EnrolledNotEnforced);
    let and_little = person("dev")
        .with(with_mfa)
        .with(allow(json!("ec2:DescribeRegions")));
    assert_eq!(alone(and_little), EnforcedWithGaps);
    // An old MFA counts, none does not.
    let young = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}}]));
    assert_eq!(alone(person("dev").with(young)), Enforced);
}

#[test]
fn further_exceptions_are_gaps() {
    let guard = |more: &str| {
        let mut exceptions = seed_exceptions();
        exceptions.push(more);
        deny_but(json!(exceptions), without_mfa())
    };
    for (more, ways_open) in [
        ("iam:CreateAccessKey", &["new-credentials"][..]),
        ("s3:*", &[]),
        ("iam:ChangePassword", &[]),
        ("iam:DeactivateMFADevice", &["remove-device"]),
        ("signin:*", &["oauth-token"]),
        ("sts:GetFederationToken", &["new-credentials"]),
    ] {
        let world = World::default().user(person("dev").with(admin()).with(guard(more)));
        let report = world.judged();
        assert_eq!(find(&report, "dev").verdict, EnforcedWithGaps, "{more}");
        assert_eq!(ways(&report, "dev"), ways_open, "{more}");
    }
    let mut expects = World::default().user(person("dev").with(admin()).with(guard("s3:*")));
    expects.options.expected = vec!["s3:*".to_owned()];
    assert_eq!(expects.verdict("dev"), Enforced);
    // Who may do nothing but what is excepted is not bound by the guard.
    let all_excepted = person("dev").with(allow(json!("s3:*"))).with(guard("s3:*"));
    assert_eq!(alone(all_excepted), EnrolledNotEnforced);
}

#[test]
fn a_role_that_does_not_ask_for_mfa_is_a_way_around() {
    let mut exceptions = seed_exceptions();
    exceptions.push("sts:AssumeRole");
    let guard = deny_but(json!(exceptions), without_mfa());
    let trust = |condition: serde_json::Value| {
        policy(
            json!([{"Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": "sts:AssumeRole", "Condition": condition}]),
        )
    };
    let world = |condition| {
        World::default()
            .user(person("dev").with(admin()).with(guard.clone()))
            .role("admin", trust(condition), admin())
    };
    let report = world(json!({})).judged();
    assert_eq!(find(&report, "dev").verdict, EnforcedWithGaps);
    assert_eq!(
        ways(&report, "dev"),
        ["assume-role", "administrator-by-roles"]
    );
    assert_eq!(report.roles.len(), 1);
    assert!(report.roles[0].is_administrator);
    assert_eq!(report.roles[0].users, ["dev"]);
    let safe = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let report = world(safe).judged();
    assert!(ways(&report, "dev").is_empty());
    assert!(report.roles.is_empty());
    // The exception itself is still more than what is expected: other accounts have roles, too.
    assert_eq!(find(&report, "dev").verdict, EnforcedWithGaps);
}

#[test]
fn who_has_nothing_to_sign_with_or_may_do_nothing_is_said_so() {
    let idle = || person("dev").with(admin()).no_key();
    assert_eq!(alone(idle()), NoCredentials);
    let world = World::default().user(idle()).services(NO_SERVICES);
    let report = world.judged();
    assert_eq!(find(&report, "dev").verdict, NoCredentials);
    assert!(find(&report, "dev").reasons.is_empty());
    assert_eq!(alone(person("dev")), NoPermissions);
    assert_eq!(alone(person("dev").with(seed())), NoPermissions);
    let bounded = World::default()
        .managed("nothing", policy(json!([])))
        .user(person("dev").with(admin()).boundary("nothing"));
    assert_eq!(bounded.verdict("dev"), NoPermissions);
    // A trust policy that names the user needs no Allow beside it.
    let trust = policy(
        json!([{"Effect": "Allow", "Principal": {"AWS": arn("user/dev")}, "Action": "sts:AssumeRole"}]),
    );
    let named = World::default()
        .user(person("dev"))
        .role("r", trust, admin());
    assert_eq!(named.verdict("dev"), EnrolledNotEnforced);
    // Some credential that is no key and no password.
    let git = World::default()
        .user(idle())
        .services(r#"{"ServiceSpecificCredentials":[{"UserName":"dev","ServiceName":"codecommit.amazonaws.com","Status":"Active"}]}"#);
    assert_eq!(git.verdict("dev"), EnrolledNotEnforced);
    let git_guarded = World::default().user(idle().with(seed())).services(
        r#"{"SSHPublicKeys":[{"UserName":"dev","SSHPublicKeyId":"k","Status":"Active"}]}"#,
    );
    assert_eq!(git_guarded.verdict("dev"), Enforced);
    assert_eq!(alone(person("dev").with(admin()).no_device()), NotEnforced);
}
