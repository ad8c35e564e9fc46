//! The answer, in AWS's format with the reasons added. It borrows from the [`super::Simulation`], because batches have many
//! thousand answers.

use std::borrow::Cow;

use serde::Serialize;

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer<'a> {
    /// One for each action and resource, the actions outermost.
    pub evaluation_results: Vec<EvaluationResult<'a>>,
    /// Always false: everything is answered in one piece.
    pub is_truncated: bool,
}

/// The decision about one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EvaluationResult<'a> {
    /// The action.
    pub eval_action_name: &'a str,
    /// The resource, `*` when none was given.
    pub eval_resource_name: &'a str,
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub eval_decision: &'static str,
    /// The statements that decided; none when a service control policy denied.
    pub matched_statements: Vec<MatchedStatement<'a>>,
    /// Keys that some policy asks for and nobody gave, when the answer is `implicitDeny`.
    pub missing_context_values: &'a [String],
    /// Present when service control policies were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations_decision_detail: Option<OrganizationsDecisionDetail>,
    /// Present when a permissions boundary was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
    /// Ours: the first kind of policy in which an Allow is missing, for `implicitDeny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld_by: Option<&'static str>,
    /// Our addition: a fact about the action that does not follow from policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Ours: every statement that is about this call, whether it applies or not.
    pub reasons: Vec<StatementReason<'a>>,
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MatchedStatement<'a> {
    /// E.g. `PolicyInputList.1`.
    pub source_policy_id: &'a str,
    /// `IAM Policy` or `Resource Policy`.
    pub source_policy_type: &'static str,
    /// Where the statement begins in its policy's text.
    pub start_position: Position,
    /// Where it ends: the place after its last character.
    pub end_position: Position,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// What service control policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganizationsDecisionDetail {
    /// Whether each level allows and none denies.
    pub allowed_by_organizations: bool,
}

/// What the permissions boundary says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionsBoundaryDecisionDetail {
    /// Whether it allows and does not deny.
    pub allowed_by_permissions_boundary: bool,
}

/// A statement that is about the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatementReason<'a> {
    /// E.g. `PolicyInputList.1`.
    pub policy_id: Cow<'a, str>,
    /// From 0.
    pub statement_index: usize,
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'a str>,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Whether its conditions let it apply.
    pub applies: bool,
    /// Whether it is among the statements that decided.
    pub decides: bool,
    /// Its conditions.
    pub conditions: Vec<ConditionReason<'a>>,
}

/// One key under one operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConditionReason<'a> {
    /// As written.
    pub key: &'a str,
    /// As written.
    pub operator: &'a str,
    /// As written.
    pub policy_values: Vec<&'a str>,
    /// The request's values, null when the key is absent.
    pub request_values: Option<&'a [String]>,
    /// `true`, `false`, or `malformed` when a policy value leaves it open.
    pub verdict: &'static str,
}

/// A question that cannot be answered; its JSON is `{"Error":{"Code":…,"Message":…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "PascalCase", rename = "Error")]
#[error("{message}")]
pub struct Refusal {
    /// `ValidationError` for text of another shape, `InvalidInput` for what AWS refuses to evaluate.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

impl Refusal {
    pub(super) fn invalid(message: String) -> Self {
        Self {
            code: "InvalidInput",
            message,
        }
    }

    pub(super) fn shape(message: String) -> Self {
        Self {
            code: "ValidationError",
            message,
        }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Wrapped<'a> {
            error: &'a Refusal,
        }
        serde_json::to_string(&Wrapped { error: self }).unwrap_or_default()
    }
}
