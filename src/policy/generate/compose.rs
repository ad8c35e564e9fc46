//! Composes the statements of a policy from its templates.

use super::options::Options;
use super::statements::{
    self, Deny, MFA_PRESENT, SEED_EXCEPTIONS, SEED_SID, allow, condition, list, one, statement,
};
use super::template::Template;
use crate::policy::document::{Effect, Principal, PrincipalKind, Statement, StatementElement};

/// The statements of the templates, with the Allows first.
pub(super) fn compose(options: &Options, templates: &[Template]) -> Vec<Statement> {
    if templates.contains(&Template::RoleTrust) {
        return vec![role_trust(options)];
    }
    let mut all = allows(options, templates);
    let mut denies = denies(options, templates);
    if templates.contains(&Template::Scp) {
        denies = for_iam_users(options, denies);
    }
    all.extend(denies.into_iter().map(Deny::into_statement));
    all
}

fn allows(options: &Options, templates: &[Template]) -> Vec<Statement> {
    let partition = options.partition.as_str();
    let mut all = Vec::new();
    if templates.contains(&Template::SelfManage) {
        all.extend(statements::own_devices(partition));
    }
    if templates.contains(&Template::AwsLogin) {
        let clients = format!("arn:{partition}:signin:*:*:oauth2/public-client/*");
        all.push(allow("AllowAwsLogin", &statements::SIGN_IN, &[&clients]));
    }
    all
}

fn denies(options: &Options, templates: &[Template]) -> Vec<Deny> {
    let has = |template| templates.contains(&template);
    let mut denies = Vec::new();
    if templates.iter().any(|t| t.denies_all()) {
        denies.push(deny_without_mfa(options, templates));
    }
    if has(Template::ConsoleEnrol) {
        let deny = Deny::actions("DenyEnrolmentByAccessKey", &statements::ENROLMENT);
        denies.push(deny.and("Null", MFA_PRESENT, "true"));
    }
    if has(Template::OwnOnly) {
        denies.push(Deny::others_devices(&options.partition));
    }
    if let Some(age) = options.max_age.filter(|_| has(Template::MaxAge)) {
        let deny = Deny::actions("DenyStaleMFA", &["*"]);
        denies.push(deny.and(
            "NumericGreaterThan",
            "aws:MultiFactorAuthAge",
            &age.to_string(),
        ));
    }
    if has(Template::AwsLogin) {
        let deny = Deny::actions("DenyTokenByAccessKey", &["signin:CreateOAuth2Token"]);
        denies.push(deny.and(
            "StringEquals",
            "signin:OAuthGrantType",
            "client_credentials",
        ));
    }
    if has(Template::NoAwsLogin) {
        denies.push(Deny::actions("DenyAwsLogin", &statements::SIGN_IN));
    }
    if let Some(now) = options.now.as_ref().filter(|_| has(Template::Revoke)) {
        let deny = Deny::actions("DenySessionsIssuedBefore", &["*"]);
        denies.push(deny.and("DateLessThan", "aws:TokenIssueTime", now));
    }
    denies
}

/// The statement that denies everything without MFA, except what the templates and options except.
fn deny_without_mfa(options: &Options, templates: &[Template]) -> Deny {
    let mut deny = Deny::all_without_mfa(SEED_SID, &exceptions(options, templates));
    if templates.contains(&Template::ViaService) {
        deny = deny.and("BoolIfExists", "aws:ViaAWSService", "false");
    }
    if let Some((key, value)) = &options.exempt_tag {
        deny = deny.and("StringNotEquals", &format!("aws:PrincipalTag/{key}"), value);
    }
    deny
}

/// The actions that are excepted, without repetitions.
fn exceptions<'a>(options: &'a Options, templates: &[Template]) -> Vec<&'a str> {
    let has = |template| templates.contains(&template);
    let mut all: Vec<&str> = SEED_EXCEPTIONS.to_vec();
    if has(Template::AdminProvisioned) {
        all.retain(|action| !statements::SELF_ENROLMENT.contains(action));
    }
    if has(Template::SelfManage) {
        all.push("iam:GetMFADevice");
    }
    if has(Template::FirstLogin) {
        all.extend(["iam:ChangePassword", "iam:GetAccountPasswordPolicy"]);
    }
    all.extend(options.exceptions.iter().map(String::as_str));
    let mut once: Vec<&str> = Vec::new();
    for action in all {
        if !once.iter().any(|known| known.eq_ignore_ascii_case(action)) {
            once.push(action);
        }
    }
    once
}

/// The same Denys for IAM users only: role sessions never carry the MFA key, so that all of them would be locked out.
fn for_iam_users(options: &Options, denies: Vec<Deny>) -> Vec<Deny> {
    let users = format!("arn:{}:iam::*:user/*", options.partition);
    let mut denies: Vec<Deny> = (denies.into_iter())
        .map(|deny| deny.and("ArnLike", "aws:PrincipalArn", &users))
        .collect();
    if let Some((key, _)) = &options.exempt_tag {
        let actions = ["iam:CreateUser", "iam:TagUser", "iam:UntagUser"];
        let deny = Deny::actions("DenyChangeOfExemption", &actions);
        denies.push(deny.and("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", key));
    }
    denies
}

fn role_trust(options: &Options) -> Statement {
    let principals: Vec<&str> = options.principals.iter().map(String::as_str).collect();
    let names = match principals.as_slice() {
        [single] => one(single),
        many => list(many),
    };
    let mut blocks = vec![("Bool", MFA_PRESENT, "true".to_owned())];
    if let Some(age) = options.max_age {
        blocks.push((
            "NumericLessThanEquals",
            "aws:MultiFactorAuthAge",
            age.to_string(),
        ));
    }
    statement(
        "AllowAssumeRoleWithMFA",
        Effect::Allow,
        vec![
            StatementElement::Principal(Principal::Entries(vec![(PrincipalKind::Aws, names)])),
            StatementElement::Action(one("sts:AssumeRole")),
            StatementElement::Condition(condition(&blocks)),
        ],
    )
}
