//! Errors of policies: which one decides, and whether a session would change it.

use crate::quote::shell_quote;

use super::cause::{Cause, Explanation};
use super::here::Here;
use super::message::{Effect, Message, PolicyKind, PrincipalKind};

pub(super) fn explain(message: &Message, here: &Here) -> Option<Explanation> {
    const DENIED: [&str; 15] = [
        "AccessDenied",
        "Access Denied",
        "access denied",
        "Access denied",
        "UnauthorizedOperation",
        "UnauthorizedAccess",
        "AuthorizationError",
        "NotAuthorized",
        "not authorized to perform",
        "not authorized to access",
        "is not authorized",
        "explicit deny in ",
        "AccessDeniedException",
        "403 Forbidden",
        "StatusCode: 403",
    ];
    if !message.has_any(&DENIED) {
        return None;
    }
    let other = identity(message, here);
    let explanation = match (message.policy, other) {
        // A Deny in the policies of the caller, or none that the text names: who signed the call matters more.
        (None | Some((PolicyKind::Identity, Effect::Denies)), Some(other)) => other,
        (None, None) => without_policy(message, here),
        // No policy of another account's caller says anything about this profile, and few kinds of policies bind the root user.
        (Some(_), Some(other)) if other.cause != Cause::OtherIdentity => other,
        (Some((kind, effect)), other) => {
            let explanation = by_policy(message, here, kind, effect);
            match other {
                Some(other) => explanation.because(other.what),
                None => explanation,
            }
        }
    };
    Some(details(message, here, explanation))
}

/// Another identity or another account than the profile's.
fn identity(message: &Message, here: &Here) -> Option<Explanation> {
    let principal = message.principal.as_ref()?;
    let who = here.who();
    if let Some(account) = here.account.as_deref().filter(|a| *a != principal.account)
        && !here.is_role()
    {
        return Some(
            Explanation::new(
                Cause::OtherAccount,
                format!(
                    "The call was signed in account {}, and the user of profile `{}` is in account {account}.",
                    principal.account, here.profile.escape_debug()
                ),
            )
            .repair("See who signs, and name the profile that was meant.", who),
        );
    }
    match &principal.kind {
        PrincipalKind::Role(role) if !here.is_role() => Some(
            Explanation::new(
                Cause::OtherIdentity,
                format!("The call was signed by the role `{role}`, and not by the IAM user of profile `{}`.", here.profile.escape_debug()),
            )
            .because(if here.has_env_keys {
                "The environment holds keys, which take precedence over every profile."
            } else if role.starts_with("AWSReservedSSO_") {
                "This role is that of a sign-in by IAM Identity Center (`aws sso login`)."
            } else {
                "The call used another profile, or the credentials of the machine or the container that it runs on."
            })
            .because("The credentials of a role carry no MFA, even where it was assumed with MFA.")
            .repair("See who signs, and what takes precedence.", "mfa-session doctor"),
        ),
        PrincipalKind::User(_) if here.is_role() && message.operation() != Some("AssumeRole") => Some(
            Explanation::new(
                Cause::OtherIdentity,
                format!("The call was signed by an IAM user, and not by the role of profile `{}`.", here.profile.escape_debug()),
            )
            .repair("See who signs, and name the profile that was meant.", who),
        ),
        PrincipalKind::Root => Some(
            Explanation::new(
                Cause::ServiceControl,
                "The call was signed by the root user, whom only policies of the organisation or of the resource can stop.",
            )
            .repair("Sign with an IAM user or a role instead.", who),
        ),
        _ => None,
    }
}

fn by_policy(message: &Message, here: &Here, kind: PolicyKind, effect: Effect) -> Explanation {
    match (kind, effect) {
        (PolicyKind::Identity, Effect::Denies) => identity_deny(message, here),
        (PolicyKind::Identity, Effect::DoesNotAllow) => no_allow(message, here),
        (PolicyKind::Trust, _) => trust(message, here),
        (PolicyKind::Resource, Effect::DoesNotAllow)
            if message.operation() == Some("AssumeRole") =>
        {
            trust(message, here)
        }
        (kind, effect) => elsewhere(message, here, kind, effect),
    }
}

