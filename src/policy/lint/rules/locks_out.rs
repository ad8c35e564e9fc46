//! MFA033: Denys that apply at every state of MFA and leave their user next to nothing.

use super::{Finding, Judged, PRESENT, Rule, Severity, View};
use crate::policy::actions::ActionSet;
use crate::policy::context::Mfa;
use crate::policy::document::{Scalar, Strings};
use crate::policy::generate::statements::SEED_EXCEPTIONS;
use crate::policy::lint::view::WITHOUT_MFA;

pub(super) static RULE: Rule = Rule {
    id: "MFA033",
    name: "locks-out",
    explanation: "The Deny applies with MFA as well as without it, so MFA opens nothing: a condition with both values, such as \
        BoolIfExists with true and false, holds for every request. The user is locked out. A Deny that asks for MFA has one \
        value, false, under BoolIfExists.",
    url: PRESENT,
    find,
};

fn find(view: &View<'_>) -> Vec<Finding> {
    if !view.binds_users() {
        return Vec::new();
    }
    let with = applying(view, Mfa::True { age: 0 });
    let is_stopped = |denies: &[&Judged<'_>]| view.universe.is_most(&stopped(view, denies));
    let is_locked = is_stopped(&with)
        && WITHOUT_MFA
            .into_iter()
            .all(|mfa| is_stopped(&applying(view, mfa)));
    if !is_locked {
        return Vec::new();
    }
    let asking: Vec<Finding> = (with.iter())
        .filter_map(|deny| {
            let clause = deny.mfa_clauses().next()?;
            let message = "this Deny applies with MFA too, and nearly everything is denied without it: it locks the user out";
            Some(RULE.finding(Severity::Error, deny.block_path(clause), message.to_owned()))
        })
        .collect();
    if !asking.is_empty() {
        return asking;
    }
    // Without a condition on MFA it may be meant, unless it leaves some services open: then it restricts.
    let mut left = view.universe.everything();
    left.remove_all(&stopped(view, &with));
    let exceptions = SEED_EXCEPTIONS.into_iter().map(Scalar::from).collect();
    left.remove_all(&view.universe.matching(&Strings::Many(exceptions)));
    match with
        .first()
        .filter(|_| view.universe.example(&left).is_none())
    {
        Some(deny) => {
            let message = "with or without MFA, everything is denied: it locks the user out";
            vec![RULE.finding(Severity::Warning, deny.path.clone(), message.to_owned())]
        }
        None => Vec::new(),
    }
}

/// The Denys that apply to every call of a plain user at this state.
fn applying<'v, 'a>(view: &'v View<'a>, mfa: Mfa) -> Vec<&'v Judged<'a>> {
    let context = view.situation.user(mfa);
    let everywhere = view.anywhere();
    (view.denies())
        .filter(|deny| deny.principal().is_none() && deny.holds(&context, &[]))
        .filter(|deny| everywhere.iter().all(|r| deny.covers_resource(r, &context)))
        .collect()
}

fn stopped(view: &View<'_>, denies: &[&Judged<'_>]) -> ActionSet {
    let mut all = view.universe.nothing();
    for compiled in denies.iter().filter_map(|deny| deny.compiled.as_ref()) {
        all.add_all(&compiled.actions);
    }
    // Nothing stops this call, and no rule speaks of it.
    let identity = Strings::One("sts:GetCallerIdentity".into());
    all.add_all(&view.universe.matching(&identity));
    all
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::policy::lint::Subject;
    use crate::policy::lint::testing::{
        WITHOUT_MFA, assert_errors_in_blocks, assert_finds_nothing, deny, finds, finds_as, guarded,
        statements,
    };
    use crate::policy::source::Attachment;

    const BOTH: &str = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":["true","false"]}}"#;

    fn policy(condition: &str) -> String {
        statements(&[&deny(r#""NotAction":"iam:*""#, condition)])
    }

    #[test]
    fn a_guard_that_applies_with_mfa_too_is_an_error() {
        assert_errors_in_blocks(
            &RULE,
            policy,
            [
                (BOTH, "BoolIfExists"),
                (
                    r#"{"StringLikeIfExists":{"aws:MultiFactorAuthPresent":"*"}}"#,
                    "StringLikeIfExists",
                ),
            ],
        );
        let inverted = deny(
            r#""Action":"*""#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        );
        assert_eq!(
            finds(&RULE, &guarded(r#"["iam:GetUser"]"#, &[&inverted])),
            ["error Statement[1].Condition.Bool"]
        );
    }

    #[test]
    fn a_deny_of_everything_is_a_warning() {
        let all = statements(&[r#""Effect":"Deny","Action":"*","Resource":"*""#]);
        assert_eq!(finds(&RULE, &all), ["warning Statement[0]"]);
        let at = |s: &mut Subject<'_>| s.attachment = Some(Attachment::Role);
        assert!(finds_as(&RULE, &all, at).is_empty());
    }

    #[test]
    fn what_leaves_something_with_mfa_is_not_found() {
        assert_finds_nothing(
            &RULE,
            policy,
            [
                WITHOUT_MFA,
                r#"{"Bool":{"aws:MultiFactorAuthPresent":["true","false"]}}"#,
                r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
                r#"{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            ],
        );
        for statement in [
            r#""Effect":"Deny","NotAction":"s3:*","Resource":"*""#.to_owned(),
            r#""Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::a/*""#.to_owned(),
            r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"*""#.to_owned(),
            deny(r#""Action":"s3:*""#, BOTH),
        ] {
            assert!(
                finds(&RULE, &statements(&[&statement])).is_empty(),
                "{statement}"
            );
        }
    }
}
