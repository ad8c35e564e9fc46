//! MFA007: a key, operator, action or element that is unknown or misspelt.

mod key;
mod meant;

use super::{Edit, Finding, Fix, Rule, Severity, View};
use crate::policy::actions::Universe;
use crate::policy::catalog::Catalog;
use crate::policy::condition::Operator;
use crate::policy::document::{Effect, Element, Json, Path, StatementElement, Strings, Version};
use crate::policy::lint::finding::MAX_FINDINGS;
use crate::policy::lint::suggest::{Suggestion, nearest};
use crate::policy::variables::Template;
use key::{begins_with, wrong_key};
use meant::{action_like, key_like, operator_like};

pub(super) static RULE: Rule = Rule {
    id: "MFA007",
    name: "unknown-name",
    explanation: "A condition on a misspelt key never sees a value, a pattern for a misspelt action matches nothing, and IAM \
        refuses unknown operators and elements: the statement does not do what it says. Global keys and actions are looked up \
        in a catalogue; keys of services are checked by their form. AWS adds actions every week: an action that is not in \
        the catalogue is an error in a guard or near a known name, and otherwise a warning.",
    url: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    find,
};

/// Names for which a suggestion is looked for; beyond it the cost of a hostile document would grow.
const MAX_SUGGESTIONS: usize = 50;

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Found::default();
    let mut elements = view.subject.document.elements.iter();
    elements.by_ref().for_each(|element| {
        if let Element::Unknown(name, _) = element {
            found.element(
                &Path::default().key(name),
                name,
                &["Version", "Id", "Statement"],
            );
        }
    });
    let version = view.subject.document.version();
    for statement in &view.statements {
        for element in &statement.source.elements {
            let path = statement.path.key(element.name());
            match element {
                StatementElement::Action(patterns) | StatementElement::NotAction(patterns) => {
                    let unknown = patterns
                        .placed(path.clone())
                        .filter(|(_, pattern)| !view.universe.knows(pattern));
                    let is_guard = statement.effect == Effect::Deny
                        && statement.mfa_clauses().next().is_some();
                    unknown.for_each(|(path, pattern)| {
                        found.action(&view.universe, path, pattern, is_guard);
                    });
                }
                StatementElement::Resource(texts) | StatementElement::NotResource(texts) => {
                    found.variables(&path, texts, version);
                }
                StatementElement::Condition(condition) => {
                    for block in &condition.blocks {
                        let path = path.key(&block.operator);
                        let operator = Operator::parse(&block.operator);
                        if operator.is_none() {
                            found.operator(&path, &block.operator);
                        }
                        for (key, values) in &block.keys {
                            found.key(&path.key(key), key);
                            if operator.is_some_and(Operator::takes_variables) {
                                found.variables(&path.key(key), values, version);
                            }
                        }
                    }
                }
                StatementElement::Unknown(name, _) => found.element(&path, name, &STATEMENT),
                StatementElement::Sid(_)
                | StatementElement::Effect(_)
                | StatementElement::Principal(_)
                | StatementElement::NotPrincipal(_) => {}
            }
        }
    }
    found.findings
}

/// The elements of a statement.
const STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// What has been found so far.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    suggestions: usize,
}

impl Found {
    /// Reports an unknown element only if its name is close to one that AWS knows.
    fn element(&mut self, path: &Path, name: &str, known: &[&str]) {
        if let Some(suggestion) = nearest(name, known.iter().copied()).filter(|s| s.certain) {
            let fix = Edit::Rename(path.clone(), suggestion.name.clone());
            let message = format!("unknown policy element `{name}`");
            self.add(
                Severity::Error,
                path.clone(),
                message,
                Some(suggestion),
                Some(fix),
            );
        }
    }

