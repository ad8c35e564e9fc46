//! The parts of Terraform's JSON that are read, as types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::policy::document::raw::{self, decoded};

/// A plan, or a state.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a plan")]
pub(in crate::policy::source) struct Plan<'a> {
    #[serde(borrow)]
    pub(super) planned_values: Option<Values<'a>>,
    #[serde(borrow)]
    pub(super) values: Option<Values<'a>>,
    #[serde(borrow)]
    pub(super) prior_state: Option<State<'a>>,
    #[serde(borrow)]
    pub(super) resource_changes: Option<Vec<Change<'a>>>,
    #[serde(borrow)]
    pub(super) configuration: Option<Configuration<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a state")]
pub(super) struct State<'a> {
    #[serde(borrow)]
    pub(super) values: Option<Values<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the values of a module")]
pub(super) struct Values<'a> {
    #[serde(borrow)]
    pub(super) root_module: Option<Module<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a module")]
pub(super) struct Module<'a> {
    #[serde(borrow)]
    pub(super) resources: Option<Vec<Resource<'a>>>,
    #[serde(borrow)]
    pub(super) child_modules: Option<Vec<Module<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a resource")]
pub(super) struct Resource<'a> {
    #[serde(borrow)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) mode: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) values: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the change of a resource")]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) mode: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
    #[serde(borrow, rename = "change")]
    pub(super) difference: Option<Difference<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "a change")]
pub(super) struct Difference<'a> {
    #[serde(borrow)]
    pub(super) after: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) after_unknown: Option<&'a RawValue>,
}

/// The part of a plan that contains the references between resources.
#[derive(Debug, Deserialize)]
#[serde(expecting = "a configuration")]
pub(super) struct Configuration<'a> {
    #[serde(borrow)]
    pub(super) root_module: Option<ConfiguredModule<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the configuration of a module")]
pub(super) struct ConfiguredModule<'a> {
    #[serde(borrow)]
    pub(super) resources: Option<Vec<ConfiguredResource<'a>>>,
    #[serde(borrow)]
    pub(super) module_calls: Option<BTreeMap<Cow<'a, str>, Call<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the call of a module")]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) module: Option<ConfiguredModule<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the configuration of a resource")]
pub(super) struct ConfiguredResource<'a> {
    #[serde(borrow)]
    pub(super) r#type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) expressions: Option<Expressions<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "the expressions of a resource")]
pub(super) struct Expressions<'a> {
    #[serde(borrow)]
    pub(super) policy_arn: Option<Expression<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "an expression")]
pub(super) struct Expression<'a> {
    #[serde(borrow)]
    pub(super) references: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Values<'a> {
    pub(super) fn collect<'r>(&'r self, resources: &mut Vec<&'r Resource<'a>>) {
        // Modules may be nested as deeply as the parser allows, so this does not recurse.
        let mut modules: Vec<&Module<'a>> = self.root_module.iter().collect();
        while let Some(module) = modules.pop() {
            resources.extend(module.resources.iter().flatten());
            modules.extend(module.child_modules.iter().flatten());
        }
    }
}

impl<'a> Resource<'a> {
    pub(super) fn is_data(&self) -> bool {
        self.mode.as_deref() == Some("data")
    }

    /// One of its values, if that is a string.
    pub(super) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let members = raw::members(self.values?.get()).ok()?.0;
        let is_it = |member: &RawValue| decoded(member.get()).is_ok_and(|text| text == name);
        let (_, raw) = members.into_iter().find(|(member, _)| is_it(member))?;
        decoded(raw.get()).ok()
    }
}

impl<'a> Change<'a> {
    /// The resource after apply; `None` if it is destroyed.
    pub(super) fn resource(&self) -> Option<Resource<'a>> {
        Some(Resource {
            address: self.address.clone(),
            mode: self.mode.clone(),
            r#type: self.r#type.clone(),
            values: Some(self.difference.as_ref()?.after?),
        })
    }
}
