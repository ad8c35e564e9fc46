//! sts:GetFederationToken.

use time::Duration;

use super::super::super::account::{Session, SessionOf};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::authorise::Permission;
use super::super::iam;
use super::super::operation::OperationCall;
use super::super::params::{Constraints, Params};
use super::request::{DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS, credentials, session_text};
use super::session_policies::SessionPolicies;

fn federated_name(params: &Params) -> Result<&str, Fault> {
    let name = params.required("Name")?;
    let mut constraints = Constraints::default();
    session_text(&mut constraints, "name", name, (2, 32));
    constraints.check()?;
    Ok(name)
}

pub(super) fn on_federated_user(call: &OperationCall<'_>) -> Result<Vec<Permission>, Fault> {
    let name = federated_name(call.params)?;
    let arn = call
        .account
        .records
        .sts_arn(&format!("federated-user/{name}"));
    let tags = iam::tags(call.params)?;
    let mut actions = vec!["sts:GetFederationToken"];
    if !tags.is_empty() {
        actions.push("sts:TagSession");
    }
    let permissions = actions.into_iter().map(|action| {
        let mut permission = Permission::new(action, arn.as_str());
        iam::add_request_tags(&mut permission, &tags);
        permission
    });
    Ok(permissions.collect())
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
pub(super) fn get_federation_token(call: &mut OperationCall<'_>) -> Result<Vec<Node>, Fault> {
    let name = federated_name(call.params)?;
    let seconds = call.params.integer("DurationSeconds")?;
    let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
    let mut constraints = Constraints::default();
    constraints.range("durationSeconds", seconds, LEAST_SECONDS, MOST_SECONDS);
    constraints.check()?;
    let session_policies = SessionPolicies::of(call.params)?;
    let of = SessionOf::Federated {
        user: call.caller.user.clone(),
        name: name.to_owned(),
    };
    let packed = session_policies.packed_size();
    let session = Session {
        policies: session_policies.policies,
        policy_arns: session_policies.arns,
        tags: iam::tags(call.params)?,
        ..Session::new(of, None, Duration::seconds(seconds.into()), call.now)
    };
    let issued = call.account.issue(&session);
    let records = &call.account.records;
    let mut nodes = vec![
        credentials(&issued),
        Node::Tree(
            "FederatedUser",
            vec![
                Node::text("FederatedUserId", format!("{}:{name}", records.account_id)),
                Node::text("Arn", records.sts_arn(&format!("federated-user/{name}"))),
            ],
        ),
    ];
    nodes.extend(packed);
    Ok(nodes)
}
