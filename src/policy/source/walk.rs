//! Walks through any JSON to find the policies in it.
//!
//! The parser cuts each level into slices, so the cost is the size times the depth, and the depth is bounded. Values that cannot
//! contain a policy are not cut.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::attachment::Attachment;
use super::found::{Candidate, Form};
use super::known::{Expected, Known};
use super::position::{Extent, fill};
use super::shape::{
    Member, Object, is_policy, is_policy_text, may_hold_policy, members, percent_decoded,
};
use crate::policy::document::raw::{self, decoded};
use crate::policy::document::{ParseError, Path, Problem, Step, syntax};

/// Nested Terraform modules are the deepest values in files, with two levels each.
const MAX_DEPTH: usize = 64;

pub(super) type Walked = Result<(), ParseError>;

/// A walk through one file.
pub(super) struct Walk<'a> {
    body: &'a str,
    steps: Vec<Step>,
    candidates: Vec<Candidate<'a>>,
    unknown: Vec<String>,
    /// What managed policies are attached to, by their ARNs or names.
    attached: HashMap<String, Vec<Attachment>>,
}

/// What a walk found.
pub(super) struct Found<'a> {
    pub(super) candidates: Vec<Candidate<'a>>,
    pub(super) unknown: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(body: &'a str) -> Self {
        Self {
            body,
            steps: Vec::new(),
            candidates: Vec::new(),
            unknown: Vec::new(),
            attached: HashMap::new(),
        }
    }

    /// The file's only value.
    pub(super) fn root(&mut self, raw: &'a str) -> Walked {
        self.value(raw, &Known::default(), Expected::Anything)?;
        // A bare policy without a valid `Statement` is returned too, so that the missing element is reported.
        if self.candidates.is_empty() && self.unknown.is_empty() && raw.starts_with('{') {
            const MEANT: [&str; 3] = ["Version", "Statement", "Effect"];
            let members = self.members(raw)?;
            if members.iter().any(|(name, _)| MEANT.contains(&&**name)) {
                self.object_found(raw, &Known::default());
            }
        }
        Ok(())
    }

    /// A value that is not a policy just because it looks a little like one.
    pub(super) fn quietly(&mut self, raw: &'a str) -> Walked {
        self.value(raw, &Known::default(), Expected::Anything)
    }

    /// Several values, one after the other: they are named like the items of a list.
    pub(super) fn items(&mut self, items: &[&'a str]) -> Walked {
        for (n, raw) in items.iter().enumerate() {
            self.within(Step::Index(n), |walk| {
                walk.value(raw, &Known::default(), Expected::Anything)
            })?;
        }
        Ok(())
    }

    /// A value whose name differs from its path in the file.
    pub(super) fn named(&mut self, name: &str, raw: &'a str, known: &Known) -> Walked {
        self.within(Step::Key(name.to_owned()), |walk| {
            walk.value(raw, known, Expected::Anything)
        })
    }

    /// A member of such a value.
    pub(super) fn named_member(
        &mut self,
        name: &str,
        member: &str,
        raw: &'a str,
        known: &Known,
    ) -> Walked {
        self.within(Step::Key(name.to_owned()), |walk| {
            walk.member(member, raw, known)
        })
    }

    pub(super) fn report_unknown(&mut self, place: String) {
        self.unknown.push(place);
    }

    pub(super) fn attach(&mut self, policy: &str, attachment: Attachment) {
        let attached = self.attached.entry(policy.to_owned()).or_default();
        if !attached.contains(&attachment) {
            attached.push(attachment);
        }
    }

    /// The policies that were found, in the order of the file, with positions and attachments.
    pub(super) fn finish(self) -> Found<'a> {
        let Self {
            body,
            mut candidates,
            unknown,
            attached,
            ..
        } = self;
        candidates.sort_by_key(|c| c.extent.bytes.start);
        candidates.dedup_by_key(|c| c.extent.bytes.start);
        fill(body, candidates.iter_mut().map(|c| &mut c.extent));
        for candidate in &mut candidates {
            let known = &mut candidate.known;
            let more = (known.identities.iter()).filter_map(|name| attached.get(name));
            known.attachments.extend(more.flatten());
        }
        Found {
            candidates,
            unknown,
        }
    }

    fn within(&mut self, step: Step, walk: impl FnOnce(&mut Self) -> Walked) -> Walked {
        self.steps.push(step);
        let walked = walk(self);
        self.steps.pop();
        walked
    }

    fn value(&mut self, raw: &'a str, known: &Known, expected: Expected) -> Walked {
        if expected == Expected::Anything && !may_hold_policy(raw) {
            return Ok(());
        }
        match raw.as_bytes().first() {
            Some(b'{') => self.object(raw, known, expected),
            Some(b'[') => self.array(raw, known),
            Some(b'"') => self.string(raw, known, expected),
            _ => Ok(()),
        }
    }

    fn object(&mut self, raw: &'a str, known: &Known, expected: Expected) -> Walked {
        let members = self.members(raw)?;
        if is_policy(&members) {
            self.object_found(raw, known);
            return Ok(());
        }
        if expected == Expected::Policy {
            return self.in_place_of_policy(raw, &members, known);
        }
        let known = self.refined(&members, known)?;
        for (name, value) in members {
            self.member(&name, value, &known)?;
        }
        Ok(())
    }

    fn member(&mut self, name: &str, raw: &'a str, known: &Known) -> Walked {
        let is_version = self.steps.iter().rev().take(2).any(|step| {
            matches!(step, Step::Key(key) if key == "PolicyVersion" || key == "PolicyVersionList")
        });
        let expected = known.expects(name, is_version);
        let known = known.under(name);
        self.within(Step::Key(name.to_owned()), |walk| {
            walk.value(raw, &known, expected)
        })
    }

    fn array(&mut self, raw: &'a str, known: &Known) -> Walked {
        let items = self.list(raw)?;
        let are_versions =
            matches!(self.steps.last(), Some(Step::Key(key)) if key == "PolicyVersionList");
        for (n, item) in items.into_iter().enumerate() {
            // Only the default version is in force.
            if are_versions && self.is_other_version(item)? {
                continue;
            }
            self.within(Step::Index(n), |walk| {
                walk.value(item, known, Expected::Anything)
            })?;
        }
        Ok(())
    }

    fn is_other_version(&self, raw: &'a str) -> Result<bool, ParseError> {
        Ok(raw.starts_with('{')
            && (self.members(raw)?.iter())
                .any(|(name, value)| name == "IsDefaultVersion" && *value == "false"))
    }

    fn string(&mut self, raw: &'a str, known: &Known, expected: Expected) -> Walked {
        let text = decoded(raw).map_err(|e| self.bad(raw, &e))?;
        let text = percent_decoded(&text).unwrap_or(text);
        let text = match text.strip_prefix('\u{feff}') {
            Some(body) => Cow::Owned(body.to_owned()),
            None => text,
        };
        let is_meant = expected != Expected::Anything && !text.trim().is_empty();
        if is_meant || is_policy_text(&text) {
            self.found(raw, Form::Text(text.into_owned()), known);
        }
        Ok(())
    }

    /// A `CloudFormation` function in place of a policy, or a value that should be a policy.
    fn in_place_of_policy(
        &mut self,
        raw: &'a str,
        members: &[Member<'a>],
        known: &Known,
    ) -> Walked {
        let (function, value) = match members {
            [(name, value)] if name == "Ref" || name.starts_with("Fn::") => (name, value),
            _ => {
                self.object_found(raw, known);
                return Ok(());
            }
        };
        let before = self.candidates.len();
        self.within(Step::Key(function.to_string()), |walk| {
            walk.value(value, known, Expected::Anything)
        })?;
        if self.candidates.len() == before {
            self.unknown.push(Path(self.steps.clone()).to_string());
        }
        Ok(())
    }

    /// What the members of an object say about the policies in it.
    fn refined(&mut self, members: &[Member<'a>], known: &Known) -> Result<Known, ParseError> {
        let object = Object(members);
        let mut refined = match object.text("Type").and_then(|kind| Known::of_type(&kind)) {
            Some(found) => found.called(self.steps.last()),
            None => known.clone(),
        };
        if let Some(raw) = object.member("PolicySummary", '{') {
            let summary = self.members(raw)?;
            let kind = Object(&summary).text("Type");
            let found = kind.and_then(|kind| Known::of_organization(&kind));
            refined = found.unwrap_or(refined);
        }
        if object.has("PolicyDocument") {
            for (owner, owners, found) in [
                ("UserName", "Users", Known::user()),
                ("GroupName", "Groups", Known::group()),
                ("RoleName", "Roles", Known::role()),
            ] {
                if object.has(owner) {
                    refined = found;
                } else if object.member(owners, '[').is_some_and(|raw| raw != "[]") {
                    refined.also(&found);
                }
            }
        }
        if object.has("PolicyVersionList") {
            refined.identities = object
                .text("Arn")
                .map(Cow::into_owned)
                .into_iter()
                .collect();
        }
        for list in ["AttachedManagedPolicies", "ManagedPolicyArns"] {
            if let Some(raw) = object.member(list, '[') {
                self.attachments(raw, &object, &refined)?;
            }
        }
        Ok(refined)
    }

    /// Notes the attachments in a list of managed policies: objects with `PolicyArn`, ARNs, or references.
    fn attachments(&mut self, raw: &'a str, owner: &Object<'_, 'a>, known: &Known) -> Walked {
        let attachment = match known.attachments.as_slice() {
            [one] => *one,
            _ if owner.has("UserName") => Attachment::User,
            _ if owner.has("RoleName") => Attachment::Role,
            _ if owner.has("GroupName") => Attachment::Group,
            _ => return Ok(()),
        };
        for item in self.list(raw)? {
            let name = if item.starts_with('{') {
                (self.members(item)?.into_iter())
                    .find(|(name, _)| name == "PolicyArn" || name == "Ref")
                    .and_then(|(_, raw)| decoded(raw).ok())
            } else {
                decoded(item).ok()
            };
            if let Some(name) = name {
                self.attach(&name, attachment);
            }
        }
        Ok(())
    }

    fn object_found(&mut self, raw: &'a str, known: &Known) {
        self.found(raw, Form::Object(raw), known);
    }

    fn found(&mut self, raw: &'a str, form: Form<'a>, known: &Known) {
        let place = if self.steps.is_empty() {
            String::new()
        } else {
            Path(self.steps.clone()).to_string()
        };
        self.candidates.push(Candidate {
            place,
            known: known.clone(),
            extent: Extent::of(raw::bytes(self.body, raw)),
            steps: self.steps.clone(),
            form,
        });
    }

    pub(super) fn members(&self, raw: &'a str) -> Result<Vec<Member<'a>>, ParseError> {
        self.check_depth(raw)?;
        members(raw).map_err(|e| self.bad(raw, &e))
    }

    pub(super) fn list(&self, raw: &'a str) -> Result<Vec<&'a str>, ParseError> {
        self.check_depth(raw)?;
        let items = raw::items(raw).map_err(|e| self.bad(raw, &e))?;
        Ok(items.into_iter().map(RawValue::get).collect())
    }

    fn check_depth(&self, raw: &str) -> Walked {
        if self.steps.len() < MAX_DEPTH {
            return Ok(());
        }
        Err(self.error(raw, Problem::TooDeep(MAX_DEPTH)))
    }

    fn error(&self, raw: &str, problem: Problem) -> ParseError {
        let bytes = raw::bytes(self.body, raw);
        ParseError::at(self.body, bytes, Path(self.steps.clone()), problem)
    }

    /// The parser's complaint of a part of the file that it has taken as a whole.
    fn bad(&self, raw: &str, error: &serde_json::Error) -> ParseError {
        self.error(raw, syntax(raw, error).problem)
    }
}
