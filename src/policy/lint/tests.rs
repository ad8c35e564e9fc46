//! All rules together: a corpus of known policies, our own templates, random policies compared with the evaluator, repeated
//! fixes, and hostile documents.

use proptest::prelude::*;

use super::finding::MAX_FINDINGS;
use super::testing::{checked, checked_as, statements};
use super::*;
use crate::policy::caller::Caller;
use crate::policy::context::Mfa;
use crate::policy::document;
use crate::policy::evaluate::{Habits, Outcome, PolicySet, Request, Requester, StatementRef};
use crate::policy::generate::{Kind, Options, Template, generate, seed};
use crate::policy::source::Attachment;
use crate::policy::testing::{ALLOW_EVERYTHING, context_at, named, template_options};

fn described(findings: &[Finding]) -> Vec<String> {
    (findings.iter())
        .map(|f| format!("{} {} {}", f.severity.as_str(), f.rule.id, f.path))
        .collect()
}

#[test]
fn each_rule_has_its_id_name_and_page() {
    assert_eq!(RULES.len(), 31);
    for pair in RULES.windows(2) {
        assert!(pair[0].id < pair[1].id);
    }
    for rule in RULES {
        assert!(rule.id.len() == 6 && rule.id.starts_with("MFA"), "{rule:?}");
        assert!(
            rule.name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '-'),
            "{}",
            rule.name
        );
        assert!(
            rule.explanation.ends_with('.') && !rule.explanation.contains("  "),
            "{rule:?}"
        );
        assert!(
            rule.url.starts_with("https://docs.aws.amazon.com/")
                || rule.url.starts_with("https://aws.amazon.com/"),
            "{rule:?}"
        );
    }
}

