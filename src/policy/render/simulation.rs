//! The answer of a simulation for people: first the decision, then the reasons.

use std::fmt::Write as _;

use super::page::{Style, colour_of};
use super::plain::plain;
use crate::palette::painted;
use crate::policy::evaluate::Outcome;
use crate::policy::simulate::{Answer, EvaluationResult, StatementReason};

/// One paragraph for each action and resource; ends in a newline. Markdown is printed as text.
#[must_use]
pub fn simulation(answer: &Answer<'_>, style: Style) -> String {
    let all: Vec<String> = (answer.evaluation_results.iter())
        .map(|result| format!("{}{}", decision(result, style), plain(&reasons(result))))
        .collect();
    all.join("\n")
}

fn decision(result: &EvaluationResult<'_>, style: Style) -> String {
    let decision = result.eval_decision;
    let outcomes = [
        Outcome::Allowed,
        Outcome::ExplicitDeny,
        Outcome::ImplicitDeny,
    ];
    match outcomes.into_iter().find(|o| o.as_str() == decision) {
        Some(outcome) if style == Style::Terminal => painted(colour_of(outcome), decision),
        _ => decision.to_owned(),
    }
}

/// What follows the decision: the call, and why.
fn reasons(result: &EvaluationResult<'_>) -> String {
    let mut text = format!(
        ": {} on {}\n",
        result.eval_action_name, result.eval_resource_name
    );
    if let Some(layer) = result.withheld_by {
        let _ = writeln!(text, "  {}", withheld(layer));
    }
    for reason in &result.reasons {
        statement(&mut text, reason);
    }
    if !result.missing_context_values.is_empty() {
        let keys = result.missing_context_values.join(", ");
        let _ = writeln!(text, "  context keys that were not given: {keys}");
    }
    if let Some(note) = result.note {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}

/// Names the kind of policy in which an Allow is missing, by the input list that contains such policies.
fn withheld(layer: &str) -> String {
    match layer {
        "PolicyInputList" => "no identity policy allows it".to_owned(),
        "PermissionsBoundaryPolicyInputList" => {
            "the permissions boundary does not allow it".to_owned()
        }
        "SessionPolicyInputList" => "no session policy allows it".to_owned(),
        "ResourcePolicy" => "the resource policy does not allow it".to_owned(),
        "ServiceControlPolicyInputList" => {
            "at one level, no service control policy allows it".to_owned()
        }
        other => format!("nothing in {other} allows it"),
    }
}

fn statement(text: &mut String, reason: &StatementReason<'_>) {
    let name = match &reason.sid {
        Some(sid) => (*sid).to_owned(),
        None => format!("Statement[{}]", reason.statement_index),
    };
    let applies = match (reason.applies, reason.decides) {
        (true, true) => "applies and decides",
        (true, false) => "applies",
        (false, _) => "does not apply",
    };
    let _ = writeln!(
        text,
        "  {}: {} {name} {applies}",
        reason.policy_id, reason.effect
    );
    for condition in &reason.conditions {
        let request = match &condition.request_values {
            None => "the request has no value".to_owned(),
            Some(values) => format!("the request has \"{}\"", values.join("\", \"")),
        };
        let _ = writeln!(
            text,
            "    {}: {} {} \"{}\"; {request}",
            condition.verdict,
            condition.operator,
            condition.key,
            condition.policy_values.join("\", \"")
        );
    }
}