/// An explicit deny in a policy of the caller: the MFA policy, or another.
fn identity_deny(message: &Message, here: &Here) -> Explanation {
    let is_user = message
        .principal
        .as_ref()
        .is_none_or(|p| matches!(p.kind, PrincipalKind::User(_)));
    if !is_user {
        return Explanation::new(
            Cause::OtherDeny,
            "A policy of the role, or of the permission set, explicitly denies the call.",
        )
        .because("The credentials of a role carry no MFA, even where it was assumed with MFA: a policy that asks for MFA must not be attached to a role.")
        .undecided("The text does not name the policy; the policies of the role do.")
        .repair(
            "Have the policy checked, or ask an administrator.",
            "mfa-session policy check --attached-to role POLICY.json",
        );
    }
    let undecided = "An explicit deny may be the policy that asks for MFA, or another one; the text does not name it. The same call with the session decides: if it is allowed, it was the policy that asks for MFA.";
    if here.is_live && !here.is_source() && !here.has_env_keys {
        return Explanation::new(
            Cause::OtherDeny,
            "A policy of the user explicitly denies the call, although there is a live session.",
        )
        .because("Either the program did not use the session (another profile, or old credentials that it keeps), or another Deny matches.")
        .undecided(undecided)
        .repair("Repeat the call with the session.", here.again());
    }
    let explanation = Explanation::new(
        Cause::MfaPolicy,
        "A policy of the user explicitly denies the call, most probably because the call carried no MFA.",
    )
    .undecided(undecided);
    match (here.is_live, here.has_env_keys) {
        (false, _) => explanation
            .because(format!("There is no live session for profile `{}`.", here.source.escape_debug()))
            .repair("Log in, and repeat the call.", here.login()),
        (true, true) => explanation
            .because("There is a live session, but the environment holds keys, which take precedence.")
            .repair("Repeat the call with the session.", here.again()),
        (true, false) => explanation
            .because(format!(
                "There is a live session, but profile `{}` holds the long-term key, whose calls carry no MFA.",
                here.profile.escape_debug()
            ))
            .repair("Use the profile with the session.", here.use_session()),
    }
}

fn no_allow(message: &Message, here: &Here) -> Explanation {
    let action = message.action.as_deref().unwrap_or("the action");
    let explanation = Explanation::new(
        Cause::NoAllow,
        format!(
            "No policy of the caller allows {action} on this resource. This has nothing to do with a Deny."
        ),
    );
    let explanation = if here.is_live && !here.is_source() {
        explanation
    } else {
        explanation.because("An Allow may ask for MFA (aws:MultiFactorAuthPresent); without a session it then does not count, and the text is the same.")
    };
    explanation.repair(
        "Ask an administrator for the permission; with the policies of the user, simulate shows what is missing.",
        format!("mfa-session policy simulate --policy POLICY.json --action {action}"),
    )
}

fn trust(message: &Message, here: &Here) -> Explanation {
    let role = message.resource.as_deref().unwrap_or("the role");
    let explanation = Explanation::new(
        Cause::TrustPolicy,
        format!("The caller may not assume {role}."),
    )
    .because("Both must allow it: a policy of the caller (sts:AssumeRole), and the trust policy of the role.")
    .because("A trust policy often asks for MFA, and then a call without a session is refused in the same words.")
    .undecided("The text does not decide which of the two refuses; the same call with the session decides whether it is about MFA.");
    if here.is_live {
        explanation.repair("Assume the role with the session.", here.again())
    } else {
        explanation.repair("Log in, and try again.", here.login())
    }
}