/// Policies in the shape of AWS's samples, of public modules and of well-known mistakes.
#[test]
fn the_corpus_has_the_expected_findings() {
    let corpus: serde_json::Value = serde_json::from_str(include_str!("corpus.json")).unwrap();
    let cases = corpus.as_array().unwrap();
    assert!(cases.len() > 45);
    let mut wrong = Vec::new();
    for case in cases {
        let attachment = match case["attached_to"].as_str() {
            None => None,
            Some("scp") => Some(Attachment::Scp),
            Some("role") => Some(Attachment::Role),
            Some("trust") => Some(Attachment::Trust),
            Some(other) => panic!("{other}"),
        };
        let findings = checked_as(&case["policy"].to_string(), |s| s.attachment = attachment);
        let want: Vec<&str> = (case["findings"].as_array().unwrap().iter())
            .map(|f| f.as_str().unwrap())
            .collect();
        let found = described(&findings);
        if found != want {
            wrong.push(format!("{}: {found:#?}", case["name"]));
        }
        for finding in &findings {
            let message = &finding.message;
            assert!(
                !message.ends_with('.') && !message.contains('\n'),
                "{message}"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn generated(options: &Options) -> Vec<String> {
    let policy = generate(options).unwrap();
    let text = policy.document.to_json_pretty();
    described(&checked_as(&text, |s| s.kind = Some(policy.kind)))
}

fn of_templates(templates: &[Template]) -> Vec<String> {
    generated(&template_options(templates))
}

/// The findings about the statement that denies everything without MFA.
fn about(n: usize, findings: &[&str]) -> Vec<String> {
    findings
        .iter()
        .map(|f| f.replace('@', &format!("Statement[{n}]")))
        .collect()
}

const FORWARDED: &str = "info MFA024 @.Condition";
const ENROLMENT: &str = "high MFA010 @.NotAction";
const LOOKUP: &str = "info MFA018 @.NotAction";

#[test]
fn generated_policies_have_the_expected_findings() {
    use Template::{
        AdminProvisioned, AwsLogin, ConsoleEnrol, FirstLogin, MaxAge, NoAwsLogin, OwnOnly, Revoke,
        RoleTrust, Scp, Seed, SelfManage, ViaService,
    };
    let nothing = about(0, &[]);
    for (templates, want) in [
        (vec![Seed], about(0, &[ENROLMENT, LOOKUP, FORWARDED])),
        (vec![SelfManage], about(3, &[ENROLMENT, FORWARDED])),
        (vec![ConsoleEnrol], about(0, &[LOOKUP, FORWARDED])),
        (vec![ConsoleEnrol, OwnOnly], about(0, &[LOOKUP, FORWARDED])),
        (vec![AdminProvisioned], about(0, &[LOOKUP, FORWARDED])),
        (vec![OwnOnly], nothing.clone()),
        (vec![ViaService], about(0, &[ENROLMENT, LOOKUP])),
        (
            vec![MaxAge],
            vec!["error MFA029 Statement[0].Condition.NumericGreaterThan".to_owned()],
        ),
        (
            vec![Seed, MaxAge],
            about(0, &[ENROLMENT, LOOKUP, FORWARDED]),
        ),
        (
            vec![FirstLogin],
            about(
                0,
                &[
                    ENROLMENT,
                    LOOKUP,
                    "warning MFA014 @.NotAction[7]",
                    FORWARDED,
                ],
            ),
        ),
        (
            vec![AwsLogin],
            about(
                1,
                &[ENROLMENT, "info MFA016 @.NotAction", LOOKUP, FORWARDED],
            ),
        ),
        (vec![NoAwsLogin], nothing.clone()),
        (vec![Scp], about(0, &[ENROLMENT, LOOKUP, FORWARDED])),
        (
            vec![Scp, ConsoleEnrol, OwnOnly],
            about(0, &[LOOKUP, FORWARDED]),
        ),
        (vec![RoleTrust], nothing.clone()),
        (vec![RoleTrust, MaxAge], nothing.clone()),
        (vec![Revoke], nothing.clone()),
        (
            vec![
                SelfManage,
                ConsoleEnrol,
                OwnOnly,
                ViaService,
                MaxAge,
                NoAwsLogin,
                Revoke,
            ],
            nothing.clone(),
        ),
    ] {
        assert_eq!(of_templates(&templates), want, "{templates:?}");
    }
    let exempt = generated(&Options {
        templates: vec![Scp],
        exempt_tag: Some(("exempt".to_owned(), "yes".to_owned())),
        partition: "aws-us-gov".to_owned(),
        ..Options::default()
    });
    assert_eq!(exempt, about(0, &[ENROLMENT, LOOKUP, FORWARDED]));
}

#[test]
fn the_guarded_templates_stay_clean_beside_an_allow_of_everything() {
    let pair = generate(&Options {
        templates: vec![Template::ConsoleEnrol],
        guard_own_only: true,
        ..Options::default()
    });
    let text = pair.unwrap().document.to_json_compact();
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let both = text.replacen("[{", &format!("[{allow},{{"), 1);
    let high = checked(&both)
        .into_iter()
        .filter(|f| f.severity >= Severity::High);
    assert_eq!(high.count(), 0);
}

#[test]
fn windows_line_endings_and_empty_policies_are_accepted() {
    let bom = format!("\u{feff}{}", seed().to_json_pretty().replace('\n', "\r\n"));
    assert_eq!(
        described(&checked(&bom)),
        about(0, &[ENROLMENT, LOOKUP, FORWARDED])
    );
    assert_eq!(
        described(&checked(r#"{"Statement":[]}"#)),
        ["error MFA030 Statement"]
    );
}

/// Fixes that are applied until none is left.
mod fixes {
    use super::*;

    fn mended(policy: &str) -> Mended {
        let document = document::parse(policy).unwrap();
        mend(&Subject {
            document: &document,
            text: policy,
            attachment: None,
            kind: None,
            partition: None,
        })
    }

    #[test]
    fn the_seed_policy_needs_no_fix() {
        let seed = seed().to_json_pretty();
        assert_eq!(mended(&seed).text, seed);
        assert!(mended(&seed).titles.is_empty());
    }

    #[test]
    fn an_error_uncovered_by_one_fix_is_fixed_next() {
        let policy = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Guard",
    "Effect": "Deny",
    "NotAction": [
      "iam:CreateVirtualMFADevise",
      "iam:EnableMFADevice",
      "iam:DeactivateMFADevice",
      "iam:GetUser"
    ],
    "Resource": "*",
    "Condition": { "StringEqual": { "aws:MultiFactorAuthPresent": "false" } }
  }]
}
"#;
        let mended = mended(policy);
        insta::assert_snapshot!(mended.text, @r#"
        {
          "Version": "2012-10-17",
          "Statement": [{
            "Sid": "Guard",
            "Effect": "Deny",
            "NotAction": [
              "iam:CreateVirtualMFADevice",
              "iam:EnableMFADevice",
              "iam:GetUser",
              "sts:GetSessionToken"
            ],
            "Resource": "*",
            "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }
          }]
        }
        "#);
        assert_eq!(mended.titles.len(), 5, "{:?}", mended.titles);
        let left = checked(&mended.text);
        assert_eq!(described(&left), about(0, &[ENROLMENT, LOOKUP, FORWARDED]));
    }

    #[test]
    fn the_corpus_can_be_fixed_without_new_errors() {
        let corpus: serde_json::Value = serde_json::from_str(include_str!("corpus.json")).unwrap();
        for case in corpus.as_array().unwrap() {
            let policy = serde_json::to_string_pretty(&case["policy"]).unwrap();
            let before = checked(&policy);
            let mended = mended(&policy);
            let after = checked(&mended.text);
            assert!(after.iter().all(|f| f.fix.is_none()), "{}", case["name"]);
            let errors = |findings: &[Finding]| {
                findings
                    .iter()
                    .filter(|f| f.severity == Severity::Error)
                    .count()
            };
            assert!(errors(&after) <= errors(&before), "{}", case["name"]);
            let fixable = before.iter().filter(|f| f.fix.is_some()).count();
            assert_eq!(fixable == 0, mended.text == policy, "{}", case["name"]);
        }
    }
}

/// The rules about conditions compared with the evaluator, on random documents.
mod properties {
    use super::*;

    const ACTIONS: [&str; 7] = [
        "sts:AssumeRole",
        "s3:GetObject",
        "s3:PutObject",
        "ec2:RunInstances",
        "iam:EnableMFADevice",
        "iam:GetUser",
        "new:Action",
    ];

    const RESOURCES: [&str; 6] = [
        "*",
        "arn:aws:s3:::ab",
        "arn:aws:s3:::b",
        "arn:aws:s3:::c",
        "arn:aws:iam::123456789012:user/caller",
        "arn:aws:stand-in:region-1:123456789012:stand-in/resource",
    ];

    fn condition() -> impl Strategy<Value = String> {
        let present = (
            prop::sample::select(vec![
                "Bool",
                "BoolIfExists",
                "Null",
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIfExists",
                "StringLike",
                "ForAnyValue:Bool",
                "ForAllValues:Bool",
                "ForAllValues:StringNotEquals",
                "ForAnyValue:BoolIfExists",
            ]),
            prop::sample::select(vec![
                "aws:MultiFactorAuthPresent",
                "AWS:multifactorauthpresent",
            ]),
            prop::sample::select(vec![
                r#""false""#,
                r#""true""#,
                "false",
                "true",
                r#"["false"]"#,
                r#"["true","false"]"#,
                r#""no""#,
                "[]",
            ]),
        );
        let age = (
            prop::sample::select(vec![
                "Null",
                "NumericLessThan",
                "NumericGreaterThan",
                "NumericGreaterThanIfExists",
                "NumericLessThanIfExists",
            ]),
            Just("aws:MultiFactorAuthAge"),
            prop::sample::select(vec![r#""true""#, "3600", "false"]),
        );
        let one = prop_oneof![4 => present, 1 => age];
        prop::collection::vec(one, 0..3).prop_map(|all| {
            let mut seen = Vec::new();
            let blocks: Vec<String> = (all.into_iter())
                .filter(|(operator, ..)| {
                    let new = !seen.contains(operator);
                    seen.push(*operator);
                    new
                })
                .map(|(operator, key, value)| format!(r#""{operator}":{{"{key}":{value}}}"#))
                .collect();
            format!("{{{}}}", blocks.join(","))
        })
    }

    fn statement() -> impl Strategy<Value = String> {
        (
            prop::sample::select(vec!["Deny", "Deny", "Deny", "Allow"]),
            prop::sample::select(vec!["Action", "NotAction"]),
            prop::sample::subsequence(
                vec!["s3:*", "s3:Get*", "ec2:*", "iam:*", "iam:EnableMFADevice", "new:Action"],
                0..4,
            ),
            prop::sample::select(vec!["Resource", "NotResource"]),
            prop::sample::subsequence(
                vec!["*", "arn:aws:s3:::*", "arn:aws:s3:::a*", "arn:aws:s3:::b", "arn:aws:iam::*:user/${aws:username}"],
                1..3,
            ),
            condition(),
        )
            .prop_map(|(effect, actions, names, resources, arns, condition)| {
                format!(
                    r#""Effect":"{effect}","{actions}":{},"{resources}":{},"Condition":{condition}"#,
                    serde_json::to_string(&names).unwrap(),
                    serde_json::to_string(&arns).unwrap(),
                )
            })
    }

    /// The evaluator for the document together with an Allow of everything.
    struct Oracle(PolicySet);

    impl Oracle {
        fn of(policy: &str) -> Self {
            Self(PolicySet {
                identity: vec![named("judged", policy), named("allow", ALLOW_EVERYTHING)],
                ..PolicySet::default()
            })
        }

        fn decide(&self, action: &str, resource: &str, mfa: Mfa) -> (Outcome, Vec<StatementRef>) {
            let context = context_at(mfa);
            let caller = Caller::from_arn("arn:aws:iam::123456789012:user/caller").unwrap();
            let decision = self.0.decide(&Request {
                action,
                resource,
                requester: &Requester::new(caller, context),
                owner: None,
                habits: Habits::Live,
            });
            (decision.outcome, decision.deciding)
        }

        /// The Denys with a condition on the MFA key that stop a call in one state of MFA and not in another.
        fn stopping_here_not_there(&self, here: Mfa, there: Mfa) -> Vec<usize> {
            let judged = self.0.identity[0].policy.document();
            let mut found = Vec::new();
            for (action, resource) in ACTIONS
                .iter()
                .flat_map(|a| RESOURCES.iter().map(move |r| (a, r)))
            {
                let (stopped, by) = self.decide(action, resource, here);
                let (passed, _) = self.decide(action, resource, there);
                if stopped == Outcome::ExplicitDeny && passed == Outcome::Allowed {
                    found.extend(by.into_iter().map(|b| b.statement));
                }
            }
            found.sort_unstable();
            found.dedup();
            found.retain(|n| {
                let conditions = judged.statements()[*n].condition().unwrap();
                let mut keys = conditions.blocks.iter().flat_map(|b| &b.keys);
                keys.any(|(key, _)| key.to_ascii_lowercase().starts_with("aws:multifactorauth"))
            });
            found
        }
    }

    fn found(policy: &str, id: &str) -> Vec<usize> {
        let own = checked(policy).into_iter().filter(|f| f.rule.id == id);
        let mut numbers: Vec<usize> = own
            .map(|f| match f.path.0[1] {
                document::Step::Index(n) => n,
                document::Step::Key(_) => panic!("{}", f.path),
            })
            .collect();
        numbers.dedup();
        numbers
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_rule_for_long_term_keys_agrees_with_the_evaluator(all in prop::collection::vec(statement(), 1..5)) {
            let policy = statements(&all.iter().map(String::as_str).collect::<Vec<_>>());
            let oracle = Oracle::of(&policy);
            let want = oracle.stopping_here_not_there(Mfa::False, Mfa::Absent);
            prop_assert_eq!(found(&policy, "MFA001"), want, "{}", policy);
        }

        #[test]
        fn the_rule_for_inverted_denies_agrees_with_the_evaluator(all in prop::collection::vec(statement(), 1..5)) {
            let policy = statements(&all.iter().map(String::as_str).collect::<Vec<_>>());
            let oracle = Oracle::of(&policy);
            let with = Mfa::True { age: 0 };
            let mut want = oracle.stopping_here_not_there(with, Mfa::False);
            want.extend(oracle.stopping_here_not_there(with, Mfa::Absent));
            want.sort_unstable();
            want.dedup();
            prop_assert_eq!(found(&policy, "MFA005"), want, "{}", policy);
        }

        /// After each fix, the policy no longer has the finding.
        #[test]
        fn after_finitely_many_fixes_there_are_none_left(all in prop::collection::vec(statement(), 1..4)) {
            let policy = statements(&all.iter().map(String::as_str).collect::<Vec<_>>());
            let document = document::parse(&policy).unwrap();
            let subject = Subject { document: &document, text: &policy, attachment: None, kind: None, partition: None };
            let mended = mend(&subject);
            let left = checked(&mended.text);
            prop_assert!(left.iter().all(|f| f.fix.is_none()), "{}\n{}\n{:?}", policy, mended.text, described(&left));
            let errors = |findings: &[Finding]| findings.iter().filter(|f| f.severity == Severity::Error).count();
            prop_assert!(errors(&left) <= errors(&checked(&policy)), "{}\n{}", policy, mended.text);
        }
    }
}

/// Documents of one mebibyte that are designed to take long.
mod hostile {
    use super::*;

    fn many(count: usize, one: impl Fn(usize) -> String) -> String {
        let all: Vec<String> = (0..count).map(one).collect();
        all.join(",")
    }

    fn document(inner: &str) -> String {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{inner}]}}"#);
        assert!(
            text.len() > 900_000 && text.len() <= 1 << 20,
            "{}",
            text.len()
        );
        text
    }

    #[test]
    fn many_statements_are_checked_quickly() {
        let text = document(&many(6_400, |n| {
            format!(
                r#"{{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::b{n}/*","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"false"}},"StringEquals":{{"k:{n}":"v"}}}}}}"#
            )
        }));
        let findings = checked(&text);
        assert!(findings.iter().any(|f| f.rule.id == "MFA001"));
        assert!(findings.iter().any(|f| f.rule.id == "MFA030"));
        assert!(findings.len() < 1_000);
    }

    #[test]
    fn many_resources_are_checked_quickly() {
        let text = document(&many(550, |n| {
            let resources = many(60, |m| format!(r#""arn:aws:s3:::{n}-{m}-?*a?""#));
            format!(
                r#"{{"Effect":"Deny","Action":"s3:*","Resource":[{resources}],"Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"false"}}}}}}"#
            )
        }));
        assert!(checked(&text).iter().any(|f| f.rule.id == "MFA001"));
    }

    #[test]
    fn many_patterns_are_checked_quickly() {
        let list = many(90_000, |n| format!(r#""*{n}*a""#));
        let guard = format!(
            r#"{{"Effect":"Deny","NotAction":[{list}],"Resource":"*","Condition":{{"Bool":{{"aws:MultiFactorAuthPresent":"false"}}}}}}"#
        );
        let findings = checked(&document(&guard));
        assert!(findings.iter().any(|f| f.rule.id == "MFA001"));
        let unknown = findings.iter().filter(|f| f.rule.id == "MFA007").count();
        assert_eq!(unknown, MAX_FINDINGS);
    }

    #[test]
    fn many_values_and_variables_are_checked_quickly() {
        let values = many(80_000, |n| format!(r#""${{a:{n}}}""#));
        let text = document(&format!(
            r#"{{"Effect":"Deny","NotAction":"iam:*","NotResource":[{values}],"Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}"#
        ));
        assert!(!checked(&text).is_empty());
        let users = many(34_000, |n| format!(r#""arn:aws:iam::*:user/{n}*""#));
        let text = document(&format!(
            r#"{{"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}},"ArnNotLike":{{"aws:PrincipalArn":[{users}]}}}}}}"#
        ));
        assert!(checked(&text).iter().any(|f| f.rule.id == "MFA025"));
    }

    #[test]
    fn a_long_name_is_checked_quickly() {
        let long = "a".repeat(1_000_000);
        let text = document(&format!(
            r#"{{"Effect":"Deny","Action":"iam:{long}","Resource":"*"}}"#
        ));
        assert!(checked(&text).iter().any(|f| f.rule.id == "MFA007"));
        let kind = |s: &mut Subject<'_>| s.kind = Some(Kind::Scp);
        assert!(
            checked_as(&text, kind)
                .iter()
                .any(|f| f.rule.id == "MFA030")
        );
    }
}
