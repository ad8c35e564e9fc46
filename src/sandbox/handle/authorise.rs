//! May the caller? The policy engine decides, with the caller's policies and the request's true context.
//!
//! Every request comes through here, whatever its service, before anything of the account is told or changed.

use time::UtcDateTime;

use super::super::account::{Account, Caller, Facts};
use super::super::fault::Fault;
use crate::aws::types::rfc3339;
use crate::policy::context::{Context, ContextValue};
use crate::policy::evaluate::{
    Decision, Habits, Layer, Named, Outcome, PolicySet, Request, Requester,
};

/// What a request asks for, as IAM judges it.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// `iam:CreateUser`.
    pub(super) action: String,
    /// The stored ARN of what it is about, the ARN to be of what is not there yet, or `*`.
    pub(super) resource: String,
    /// Keys of the request beyond those that every request has, e.g. `aws:RequestTag/team`.
    /// They win over what is known of the caller: a code that comes with the request is MFA.
    pub(super) context: Vec<(String, ContextValue)>,
    /// The trust policy of a role to be assumed: nobody assumes a role whose own policy does not grant it.
    pub(super) trust: Option<Named>,
}

impl Ask {
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            context: Vec::new(),
            trust: None,
        }
    }
}

/// What is known of every request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) now: UtcDateTime,
    /// Of the credential scope.
    pub(super) region: &'a str,
    pub(super) source_ip: &'a str,
    pub(super) user_agent: Option<&'a str>,
    pub(super) referer: Option<&'a str>,
}

/// The decision on one [`Ask`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    /// The Sid of the statement that decided, else `#n`, counted from 1.
    pub(super) statement: Option<String>,
}

/// Decides on everything that a request asks for: the first refusal is the request's.
///
/// # Errors
/// `AccessDenied` in AWS's words.
pub(super) fn authorise(
    account: &Account,
    caller: &Caller,
    scene: &Scene<'_>,
    asks: &[Ask],
    verdict: &mut Option<Verdict>,
) -> Result<(), Fault> {
    let mut policies = account.policy_set(caller);
    for ask in asks {
        policies.resource = ask.trust.clone().into_iter().collect();
        let requester = Requester::new(
            account.principal(caller),
            context(&account.facts(caller, scene.now), scene, &ask.context),
        );
        let mut decision = policies.decide(&Request {
            action: &ask.action,
            resource: &ask.resource,
            requester: &requester,
            owner: None,
            habits: Habits::Live,
        });
        let granted = decision.deciding.iter().any(|d| d.layer == Layer::Resource);
        if ask.trust.is_some() && decision.outcome == Outcome::Allowed && !granted {
            decision.outcome = Outcome::ImplicitDeny;
            decision.deciding.clear();
            decision.withheld_by = Some(Layer::Resource);
        }
        *verdict = Some(Verdict {
            outcome: decision.outcome,
            statement: deciding(&policies, &decision),
        });
        if decision.outcome != Outcome::Allowed {
            return Err(Fault::not_authorised(refusal(caller, ask, &decision)));
        }
    }
    Ok(())
}

/// The keys that AWS sends for this caller.
fn context(facts: &Facts, scene: &Scene<'_>, of_request: &[(String, ContextValue)]) -> Context {
    let mut context = Context::new()
        .with("aws:CurrentTime", rfc3339(scene.now))
        .with("aws:EpochTime", scene.now.unix_timestamp().to_string())
        .with("aws:SourceIp", scene.source_ip)
        // The truth: the sandbox speaks plain HTTP. A policy that demands TLS denies here what it allows on AWS.
        .with("aws:SecureTransport", "false")
        .with("aws:RequestedRegion", scene.region)
        .with("aws:ViaAWSService", "false");
    if let Some(agent) = scene.user_agent {
        context.set("aws:UserAgent", agent);
    }
    if let Some(referer) = scene.referer {
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

/// What AWS tells whom it refuses.
fn refusal(caller: &Caller, ask: &Ask, decision: &Decision) -> String {
    // Amazon SQS writes its actions so.
    let action = match ask.action.strip_prefix("sqs:") {
        Some(_) => ask.action.to_ascii_lowercase(),
        None => ask.action.clone(),
    };
    let resource = &ask.resource;
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
        // Nobody is told why.
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
