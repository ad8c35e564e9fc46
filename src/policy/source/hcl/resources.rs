//! What takes policies, and what policies are attached to.

use std::collections::{HashMap, HashSet};

use hcl_edit::structure::{Block, BlockLabel, Body};

use super::attachments::{attachments, identity};
use super::document::{document, parts};
use super::instances::instances;
use super::module::{In, Modules, POLICY_DOCUMENT};
use super::scope::{Scope, bytes};
use super::search::{Search, Use};
use crate::policy::source::attachment::Attachment;
use crate::policy::source::found::{Contents, Form};
use crate::policy::source::known::Known;

/// What was found: the contents of every file, and what is known of the files that are read as they are.
pub(super) struct Found<'a> {
    pub(super) contents: Vec<Contents<'a>>,
    pub(super) read: HashMap<usize, Known>,
}

/// The policies of all files, in the order of the files.
pub(super) fn policies<'a>(modules: &Modules<'a>) -> Found<'a> {
    let names = modules.names();
    let mut search = Search {
        contents: modules.files.iter().map(|_| Contents::default()).collect(),
        uses: HashMap::new(),
        read: HashMap::new(),
        seen: HashMap::new(),
    };
    let scope = |file| Scope::new(modules, &names, file);
    for block in modules.blocks() {
        search.block(&scope(block.file), block.part);
    }
    for block in modules.blocks().filter(|b| b.part.has_ident("locals")) {
        let scope = scope(block.file);
        for attribute in block.part.body.attributes() {
            let place = format!("local.{}", attribute.key.as_str());
            search.expression(&scope, &attribute.value, &Use::possible(place));
        }
    }
    search.documents(modules, scope);
    let attached = attachments(modules, &names);
    let candidates = (search.contents.iter_mut()).flat_map(|c| &mut c.candidates);
    let known = candidates.map(|c| &mut c.known);
    for known in known.chain(search.read.values_mut()) {
        let more: Vec<Attachment> = (known.identities.iter())
            .filter_map(|name| attached.get(name))
            .flatten()
            .copied()
            .collect();
        for attachment in more {
            if !known.attachments.contains(&attachment) {
                known.attachments.push(attachment);
            }
        }
    }
    Found {
        contents: search.contents,
        read: search.read,
    }
}

impl Search<'_> {
    fn block<'m>(&mut self, scope: &Scope<'m>, block: &'m Block) {
        let labels: Vec<&str> = block.labels.iter().map(BlockLabel::as_str).collect();
        match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [kind, name]) => {
                for (scope, key) in instances(scope, block) {
                    let address = format!("{kind}.{name}{key}");
                    self.resource(&scope, kind, &address, block);
                }
            }
            ("module", [name]) => {
                for attribute in block.body.attributes() {
                    let place = format!("module.{name}.{}", attribute.key.as_str());
                    self.expression(scope, &attribute.value, &Use::possible(place));
                }
            }
            _ => {}
        }
    }

    fn resource<'m>(&mut self, scope: &Scope<'m>, kind: &str, address: &str, block: &'m Block) {
        let identity = identity(In {
            file: scope.file,
            part: block,
        });
        let body = &block.body;
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            let Some((known, is_meant)) = known(kind, name, &identity, body) else {
                continue;
            };
            let place = format!("{address}.{name}");
            let here = Use {
                place,
                known,
                is_meant,
            };
            self.expression(scope, &attribute.value, &here);
        }
        for block in body.blocks().filter(|b| b.has_ident("inline_policy")) {
            if let Some(policy) = block.body.get_attribute("policy") {
                let here = Use {
                    place: format!("{address}.inline_policy"),
                    known: Known::role(),
                    is_meant: true,
                };
                self.expression(scope, &policy.value, &here);
            }
        }
    }

    /// The data sources, except those that are only parts of others.
    fn documents<'m>(&mut self, modules: &'m Modules<'_>, scope: impl Fn(usize) -> Scope<'m>) {
        let is_document = |block: &In<'m, Block>| {
            let labels = &block.part.labels;
            block.part.has_ident("data")
                && labels
                    .first()
                    .is_some_and(|l| l.as_str() == POLICY_DOCUMENT)
        };
        let all: Vec<In<'m, Block>> = modules.blocks().filter(is_document).collect();
        let parts: HashSet<(usize, usize)> = (all.iter())
            .flat_map(|block| parts(&scope(block.file), block.part))
            .collect();
        for block in all {
            let Some(name) = block.part.labels.get(1).map(BlockLabel::as_str) else {
                continue;
            };
            let scope = scope(block.file);
            let place = (block.file, bytes(block.part).start);
            let known = self.uses.get(&place).cloned();
            if known.is_none() && parts.contains(&place) {
                continue;
            }
            let known = known.unwrap_or_default();
            for (scope, key) in instances(&scope, block.part) {
                let here = Use {
                    place: format!("data.{POLICY_DOCUMENT}.{name}{key}"),
                    known: known.clone(),
                    is_meant: true,
                };
                let node = document(&scope, block.part);
                self.found(&scope, Form::Tree(node), bytes(block.part), &here);
            }
        }
    }
}

/// What a resource says about the policy in one of its arguments, and whether it must be one.
fn known(kind: &str, argument: &str, identity: &str, body: &Body) -> Option<(Known, bool)> {
    let meant = |known| Some((known, true));
    match (kind, argument) {
        ("aws_iam_policy", "policy") => meant(Known::managed().named(identity)),
        ("aws_iam_user_policy", "policy") => meant(Known::user()),
        ("aws_iam_group_policy", "policy") => meant(Known::group()),
        ("aws_iam_role_policy", "policy") => meant(Known::role()),
        ("aws_iam_role", "assume_role_policy") => meant(Known::trust()),
        ("aws_ssoadmin_permission_set_inline_policy", "inline_policy") => {
            meant(Known::permission_set())
        }
        ("aws_organizations_policy", "content") => {
            let kind = body.get_attribute("type").and_then(|a| a.value.as_str());
            let known = Known::of_organization(kind.unwrap_or("SERVICE_CONTROL_POLICY"));
            known.map(|known| (known, true))
        }
        // Everything else is recognised by its shape.
        _ => {
            let own = Known::of_terraform(kind, argument);
            Some((own.unwrap_or_default(), false))
        }
    }
}
