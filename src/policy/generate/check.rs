//! Checks that options and templates fit together.

use super::kind::Kind;
use super::options::{Contradiction, Options};
use super::template::Template;
use crate::policy::caller::is_account;

/// The templates in their order, without repetitions. A maximum age and a guard stand for their templates.
pub(super) fn templates(options: &Options) -> Vec<Template> {
    let mut all = options.templates.clone();
    if options.max_age.is_some() {
        all.push(Template::MaxAge);
    }
    if all.is_empty() {
        all.push(Template::Seed);
    }
    if options.guard_own_only {
        all.push(Template::OwnOnly);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Checks the options and returns the kind of the policy.
///
/// # Errors
/// [`Contradiction`].
pub(super) fn check(options: &Options, templates: &[Template]) -> Result<Kind, Contradiction> {
    use Template::{
        AdminProvisioned, AwsLogin, ConsoleEnrol, MaxAge, NoAwsLogin, RoleTrust, Scp, SelfManage,
    };
    let has = |template| templates.contains(&template);
    for (one, other) in [
        (AdminProvisioned, SelfManage),
        (AdminProvisioned, ConsoleEnrol),
        (AwsLogin, NoAwsLogin),
    ] {
        if has(one) && has(other) {
            return Err(Contradiction::Templates(one, other));
        }
    }
    if has(Scp)
        && let Some(allowing) = templates.iter().find(|t| t.allows())
    {
        return Err(Contradiction::Templates(Scp, *allowing));
    }
    let beside_trust = templates.iter().find(|t| !matches!(t, RoleTrust | MaxAge));
    if has(RoleTrust)
        && let Some(other) = beside_trust
    {
        return Err(Contradiction::Templates(RoleTrust, *other));
    }
    check_needs(options, templates)?;
    check_values(options)?;
    check_kind(options, templates)
}

/// Checks that templates have the options that they need, and options their templates.
fn check_needs(options: &Options, templates: &[Template]) -> Result<(), Contradiction> {
    use Template::{MaxAge, Revoke, RoleTrust, Scp};
    let has = |template| templates.contains(&template);
    for (template, missing, option) in [
        (RoleTrust, options.principals.is_empty(), "--principal"),
        (MaxAge, options.max_age.is_none(), "--max-age"),
        (Revoke, options.now.is_none(), "the present time"),
    ] {
        if has(template) && missing {
            return Err(Contradiction::NeedsOption { template, option });
        }
    }
    let denies_all = templates.iter().any(|t| t.denies_all());
    for (given, fits, option, needed) in [
        (
            !options.principals.is_empty(),
            has(RoleTrust),
            "--principal",
            "role-trust",
        ),
        (
            options.exempt_tag.is_some(),
            has(Scp),
            "--exempt-tag",
            "scp",
        ),
        (
            !options.exceptions.is_empty(),
            denies_all,
            "--except",
            "seed",
        ),
    ] {
        if given && !fits {
            return Err(Contradiction::Needs(option, needed));
        }
    }
    Ok(())
}

fn check_kind(options: &Options, templates: &[Template]) -> Result<Kind, Contradiction> {
    let has = |template| templates.contains(&template);
    let natural = if has(Template::Scp) {
        Kind::Scp
    } else if has(Template::RoleTrust) {
        Kind::Trust
    } else {
        Kind::Managed
    };
    let kind = options.kind.unwrap_or(natural);
    let wrong = match kind {
        // Saved for the whole organisation, a template needs the scope that `scp` gives it.
        Kind::Scp => (!has(Template::Scp)).then(|| templates.first()),
        Kind::Trust => (!has(Template::RoleTrust)).then(|| templates.first()),
        Kind::Rcp => Some(templates.first()),
        Kind::Managed | Kind::InlineUser | Kind::InlineGroup | Kind::InlineRole => (natural
            != Kind::Managed)
            .then(|| (templates.iter()).find(|t| matches!(t, Template::Scp | Template::RoleTrust))),
    };
    match wrong.flatten() {
        Some(template) => Err(Contradiction::Kind(*template, kind)),
        None => Ok(kind),
    }
}

fn check_values(options: &Options) -> Result<(), Contradiction> {
    let refuse = |value: &str, what, expected| {
        Err(Contradiction::Value {
            value: value.to_owned(),
            what,
            expected,
        })
    };
    let is_word = |text: &str, more: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let partition = &options.partition;
    if !is_partition(partition) {
        return refuse(
            partition,
            "partition",
            "`aws`, or a name that begins with `aws-`",
        );
    }
    if let Some(sid) = options.sid.as_deref().filter(|sid| !is_word(sid, "")) {
        return refuse(sid, "Sid", "letters and digits");
    }
    for action in &options.exceptions {
        let fits = (action.split_once(':'))
            .is_some_and(|(service, name)| is_word(service, "-") && is_word(name, "*?"));
        if !fits {
            return refuse(
                action,
                "action",
                "a service and a name such as `iam:GetUser`",
            );
        }
    }
    for principal in &options.principals {
        let is_arn = principal.split(':').count() >= 6
            && principal.starts_with(&format!("arn:{partition}:"));
        if !is_arn && !is_account(principal) {
            return refuse(
                principal,
                "principal",
                "an account or an ARN of the partition",
            );
        }
    }
    match options.max_age {
        Some(0) => refuse("0", "age", "a second at least"),
        _ => Ok(()),
    }
}

/// Whether an ARN can name this partition.
#[must_use]
pub fn is_partition(name: &str) -> bool {
    (name == "aws" || name.starts_with("aws-"))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
