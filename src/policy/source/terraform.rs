//! Terraform plans and states, as printed by `terraform show -json`
//! (<https://developer.hashicorp.com/terraform/internals/json-format>).
//!
//! The policies are those of the planned values, which will exist after apply. A data source counts as a copy unless no resource
//! has the same policy. Policies that are known only after apply are reported as unknown.

mod attachments;
mod plan;

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::known::Known;
use super::walk::{Walk, Walked};
use crate::policy::document::raw::{self, decoded};
use crate::policy::document::{ParseError, Problem, syntax};
use plan::{Change, Plan, Resource};

/// The plan, if the only value of the file is a plan; an error if it should be one but cannot be read.
pub(super) fn plan<'a>(body: &'a str, raw: &'a str) -> Option<Result<Plan<'a>, ParseError>> {
    let members = raw::members(raw).ok()?.0;
    let has = |name: &str| {
        let quoted = |member: &RawValue| decoded(member.get()).is_ok_and(|text| text == name);
        members.iter().any(|(member, _)| quoted(member))
    };
    let is_plan = has("format_version")
        && [
            "planned_values",
            "resource_changes",
            "prior_state",
            "values",
        ]
        .into_iter()
        .any(has);
    is_plan.then(|| {
        serde_json::from_str(body).map_err(|e| {
            let complaint = syntax(body, &e);
            let found = match complaint.problem {
                Problem::Syntax(text) => text,
                other => other.to_string(),
            };
            let problem = Problem::Expected {
                expected: "what `terraform show -json` prints",
                found,
            };
            ParseError {
                problem,
                ..complaint
            }
        })
    })
}

impl<'a> Plan<'a> {
    /// Walks through every resource.
    pub(super) fn walk(&self, walk: &mut Walk<'a>) -> Walked {
        let planned = [self.planned_values.as_ref(), self.values.as_ref()];
        let mut resources = Vec::new();
        for values in planned.into_iter().flatten() {
            values.collect(&mut resources);
        }
        let changed: Vec<Resource<'a>>;
        if resources.is_empty() {
            changed = self.changes().filter_map(Change::resource).collect();
            resources.extend(&changed);
        }
        let seen: HashSet<&str> = resources.iter().map(|r| &*r.address).collect();
        let mut before = Vec::new();
        if let Some(values) = self.prior_state.as_ref().and_then(|s| s.values.as_ref()) {
            values.collect(&mut before);
        }
        before.retain(|r| r.is_data() && !seen.contains(&*r.address));
        for resource in resources.iter().chain(&before) {
            resource.walk(walk)?;
        }
        for change in self.changes() {
            change.report_unknown(walk)?;
        }
        attachments::join(&resources, self.configuration.as_ref(), walk);
        Ok(())
    }

    fn changes(&self) -> impl Iterator<Item = &Change<'a>> {
        self.resource_changes.iter().flatten()
    }
}

impl<'a> Resource<'a> {
    fn walk(&self, walk: &mut Walk<'a>) -> Walked {
        let Some(values) = self
            .values
            .map(RawValue::get)
            .filter(|v| v.starts_with('{'))
        else {
            return Ok(());
        };
        if self.r#type == POLICY_DOCUMENT {
            let known = Known::copy();
            let members = walk.members(values)?;
            let json = members.into_iter().filter(|(name, _)| name == "json");
            for (name, raw) in json {
                walk.named_member(&self.address, &name, raw, &known)?;
            }
            return Ok(());
        }
        match self.known() {
            Some(known) => walk.named(&self.address, values, &known),
            None => Ok(()),
        }
    }

    /// What its type says; `None` for an organisation's policy of another kind.
    fn known(&self) -> Option<Known> {
        Some(match &*self.r#type {
            "aws_iam_policy" => Known::managed().named(&self.address),
            "aws_iam_user_policy" => Known::user(),
            "aws_iam_group_policy" => Known::group(),
            "aws_iam_role" | "aws_iam_role_policy" => Known::role(),
            "aws_ssoadmin_permission_set_inline_policy" => Known::permission_set(),
            "aws_organizations_policy" => {
                let kind = self.text("type");
                let kind = kind.as_deref().unwrap_or("SERVICE_CONTROL_POLICY");
                return Known::of_organization(kind);
            }
            other if other.ends_with("_policy") => {
                Known::of_terraform(other, "policy").unwrap_or_default()
            }
            // Other resources may show a policy that is set by a separate resource.
            _ => Known::copy(),
        })
    }
}

/// The data source that generates policies.
const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

impl<'a> Change<'a> {
    /// Reports the policies that are known only after apply.
    fn report_unknown(&self, walk: &mut Walk<'a>) -> Walked {
        let unknown = self.difference.as_ref().and_then(|c| c.after_unknown);
        let Some(unknown) = unknown.map(RawValue::get).filter(|u| u.starts_with('{')) else {
            return Ok(());
        };
        for (name, raw) in walk.members(unknown)? {
            if raw == "true" && Some(&*name) == self.policy_attribute() {
                walk.report_unknown(format!("{}.{name}", self.address));
            }
            if name == "inline_policy" && raw.starts_with('[') {
                self.report_unknown_inline(raw, walk)?;
            }
        }
        Ok(())
    }

    fn report_unknown_inline(&self, raw: &'a str, walk: &mut Walk<'a>) -> Walked {
        for (n, item) in walk.list(raw)?.into_iter().enumerate() {
            if !item.starts_with('{') {
                continue;
            }
            let members = walk.members(item)?;
            if members.iter().any(|m| m.0 == "policy" && m.1 == "true") {
                walk.report_unknown(format!("{}.inline_policy[{n}].policy", self.address));
            }
        }
        Ok(())
    }

    fn policy_attribute(&self) -> Option<&'static str> {
        match &*self.r#type {
            "aws_iam_role" => Some("assume_role_policy"),
            "aws_organizations_policy" => Some("content"),
            "aws_ssoadmin_permission_set_inline_policy" => Some("inline_policy"),
            POLICY_DOCUMENT => Some("json"),
            other => other.ends_with("_policy").then_some("policy"),
        }
    }
}