/// A policy that a session with MFA does not change, unless it asks for MFA itself.
fn elsewhere(message: &Message, here: &Here, kind: PolicyKind, effect: Effect) -> Explanation {
    let (cause, name, owner) = match kind {
        PolicyKind::ServiceControl => (
            Cause::ServiceControl,
            "service control policy (SCP)",
            "the administrators of the organisation",
        ),
        PolicyKind::ResourceControl => (
            Cause::ResourceControl,
            "resource control policy (RCP)",
            "the administrators of the organisation",
        ),
        PolicyKind::Boundary => (
            Cause::Boundary,
            "permissions boundary",
            "whoever set the boundary of this user or role",
        ),
        PolicyKind::Session => (
            Cause::SessionPolicy,
            "session policy, which was given when the session was made,",
            "whoever made the session",
        ),
        PolicyKind::Endpoint => (
            Cause::EndpointPolicy,
            "policy of a VPC endpoint",
            "whoever manages the network",
        ),
        PolicyKind::Resource | PolicyKind::Identity | PolicyKind::Trust => (
            Cause::ResourcePolicy,
            "policy of the resource (a bucket, a key, a queue or the like)",
            "the owner of the resource",
        ),
    };
    let what = match effect {
        Effect::Denies => format!("A {name} explicitly denies the call."),
        Effect::DoesNotAllow => format!("No {name} allows the call."),
    };
    let explanation = Explanation::new(cause, what).because(format!(
        "Permissions of the user do not help against it; {owner} can change it."
    ));
    let explanation = match effect {
        Effect::Denies => explanation.because(
            "Such a policy may ask for MFA, too; the same call with the session shows it.",
        ),
        Effect::DoesNotAllow => explanation,
    };
    if effect == Effect::Denies && (!here.is_live || here.is_source()) {
        let command = if here.is_live {
            here.again()
        } else {
            here.login()
        };
        explanation.repair("Try with the session first.", command)
    } else {
        explanation.repair(
            format!("Ask {owner}; give them the account and the ARN."),
            here.who(),
        )
    }
    .with_account(message)
}

impl Explanation {
    fn with_account(self, message: &Message) -> Self {
        match (message.principal.as_ref(), message.resource_account()) {
            (Some(principal), Some(account)) if principal.account != account => {
                let theirs = format!(
                    "The resource is in account {account}, and the caller in account {}: both accounts must allow the call.",
                    principal.account
                );
                self.because(theirs)
            }
            _ => self,
        }
    }
}

/// A refusal that names no policy.
fn without_policy(message: &Message, here: &Here) -> Explanation {
    if message
        .operation()
        .is_some_and(|operation| operation.starts_with("AssumeRole"))
    {
        return trust(message, here);
    }
    if let (Some(principal), Some(account)) =
        (message.principal.as_ref(), message.resource_account())
        && principal.account != account
    {
        return Explanation::new(
            Cause::OtherAccount,
            format!(
                "The resource is in account {account}, and the caller in account {}.",
                principal.account
            ),
        )
        .because("Both must allow the call: a policy of the caller, and a policy of the resource.")
        .repair(
            "See who signs, and name the profile that was meant.",
            here.who(),
        );
    }
    let explanation = Explanation::new(
        Cause::Undecided,
        "A policy refuses the call, and the text does not say which one.",
    );
    if here.is_live && !here.is_source() && !here.has_env_keys {
        explanation
            .because(
                "There is a live session, so a missing MFA is not the cause if the call used it.",
            )
            .undecided("The same call with the session decides whether the call used it.")
            .repair("Repeat the call with the session.", here.again())
    } else {
        explanation
            .because("Where a policy asks for MFA, a call without a session gets this answer.")
            .undecided("The same call with a session decides whether it is about MFA.")
            .repair(
                if here.is_live {
                    "Repeat the call with the session."
                } else {
                    "Log in, and repeat the call."
                },
                if here.is_live {
                    here.again()
                } else {
                    here.login()
                },
            )
    }
}

/// What is said about every refusal.
fn details(message: &Message, here: &Here, mut explanation: Explanation) -> Explanation {
    if message.has("ncoded authorization failure message") {
        explanation = explanation.because(format!(
            "The encoded message says more to whoever may call sts:DecodeAuthorizationMessage: `aws sts decode-authorization-message --profile {} --encoded-message MESSAGE`.",
            shell_quote(&here.session_profile)
        ));
    }
    explanation
}
