//! Terraform's plans and states, as `terraform show -json` prints them
//! (<https://developer.hashicorp.com/terraform/internals/json-format>).
//!
//! The policies are those that will be there after apply: of the planned values. Data sources are copies unless no resource has
//! their policy, and what is known only after apply is told.

mod attachments;

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::decoded;
use super::known::Known;
use super::walk::{Walk, Walked};
use crate::policy::document::{ParseError, Problem, raw, syntax};

/// A plan, or a state.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a plan")]
pub(super) struct Plan<'a> {
    #[serde(borrow)]
    planned_values: Option<Values<'a>>,
    #[serde(borrow)]
    values: Option<Values<'a>>,
    #[serde(borrow)]
    prior_state: Option<State<'a>>,
    #[serde(borrow)]
    resource_changes: Option<Vec<Change<'a>>>,
    #[serde(borrow)]
    configuration: Option<attachments::Configuration<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a state")]
struct State<'a> {
    #[serde(borrow)]
    values: Option<Values<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the values of a module")]
struct Values<'a> {
    #[serde(borrow)]
    root_module: Option<Module<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a module")]
struct Module<'a> {
    #[serde(borrow)]
    resources: Option<Vec<Resource<'a>>>,
    #[serde(borrow)]
    child_modules: Option<Vec<Module<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a resource")]
struct Resource<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    mode: Option<Cow<'a, str>>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    values: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the change of a resource")]
struct Change<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    mode: Option<Cow<'a, str>>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow, rename = "change")]
    difference: Option<Difference<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a change")]
struct Difference<'a> {
    #[serde(borrow)]
    after: Option<&'a RawValue>,
    #[serde(borrow)]
    after_unknown: Option<&'a RawValue>,
}

/// The plan, if the file's only value is one; an error if it should be one and cannot be read.
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
            change.tell_unknown(walk)?;
        }
        attachments::join(&resources, self.configuration.as_ref(), walk);
        Ok(())
    }

    fn changes(&self) -> impl Iterator<Item = &Change<'a>> {
        self.resource_changes.iter().flatten()
    }
}

impl<'a> Values<'a> {
    fn collect<'r>(&'r self, resources: &mut Vec<&'r Resource<'a>>) {
        // Nested as deep as the parser lets it be.
        let mut modules: Vec<&Module<'a>> = self.root_module.iter().collect();
        while let Some(module) = modules.pop() {
            resources.extend(module.resources.iter().flatten());
            modules.extend(module.child_modules.iter().flatten());
        }
    }
}

impl<'a> Resource<'a> {
    fn is_data(&self) -> bool {
        self.mode.as_deref() == Some("data")
    }

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

    /// What its type tells; `None` for an organisation's policy of another kind.
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
            other if other.ends_with("_policy") => Known::default(),
            // Others show what a resource of its own may set.
            _ => Known::copy(),
        })
    }

    /// One of its values, if that is a string.
    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let members = raw::members(self.values?.get()).ok()?.0;
        let is_it = |member: &RawValue| decoded(member.get()).is_ok_and(|text| text == name);
        let (_, raw) = members.into_iter().find(|(member, _)| is_it(member))?;
        decoded(raw.get()).ok()
    }
}

/// The data source that writes policies.
const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

impl<'a> Change<'a> {
    /// The resource as it will be; `None` for one that goes.
    fn resource(&self) -> Option<Resource<'a>> {
        Some(Resource {
            address: self.address.clone(),
            mode: self.mode.clone(),
            r#type: self.r#type.clone(),
            values: Some(self.difference.as_ref()?.after?),
        })
    }

    /// Tells which policies are known after apply only.
    fn tell_unknown(&self, walk: &mut Walk<'a>) -> Walked {
        let unknown = self.difference.as_ref().and_then(|c| c.after_unknown);
        let Some(unknown) = unknown.map(RawValue::get).filter(|u| u.starts_with('{')) else {
            return Ok(());
        };
        for (name, raw) in walk.members(unknown)? {
            if raw == "true" && Some(&*name) == self.policy_attribute() {
                walk.tell_unknown(format!("{}.{name}", self.address));
            }
            if name == "inline_policy" && raw.starts_with('[') {
                self.tell_unknown_inline(raw, walk)?;
            }
        }
        Ok(())
    }

    fn tell_unknown_inline(&self, raw: &'a str, walk: &mut Walk<'a>) -> Walked {
        for (n, item) in walk.list(raw)?.into_iter().enumerate() {
            if !item.starts_with('{') {
                continue;
            }
            let members = walk.members(item)?;
            if members.iter().any(|m| m.0 == "policy" && m.1 == "true") {
                walk.tell_unknown(format!("{}.inline_policy[{n}].policy", self.address));
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
