//! Decides whether the caller may make a request. The policy engine decides with the caller's policies and the condition keys of
//! the request.
//!
//! Every request is decided here, whatever its service, before anything in the account is shown or changed.

use time::UtcDateTime;

use super::super::account::{Account, Caller, Facts};
use super::super::fault::Fault;
use crate::aws::types::rfc3339;
use crate::policy::context::{Context, ContextValue};
use crate::policy::evaluate::{
    Decision, Habits, Layer, Named, Outcome, PolicySet, Request, Requester,
};

/// A permission that a request needs: an action on a resource.
#[derive(Debug, Clone)]
pub(super) struct Permission {
    /// `iam:CreateUser`.
    pub(super) action: String,
    /// The ARN of the resource as it is stored, or as it will be if it does not exist yet, or `*`.
    pub(super) resource: String,
    /// Condition keys that not every request has, e.g. `aws:RequestTag/team`. They take precedence over the keys of the caller,
    /// because a token code in the request counts as MFA.
    pub(super) context: Vec<(String, ContextValue)>,
    /// The trust policy, if the request assumes a role. A role can be assumed only if its own policy allows it.
    pub(super) trust: Option<Named>,
}

impl Permission {
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            context: Vec::new(),
            trust: None,
        }
    }
}

/// The facts from which the condition keys of every request are set.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestFacts<'a> {
    pub(super) now: UtcDateTime,
    /// The region of the credential scope.
    pub(super) region: &'a str,
    pub(super) source_ip: &'a str,
    pub(super) user_agent: Option<&'a str>,
    pub(super) referer: Option<&'a str>,
}

/// The decision on one [`Permission`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    /// The Sid of the deciding statement. A statement without a Sid is `#n`, counted from 1.
    pub(super) statement: Option<String>,
}

/// Decides on every permission that a request needs. The first one that is denied is the error of the request.
///
/// # Errors
/// `AccessDenied` with AWS's message.
pub(super) fn authorise(
    account: &Account,
    caller: &Caller,
    request: &RequestFacts<'_>,
    permissions: &[Permission],
    verdict: &mut Option<Verdict>,
) -> Result<(), Fault> {
    let mut policies = account.policy_set(caller);
    for permission in permissions {
        policies.resource = permission.trust.clone().into_iter().collect();
        let requester = Requester::new(
            account.principal(caller),
            context(
                &account.facts(caller, request.now),
                request,
                &permission.context,
            ),
        );
        let decision = policies.decide(&Request {
            action: &permission.action,
            resource: &permission.resource,
            requester: &requester,
            owner: None,
            habits: Habits::Live,
        });
        *verdict = Some(Verdict {
            outcome: decision.outcome,
            statement: deciding(&policies, &decision),
        });
        if decision.outcome != Outcome::Allowed {
            return Err(Fault::not_authorised(refusal(
                caller, permission, &decision,
            )));
        }
    }
    Ok(())
}

/// The condition keys that AWS sets for this caller and request.
fn context(
    facts: &Facts,
    request: &RequestFacts<'_>,
    of_request: &[(String, ContextValue)],
) -> Context {
    let mut context = Context::new()
        .with("aws:CurrentTime", rfc3339(request.now))
        .with("aws:EpochTime", request.now.unix_timestamp().to_string())
        .with("aws:SourceIp", request.source_ip)
        // The sandbox uses plain HTTP. A policy that requires TLS denies requests here that it allows on AWS.
        .with("aws:SecureTransport", "false")
        .with("aws:RequestedRegion", request.region)
        .with("aws:ViaAWSService", "false");
    if let Some(agent) = request.user_agent {
        context.set("aws:UserAgent", agent);
    }
    if let Some(referer) = request.referer {
        context.set("aws:referer", referer);
    }
    facts.mfa.apply(&mut context);
    if let Some(issued) = facts.token_issued {
        context.set("aws:TokenIssueTime", rfc3339(issued));
    }
    for (key, value) in &facts.tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    for (key, value) in of_request {
        context.set(key, value.clone());
    }
    context
}

fn deciding(policies: &PolicySet, decision: &Decision) -> Option<String> {
    let first = decision.deciding.first()?;
    let policy = policies.layer(first.layer).get(first.policy)?;
    let statement = policy.policy.document().statements().get(first.statement)?;
    Some(match statement.sid() {
        Some(sid) if !sid.is_empty() => sid.to_owned(),
        _ => format!("#{}", first.statement + 1),
    })
}

/// The message that AWS sends with a denial.
fn refusal(caller: &Caller, permission: &Permission, decision: &Decision) -> String {
    // Amazon SQS writes its actions in lower case.
    let action = match permission.action.strip_prefix("sqs:") {
        Some(_) => permission.action.to_ascii_lowercase(),
        None => permission.action.clone(),
    };
    let resource = &permission.resource;
    let layer = (decision.deciding.first())
        .map(|d| d.layer)
        .or(decision.withheld_by)
        .unwrap_or(Layer::Identity);
    let kind = match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        Layer::Resource => "resource-based policy",
        Layer::ServiceControl(_) => "service control policy",
        Layer::ResourceControl(_) => "resource control policy",
    };
    let article = if layer == Layer::Identity { "an" } else { "a" };
    let why = match decision.outcome {
        // AWS gives no reason for this action.
        _ if action == "sts:AssumeRoot" => String::new(),
        Outcome::ExplicitDeny => format!(" with an explicit deny in {article} {kind}"),
        Outcome::ImplicitDeny | Outcome::Allowed => {
            format!(" because no {kind} allows the {action} action")
        }
    };
    format!(
        "User: {} is not authorized to perform: {action} on resource: {resource}{why}",
        caller.arn
    )
}
