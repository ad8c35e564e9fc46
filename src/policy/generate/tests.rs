//! Templates: their documents, and how the evaluator decides with them.

use super::*;
use crate::policy::caller::Caller;
use crate::policy::context::{Context, Mfa};
use crate::policy::document;
use crate::policy::evaluate::{Habits, Outcome, Policy, PolicySet, Request, Requester};
use crate::policy::testing::{ALLOW_EVERYTHING, context_at as at, named, template_options};

fn written(templates: &[Template]) -> Document {
    generate(&template_options(templates)).unwrap().document
}

fn refusal(options: &Options) -> String {
    generate(options).unwrap_err().to_string()
}

/// The decision for the user `dev`, who also has an Allow of everything if `admin` is set.
fn decide(
    document: &Document,
    admin: bool,
    action: &str,
    resource: &str,
    context: Context,
) -> Outcome {
    let mut identity = vec![named("p", &document.to_json_compact())];
    if admin {
        identity.push(named("allow", ALLOW_EVERYTHING));
    }
    let policies = PolicySet {
        identity,
        ..PolicySet::default()
    };
    let dev = Caller::from_arn("arn:aws:iam::123456789012:user/team/dev").unwrap();
    let requester = Requester::new(dev, context);
    let request = Request {
        action,
        resource,
        requester: &requester,
        owner: None,
        habits: Habits::Live,
    };
    policies.decide(&request).outcome
}

const OWN: &str = "arn:aws:iam::123456789012:user/team/dev";
const OTHER: &str = "arn:aws:iam::123456789012:user/other";
const DENIED: Outcome = Outcome::ExplicitDeny;
const PASSES: Outcome = Outcome::Allowed;

#[test]
fn what_iam_does_not_store_is_not_generated() {
    let mut options = template_options(&[Template::OwnOnly]);
    options.partition = "aws-foo".to_owned();
    assert_eq!(
        refusal(&options),
        "IAM refuses to store the policy: \"Partition \"aws-foo\" is not valid for resource \
         \"arn:aws-foo:iam::*:user/${aws:username}\".\""
    );
    for partition in ["aws-cn", "aws-us-gov", "aws-eusc"] {
        partition.clone_into(&mut options.partition);
        assert!(generate(&options).is_ok(), "{partition}");
    }
}

