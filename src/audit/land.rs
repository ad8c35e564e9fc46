//! The policies that bind each user and role of an account, each document prepared once.

use std::collections::HashMap;
use std::sync::Arc;

use super::inputs::{Control, ControlKind};
use crate::account::{Account, Group, Identity, ManagedPolicy, PolicyDocument, Role, User};
use crate::policy::document::{self, Document, Effect};
use crate::policy::reach::{Bound, Field, Held, Limit, Prepared};

/// What a control policy of AWS's that is attached everywhere says.
const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The policies of an account, ready to be asked about.
pub(super) struct Land<'a> {
    pub(super) account: &'a Account,
    pub(super) field: Field,
    prepared: HashMap<&'a str, Arc<Prepared>>,
    groups: HashMap<String, Bindings>,
    control: Vec<Held>,
}

/// The policies that bind an identity, and what is missing.
#[derive(Clone, Default)]
pub(super) struct Bindings {
    pub(super) bound: Bound,
    /// What is not in the document, for people.
    pub(super) missing: Vec<String>,
}

impl<'a> Land<'a> {
    pub(super) fn of(account: &'a Account, control: &'a [&'a Control]) -> Self {
        let documents = || {
            let inline = account
                .identities()
                .flat_map(|(_, identity)| identity.inline.values());
            let managed = account
                .policies
                .values()
                .filter_map(ManagedPolicy::document);
            let trust = account.roles.iter().map(|role| &role.trust);
            inline.chain(managed).chain(trust)
        };
        let full_access = document::parse(FULL_ACCESS).ok();
        let controls = control.iter().map(|control| &control.document);
        let all = (documents().map(|d| d.policy().document()))
            .chain(controls)
            .chain(&full_access);
        let field = Field::of(all);
        let mut prepared = HashMap::new();
        for document in documents() {
            if !prepared.contains_key(document.text())
                && let Ok(ready) = field.prepare(document.policy().document())
            {
                prepared.insert(document.text(), Arc::new(ready));
            }
        }
        let control = controls_in_force(&field, control, full_access.as_ref());
        let mut land = Self {
            account,
            field,
            prepared,
            groups: HashMap::new(),
            control,
        };
        land.groups = (account.groups.iter())
            .map(|group| (group.identity.name.to_lowercase(), land.of_group(group)))
            .collect();
        land
    }

    /// The document, prepared.
    pub(super) fn prepared(&self, document: &PolicyDocument) -> Option<&Arc<Prepared>> {
        self.prepared.get(document.text())
    }

    /// The policies that bind a user.
    pub(super) fn of_user(&self, user: &User) -> Bindings {
        let mut bindings = self.of_identity(&user.identity, "the user");
        for name in &user.groups {
            match self.groups.get(&name.to_lowercase()) {
                Some(group) => bindings.add(group),
                None => bindings.missing.push(format!(
                    "group `{name}` is not in the authorization details"
                )),
            }
        }
        self.bounded(&mut bindings, &user.identity);
        bindings
    }

    /// The policies that bind a role's sessions.
    pub(super) fn of_role(&self, role: &Role) -> Bindings {
        let mut bindings = self.of_identity(&role.identity, "the role");
        self.bounded(&mut bindings, &role.identity);
        bindings
    }

    /// The policies that bind the root user.
    pub(super) fn of_root(&self) -> Bindings {
        let mut bindings = Bindings::default();
        bindings.bound.policies.extend(self.control.iter().cloned());
        bindings
    }

    fn of_group(&self, group: &Group) -> Bindings {
        self.of_identity(&group.identity, &format!("group `{}`", group.identity.name))
    }

    fn of_identity(&self, identity: &Identity, whose: &str) -> Bindings {
        let mut bindings = Bindings::default();
        for (name, document) in &identity.inline {
            let place = format!("inline policy `{name}` of {whose}");
            bindings.hold(self.prepared(document), Limit::Identity, place);
        }
        for arn in &identity.attached {
            self.managed(&mut bindings, arn, Limit::Identity, |name| {
                format!("policy `{name}` of {whose}")
            });
        }
        bindings
    }

    fn bounded(&self, bindings: &mut Bindings, identity: &Identity) {
        if let Some(arn) = &identity.boundary {
            self.managed(bindings, arn, Limit::Boundary, |name| {
                format!("boundary `{name}`")
            });
        }
        bindings.bound.policies.extend(self.control.iter().cloned());
    }

    fn managed(
        &self,
        bindings: &mut Bindings,
        arn: &str,
        limit: Limit,
        place: impl Fn(&str) -> String,
    ) {
        let policy = self.account.policies.get(arn);
        match policy.and_then(|p| Some((p, p.document()?))) {
            Some((policy, document)) => {
                bindings.hold(self.prepared(document), limit, place(&policy.name));
            }
            None => {
                bindings.missing.push(format!(
                    "policy `{arn}` is not in the authorization details"
                ));
            }
        }
    }
}

/// The control policies, with an Allow of everything if none of them allows anything.
fn controls_in_force(
    field: &Field,
    control: &[&Control],
    full_access: Option<&Document>,
) -> Vec<Held> {
    let held = |limit, place: String, document: &Document| {
        let prepared = Arc::new(field.prepare(document).ok()?);
        let place = place.into();
        Some(Held {
            limit,
            place,
            prepared,
        })
    };
    let mut all: Vec<Held> = (control.iter())
        .filter_map(|control| match control.kind {
            ControlKind::Service => held(
                Limit::ServiceControl,
                if control.management.is_some() {
                    format!("SCP `{}`", control.name)
                } else {
                    format!(
                        "SCP `{}` (unless this account manages the organisation)",
                        control.name
                    )
                },
                &control.document,
            ),
            ControlKind::Resource => held(
                Limit::ResourceControl,
                format!("RCP `{}`", control.name),
                &control.document,
            ),
        })
        .collect();
    let of_services = || control.iter().filter(|c| c.kind == ControlKind::Service);
    let mut statements = of_services().flat_map(|c| c.document.statements());
    if of_services().next().is_some() && !statements.any(|s| s.effect() == Effect::Allow) {
        let assumed = "SCP `FullAWSAccess`".to_owned();
        all.extend(full_access.and_then(|d| held(Limit::ServiceControl, assumed, d)));
    }
    all
}

impl Bindings {
    fn hold(&mut self, prepared: Option<&Arc<Prepared>>, limit: Limit, place: String) {
        match prepared {
            Some(prepared) => self.bound.policies.push(Held {
                limit,
                place: place.into(),
                prepared: prepared.clone(),
            }),
            None => self.missing.push(format!("{place} cannot be evaluated")),
        }
    }

    fn add(&mut self, other: &Self) {
        (self.bound.policies).extend(other.bound.policies.iter().cloned());
        self.missing.extend(other.missing.iter().cloned());
    }
}
