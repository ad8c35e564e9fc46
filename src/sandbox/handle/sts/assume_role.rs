//! sts:AssumeRole.

use time::Duration;

use super::super::super::account::{
    Account, Identity, Kind, Role, Session, SessionOf, SignedWith, Tags, Use,
};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::authorise::Permission;
use super::super::iam;
use super::super::operation::OperationCall;
use super::super::params::{Constraints, Params};
use super::request::{LEAST_SECONDS, credentials, session_text, token_code, verify_code};
use super::session_policies::SessionPolicies;
use crate::policy::context::ContextValue;

/// The longest session of a role, in seconds, whatever the role allows.
const MOST_ROLE_SECONDS: i32 = 43_200;
/// The longest session of a role that is assumed from another role's session, in seconds.
const MOST_CHAINED_SECONDS: i32 = 3_600;

/// A request to assume a role.
struct Assumption<'p> {
    role_arn: &'p str,
    session_name: &'p str,
    seconds: Option<i32>,
    external_id: Option<&'p str>,
    source_identity: Option<&'p str>,
    token_code: (Option<&'p str>, Option<&'p str>),
    tags: Tags,
    transitive: Vec<&'p str>,
    session_policies: SessionPolicies,
}

impl<'p> Assumption<'p> {
    fn of(params: &'p Params) -> Result<Self, Fault> {
        let role_arn = params.required("RoleArn")?;
        let session_name = params.required("RoleSessionName")?;
        let seconds = params.integer("DurationSeconds")?;
        let mut constraints = Constraints::default();
        constraints.length("roleArn", role_arn, 20, 2048);
        session_text(&mut constraints, "roleSessionName", session_name, (2, 64));
        if let Some(seconds) = seconds {
            constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_ROLE_SECONDS);
        }
        let external_id = params.text("ExternalId");
        if let Some(id) = external_id {
            constraints.length("externalId", id, 2, 1224);
            constraints.pattern("externalId", id, r"[\w+=,.@:\/-]*", |c| {
                c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c)
            });
        }
        let source_identity = params
            .text("SourceIdentity")
            .map(|text| session_text(&mut constraints, "sourceIdentity", text, (2, 64)));
        let token_code = token_code(params, &mut constraints);
        constraints.check()?;
        if !role_arn.starts_with("arn:") {
            return Err(Fault::validation(format!("{role_arn} is invalid")));
        }
        Ok(Self {
            role_arn,
            session_name,
            seconds,
            external_id,
            source_identity,
            token_code,
            tags: iam::tags(params)?,
            transitive: params.list("TransitiveTagKeys"),
            session_policies: SessionPolicies::of(params)?,
        })
    }

    /// The condition keys of the request. A request with a token code counts as MFA here; whether the code is valid is checked
    /// after the policies.
    fn context(&self) -> Vec<(String, ContextValue)> {
        let mut context = vec![("sts:RoleSessionName".to_owned(), self.session_name.into())];
        let mut add = |key: &str, value: Option<&str>| {
            context.extend(value.map(|value| (key.to_owned(), value.into())));
        };
        add("sts:ExternalId", self.external_id);
        add("sts:SourceIdentity", self.source_identity);
        if let (Some(_), Some(_)) = self.token_code {
            add("aws:MultiFactorAuthPresent", Some("true"));
            add("aws:MultiFactorAuthAge", Some("0"));
        }
        if !self.transitive.is_empty() {
            let keys = self.transitive.iter().map(|&key| key.to_owned()).collect();
            context.push(("sts:TransitiveTagKeys".to_owned(), ContextValue::List(keys)));
        }
        context
    }
}

/// The role with this ARN: its unique ID and its record.
fn role<'t>(call: &'t OperationCall<'_>, arn: &str) -> Option<(&'t str, &'t Role)> {
    let records = &call.account.records;
    (records.roles.iter())
        .find(|(_, role)| records.arn_of(Kind::Role, &role.identity) == arn)
        .map(|(id, role)| (id.as_str(), role))
}

/// The permissions on the role, under its trust policy. A role that does not exist has an empty trust policy, which allows nobody.
pub(super) fn on_role(call: &OperationCall<'_>) -> Result<Vec<Permission>, Fault> {
    let request = Assumption::of(call.params)?;
    let found = role(call, request.role_arn).map(|(_, role)| role);
    let trust = match found {
        Some(role) => Some(role.trust.named("trust policy")),
        None => Account::empty_policy("trust policy"),
    };
    let mut actions = vec!["sts:AssumeRole"];
    if !request.tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if request.source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    let permissions = actions.into_iter().map(|action| {
        let mut permission = Permission::new(action, request.role_arn);
        permission.trust.clone_from(&trust);
        permission.context = request.context();
        iam::add_request_tags(&mut permission, &request.tags);
        let tags = found.map(|role: &Role| -> &Identity { &role.identity });
        iam::add_resource_tags(&mut permission, tags.map(|identity| &identity.tags));
        permission
    });
    Ok(permissions.collect())
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub(super) fn assume_role(call: &mut OperationCall<'_>) -> Result<Vec<Node>, Fault> {
    let request = Assumption::of(call.params)?;
    let (id, role) = role(call, request.role_arn).ok_or_else(Fault::internal)?;
    let (id, name, most) = (
        id.to_owned(),
        role.identity.name.clone(),
        role.max_session_seconds,
    );
    let chained = call.caller.signed_with == SignedWith::RoleSession;
    let seconds = request.seconds.unwrap_or(MOST_CHAINED_SECONDS);
    if chained && seconds > MOST_CHAINED_SECONDS {
        return Err(Fault::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if seconds > most {
        return Err(Fault::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    // The code is used up, although the session of a role carries no MFA.
    if let Some(code) = verify_code(call, request.token_code)? {
        call.account.use_up(code);
    }
    let of = SessionOf::Role {
        id: id.clone(),
        session: request.session_name.to_owned(),
    };
    let session = Session {
        policies: request.session_policies.policies.clone(),
        policy_arns: request.session_policies.arns.clone(),
        tags: request.tags.clone(),
        ..Session::new(of, None, Duration::seconds(seconds.into()), call.now)
    };
    if let Some(role) = call.account.records.roles.get_mut(&id) {
        role.last_used = Some(Use {
            date: session.issued,
            service: "sts".to_owned(),
            region: call.region.to_owned(),
        });
    }
    let issued = call.account.issue(&session);
    let session_name = request.session_name;
    let arn = (call.account.records).sts_arn(&format!("assumed-role/{name}/{session_name}"));
    let mut nodes = vec![
        credentials(&issued),
        Node::Tree(
            "AssumedRoleUser",
            vec![
                Node::text("AssumedRoleId", format!("{id}:{session_name}")),
                Node::text("Arn", arn),
            ],
        ),
    ];
    nodes.extend(request.session_policies.packed_size());
    nodes.extend(
        request
            .source_identity
            .map(|text| Node::text("SourceIdentity", text)),
    );
    Ok(nodes)
}