    /// An error in a guard, or if a known name is near. Elsewhere the action may be newer than the catalogue.
    fn action(&mut self, universe: &Universe, path: Path, pattern: &str, is_guard: bool) {
        let suggestion = (self.may_suggest())
            .then(|| action_like(universe, pattern))
            .flatten();
        let is_error = is_guard || suggestion.as_ref().is_some_and(|s| s.certain);
        let mut message = if pattern.contains(['*', '?']) {
            format!("`{pattern}` matches no known action")
        } else {
            format!("unknown action `{pattern}`")
        };
        if !is_error {
            let date = Catalog::date();
            message = format!("{message} (the catalogue is of {date} and never complete)");
        }
        let fix = (suggestion.as_ref())
            .map(|s| Edit::Replace(path.clone(), Json::String(s.name.clone())));
        let severity = if is_error {
            Severity::Error
        } else {
            Severity::Warning
        };
        self.add(severity, path, message, suggestion, fix);
    }

    fn operator(&mut self, path: &Path, name: &str) {
        let suggestion = self.may_suggest().then(|| operator_like(name)).flatten();
        let fix = (suggestion.as_ref()).map(|s| Edit::Rename(path.clone(), s.name.clone()));
        let message = format!("unknown condition operator `{name}`");
        self.add(Severity::Error, path.clone(), message, suggestion, fix);
    }

    fn key(&mut self, path: &Path, key: &str) {
        let Some(why) = wrong_key(key) else { return };
        let suggestion = self.may_suggest().then(|| key_like(key)).flatten();
        let fix = (suggestion.as_ref()).map(|s| Edit::Rename(path.clone(), s.name.clone()));
        self.add(
            Severity::Error,
            path.clone(),
            format!("`{key}` {why}"),
            suggestion,
            fix,
        );
    }

    /// Global keys in variables; what other variables there are only the services know.
    fn variables(&mut self, path: &Path, texts: &Strings, version: Version) {
        for (path, text) in texts
            .placed(path.clone())
            .filter(|(_, text)| text.contains("${"))
        {
            let template = Template::new(text, version);
            for variable in template.variables() {
                let key = variable.key.as_str();
                let is_global = begins_with(key, "aws:");
                if let Some(why) = wrong_key(key).filter(|_| is_global) {
                    let suggestion = self.may_suggest().then(|| key_like(key)).flatten();
                    let fix = suggestion.as_ref().map(|s| {
                        let text = text.replace(key, &s.name);
                        Edit::Replace(path.clone(), Json::String(text))
                    });
                    self.add(
                        Severity::Error,
                        path.clone(),
                        format!("`{key}` {why}"),
                        suggestion,
                        fix,
                    );
                }
            }
        }
    }

    fn may_suggest(&mut self) -> bool {
        self.suggestions += 1;
        self.suggestions <= MAX_SUGGESTIONS
    }

    fn add(
        &mut self,
        severity: Severity,
        path: Path,
        mut message: String,
        suggestion: Option<Suggestion>,
        edit: Option<Edit>,
    ) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let mut fix = None;
        if let Some(suggestion) = suggestion {
            message = format!("{message}, did you mean `{}`?", suggestion.name);
            fix = edit.filter(|_| suggestion.certain).map(|edit| Fix {
                title: format!("use `{}`", suggestion.name),
                edits: vec![edit],
            });
        }
        let finding = RULE.finding(severity, path, message);
        self.findings.push(finding.mended_by(fix));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::catalog::Catalog;
    use crate::policy::lint::testing::{WITHOUT_MFA, checked, deny, finds, mended, statements};

