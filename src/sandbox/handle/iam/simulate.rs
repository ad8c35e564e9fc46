//! The policy simulator: `SimulateCustomPolicy` and `SimulatePrincipalPolicy`, answered by this program's policy engine.

use serde_json::{Map, Value, json};

use super::super::super::account::{Identity, Kind, is_aws_managed};
use super::super::super::fault::Fault;
use super::super::super::response::Node;
use super::super::operation::{Operation, OperationCall};
use super::super::params::{Constraints, Params};
use super::entry::{OperationResult, RequiredPermissions, operation};
use super::page::Page;
use super::permissions::{on_identity, on_nothing, permission};
use super::shapes::{item, text_item};
use crate::policy::simulate::{EvaluationResult, MatchedStatement, Position, Simulator};

pub(super) const OPERATIONS: &[Operation] = &[
    operation("SimulateCustomPolicy", on_nothing, custom),
    operation("SimulatePrincipalPolicy", on_source, principal),
];

/// The names and types by which the answer refers to the policies.
type Sources = Vec<(String, &'static str)>;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>
fn custom(call: &mut OperationCall<'_>) -> OperationResult {
    let policies = call.params.list("PolicyInputList");
    let policies: Vec<Value> = policies.into_iter().map(Value::from).collect();
    answer(call, question(call.params, policies), &Sources::new())
}

/// The user, group or role of `PolicySourceArn`.
fn source<'t>(call: &'t OperationCall<'_>) -> Result<(Kind, &'t str, &'t Identity), Fault> {
    let arn = call.params.required("PolicySourceArn")?;
    let mut constraints = Constraints::default();
    constraints.length("policySourceArn", arn, 20, 2048);
    constraints.check()?;
    let records = &call.account.records;
    Kind::ALL
        .into_iter()
        .flat_map(|kind| (records.identities(kind)).map(move |(id, identity)| (kind, id, identity)))
        .find(|(kind, _, identity)| records.arn_of(*kind, identity) == arn)
        .ok_or_else(|| Fault::no_such_entity(format!("{arn} does not exist.")))
}

