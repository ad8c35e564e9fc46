//! The policies that apply to a request together, by their kinds.

use std::sync::Arc;

use super::policy::{Policy, Role};
use crate::policy::caller::Caller;

/// A policy under the name by which reasons call it.
#[derive(Debug, Clone)]
pub struct Named {
    /// E.g. a file's name or a policy's ARN.
    pub name: String,
    /// The policy, which may be shared among many sets.
    pub policy: Arc<Policy>,
}

/// All policies that bear on a request.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    /// The caller's own and its groups' policies.
    pub identity: Vec<Named>,
    /// The permissions boundary; without one nothing is bounded.
    pub boundary: Vec<Named>,
    /// Session policies; without any the session is not narrowed.
    pub session: Vec<Named>,
    /// The resource's own policy.
    pub resource: Vec<Named>,
    /// Service control policies by level, the root's first. `FullAWSAccess` is not implied: each level must allow.
    pub service_control: Vec<Vec<Named>>,
    /// Resource control policies by level. `RCPFullAWSAccess` is implied: they only deny.
    pub resource_control: Vec<Vec<Named>>,
}

/// The kinds of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Identity policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// The resource policy.
    Resource,
    /// Service control policies of one level.
    ServiceControl(usize),
    /// Resource control policies of one level.
    ResourceControl(usize),
}

/// A statement of a [`PolicySet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementRef {
    /// The kind of policy.
    pub layer: Layer,
    /// Its index in the layer.
    pub policy: usize,
    /// The statement's index in the policy.
    pub statement: usize,
}

impl PolicySet {
    /// The policies of a layer.
    #[must_use]
    pub fn layer(&self, layer: Layer) -> &[Named] {
        match layer {
            Layer::Identity => &self.identity,
            Layer::Boundary => &self.boundary,
            Layer::Session => &self.session,
            Layer::Resource => &self.resource,
            Layer::ServiceControl(level) => level_of(&self.service_control, level),
            Layer::ResourceControl(level) => level_of(&self.resource_control, level),
        }
    }

    /// All layers that there are, in the order in which reasons are given.
    pub(crate) fn layers(&self) -> impl Iterator<Item = (Layer, &[Named])> {
        let attached = [
            (Layer::Identity, self.identity.as_slice()),
            (Layer::Boundary, &self.boundary),
            (Layer::Session, &self.session),
            (Layer::Resource, &self.resource),
        ];
        let service = self.service_control.iter().enumerate();
        let resource = self.resource_control.iter().enumerate();
        attached
            .into_iter()
            .chain(service.map(|(n, level)| (Layer::ServiceControl(n), level.as_slice())))
            .chain(resource.map(|(n, level)| (Layer::ResourceControl(n), level.as_slice())))
    }

    pub(crate) fn role(&self, layer: Layer) -> Role {
        match layer {
            Layer::Resource if self.boundary.is_empty() => Role::Resource,
            Layer::Resource => Role::ResourceOfBounded,
            Layer::ResourceControl(_) => Role::ResourceControl,
            Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl(_) => {
                Role::Attached
            }
        }
    }
}

fn level_of(levels: &[Vec<Named>], level: usize) -> &[Named] {
    levels.get(level).map(Vec::as_slice).unwrap_or_default()
}

impl Layer {
    /// Whether policies of this kind bind the caller. Service control policies bind the accounts' principals; neither they nor
    /// resource control policies bind service-linked roles. The management account has none in force.
    pub(crate) fn binds(self, caller: &Caller) -> bool {
        match self {
            Self::ServiceControl(_) => {
                caller.has_identity_policies() && !caller.is_service_linked()
            }
            Self::ResourceControl(_) => !caller.is_service_linked(),
            Self::Identity | Self::Boundary | Self::Session | Self::Resource => true,
        }
    }
}