    fn policy(actions: &str, condition: &str) -> String {
        statements(&[&deny(&format!(r#""Action":{actions}"#), condition)])
    }

    fn described(policy: &str) -> Vec<String> {
        let own = checked(policy)
            .into_iter()
            .filter(|f| f.rule.id == "MFA007");
        own.map(|f| format!("{}: {}", f.path, f.message)).collect()
    }

    #[test]
    fn unknown_operators_are_found() {
        for (name, meant) in [
            ("BoolIfExist", "BoolIfExists"),
            ("BoolIfExits", "BoolIfExists"),
            ("BolIfExists", "BoolIfExists"),
            ("Boolean", "Bool"),
            ("BooleanIfExists", "BoolIfExists"),
            ("StringEqual", "StringEquals"),
            ("ForAnyValues:StringEquals", "ForAnyValue:StringEquals"),
            ("NumericLessThenEquals", "NumericLessThanEquals"),
            ("NullIfExists", "Null"),
            ("ForAnyValue:Null", "Null"),
        ] {
            let policy = policy(
                r#""s3:*""#,
                &format!(r#"{{"{name}":{{"s3:max-keys":"1"}}}}"#),
            );
            assert_eq!(
                described(&policy),
                [format!(
                    "Statement[0].Condition.{name}: unknown condition operator `{name}`, did you mean `{meant}`?"
                )]
            );
            let after = policy.replace(&format!("\"{name}\""), &format!("\"{meant}\""));
            assert_eq!(mended(&RULE, &policy), after);
        }
        let lost = policy(r#""s3:*""#, r#"{"Contains":{"aws:username":"true"}}"#);
        assert_eq!(
            described(&lost),
            ["Statement[0].Condition.Contains: unknown condition operator `Contains`"]
        );
    }

    #[test]
    fn unknown_keys_are_found() {
        for (key, meant) in [
            ("aws:MultiFactorAuthPresnt", "aws:MultiFactorAuthPresent"),
            ("aws:MultifactorAuthPresents", "aws:MultiFactorAuthPresent"),
            ("MultiFactorAuthPresent", "aws:MultiFactorAuthPresent"),
            ("iam:MultiFactorAuthPresent", "aws:MultiFactorAuthPresent"),
            ("aws.MultiFactorAuthAge", "aws:MultiFactorAuthAge"),
            ("aws:SourceIP ", "aws:SourceIp"),
            ("awz:SourceIp", "aws:SourceIp"),
            ("aws:RequestedRegions", "aws:RequestedRegion"),
        ] {
            let policy = policy(r#""s3:*""#, &format!(r#"{{"StringLike":{{"{key}":"x"}}}}"#));
            assert_eq!(
                finds(&RULE, &policy),
                [format!("error Statement[0].Condition.StringLike.{key}")],
                "{key}"
            );
            let after = policy.replace(key, meant);
            assert_eq!(mended(&RULE, &policy), after);
        }
        for (key, words) in [
            (
                "aws:MultiFactorAuth",
                "`aws:MultiFactorAuth` is not a known global condition key, did you mean `aws:MultiFactorAuthPresent`?",
            ),
            (
                "aws:PrincipalTag",
                "`aws:PrincipalTag` lacks the tag key, which follows a slash",
            ),
            (
                "username",
                "`username` has no prefix, but every condition key has one, did you mean `aws:username`?",
            ),
            (
                "a b:c",
                "`a b:c` does not have the form of a condition key, `prefix:name`",
            ),
        ] {
            let policy = policy(r#""s3:*""#, &format!(r#"{{"StringLike":{{"{key}":"x"}}}}"#));
            let path = format!("Statement[0].Condition.StringLike.{key}");
            assert_eq!(described(&policy), [format!("{path}: {words}")]);
        }
    }

    #[test]
    fn known_keys_are_not_found() {
        for key in [
            "AWS:multifactorauthpresent",
            "aws:PrincipalTag/team",
            "aws:RequestTag/${TagKey}",
            "aws:SignInSessionArn",
            "aws:PrincipalOrgID",
            "aws:PrincipalOrgMasterAccountId",
            "s3:x-amz-acl",
            "ec2:ResourceTag/a b",
            "kms:EncryptionContext:aws:x",
            "SAML:aud",
            "token.actions.githubusercontent.com:sub",
            "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud",
            "accounts.google.com:aud",
            "sts:ExternalId",
            "brand-new:Key",
            "was:Key",
        ] {
            let policy = policy(
                r#""s3:*""#,
                &format!(r#"{{"StringEquals":{{"{key}":"x"}}}}"#),
            );
            assert!(described(&policy).is_empty(), "{key}");
        }
    }

    #[test]
    fn unknown_variables_are_found() {
        let allow = |resource: &str| {
            statements(&[&format!(
                r#""Effect":"Allow","Action":"s3:*","Resource":["*","{resource}"]"#
            )])
        };
        let policy = allow("arn:aws:s3:::b/${aws:usernam}");
        assert_eq!(finds(&RULE, &policy), ["error Statement[0].Resource[1]"]);
        assert_eq!(
            mended(&RULE, &policy),
            allow("arn:aws:s3:::b/${aws:username}")
        );
        for known in [
            "${aws:username}",
            "${aws:PrincipalTag/a, 'b'}",
            "${cognito-identity.amazonaws.com:sub}",
            "${iot:X.Y}",
            "${*}",
        ] {
            assert!(
                described(&allow(&format!("arn:aws:s3:::b/{known}"))).is_empty(),
                "{known}"
            );
        }
    }

    #[test]
    fn unknown_actions_are_found() {
        for (action, meant) in [
            ("iam:EnableMFADevices", "iam:EnableMFADevice"),
            ("iam:ListMFADevice", "iam:ListMFADevices"),
            ("iam:CreateVirtualMFADevise", "iam:CreateVirtualMFADevice"),
            ("sts:GetSessionTokens", "sts:GetSessionToken"),
            (" iam:GetUser", "iam:GetUser"),
            ("iam.GetUser", "iam:GetUser"),
            ("iamm:GetUser", "iam:GetUser"),
            ("s3:ListBuckets", "s3:ListAllMyBuckets"),
            ("S3:HeadObject", "s3:GetObject"),
        ] {
            let policy = policy(&format!(r#"["s3:*","{action}"]"#), "{}");
            assert_eq!(
                described(&policy),
                [format!(
                    "Statement[0].Action[1]: unknown action `{action}`, did you mean `{meant}`?"
                )]
            );
            assert_eq!(mended(&RULE, &policy), policy.replace(action, meant));
        }
        for (action, words) in [
            ("nosuch-service:Act", "unknown action `nosuch-service:Act`"),
            (
                "iam:DoSomethingElse",
                "unknown action `iam:DoSomethingElse`",
            ),
            ("iam:Lst*", "`iam:Lst*` matches no known action"),
            (
                "iamm:List*",
                "`iamm:List*` matches no known action, did you mean `iam:List*`?",
            ),
            ("CreateUser", "unknown action `CreateUser`"),
            ("iamm:Nothing", "unknown action `iamm:Nothing`"),
            ("", "unknown action ``"),
        ] {
            let guard = policy(&format!(r#""{action}""#), WITHOUT_MFA);
            assert_eq!(described(&guard), [format!("Statement[0].Action: {words}")]);
            assert_eq!(finds(&RULE, &guard), ["error Statement[0].Action"]);
            assert_eq!(mended(&RULE, &guard), guard);
            // Elsewhere the action may be newer than the catalogue.
            let other = policy(&format!(r#""{action}""#), "{}");
            assert_eq!(finds(&RULE, &other), ["warning Statement[0].Action"]);
            let date = format!(
                "(the catalogue is of {} and never complete)",
                Catalog::date()
            );
            assert!(described(&other)[0].contains(&date), "{action}");
        }
        for action in [
            "*",
            "iam:*",
            "IAM:getuser",
            "*:*",
            "iam:Get*",
            "i?m:List*",
            "s3:Get?bject",
        ] {
            assert!(
                described(&policy(&format!(r#""{action}""#), "{}")).is_empty(),
                "{action}"
            );
        }
    }

    #[test]
    fn unknown_elements_are_found() {
        let misspelt = policy(r#""s3:*""#, WITHOUT_MFA).replace("Condition", "Conditions");
        assert_eq!(
            described(&misspelt),
            [
                "Statement[0].Conditions: unknown policy element `Conditions`, did you mean `Condition`?"
            ]
        );
        assert_eq!(
            mended(&RULE, &misspelt),
            misspelt.replace("Conditions", "Condition")
        );
        let other =
            statements(&[r#""Effect":"Deny","Action":"s3:*","Comment":"x","Resource":"*""#]);
        assert!(described(&other).is_empty());
    }

    #[test]
    fn a_statement_with_an_unknown_operator_hides_no_other() {
        let policy = statements(&[
            &deny(
                r#""Action":"s3:*""#,
                r#"{"BoolIfExist":{"aws:MultiFactorAuthPresent":"false"}}"#,
            ),
            &deny(
                r#""Action":"s3:*""#,
                r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
            ),
        ]);
        let ids: Vec<&str> = checked(&policy).iter().map(|f| f.rule.id).collect();
        assert_eq!(ids, ["MFA007", "MFA030", "MFA001"]);
    }
}