#[test]
fn the_seed_policy_is_exactly_this_document() {
    insta::assert_snapshot!(seed().to_json_pretty(), @r#"
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
    assert_eq!(
        seed().to_json_compact(),
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":["iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:GetUser","iam:ListMFADevices","iam:ListVirtualMFADevices","iam:ResyncMFADevice","sts:GetSessionToken"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#
    );
    assert_eq!(generate(&Options::default()).unwrap().document, seed());
}

#[test]
fn every_template_survives_printing_and_parsing() {
    for template in Template::ALL {
        assert_eq!(Template::named(template.name()), Some(template));
        let document = written(&[template]);
        assert_eq!(
            document::parse(&document.to_json_pretty()).unwrap(),
            document
        );
        Policy::new(document).unwrap();
    }
}

#[test]
fn console_enrol_stops_keys_and_passes_the_console() {
    let document = written(&[Template::ConsoleEnrol]);
    for (mfa, want) in [
        (Mfa::Absent, DENIED),
        (Mfa::False, PASSES),
        (Mfa::True { age: 1 }, PASSES),
    ] {
        assert_eq!(
            decide(&document, true, "iam:EnableMFADevice", OWN, at(mfa)),
            want
        );
        assert_eq!(decide(&document, true, "iam:GetUser", OWN, at(mfa)), PASSES);
    }
}

#[test]
fn own_only_guards_other_users() {
    let guard = written(&[Template::OwnOnly]);
    assert_eq!(guard.statements().len(), 1);
    let both = generate(&Options {
        guard_own_only: true,
        ..Options::default()
    })
    .unwrap()
    .document;
    assert_eq!(both, written(&[Template::Seed, Template::OwnOnly]));
    for (resource, mfa, want) in [
        (OWN, Mfa::Absent, PASSES),
        (OTHER, Mfa::Absent, DENIED),
        (OTHER, Mfa::False, DENIED),
        (OTHER, Mfa::True { age: 1 }, PASSES),
    ] {
        assert_eq!(
            decide(&both, true, "iam:EnableMFADevice", resource, at(mfa)),
            want
        );
    }
}

#[test]
fn self_manage_allows_own_devices_and_nothing_else() {
    let document = written(&[Template::SelfManage]);
    for (action, resource, mfa, want) in [
        ("iam:EnableMFADevice", OWN, Mfa::Absent, PASSES),
        (
            "iam:EnableMFADevice",
            OTHER,
            Mfa::Absent,
            Outcome::ImplicitDeny,
        ),
        (
            "iam:CreateVirtualMFADevice",
            "arn:aws:iam::123456789012:mfa/dev-phone",
            Mfa::Absent,
            PASSES,
        ),
        ("iam:DeactivateMFADevice", OWN, Mfa::Absent, DENIED),
        ("iam:DeactivateMFADevice", OWN, Mfa::True { age: 1 }, PASSES),
        (
            "iam:CreateAccessKey",
            OWN,
            Mfa::True { age: 1 },
            Outcome::ImplicitDeny,
        ),
    ] {
        assert_eq!(
            decide(&document, false, action, resource, at(mfa)),
            want,
            "{action}"
        );
    }
}

#[test]
fn the_variants_have_their_own_exceptions() {
    for (template, action, want) in [
        (Template::AdminProvisioned, "iam:EnableMFADevice", DENIED),
        (Template::AdminProvisioned, "sts:GetSessionToken", PASSES),
        (Template::FirstLogin, "iam:ChangePassword", PASSES),
        (Template::Seed, "iam:ChangePassword", DENIED),
        (Template::NoAwsLogin, "signin:CreateOAuth2Token", DENIED),
    ] {
        assert_eq!(
            decide(&written(&[template]), true, action, "*", at(Mfa::Absent)),
            want
        );
    }
}

#[test]
fn the_variants_have_their_own_conditions() {
    let via = written(&[Template::ViaService]);
    let forwarded = at(Mfa::False).with("aws:ViaAWSService", "true");
    assert_eq!(decide(&via, true, "s3:GetObject", "*", forwarded), PASSES);
    assert_eq!(
        decide(&via, true, "s3:GetObject", "*", at(Mfa::Absent)),
        DENIED
    );

    let age = written(&[Template::MaxAge]);
    assert_eq!(
        decide(
            &age,
            true,
            "s3:GetObject",
            "*",
            at(Mfa::True { age: 43_200 })
        ),
        PASSES
    );
    assert_eq!(
        decide(
            &age,
            true,
            "s3:GetObject",
            "*",
            at(Mfa::True { age: 43_201 })
        ),
        DENIED
    );

    let revoke = written(&[Template::Revoke]);
    for (issued, want) in [
        ("2026-11-24T08:29:59Z", DENIED),
        ("2026-11-24T08:30:00Z", PASSES),
    ] {
        let context = Context::new().with("aws:TokenIssueTime", issued);
        assert_eq!(decide(&revoke, true, "s3:GetObject", "*", context), want);
    }

    let login = written(&[Template::AwsLogin]);
    let key = at(Mfa::True { age: 1 }).with("signin:OAuthGrantType", "client_credentials");
    let client = "arn:aws:signin:us-east-1:123456789012:oauth2/public-client/localhost";
    assert_eq!(
        decide(&login, false, "signin:CreateOAuth2Token", client, key),
        DENIED
    );
    assert_eq!(
        decide(
            &login,
            false,
            "signin:CreateOAuth2Token",
            client,
            at(Mfa::True { age: 1 })
        ),
        PASSES
    );
}

#[test]
fn scp_binds_users_but_not_roles() {
    assert_eq!(
        written(&[Template::Scp]).to_json_compact(),
        seed().to_json_compact().replace(
            r#""false"}"#,
            r#""false"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}"#
        )
    );
    let scp = generate(&Options {
        exempt_tag: Some(("break-glass".to_owned(), "yes".to_owned())),
        ..template_options(&[Template::Scp, Template::ConsoleEnrol])
    })
    .unwrap();
    assert_eq!(scp.kind, Kind::Scp);
    let decide = |action, context: Context| decide(&scp.document, true, action, "*", context);
    let role = Context::new().with("aws:PrincipalArn", "arn:aws:iam::123456789012:role/admin");
    let exempt = Context::new().with("aws:PrincipalTag/break-glass", "yes");
    for action in ["s3:GetObject", "iam:CreateVirtualMFADevice"] {
        assert_eq!(decide(action, at(Mfa::Absent)), DENIED);
        assert_eq!(decide(action, role.clone()), PASSES);
    }
    assert_eq!(decide("s3:GetObject", exempt), PASSES);
    let keys = crate::policy::context::ContextValue::List(vec!["Break-Glass".to_owned()]);
    let tagging = at(Mfa::True { age: 1 }).with("aws:TagKeys", keys);
    assert_eq!(decide("iam:TagUser", tagging), DENIED);
}

#[test]
fn role_trust_requires_mfa() {
    let trust = generate(&template_options(&[Template::RoleTrust, Template::MaxAge])).unwrap();
    assert_eq!(trust.kind, Kind::Trust);
    insta::assert_snapshot!(trust.document.to_json_compact(), @r#"{"Version":"2012-10-17","Statement":[{"Sid":"AllowAssumeRoleWithMFA","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThanEquals":{"aws:MultiFactorAuthAge":"43200"}}}]}"#);
}

#[test]
fn options_change_the_part_that_they_name() {
    let generated = generate(&Options {
        sid: Some("NoMFANoFun".to_owned()),
        exceptions: vec!["iam:GetMFADevice".to_owned(), "IAM:getuser".to_owned()],
        partition: "aws-cn".to_owned(),
        ..template_options(&[Template::Seed, Template::OwnOnly])
    })
    .unwrap();
    let text = generated.document.to_json_compact();
    assert_eq!(generated.name, "NoMFANoFun");
    assert!(
        text.contains(r#""sts:GetSessionToken","iam:GetMFADevice"]"#),
        "{text}"
    );
    assert!(
        text.contains("arn:aws-cn:iam::*:user/${aws:username}"),
        "{text}"
    );
    assert!(!text.contains("arn:aws:"));
}

#[test]
fn contradictions_are_reported() {
    use Template::*;
    let kind = |templates: &[Template], kind| Options {
        kind: Some(kind),
        ..template_options(templates)
    };
    for (options, want) in [
        (
            template_options(&[AdminProvisioned, ConsoleEnrol]),
            "templates `admin-provisioned` and `console-enrol` contradict each other",
        ),
        (
            template_options(&[AwsLogin, NoAwsLogin]),
            "templates `aws-login` and `no-aws-login` contradict each other",
        ),
        (
            template_options(&[Scp, SelfManage]),
            "templates `scp` and `self-manage` contradict each other",
        ),
        (
            template_options(&[RoleTrust, Seed]),
            "templates `role-trust` and `seed` contradict each other",
        ),
        (
            Options {
                principals: vec![],
                ..template_options(&[RoleTrust])
            },
            "template `role-trust` needs `--principal`",
        ),
        (
            Options {
                max_age: None,
                ..template_options(&[MaxAge])
            },
            "template `max-age` needs `--max-age`",
        ),
        (
            Options {
                principals: vec!["123456789012".into()],
                ..template_options(&[])
            },
            "`--principal` needs template `role-trust`",
        ),
        (
            Options {
                exceptions: vec!["iam:GetUser".into()],
                ..template_options(&[OwnOnly])
            },
            "`--except` needs template `seed`",
        ),
        (
            kind(&[Seed], Kind::Scp),
            "template `seed` cannot be saved as `scp`",
        ),
        (
            kind(&[Scp], Kind::Managed),
            "template `scp` cannot be saved as `managed`",
        ),
        (
            kind(&[Seed], Kind::Trust),
            "template `seed` cannot be saved as `trust`",
        ),
        (
            kind(&[Seed], Kind::Rcp),
            "template `seed` cannot be saved as `rcp`",
        ),
        (
            Options {
                exceptions: vec!["GetUser".into()],
                ..template_options(&[])
            },
            "invalid action `GetUser`: expected a service and a name such as `iam:GetUser`",
        ),
        (
            Options {
                sid: Some("No MFA".into()),
                ..template_options(&[])
            },
            "invalid Sid `No MFA`: expected letters and digits",
        ),
        (
            Options {
                partition: "azure".into(),
                ..template_options(&[])
            },
            "invalid partition `azure`: expected `aws`, or a name that begins with `aws-`",
        ),
        (
            Options {
                exempt_tag: Some(("é—".into(), "x".into())),
                ..template_options(&[Scp])
            },
            "IAM refuses the character U+2014 in policies",
        ),
    ] {
        assert_eq!(refusal(&options), want);
    }
}

#[test]
fn the_kind_sets_the_limit_of_the_size() {
    let many = |kind, n: usize| {
        let exceptions = (0..n).map(|n| format!("service:Action{n:04}")).collect();
        generate(&Options {
            kind: Some(kind),
            exceptions,
            ..Options::default()
        })
    };
    assert!(many(Kind::InlineUser, 70).is_ok());
    assert_eq!(
        many(Kind::InlineUser, 90).unwrap_err().to_string(),
        "2227 characters, but `inline-user` can have at most 2048"
    );
    assert!(many(Kind::Managed, 90).is_ok());
    assert_eq!(Kind::Managed.size("{ \"a\": 1 }\n"), 7);
    assert_eq!(Kind::Scp.size("{ \"a\": 1 }\n"), 11);
}