fn on_source(call: &OperationCall<'_>) -> RequiredPermissions {
    match source(call) {
        Ok((kind, id, identity)) => Ok(vec![on_identity(call, kind, Ok((id, identity)))?]),
        Err(fault) if fault.code == "NoSuchEntity" => Ok(vec![permission(
            call,
            call.params.required("PolicySourceArn")?,
        )]),
        Err(fault) => Err(fault),
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
fn principal(call: &mut OperationCall<'_>) -> OperationResult {
    let (kind, id, identity) = source(call)?;
    let records = &call.account.records;
    let mut holders = vec![(kind, identity)];
    if kind == Kind::User {
        let groups = records.groups_of(id);
        holders.extend(groups.map(|(_, group)| (Kind::Group, &group.identity)));
    }
    let mut policies: Vec<Value> = Vec::new();
    let mut sources = Sources::new();
    for (kind, holder) in holders {
        for (name, policy) in &holder.inline {
            policies.push(policy.text().into());
            let name = format!("{}_{}_{name}", kind.word(), holder.name);
            sources.push((name, kind.word()));
        }
        for arn in &holder.attached {
            let Some(policy) = records.policies.get(arn) else {
                continue;
            };
            policies.extend(policy.document().map(|document| document.text().into()));
            let managed_by = if is_aws_managed(arn) {
                "aws-managed"
            } else {
                "user-managed"
            };
            sources.push((policy.name.clone(), managed_by));
        }
    }
    let more = call.params.list("PolicyInputList");
    policies.extend(more.into_iter().map(Value::from));
    let mut question = question(call.params, policies);
    if kind != Kind::Group {
        question
            .entry("CallerArn")
            .or_insert_with(|| records.arn_of(kind, identity).into());
    }
    let boundary = identity.boundary.as_deref();
    let boundary = boundary
        .and_then(|arn| records.policies.get(arn))
        .and_then(|policy| policy.document());
    if let Some(boundary) = boundary {
        question
            .entry("PermissionsBoundaryPolicyInputList")
            .or_insert_with(|| json!([boundary.text()]));
    }
    answer(call, question, &sources)
}

/// The request in the form that the engine reads, which is AWS's in JSON.
fn question(params: &Params, policies: Vec<Value>) -> Map<String, Value> {
    let mut question = Map::new();
    question.insert("PolicyInputList".to_owned(), policies.into());
    question.insert("ActionNames".to_owned(), json!(params.list("ActionNames")));
    for name in ["PermissionsBoundaryPolicyInputList", "ResourceArns"] {
        let list = params.list(name);
        if !list.is_empty() {
            question.insert(name.to_owned(), json!(list));
        }
    }
    for name in ["ResourcePolicy", "ResourceOwner", "CallerArn"] {
        if let Some(text) = params.text(name) {
            question.insert(name.to_owned(), text.into());
        }
    }
    let entries: Vec<Value> = (params
        .pairs("ContextEntries", ["ContextKeyName", "ContextKeyType"]))
    .into_iter()
    .enumerate()
    .map(|(n, (name, kind))| {
        let values = format!("ContextEntries.member.{}.ContextKeyValues", n + 1);
        let mut entry = json!({
            "ContextKeyName": name,
            "ContextKeyValues": params.list(&values),
        });
        if let (Some(kind), Some(entry)) = (kind, entry.as_object_mut()) {
            entry.insert("ContextKeyType".to_owned(), kind.into());
        }
        entry
    })
    .collect();
    if !entries.is_empty() {
        question.insert("ContextEntries".to_owned(), entries.into());
    }
    question
}

fn answer(
    call: &OperationCall<'_>,
    question: Map<String, Value>,
    sources: &Sources,
) -> OperationResult {
    let page = Page::of(call.params)?;
    if call.params.list("ActionNames").is_empty() {
        call.params.required("ActionNames")?;
    }
    let question = Value::Object(question).to_string();
    let mut simulator = Simulator::new();
    let simulation = (simulator.ask(&question, None))
        .map_err(|refusal| Fault::invalid_input(refusal.message))?;
    let answer = simulation.answer();
    let results = (answer.evaluation_results.iter())
        .map(|result| item(evaluated(result, sources)))
        .collect();
    Ok(page.cut("EvaluationResults", results))
}

fn evaluated(result: &EvaluationResult<'_>, sources: &Sources) -> Vec<Node> {
    let matched = result.matched_statements.iter();
    let missing = result.missing_context_values.iter();
    let mut nodes = vec![
        Node::text("EvalActionName", result.eval_action_name),
        Node::text("EvalResourceName", result.eval_resource_name),
        Node::text("EvalDecision", result.eval_decision),
        Node::Tree(
            "MatchedStatements",
            matched.map(|s| item(statement(s, sources))).collect(),
        ),
        Node::Tree(
            "MissingContextValues",
            missing.map(|key| text_item(key)).collect(),
        ),
    ];
    if let Some(detail) = &result.permissions_boundary_decision_detail {
        let allowed = detail.allowed_by_permissions_boundary.to_string();
        nodes.push(Node::Tree(
            "PermissionsBoundaryDecisionDetail",
            vec![Node::text("AllowedByPermissionsBoundary", allowed)],
        ));
    }
    nodes
}

/// A matched statement. A policy of the account is referred to by its name, and a policy of the request by its position.
fn statement(matched: &MatchedStatement<'_>, sources: &Sources) -> Vec<Node> {
    let place = matched.source_policy_id.strip_prefix("PolicyInputList.");
    let place = place.and_then(|n| n.parse::<usize>().ok());
    let known = place.and_then(|n| sources.get(n.checked_sub(1)?));
    let (id, kind, input) = match (known, place) {
        (Some((name, kind)), _) => (name.clone(), *kind, None),
        (None, Some(n)) => (
            String::new(),
            matched.source_policy_type,
            n.checked_sub(sources.len()),
        ),
        (None, None) => (
            matched.source_policy_id.to_owned(),
            matched.source_policy_type,
            None,
        ),
    };
    let id = input.map_or(id, |n| format!("PolicyInputList.{n}"));
    let position = |at: Position| {
        vec![
            Node::text("Line", at.line.to_string()),
            Node::text("Column", at.column.to_string()),
        ]
    };
    vec![
        Node::text("SourcePolicyId", id),
        Node::text("SourcePolicyType", kind),
        Node::Tree("StartPosition", position(matched.start_position)),
        Node::Tree("EndPosition", position(matched.end_position)),
    ]
}
